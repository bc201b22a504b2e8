"""Repeat what looks like a regression, on the new emulator and on the baseline's, until the question is settled."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lsqm.compare.comparing import Suspect, suspects
from lsqm.compare.confirm import ConfirmOptions, as_repeat, decide, focus
from lsqm.compare.verdict import same_emulator
from lsqm.compare.view import Baseline, RunView
from lsqm.errors import Interrupted, LsqmError
from lsqm.model.comparison import Change, Repeat
from lsqm.model.emulator import EmulatorIdentity
from lsqm.model.event import ItemFinished, ItemStarted, Notice
from lsqm.model.ids import ArchitectureHash
from lsqm.model.quarantine import Quarantine
from lsqm.model.result import Result, Status
from lsqm.pipeline.pool import run_all
from lsqm.ports.clock import Clock
from lsqm.ports.observer import Observer

RunAgain = Callable[[ArchitectureHash, EmulatorIdentity], Result]
"""One more trial with today's pins on exactly that emulator. Raises LsqmError when that emulator cannot be had."""

STAGE = "confirm"
UNFAIR_ALLOWED = 2
"""Trials per side that may be no fair trial before the question is left open."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfirmLimits:
    """How much may be spent."""

    deadline: float
    """On the clock's monotonic scale; no trial starts later."""
    parallel: int = 4
    cancel: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, kw_only=True, slots=True)
class Confirmation:
    """What the repeats brought."""

    evidence: Mapping[ArchitectureHash, tuple[Repeat, ...]]
    """For `compare`; complete or not."""
    stopped_by: Exception | None = None
    """Interrupted, or what made every further trial pointless. The evidence so far holds."""


def confirm(
    candidate: RunView,
    baselines: Mapping[ArchitectureHash, Baseline],
    *,
    run_again: RunAgain,
    clock: Clock,
    observer: Observer,
    limits: ConfirmLimits,
    quarantine: Quarantine | None = None,
    options: ConfirmOptions | None = None,
    earlier: Mapping[ArchitectureHash, Sequence[Repeat]] | None = None,
    self_check: bool = False,
) -> Confirmation:
    """Make the repeats that `compare` needs as `evidence`.

    Args:
        candidate: the run that is judged.
        baselines: as for `compare`.
        run_again: makes one trial; called from several threads.
        clock: for the deadline.
        observer: told what begins and ends.
        limits: deadline and parallelism.
        quarantine: known flaky architectures.
        options: how sure is sure.
        earlier: evidence that is already there, when an interrupted confirmation goes on.
        self_check: both runs are of one build, which plays both sides (A/A).
    """
    options = options or ConfirmOptions()
    todo = suspects(candidate, baselines, quarantine=quarantine, options=options, pretend_different=self_check)
    found: dict[ArchitectureHash, tuple[Repeat, ...]] = {key: tuple(value) for key, value in (earlier or {}).items()}

    def settle(suspect: Suspect) -> None:
        observer.on(ItemStarted(stage=STAGE, item=suspect.architecture))
        began = clock.monotonic()
        result = candidate.results[suspect.architecture]
        same = same_emulator(suspect.baseline.result, result) and not self_check
        case = _Case(suspect, result, list(found.get(suspect.architecture, ())), same=same)
        while (on_baseline := case.next_side()) is not None and not too_late(suspect):
            case.repeat(run_again, on_baseline=on_baseline)
            found[suspect.architecture] = tuple(case.repeats)
        observer.on(
            ItemFinished(
                stage=STAGE,
                item=suspect.architecture,
                outcome=case.verdict,
                message=f"{len(case.repeats)} repeats",
                seconds=clock.monotonic() - began,
            )
        )

    def too_late(_suspect: Suspect) -> str:
        if limits.cancel.is_set():
            return "the run was stopped"
        return "the run's deadline" if clock.monotonic() >= limits.deadline else ""

    pooled = run_all(
        settle,
        todo,
        parallel=limits.parallel,
        cost=lambda _: 0.0,  # keeps the order: the most widespread signature first
        cancel=limits.cancel,
        may_start=too_late,
    )
    for suspect, error in pooled.broken:
        text = f"confirming {suspect.architecture[:12]} failed, it stays unconfirmed: {error!r}"
        observer.on(Notice(stage=STAGE, message=text, level="warning"))
    return Confirmation(evidence=dict(sorted(found.items())), stopped_by=pooled.stopped_by)


class _Case:
    """One suspect and what is known about it so far."""

    def __init__(self, suspect: Suspect, result: Result, repeats: list[Repeat], *, same: bool) -> None:
        self.suspect = suspect
        self.result = result
        self.repeats = repeats
        self.lost = focus(suspect.baseline.result, result)
        self.same = same

    @property
    def verdict(self) -> Change:
        return self._judged(self.suspect.needed)

    def _judged(self, needed: int) -> Change:
        return decide(self.result.signature, self.repeats, needed=needed, same_emulator=self.same).change

    def next_side(self) -> bool | None:
        """Whether the baseline's emulator is to be tried next; None when the question is settled or cannot be.

        Two repeats on the new one first, then the baseline: most doubts end there. Then both in turn.
        """
        if self.verdict is not Change.UNCONFIRMED or self._ways_differ():
            return None
        new, old = self._fair(on_baseline=False), self._fair(on_baseline=True)
        wanted = self.suspect.needed
        floor = min(2, wanted)
        on_baseline = new >= floor and (old < floor or old < new or new >= wanted)
        if self.same:
            on_baseline = False
        if on_baseline and not self._can_be_had():
            return None
        if self._unfair(on_baseline=on_baseline) > UNFAIR_ALLOWED:
            return None
        return on_baseline

    def repeat(self, run_again: RunAgain, *, on_baseline: bool) -> None:
        """Make one trial and keep what it showed."""
        identity = self.suspect.baseline.result.emulator if on_baseline else self.result.emulator
        try:
            result = run_again(self.suspect.architecture, identity)
        except Interrupted:
            raise
        except LsqmError as error:
            self.repeats.append(_impossible(identity, on_baseline=on_baseline, why=str(error)))
            return
        if result.emulator.digest != identity.digest:
            why = f"asked for {identity.digest or identity.version}, got {result.emulator.digest}"
            self.repeats.append(_impossible(result.emulator, on_baseline=on_baseline, why=why))
            return
        self.repeats.append(as_repeat(self.lost, result, on_baseline=on_baseline))

    def _fair(self, *, on_baseline: bool) -> int:
        return sum(repeat.on_baseline is on_baseline and repeat.reproduces is not None for repeat in self.repeats)

    def _unfair(self, *, on_baseline: bool) -> int:
        return sum(repeat.on_baseline is on_baseline and repeat.reproduces is None for repeat in self.repeats)

    def _ways_differ(self) -> bool:
        """Whether it failed again in another way: no further repeat can make the signatures equal."""
        return any(
            repeat.reproduces and not repeat.on_baseline and repeat.signature != self.result.signature
            for repeat in self.repeats
        )

    def _can_be_had(self) -> bool:
        """Whether the baseline's emulator was precise enough to ask for it again."""
        return bool(self.suspect.baseline.result.emulator.digest)


def _impossible(identity: EmulatorIdentity, *, on_baseline: bool, why: str) -> Repeat:
    return Repeat(
        emulator=f"{identity.product} {identity.version}",
        digest=identity.digest,
        on_baseline=on_baseline,
        status=Status.ERROR,
        signature="",
        at="",
        reason=why,
    )
