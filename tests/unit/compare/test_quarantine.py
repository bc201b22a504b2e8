"""Quarantine has a way in, a way out, and no memory of being asked twice."""

from lsqm.compare.quarantine import updated
from lsqm.model.comparison import Change, ChangeRecord, Comparison
from lsqm.model.quarantine import GREENS_TO_LEAVE, Quarantine
from lsqm.model.result import Result
from tests.unit.compare.cases import a_hash, a_run, partial, trial


def after(quarantine: Quarantine, number: int, change: Change, result: Result) -> Quarantine:
    record = ChangeRecord(architecture=a_hash(1), change=change, reason="it comes and goes")
    comparison = Comparison(baseline=None, candidate=a_run(number), changes=(record,))
    return updated(quarantine, comparison, {a_hash(1): result})


def test_flaky_enters_with_its_reason_and_leaves_after_enough_greens():
    state = after(Quarantine(), 0, Change.FLAKY, partial())
    assert state.entries[a_hash(1)].reason == "it comes and goes"
    for number in range(1, GREENS_TO_LEAVE):
        state = after(state, number, Change.UNCHANGED, trial())
        assert state.entries[a_hash(1)].greens == number
    assert not after(state, GREENS_TO_LEAVE, Change.UNCHANGED, trial()).entries


def test_a_relapse_starts_the_count_anew_but_keeps_the_beginning():
    state = after(Quarantine(), 0, Change.FLAKY, partial())
    state = after(state, 1, Change.UNCHANGED, trial())
    state = after(state, 2, Change.FLAKY, partial())
    assert (state.entries[a_hash(1)].greens, state.entries[a_hash(1)].since) == (0, a_run(0))


def test_updating_twice_for_one_run_changes_nothing():
    state = after(Quarantine(), 0, Change.FLAKY, partial())
    once = after(state, 1, Change.UNCHANGED, trial())
    assert after(once, 1, Change.UNCHANGED, trial()) == once


def test_an_unfair_trial_counts_for_nothing_and_a_confirmed_regression_ends_it():
    state = after(Quarantine(), 0, Change.FLAKY, partial())
    assert after(state, 1, Change.SPURIOUS, trial("ERROR", tests="")) == state
    assert not after(state, 1, Change.REGRESSED, partial()).entries
