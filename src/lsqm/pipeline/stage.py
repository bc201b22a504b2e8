"""The frame around every stage: timing, log lines, events, and its record in the run's manifest (FR-063, FR-064)."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from lsqm.model.event import StageFinished, StageStarted
from lsqm.model.run import StageTiming
from lsqm.ports.clock import Clock
from lsqm.ports.observer import Observer

log = structlog.get_logger("lsqm")


def iso(moment: datetime) -> str:
    """UTC time as every document stores it: `2026-01-04T00:00:00Z`."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


@dataclass(slots=True)
class StageOutcome:
    """What the body of a stage reports about itself."""

    summary: str = ""
    outcome: str = "ok"


@dataclass(slots=True)
class StageRecorder:
    """Collects the timings of one run's stages."""

    clock: Clock
    observer: Observer
    timings: list[StageTiming] = field(default_factory=list)

    def silent_stage(self, name: str) -> AbstractContextManager[StageOutcome]:
        """The same for a stage that announces itself."""
        return self.stage(name, announce=False)

    @contextmanager
    def stage(self, name: str, *, total: int = 0, message: str = "", announce: bool = True) -> Iterator[StageOutcome]:
        """Announce, time and log one stage; an exception is logged, recorded as `failed`, and goes on."""
        began, started_at = self.clock.monotonic(), iso(self.clock.now())
        outcome = StageOutcome()
        with structlog.contextvars.bound_contextvars(stage=name):
            log.info("stage.started", start=started_at, total=total)
            if announce:
                self.observer.on(StageStarted(stage=name, total=total, message=message))
            try:
                yield outcome
            except BaseException as error:
                outcome.outcome, outcome.summary = "failed", str(error) or type(error).__name__
                log.error("stage.failed", exc_info=error, error_type=type(error).__name__, error_message=str(error))  # noqa: TRY400  exc_info is passed on
                raise
            finally:
                seconds, finished_at = round(self.clock.monotonic() - began, 3), iso(self.clock.now())
                self.timings.append(
                    StageTiming(
                        stage=name,
                        started_at=started_at,
                        finished_at=finished_at,
                        seconds=seconds,
                        outcome=outcome.outcome,
                        message=outcome.summary,
                    )
                )
                log.info(
                    "stage.finished",
                    start=started_at,
                    end=finished_at,
                    duration_seconds=seconds,
                    outcome=outcome.outcome,
                    summary=outcome.summary,
                )
                if announce:
                    self.observer.on(
                        StageFinished(stage=name, seconds=seconds, summary=outcome.summary, outcome=outcome.outcome)
                    )
