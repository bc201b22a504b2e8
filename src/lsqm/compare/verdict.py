"""Two results of one architecture → what moved. Knows nothing of runs, repeats or quarantine."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lsqm.model.comparison import Change
from lsqm.model.result import Pins, Result, Status, TestOutcome

_LOST = frozenset({TestOutcome.FAILED, TestOutcome.ERROR, TestOutcome.TIMEOUT})


@dataclass(frozen=True, kw_only=True, slots=True)
class Movement:
    """What two results show when they are laid side by side."""

    change: Change
    """`unconfirmed` stands for a loss that waits for confirmation."""
    reason: str
    tests: Mapping[str, Change] = field(default_factory=dict)
    worth_confirming: bool = False
    """A loss that repeats on both emulators can settle."""


def differences(before: Result, after: Result) -> tuple[str, ...]:
    """Everything besides the emulator's version that makes the two incomparable, one phrase each.

    A pin that one side never learned (it failed before that tool ran) is no difference: confirmation uses equal pins.
    """
    found = []
    if before.emulator.kind is not after.emulator.kind:
        found.append(f"emulator kind {before.emulator.kind} → {after.emulator.kind}")
    if before.emulator.product != after.emulator.product:
        found.append(f"emulator {before.emulator.product} → {after.emulator.product}")
    if before.architecture != after.architecture:
        found.append(f"architecture {before.architecture[:12]} → {after.architecture[:12]}")
    return (*found, *pin_differences(before.pins, after.pins))


def pin_differences(before: Pins, after: Pins) -> tuple[str, ...]:
    """The pins that are known on both sides and differ."""
    pairs = [
        ("app", before.app[:12], after.app[:12], before.app != after.app),
        *(
            (name, getattr(before, name), getattr(after, name), getattr(before, name) != getattr(after, name))
            for name in ("terraform", "tflocal", "python", "packages", "cage")
        ),
        *(
            (f"provider {name}", before.providers[name], after.providers[name], True)
            for name in sorted(before.providers.keys() & after.providers.keys())
            if before.providers[name] != after.providers[name]
        ),
    ]
    return tuple(f"{name} {old} → {new}" for name, old, new, differ in pairs if differ and old and new)


def same_emulator(before: Result, after: Result) -> bool:
    """Whether the very same emulator build made both results; unknown digests count as different."""
    return bool(before.emulator.digest) and before.emulator.digest == after.emulator.digest


def lost_tests(before: Result, after: Result) -> frozenset[str]:
    """Tests that passed before and fail now."""
    return frozenset(test.id for test in after.tests if test.outcome in _LOST) & before.passed_tests


def failed_tests(result: Result) -> frozenset[str]:
    """Tests that ran and did not pass."""
    return frozenset(test.id for test in result.tests if test.outcome in _LOST)


def moved_tests(before: Result, after: Result) -> dict[str, Change]:
    """Test → how it moved, only those that did. Empty when the tests did not run on one side."""
    if not before.tests or not after.tests:
        return {}
    old = {test.id: test.outcome for test in before.tests}
    new = {test.id: test.outcome for test in after.tests}
    moved = {}
    for test in sorted(old.keys() | new.keys()):
        if test not in old:
            moved[test] = Change.NEW
        elif test not in new:
            moved[test] = Change.REMOVED
        elif TestOutcome.SKIPPED in {old[test], new[test]}:
            if old[test] is not new[test]:
                moved[test] = Change.NOT_COMPARABLE
        elif old[test] is TestOutcome.PASSED and new[test] in _LOST:
            moved[test] = Change.REGRESSED
        elif old[test] in _LOST and new[test] is TestOutcome.PASSED:
            moved[test] = Change.FIXED
    return moved


def is_spurious(result: Result) -> bool:
    """Whether this failure may not be held against the emulator."""
    return not result.is_fair_trial or (result.cause is not None and result.cause.is_spurious)


def loses(before: Result, after: Result) -> bool:
    """Whether something that worked before no longer does."""
    fell = after.status in {Status.FAILED, Status.TIMEOUT}
    if before.status is Status.PASSED and fell:
        return True
    if before.passed_tests and fell and not after.tests:
        return True
    return bool(lost_tests(before, after))


def gains(before: Result, after: Result) -> bool:
    """Whether something works now that did not before."""
    return loses(after, before)


def movement(before: Result, after: Result) -> Movement:
    """Name the step from `before` to `after`, as far as two results can tell."""
    tests = moved_tests(before, after)
    different = differences(before, after)
    if different:
        only_pins = before.emulator.kind is after.emulator.kind and before.emulator.product == after.emulator.product
        return Movement(
            change=Change.NOT_COMPARABLE,
            reason=f"not the same trial: {'; '.join(different)}",
            worth_confirming=only_pins
            and before.architecture == after.architecture
            and before.status is Status.PASSED
            and after.status is not Status.PASSED
            and not is_spurious(after)
            and not same_emulator(before, after),
        )
    if not before.is_fair_trial:
        return Movement(
            change=Change.NOT_COMPARABLE, reason=f"the earlier result was no fair trial ({before.cause})", tests=tests
        )
    if not after.is_fair_trial:
        return Movement(change=Change.SPURIOUS, reason=f"this result was no fair trial ({after.cause})", tests=tests)
    if loses(before, after):
        if is_spurious(after):
            return Movement(
                change=Change.SPURIOUS,
                reason=f"{before.status} → {after.status}, but {after.cause} is not the emulator's doing",
                tests=tests,
            )
        return Movement(
            change=Change.UNCONFIRMED, reason=_loss(before, after, tests), tests=tests, worth_confirming=True
        )
    if gains(before, after):
        if is_spurious(before):
            return Movement(
                change=Change.SPURIOUS,
                reason=f"{before.status} → {after.status}, but the earlier {before.cause} was not the emulator's doing",
                tests=tests,
            )
        return Movement(change=Change.FIXED, reason=_gain(before, after, tests), tests=tests)
    return Movement(change=Change.UNCHANGED, reason=f"{after.status} as before", tests=tests)


def _loss(before: Result, after: Result, tests: Mapping[str, Change]) -> str:
    count = sum(change is Change.REGRESSED for change in tests.values())
    lost = f", {count} test{'s' * (count != 1)} that passed fail{'s' * (count == 1)} now" if count else ""
    return f"{before.status} → {after.status}{lost}"


def _gain(before: Result, after: Result, tests: Mapping[str, Change]) -> str:
    count = sum(change is Change.FIXED for change in tests.values())
    won = f", {count} test{'s' * (count != 1)} that failed pass{'es' * (count == 1)} now" if count else ""
    return f"{before.status} → {after.status}{won}"
