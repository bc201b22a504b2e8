"""From repeats to a verdict: regressed, flaky, spurious or still unconfirmed. Decides; trials are made elsewhere.

The floor is DESIGN section 7: two more failures with the same signature on the new emulator and two passes on the
baseline emulator, today, with equal pins. That alone still accuses an innocent emulator when a test fails three times
in ten by chance (0.3² · 0.7² = 4 % of such candidates), so more repeats are asked for: see `needed_repeats`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lsqm.compare.verdict import failed_tests, is_spurious, lost_tests
from lsqm.model.comparison import Change, Repeat
from lsqm.model.result import Result, Status


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfirmOptions:
    """How sure is sure."""

    floor: int = 2
    """Repeats on each side that every architecture gets."""
    total: int = 8
    """Repeats on each side that a root cause gets, over all architectures that show it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What the repeats say."""

    change: Change
    reason: str


def needed_repeats(cluster: int, options: ConfirmOptions) -> int:
    """How many repeats on each side make chance a bad explanation, for each of `cluster` architectures.

    A test that fails by chance at rate p fails n repeats on the new side and passes n on the old with probability
    (p · (1-p))^n, at most 4^-n and for p ≤ 0.3 at most 0.21^n; eight make that 1 in 260,000. Architectures that fail
    with the same signature would each have to be that unlucky, so they share the work.
    """
    return max(options.floor, -(-options.total // max(1, cluster)))


def is_steady(signature: str, repeats: Sequence[Repeat], floor: int) -> bool:
    """Whether at least `floor` repeats on each side all say "regression", so that it counts for its cluster."""
    return decide(signature, repeats, needed=floor, same_emulator=False).change is Change.REGRESSED


def is_refuted(signature: str, repeats: Sequence[Repeat]) -> bool:
    """Whether no further repeat can confirm it."""
    verdict = decide(signature, repeats, needed=1, same_emulator=False).change
    return verdict in {Change.FLAKY, Change.SPURIOUS} or ways_differ(signature, repeats)


def ways_differ(signature: str, repeats: Sequence[Repeat]) -> bool:
    """Whether it failed again on the new side, but in another way."""
    return any(repeat.reproduces and not repeat.on_baseline and repeat.signature != signature for repeat in repeats)


def focus(before: Result, after: Result) -> frozenset[str]:
    """The tests whose failure is to be confirmed; empty when the trial as a whole failed."""
    if after.status is not Status.PARTIAL:
        return lost_tests(before, after) if after.tests else frozenset()
    return lost_tests(before, after) or failed_tests(after)


def reproduces(lost: frozenset[str], result: Result) -> bool | None:
    """Whether a loss shows in another trial; None when that trial can say nothing."""
    if is_spurious(result):
        return None
    if lost and result.tests:
        return bool(lost & failed_tests(result))
    return result.status in {Status.FAILED, Status.TIMEOUT}


def as_repeat(lost: frozenset[str], result: Result, *, on_baseline: bool) -> Repeat:
    """One confirming trial as evidence."""
    shows = reproduces(lost, result)
    return Repeat(
        emulator=f"{result.emulator.product} {result.emulator.version}",
        digest=result.emulator.digest,
        on_baseline=on_baseline,
        status=result.status,
        signature=result.signature,
        at=result.started_at,
        reproduces=shows,
        reason=f"no fair trial: {result.cause}" if shows is None else "",
    )


def decide(signature: str, repeats: Sequence[Repeat], *, needed: int, same_emulator: bool) -> Verdict:
    """Judge the evidence for one loss.

    Args:
        signature: of the failure that was seen.
        repeats: confirming trials so far, both sides, in any order.
        needed: see `needed_repeats`.
        same_emulator: both sides are the very same build, so whatever failed, the emulator did not change.
    """
    new = [repeat for repeat in repeats if not repeat.on_baseline and repeat.reproduces is not None]
    old = [repeat for repeat in repeats if repeat.on_baseline and repeat.reproduces is not None]
    failed_new = sum(repeat.reproduces is True for repeat in new)
    failed_old = sum(repeat.reproduces is True for repeat in old)
    counts = (
        f"on the new emulator {failed_new} of {len(new)} repeats failed, on the baseline {failed_old} of {len(old)} did"
    )
    if failed_new < len(new):
        return Verdict(change=Change.FLAKY, reason=f"it comes and goes: {counts}")
    if same_emulator:
        if len(new) >= needed or failed_old:
            return Verdict(change=Change.SPURIOUS, reason=f"both runs used the same emulator build; {counts}")
        return Verdict(change=Change.UNCONFIRMED, reason=f"both runs used the same emulator build; {counts}")
    if 0 < failed_old < len(old):
        return Verdict(change=Change.FLAKY, reason=f"it comes and goes on the baseline: {counts}")
    if failed_old and len(new) >= 1:
        return Verdict(
            change=Change.SPURIOUS, reason=f"the baseline emulator fails today too, so something else changed: {counts}"
        )
    if any(repeat.signature != signature for repeat in new):
        return Verdict(change=Change.UNCONFIRMED, reason=f"it fails each time, but not in the same way: {counts}")
    if len(new) >= needed and len(old) >= needed:
        return Verdict(change=Change.REGRESSED, reason=f"confirmed: {counts}")
    return Verdict(change=Change.UNCONFIRMED, reason=f"{needed} repeats are needed on each side: {counts}")
