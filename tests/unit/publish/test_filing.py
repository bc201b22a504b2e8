"""Exactly one open issue per root cause, whatever fails, whoever else files, whenever we die."""

from itertools import count

import pytest

from lsqm.model.issue import IssueState
from lsqm.ports.tracker import TrackerError, TrackerHealth
from lsqm.publish.filing import FilingOutcome, file_issues
from tests.fakes.memory_tracker import Died, MemoryTracker
from tests.unit.publish.saying import a_case, after_run

ARCHIVED = TrackerHealth(usable=False, reason="acme/emulator is archived", lasting=True)


def file(state: IssueState, tracker: MemoryTracker, **more: object) -> FilingOutcome:
    return file_issues(state, tracker=tracker, save=lambda _state: None, **more)  # type: ignore[arg-type]


def many(number: int) -> IssueState:
    return after_run(IssueState(), 2, *(a_case(each, signature=f"s3.Op{each} 500") for each in range(number)))


def test_a_root_cause_is_one_issue_however_many_architectures_show_it():
    tracker = MemoryTracker()
    outcome = file(after_run(IssueState(), 2, a_case(1), a_case(2)), tracker)
    assert len(tracker.stored) == 1
    assert len(outcome.opened) == 1
    assert not outcome.state.is_waiting


def test_nothing_to_say_asks_the_tracker_nothing():
    tracker = MemoryTracker()
    assert file(IssueState(), tracker).state == IssueState()
    assert tracker.calls == 0


def test_telling_the_same_run_twice_says_nothing_twice():
    tracker = MemoryTracker()
    state = file(after_run(IssueState(), 2, a_case(1)), tracker).state
    assert file(after_run(state, 2, a_case(1)), tracker).state == state
    assert (len(tracker.stored), tracker.said) == (1, {})


def test_fixed_is_said_once_when_all_work_again_and_a_return_reopens():
    tracker = MemoryTracker()
    state = file(after_run(IssueState(), 2, a_case(1), a_case(2)), tracker).state
    state = file(after_run(state, 3, passing=(1,)), tracker).state
    assert tracker.said == {}
    state = file(after_run(state, 4, passing=(2,)), tracker).state
    state = file(after_run(state, 5, passing=(1, 2)), tracker).state
    assert [text.split(" (")[0] for text in tracker.said[1]] == [
        "All 2 affected architectures work again with `localstack 2026.11.0 sha256:new`"
    ]
    tracker.close(1)
    outcome = file(after_run(state, 6, a_case(1, run=6)), tracker)
    assert (len(tracker.stored), tracker.stored[1].is_open, len(tracker.said[1])) == (1, True, 2)
    assert len(outcome.returned) == 1
    # and once more fixed
    file(after_run(outcome.state, 7, passing=(1, 2)), tracker)
    assert len(tracker.said[1]) == 3


def test_another_architecture_with_a_known_root_cause_is_a_comment():
    tracker = MemoryTracker()
    state = file(after_run(IssueState(), 2, a_case(1)), tracker).state
    state = file(after_run(state, 3, a_case(9, run=3)), tracker).state
    assert len(tracker.stored) == 1
    assert "Confirmed in run" in tracker.said[1][0]
    assert len(next(iter(state.records.values())).architectures) == 2


def test_beyond_the_cap_the_rest_shares_one_issue_and_is_still_tracked():
    tracker = MemoryTracker()
    outcome = file(many(14), tracker, cap=10)
    assert len(tracker.stored) == 10
    assert len(outcome.state.records) == 14
    assert len({record.number for record in outcome.state.records.values()}) == 10
    assert not outcome.state.is_waiting
    assert len(file(many(10), MemoryTracker(), cap=10).opened) == 10


def test_a_lost_state_finds_its_issues_by_their_fingerprints():
    tracker = MemoryTracker()
    file(many(14), tracker, cap=10)
    again = file(many(14), tracker, cap=10)
    assert len(tracker.stored) == 10
    assert again.opened == ()
    assert tracker.said == {}


def test_an_archived_tracker_keeps_everything_in_the_outbox_and_says_so():
    tracker = MemoryTracker(health=ARCHIVED)
    outcome = file(many(3), tracker)
    assert len(outcome.state.outbox) == 3
    assert any("archived" in note for note in outcome.notes)
    assert any("3 confirmed root causes wait" in note for note in outcome.notes)
    assert tracker.stored == {}


def test_an_archived_tracker_with_a_fallback_files_there_and_stays_there():
    archived, fallback = MemoryTracker(health=ARCHIVED), MemoryTracker(name="acme/artifacts")
    state = file(after_run(IssueState(), 2, a_case(1)), archived, fallback=fallback).state
    assert len(fallback.stored) == 1
    # Once it is tracked there, it is followed there, even if the first tracker wakes up.
    archived.health = TrackerHealth(usable=True)
    state = file(after_run(state, 3, passing=(1,)), archived, fallback=fallback).state
    assert len(fallback.said[1]) == 1
    file(after_run(state, 4, a_case(1, run=4)), archived, fallback=fallback)
    assert (len(fallback.stored), len(archived.stored)) == (1, 0)


def test_a_token_that_may_not_write_there_files_in_the_fallback_once_and_for_all():
    tracker = MemoryTracker(fails=lambda _number, method: "refused" if method in {"open", "comment"} else "")
    fallback = MemoryTracker(name="acme/results")
    outcome = file(many(3), tracker, fallback=fallback)
    assert (len(tracker.stored), len(fallback.stored), outcome.state.is_waiting) == (0, 3, False)
    assert any("cannot be filed in acme/emulator: open: HTTP 403" in note for note in outcome.notes)
    tracker.fails = lambda _number, _method: ""
    again = file(after_run(outcome.state, 3, a_case(0, run=3, signature="s3.Op0 500")), tracker, fallback=fallback)
    assert (len(tracker.stored), len(fallback.stored), len(again.returned)) == (0, 3, 1), "it stays where it is"
    alone = file(many(1), MemoryTracker(fails=lambda *_: "refused"))
    assert alone.state.is_waiting, "nowhere else to go"


def test_an_outage_does_not_use_the_fallback():
    away, fallback = MemoryTracker(health=TrackerHealth(usable=False, reason="down")), MemoryTracker(name="x/y")
    assert len(file(many(2), away, fallback=fallback).state.outbox) == 2
    assert fallback.stored == {}


def test_a_rate_limit_stops_asking():
    def exhausted(number: int, method: str) -> str:
        if method == "open" and number > 5:
            raise TrackerError("rate limit used up", exhausted=True)
        return ""

    tracker = MemoryTracker(fails=exhausted)
    outcome = file(many(8), tracker)
    assert len(tracker.stored) + len(outcome.state.outbox) == 8
    assert tracker.calls < 12
    assert {entry.why for entry in outcome.state.outbox.values()} == {"rate limit used up"}


def test_dry_run_shows_and_does_nothing():
    tracker = MemoryTracker()
    outcome = file(many(2), tracker, dry_run=True)
    assert [line.split(":")[1].split()[0] for line in outcome.planned] == ["open", "open"]
    assert tracker.stored == {}


def test_runs_that_file_at_the_same_moment_leave_one_open_issue():
    tracker = MemoryTracker()
    other = MemoryTracker(stored=tracker.stored, said=tracker.said)

    def meanwhile(_number: int, method: str) -> str:
        if method == "open" and not tracker.stored:
            file(after_run(IssueState(), 2, a_case(1)), other)
        return ""

    tracker.fails = meanwhile
    file(after_run(IssueState(), 3, a_case(1, run=3)), tracker)
    assert [issue.is_open for issue in tracker.stored.values()] == [True, False]


@pytest.mark.parametrize("how", ["before", "after", "dies before", "dies after"])
def test_any_single_call_may_fail_or_be_our_last_and_the_next_run_completes_it(how: str):
    """Two root causes open, one of them is fixed, returns, is joined by another: the n-th call goes wrong, for all n."""
    story = [
        (2, [a_case(1, signature="a"), a_case(2, signature="b")], ()),
        (3, [], (1,)),
        (4, [a_case(1, run=4, signature="a"), a_case(3, run=4, signature="b")], ()),
        (5, [], (2, 3)),
        (6, [], ()),
        (7, [], ()),
    ]
    for victim in count(1):
        tracker = MemoryTracker()

        def fails(number: int, _method: str, victim: int = victim) -> str:
            if number != victim:
                return ""
            if how == "dies before":
                raise Died
            return how

        tracker.fails = fails
        state = IssueState()
        for run, cases, passing in story:
            saved = [after_run(state, run, *cases, passing=passing)]
            try:
                outcome = file_issues(saved[0], tracker=tracker, save=saved.append)
                state = outcome.state
            except Died:
                state = saved[-1]
        opened = {issue.body.splitlines()[-1] for issue in tracker.stored.values()}
        assert len(tracker.stored) == len(opened) == 2, (victim, how)
        assert all(issue.is_open for issue in tracker.stored.values())
        assert not state.is_waiting, (victim, how, state)
        bodies = [text for texts in tracker.said.values() for text in texts]
        assert len(bodies) == len(set(bodies)), (victim, how)
        if victim > tracker.calls:
            break
