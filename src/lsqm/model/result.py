"""What one trial of one architecture showed. `status` says how far it got, `cause` why (DESIGN section 2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never

from lsqm.model.emulator import EmulatorIdentity
from lsqm.model.ids import ArchitectureHash


class Status(StrEnum):
    """FR-030."""

    PASSED = "PASSED"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    TIMEOUT = "TIMEOUT"
    ERROR = "ERROR"


class Cause(StrEnum):
    """Why a result is not PASSED."""

    UNSUPPORTED_SERVICE = "unsupported-service"
    UNSUPPORTED_OPERATION = "unsupported-operation"
    PLAN_LIMIT = "plan-limit"
    EMULATOR_CRASH = "emulator-crash"
    PARITY = "parity"
    TERRAFORM_CONFIG = "terraform-config"
    TEST_DEFECT = "test-defect"
    UNPROVEN_TEST = "unproven-test"
    """Only tests failed that never passed on the reference emulator: the test may be wrong as well as the emulator."""
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out-of-memory"
    DISK_FULL = "disk-full"
    NETWORK = "network"
    LICENCE = "licence"
    ENGINE = "engine"
    EMULATOR_DIED = "emulator-died"
    CAGE = "cage"
    INTERRUPTED = "interrupted"
    BUG = "bug"
    UNKNOWN = "unknown"

    @property
    def is_spurious(self) -> bool:
        """True when a failure with this cause may never count as a regression of the emulator."""
        match self:
            case (
                Cause.UNSUPPORTED_SERVICE
                | Cause.UNSUPPORTED_OPERATION
                | Cause.EMULATOR_CRASH
                | Cause.PARITY
                | Cause.UNPROVEN_TEST  # one that passed in an earlier run and fails now is a loss like any other
                | Cause.TIMEOUT
                | Cause.UNKNOWN
            ):
                return False
            case (
                Cause.PLAN_LIMIT
                | Cause.TERRAFORM_CONFIG
                | Cause.TEST_DEFECT
                | Cause.OUT_OF_MEMORY
                | Cause.DISK_FULL
                | Cause.NETWORK
                | Cause.LICENCE
                | Cause.ENGINE
                | Cause.EMULATOR_DIED
                | Cause.CAGE
                | Cause.INTERRUPTED
                | Cause.BUG
            ):
                return True
        assert_never(self)

    @property
    def blames_emulator(self) -> bool:
        """True when a failure with this cause, as long as it is no regression, says something against the emulator."""
        return not self.is_spurious and self is not Cause.UNPROVEN_TEST


class PhaseName(StrEnum):
    """The steps of a trial, in order."""

    START = "start"
    INIT = "init"
    APPLY = "apply"
    REPLAN = "re-plan"
    TEST = "test"
    DESTROY = "destroy"
    LEAK_CHECK = "leak-check"
    STOP = "stop"


class PhaseOutcome(StrEnum):
    """How one phase ended."""

    OK = "ok"
    FAILED = "failed"
    TIMEOUT = "timeout"
    SKIPPED = "skipped"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True, slots=True)
class Phase:
    """One step of a trial."""

    name: PhaseName
    outcome: PhaseOutcome
    started_at: str
    """UTC, ISO 8601."""
    seconds: float
    deadline_seconds: float = 0.0
    exit_code: int | None = None
    message: str = ""
    """One sentence for a person when the outcome is not ok."""
    log: str = ""
    """Path of its log below `runs/RUN_ID/`, empty if it has none."""


class TestOutcome(StrEnum):
    """How one test ended."""

    __test__ = False

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    TIMEOUT = "timeout"


@dataclass(frozen=True, kw_only=True, slots=True)
class TestResult:
    """One test of an app."""

    __test__ = False

    id: str
    """`test_app.py::test_name[param]`."""
    outcome: TestOutcome
    seconds: float
    message: str = ""
    """First line of the failure."""
    details: str = ""
    """The traceback, capped."""
    unproven: bool = False
    """It was tried on the reference emulator when the app was made, and did not pass twice there (`app.json`)."""


class DriftKind(StrEnum):
    """What a second plan wanted to change."""

    RESOURCE = "resource"
    OUTPUT = "output"


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """One attribute the emulator did not give back as it was asked for (a parity finding of the re-plan)."""

    kind: DriftKind
    address: str
    action: str
    """`update`, `replace`, `create`, `delete`, `read`."""
    attribute: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pins:
    """All that must be equal for two results to be comparable, besides the emulator itself."""

    terraform: str = ""
    tflocal: str = ""
    providers: Mapping[str, str] = field(default_factory=dict)
    app: str = ""
    """Digest of the app's four files."""
    python: str = ""
    packages: str = ""
    """Digest of the test environment's package list."""
    cage: str = ""
    """Name of the jail the trial ran in; `none` when there was none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """`runs/RUN_ID/results/HASH.json`."""

    architecture: ArchitectureHash
    status: Status
    cause: Cause | None
    """None exactly when the status is PASSED."""
    signature: str
    """`service.Operation status code normalised-message`, or phase and normalised message; empty when PASSED."""
    phases: tuple[Phase, ...]
    tests: tuple[TestResult, ...]
    api_calls: Mapping[str, Mapping[str, int]]
    """`service.Operation` → HTTP status → count."""
    plan_is_empty: bool | None
    """Whether the re-plan wanted nothing; None when it did not run."""
    emulator: EmulatorIdentity
    pins: Pins
    started_at: str
    seconds: float
    drift: tuple[Drift, ...] = ()
    leaks: tuple[str, ...] = ()
    """Resources still there after destroy."""
    attempts: int = 1
    message: str = ""
    """One sentence for a person; empty when PASSED."""
    logs: Mapping[str, str] = field(default_factory=dict)
    """Kind (`terraform`, `pytest`, `emulator`) → path below `runs/RUN_ID/`."""

    @property
    def is_fair_trial(self) -> bool:
        """Whether this result says something about the emulator at all."""
        return self.status is not Status.ERROR

    @property
    def passed_tests(self) -> frozenset[str]:
        return frozenset(test.id for test in self.tests if test.outcome is TestOutcome.PASSED)
