"""Repeats are made where they settle something, no more than needed, and never past the deadline."""

from collections.abc import Callable
from itertools import count

import pytest

from lsqm.compare.baseline import against
from lsqm.compare.comparing import compare
from lsqm.compare.confirm import ConfirmOptions
from lsqm.compare.self_check import self_check
from lsqm.errors import Interrupted, Unavailable
from lsqm.model.comparison import Change
from lsqm.model.emulator import EmulatorIdentity
from lsqm.model.ids import ArchitectureHash
from lsqm.model.result import Result
from lsqm.pipeline.confirm import ConfirmLimits, confirm
from tests.fakes.still import Listener, StoppedClock
from tests.unit.compare.cases import NEW, OLD, a_hash, broken, repeats, trial, view

LITERAL = ConfirmOptions(total=2)


class Trials:
    """Answers trials from a script per digest and remembers what was asked."""

    def __init__(self, answer: Callable[[ArchitectureHash, str, int], Result], clock: StoppedClock) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.clock = clock

    def __call__(self, architecture: ArchitectureHash, emulator: EmulatorIdentity) -> Result:
        self.clock.seconds += 60
        self.asked.append("new" if emulator.digest == NEW else "old")
        return self.answer(architecture, emulator.digest, len(self.asked))


def settle(
    answer: Callable[[ArchitectureHash, str, int], Result],
    *,
    deadline: float = 1e9,
    before: Result | None = None,
    options: ConfirmOptions = LITERAL,
) -> tuple[Change, list[str]]:
    clock = StoppedClock()
    trials = Trials(answer, clock)
    candidate, baselines = view(2, broken()), against(view(1, before or trial(digest=OLD)))
    evidence = confirm(
        candidate,
        baselines,
        run_again=trials,
        clock=clock,
        observer=Listener(),
        limits=ConfirmLimits(deadline=deadline, parallel=1),
        options=options,
    ).evidence
    comparison = compare(candidate, baselines, evidence=evidence, options=options)
    return comparison.changes[0].change, trials.asked


def real(_architecture: ArchitectureHash, digest: str, _count: int) -> Result:
    return broken() if digest == NEW else trial(digest=OLD)


def test_a_real_regression_takes_two_of_two_on_each_side():
    assert settle(real) == (Change.REGRESSED, ["new", "old", "new", "old"])


def test_an_unknown_lonely_one_takes_the_full_number():
    change, asked = settle(real, options=ConfirmOptions())
    assert change is Change.REGRESSED
    assert asked[:4] == ["new", "old", "new", "old"]
    assert asked.count("new") == asked.count("old") == 8


def test_a_wide_root_cause_shares_the_repeats_and_who_drops_out_leaves_more_to_the_others():
    def made(steady: set[int]) -> dict[int, int]:
        candidate = view(2, *(broken(number=number) for number in range(4)))
        baselines = against(view(1, *(trial(number=number, digest=OLD) for number in range(4))))

        def answer(architecture: ArchitectureHash, emulator: EmulatorIdentity) -> Result:
            return real(architecture, emulator.digest, 0) if int(architecture, 16) in steady else trial()

        evidence = confirm(
            candidate,
            baselines,
            run_again=answer,
            clock=StoppedClock(),
            observer=Listener(),
            limits=ConfirmLimits(deadline=1e9, parallel=2),
        ).evidence
        comparison = compare(candidate, baselines, evidence=evidence)
        assert {int(record.architecture, 16) for record in comparison.regressions} == steady
        return {int(key, 16): len(repeats) for key, repeats in evidence.items()}

    assert made({0, 1, 2, 3}) == {0: 4, 1: 4, 2: 4, 3: 4}
    assert made({0, 1}) == {0: 8, 1: 8, 2: 1, 3: 1}
    assert made({0}) == {0: 16, 1: 1, 2: 1, 3: 1}


def test_a_wide_root_cause_is_not_believed_for_what_was_never_repeated():
    candidate = view(2, *(broken(number=number) for number in range(4)))
    baselines = against(view(1, *(trial(number=number, digest=OLD) for number in range(4))))
    evidence = {a_hash(0): repeats(frozenset(), [broken()] * 2, [trial(digest=OLD)] * 2)}
    assert not compare(candidate, baselines, evidence=evidence).regressions


def test_the_first_pass_ends_it():
    assert settle(lambda *_: trial()) == (Change.FLAKY, ["new"])


def test_something_outside_is_seen_at_the_first_baseline_trials():
    assert settle(lambda _a, digest, _c: broken(digest=digest)) == (Change.SPURIOUS, ["new", "old"])


def test_trouble_outside_that_ends_between_the_two_sides_accuses_nobody():
    """However long it lasts, and though so many share it that two repeats on each side would do."""
    numbers = range(6)
    candidate = view(2, *(broken(number=number) for number in numbers))
    baselines = against(view(1, *(trial(number=number, digest=OLD) for number in numbers)))
    for lasts in range(40):
        asked = count()

        def answer(
            architecture: ArchitectureHash, emulator: EmulatorIdentity, asked: "count[int]" = asked, lasts: int = lasts
        ) -> Result:
            digest, number = emulator.digest, int(architecture, 16)
            return (broken if next(asked) < lasts else trial)(digest=digest, number=number)

        evidence = confirm(
            candidate,
            baselines,
            run_again=answer,
            clock=StoppedClock(),
            observer=Listener(),
            limits=ConfirmLimits(deadline=1e9, parallel=1),
        ).evidence
        assert compare(candidate, baselines, evidence=evidence).regressions == (), lasts


def test_unfair_trials_are_made_again_but_not_for_ever():
    def once(architecture: ArchitectureHash, digest: str, count: int) -> Result:
        return trial("ERROR", tests="", digest=digest) if count == 2 else real(architecture, digest, count)

    assert settle(once) == (Change.REGRESSED, ["new", "old", "old", "new", "old"])
    assert settle(lambda *_: trial("ERROR", tests="")) == (Change.UNCONFIRMED, ["new"] * 5)


def test_the_deadline_leaves_it_unconfirmed():
    assert settle(real, deadline=150) == (Change.UNCONFIRMED, ["new", "old", "new"])
    assert settle(real, deadline=0) == (Change.UNCONFIRMED, [])


def test_a_baseline_image_that_is_gone_leaves_it_unconfirmed_with_the_reason():
    def gone(architecture: ArchitectureHash, digest: str, count: int) -> Result:
        if digest == OLD:
            raise Unavailable("the image is gone", hint="pull it")
        return real(architecture, digest, count)

    assert settle(gone)[0] is Change.UNCONFIRMED


def test_another_image_than_asked_for_is_no_evidence():
    assert settle(lambda *_: broken(digest="sha256:moved"))[0] is Change.UNCONFIRMED


def test_a_baseline_without_digest_cannot_be_asked_again():
    assert settle(real, before=trial(digest="")) == (Change.UNCONFIRMED, ["new"])


def test_another_failure_each_time_ends_it_early():
    assert settle(lambda *_: broken(signature="else")) == (Change.UNCONFIRMED, ["new"])


@pytest.mark.parametrize("error", [Interrupted("stop", hint=""), RuntimeError("a bug")])
def test_what_was_found_before_an_interruption_or_a_bug_is_kept(error: Exception):
    asked: list[str] = []

    def answer(architecture: ArchitectureHash, emulator: EmulatorIdentity) -> Result:
        asked.append(emulator.digest)
        if len(asked) == 3:
            raise error
        return real(architecture, emulator.digest, 0)

    listener = Listener()
    confirmation = confirm(
        view(2, broken()),
        against(view(1, trial(digest=OLD))),
        run_again=answer,
        clock=StoppedClock(),
        observer=listener,
        limits=ConfirmLimits(deadline=1e9, parallel=1),
    )
    assert len(confirmation.evidence[a_hash(1)]) >= 2
    assert isinstance(confirmation.stopped_by, Interrupted) == isinstance(error, Interrupted)
    assert any("a bug" in str(event) for event in listener.events) == isinstance(error, RuntimeError)


def test_the_same_build_twice_accuses_nobody_and_is_quickly_done():
    assert settle(lambda *_: broken(), before=trial(digest=NEW)) == (Change.SPURIOUS, ["new", "new"])


def test_self_check_measures_false_alarms_before_and_after_confirmation():
    passing = [trial(number=number) for number in range(10)]
    second = view(2, *(broken(number=number) if number < 3 else trial(number=number) for number in range(10)))
    baselines = against(view(1, *passing))
    clock = StoppedClock()
    # 0 stays broken (something changed between the two), 1 and 2 come back: only they are caught.
    evidence = confirm(
        second,
        baselines,
        run_again=lambda architecture, _: broken() if architecture == a_hash(0) else trial(),
        clock=clock,
        observer=Listener(),
        limits=ConfirmLimits(deadline=1e9, parallel=2),
        options=LITERAL,
        self_check=True,
    ).evidence
    measured = self_check(second, baselines, evidence=evidence, options=LITERAL)
    assert (measured.compared, len(measured.alarms), measured.rate_before) == (10, 3, 0.3)
    assert measured.confirmed == ()
    assert len(evidence[a_hash(0)]) == 2
