"""What the runs of the past taught, small enough to keep for ever: the three documents below `trends/` (FR-043).

Everything here is derived from runs and can be rebuilt from them; points of runs that retention has removed stay.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.result import Status
from lsqm.model.run import Counts

STATUS_LETTERS: Mapping[Status, str] = {
    Status.PASSED: "P",
    Status.PARTIAL: "H",
    Status.FAILED: "F",
    Status.TIMEOUT: "T",
    Status.ERROR: "E",
}
"""One letter per status: a history is a string with one of them per run."""

NOT_RUN_LETTER = "-"
"""The architecture was not validated in that run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunPoint:
    """One run in one line."""

    run: RunId
    started_at: str
    seconds: float
    complete: bool
    counts: Counts
    corpus: int
    """Architectures known and not superseded when the run was reported."""
    emulator: str = ""
    """Product and version, for a person; empty when nothing was validated."""
    digest: str = ""
    baseline: RunId | None = None
    regressed: int = 0
    fixed: int = 0
    undecided: int = 0
    """Architectures about which the run could say nothing certain."""
    signatures: Mapping[str, int] = field(default_factory=dict)
    """Failure signature → architectures that showed it; tells since when a root cause is there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ServicePoint:
    """How the architectures that use one AWS service ended in one run."""

    run: RunId
    service: str
    passed: int = 0
    partial: int = 0
    failed: int = 0
    timeout: int = 0
    error: int = 0

    @property
    def fair(self) -> int:
        """Trials that say something about the emulator."""
        return self.passed + self.partial + self.failed + self.timeout

    @property
    def pass_rate(self) -> float | None:
        """0.0 to 1.0, None without a fair trial."""
        return None if not self.fair else self.passed / self.fair


@dataclass(frozen=True, kw_only=True, slots=True)
class OperationPoint:
    """How often real architectures called one API operation in one run, and how it answered."""

    run: RunId
    operation: str
    """`service.Operation`."""
    architectures: int
    calls: int
    client_errors: int = 0
    """Answers with a 4xx status; often legitimate, such as asking whether something exists."""
    server_errors: int = 0
    """Answers with a 5xx status: the emulator did not do it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunTrend:
    """`trends/runs.json`: one point per run, oldest first, and each architecture's history over those runs."""

    points: tuple[RunPoint, ...] = ()
    histories: Mapping[ArchitectureHash, str] = field(default_factory=dict)
    """One letter of `STATUS_LETTERS` or `NOT_RUN_LETTER` per point, in the order of `points`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceTrend:
    """`trends/services.json`: by run, then by service."""

    points: tuple[ServicePoint, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class OperationTrend:
    """`trends/operations.json`: by run, then by operation."""

    points: tuple[OperationPoint, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Trends:
    """The three documents together."""

    runs: RunTrend = field(default_factory=RunTrend)
    services: ServiceTrend = field(default_factory=ServiceTrend)
    operations: OperationTrend = field(default_factory=OperationTrend)
