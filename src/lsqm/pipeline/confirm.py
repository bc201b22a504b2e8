"""Repeat what looks like a regression, on the new emulator and on the baseline's, until the question is settled."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lsqm.compare.comparing import suspects
from lsqm.compare.confirm import ConfirmOptions, as_repeat, decide, focus, ways_differ
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
UNFAIR_ALLOWED = 4
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
    found = {key: tuple(value) for key, value in (earlier or {}).items()}
    gone: set[tuple[ArchitectureHash, bool]] = set()

    def planned(*, hopeful: bool) -> list[_Trial]:
        waiting = suspects(
            candidate,
            baselines,
            evidence=found,
            quarantine=quarantine,
            options=options,
            hopeful=hopeful,
            pretend_different=self_check,
        )
        trials = []
        for suspect in waiting:
            result, known = candidate.results[suspect.architecture], suspect.baseline.result
            same = same_emulator(known, result) and not self_check
            sides = _next_sides(
                result.signature, found.get(suspect.architecture, ()), suspect.needed, options.floor, same=same
            )
            trials += [
                _Trial(
                    architecture=suspect.architecture,
                    emulator=known.emulator if on_baseline else result.emulator,
                    on_baseline=on_baseline,
                    lost=focus(known, result),
                )
                for on_baseline in sides
            ]
        # Without its digest nobody can say which emulator the baseline was.
        return [
            each
            for each in trials
            if (each.architecture, each.on_baseline) not in gone and (each.emulator.digest or not each.on_baseline)
        ]

    def too_late(_trial: _Trial) -> str:
        if limits.cancel.is_set():
            return "the run was stopped"
        return "the run's deadline" if clock.monotonic() >= limits.deadline else ""

    def make(trial: _Trial) -> Repeat:
        observer.on(ItemStarted(stage=STAGE, item=trial.architecture))
        began = clock.monotonic()
        repeat = _made(trial, run_again)
        if not repeat.at and repeat.reason:
            gone.add((trial.architecture, trial.on_baseline))
        shown = {True: "fails", False: "works", None: repeat.reason or "no fair trial"}[repeat.reproduces]
        side = "baseline" if trial.on_baseline else "new emulator"
        observer.on(
            ItemFinished(
                stage=STAGE,
                item=trial.architecture,
                outcome=repeat.status,
                message=f"{side}: {shown}",
                seconds=clock.monotonic() - began,
            )
        )
        return repeat

    def keep(trial: _Trial, repeat: Repeat) -> None:
        found[trial.architecture] = (*found.get(trial.architecture, ()), repeat)

    stopped_by: Exception | None = None
    while (batch := planned(hopeful=True) or planned(hopeful=False)) and not too_late(batch[0]):
        pooled = run_all(
            make,
            batch,
            parallel=limits.parallel,
            cost=lambda _: 0.0,  # keeps the order: the most widespread signature first
            cancel=limits.cancel,
            may_start=too_late,
            on_done=keep,
        )
        for trial, error in pooled.broken:
            gone.add((trial.architecture, trial.on_baseline))
            text = f"confirming {trial.architecture[:12]} failed, it stays unconfirmed: {error!r}"
            observer.on(Notice(stage=STAGE, message=text, level="warning"))
        if pooled.stopped_by is not None:
            stopped_by = pooled.stopped_by
            break
    return Confirmation(evidence=dict(sorted(found.items())), stopped_by=stopped_by)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Trial:
    """One repeat that is to be made."""

    architecture: ArchitectureHash
    emulator: EmulatorIdentity
    on_baseline: bool
    lost: frozenset[str]


def _next_sides(signature: str, repeats: Sequence[Repeat], needed: int, floor: int, *, same: bool) -> tuple[bool, ...]:
    """Which sides to try next, True for the baseline; empty when the question is settled or cannot be.

    One on the new emulator, then one on the baseline: most doubts end there. Then both up to the floor, so that a
    failure on the new emulator follows a pass on the old one: trouble outside that lasted for a while, and is over when
    the baseline's turn comes, would otherwise look like a regression. Then all the rest at once.
    """
    verdict = decide(signature, repeats, needed=needed, same_emulator=same).change
    if verdict is not Change.UNCONFIRMED or ways_differ(signature, repeats):
        return ()
    fair = {True: 0, False: 0}
    unfair = {True: 0, False: 0}
    for repeat in repeats:
        (unfair if repeat.reproduces is None else fair)[repeat.on_baseline] += 1
    few = min(floor, needed)
    if same:
        missing = {False: (few if fair[False] < few else needed) - fair[False]}
    elif not fair[False]:
        missing = {False: 1}
    elif not fair[True]:
        missing = {True: 1}
    else:
        goal = few if min(fair.values()) < few else needed
        missing = {False: goal - fair[False], True: goal - fair[True]}
    return tuple(side for side, count in missing.items() if unfair[side] <= UNFAIR_ALLOWED for _ in range(count))


def _made(trial: _Trial, run_again: RunAgain) -> Repeat:
    """Make one trial and judge it."""
    try:
        result = run_again(trial.architecture, trial.emulator)
    except Interrupted:
        raise
    except LsqmError as error:
        return _impossible(trial.emulator, on_baseline=trial.on_baseline, why=str(error))
    if result.emulator.digest != trial.emulator.digest:
        why = f"asked for {trial.emulator.digest}, got {result.emulator.digest or 'an unknown build'}"
        return _impossible(result.emulator, on_baseline=trial.on_baseline, why=why)
    return as_repeat(trial.lost, result, on_baseline=trial.on_baseline)


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
