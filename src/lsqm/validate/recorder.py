"""Times the phases of one trial."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from lsqm.model.result import Phase, PhaseName, PhaseOutcome
from lsqm.ports.clock import Clock


@dataclass(slots=True)
class PhaseNote:
    """What a phase says about itself while it runs."""

    outcome: PhaseOutcome = PhaseOutcome.OK
    exit_code: int | None = None
    message: str = ""

    @property
    def ok(self) -> bool:
        return self.outcome is PhaseOutcome.OK


@dataclass(slots=True)
class Recorder:
    """Collects the phases in order."""

    clock: Clock
    on_step: Callable[[PhaseName], None]
    phases: list[Phase] = field(default_factory=list)

    @contextmanager
    def phase(self, name: PhaseName, deadline: float = 0.0) -> Iterator[PhaseNote]:
        """Time one phase; an exception that leaves it is recorded as its error."""
        self.on_step(name)
        note = PhaseNote()
        started_at, started = self.clock.now(), self.clock.monotonic()
        try:
            yield note
        except BaseException as error:
            note.outcome, note.message = PhaseOutcome.ERROR, f"{type(error).__name__}: {error}"
            raise
        finally:
            self.phases.append(
                Phase(
                    name=name,
                    outcome=note.outcome,
                    started_at=started_at.isoformat(timespec="milliseconds"),
                    seconds=round(self.clock.monotonic() - started, 3),
                    deadline_seconds=deadline,
                    exit_code=note.exit_code,
                    message=note.message,
                )
            )

    def in_order(self) -> tuple[Phase, ...]:
        """As they began; of two that began in one moment, as they are listed in PhaseName."""
        names = [name.value for name in PhaseName]
        return tuple(sorted(self.phases, key=lambda phase: (phase.started_at, names.index(phase.name))))

    def skip(self, name: PhaseName, why: str) -> None:
        """Record a phase that was not run."""
        self.phases.append(
            Phase(
                name=name,
                outcome=PhaseOutcome.SKIPPED,
                started_at=self.clock.now().isoformat(timespec="milliseconds"),
                seconds=0.0,
                message=why,
            )
        )
