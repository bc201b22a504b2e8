"""The validate stage: trials of the selected architectures side by side, each result stored as soon as it is there."""

import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from lsqm.artifacts.store import ArtifactStore
from lsqm.model.app import App
from lsqm.model.architecture import Architecture, Index
from lsqm.model.emulator import EmulatorIdentity
from lsqm.model.event import ItemFinished, ItemProgress, ItemStarted
from lsqm.model.ids import ArchitectureHash
from lsqm.model.result import Cause, PhaseName, Pins, Result, Status
from lsqm.pipeline.pool import Pooled, run_all
from lsqm.pipeline.selection import UNKNOWN_SECONDS, History
from lsqm.pipeline.session import Session
from lsqm.pipeline.stage import iso, log
from lsqm.ports.clock import Clock
from lsqm.ports.observer import Observer
from lsqm.validate.request import Trial

OnStep = Callable[[PhaseName], None]
MakeTrial = Callable[[Architecture, App, OnStep], Trial]
Redact = Callable[[bytes], bytes]


@dataclass(frozen=True, kw_only=True, slots=True)
class ValidateOptions:
    """How the stage runs."""

    parallel: int
    ahead: int = 0
    """Further trials that may start their emulator while these work."""
    deadline_monotonic: float
    """No trial begins after this reading of the clock (SC-004)."""


@dataclass(slots=True)
class Validating:
    """One validate stage over one session.

    Args:
        trial: makes one trial; the composition root binds emulator, cage and tools to it.
        redact: removes secrets from logs before they are stored.
    """

    session: Session
    store: ArtifactStore
    index: Index
    trial: MakeTrial
    redact: Redact
    emulator: EmulatorIdentity
    clock: Clock
    observer: Observer
    cancel: threading.Event

    def run(
        self,
        selected: Sequence[ArchitectureHash],
        known: Mapping[ArchitectureHash, History],
        options: ValidateOptions,
    ) -> Pooled[ArchitectureHash, Trial]:
        """Validate `selected`, most important first. What did not run is in the session with its reason."""
        ranks = {architecture: rank for rank, architecture in enumerate(selected)}
        late = "the run's deadline was reached"
        pooled = run_all(
            self._one,
            list(selected),
            parallel=options.parallel + options.ahead,
            # The given order decides who runs at all; within the first round the longest go first.
            cost=lambda architecture: self._cost(ranks[architecture], known.get(architecture), options.parallel),
            cancel=self.cancel,
            may_start=lambda _: late if self.clock.monotonic() >= options.deadline_monotonic else "",
            on_done=lambda architecture, trial: self._keep(architecture, trial.result, trial.logs),
        )
        for architecture, error in pooled.broken:
            self._keep(architecture, self._bug(architecture, error), {"lsqm": _traceback(error)})
        self.session.lacks(dict(pooled.not_run))
        return pooled

    @staticmethod
    def _cost(rank: int, past: History | None, parallel: int) -> float:
        """Groups of the selection stay in order; inside a group of four rounds the expected duration decides."""
        seconds = past.seconds if past else UNKNOWN_SECONDS
        return -(rank // (4 * parallel)) * 1e6 + seconds

    def _one(self, architecture: ArchitectureHash) -> Trial:
        name = self._name(architecture)
        with structlog.contextvars.bound_contextvars(
            run_id=self.session.run, stage="validate", architecture=architecture
        ):
            self.observer.on(ItemStarted(stage="validate", item=name))
            log.info("validate.started", name=name)
            loaded = self.session.corpus.load_architecture(architecture)
            app = self.session.corpus.load_app(architecture)
            assert app is not None, "only architectures with an app are selected"
            trial = self.trial(
                loaded,
                app,
                lambda step: self.observer.on(ItemProgress(stage="validate", item=name, step=step.value)),
            )
            log.info(
                "validate.finished",
                status=trial.result.status.value,
                cause=trial.result.cause.value if trial.result.cause else None,
                duration_seconds=trial.result.seconds,
                message=trial.result.message,
            )
            return trial

    def _keep(self, architecture: ArchitectureHash, result: Result, logs: Mapping[str, bytes]) -> None:
        self.store.save_result(self.session.run, result, {kind: self.redact(data) for kind, data in logs.items()})
        self.observer.on(
            ItemFinished(
                stage="validate",
                item=self._name(architecture),
                outcome=result.status.value,
                message=result.message,
                seconds=result.seconds,
            )
        )

    def _bug(self, architecture: ArchitectureHash, error: Exception) -> Result:
        log.error("validate.broken", architecture=architecture, exc_info=error)
        return Result(
            architecture=architecture,
            status=Status.ERROR,
            cause=Cause.BUG,
            signature=f"lsqm {type(error).__name__}",
            phases=(),
            tests=(),
            api_calls={},
            plan_is_empty=None,
            emulator=self.emulator,
            pins=Pins(),
            started_at=iso(self.clock.now()),
            seconds=0.0,
            message=f"a bug in lsqm: {type(error).__name__}: {error}",
        )

    def _name(self, architecture: ArchitectureHash) -> str:
        entry = self.index.architectures.get(architecture)
        return entry.name if entry else architecture[:12]


def _traceback(error: Exception) -> bytes:
    return "".join(traceback.format_exception(error)).encode("utf-8", "backslashreplace")
