"""What one trial needs, as a value that can be pickled and sent to another machine, and what it gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lsqm.model.app import App
from lsqm.model.architecture import Architecture
from lsqm.model.result import Result
from lsqm.ports.cage import Limits

_GIB = 1 << 30


@dataclass(frozen=True, kw_only=True, slots=True)
class PhaseDeadlines:
    """Seconds that each phase may take; `apply` is LSQM_TIMEOUT."""

    start: float = 120.0
    init: float = 120.0
    apply: float = 300.0
    replan: float = 120.0
    each_test: float = 60.0
    """FR-027."""
    tests: float = 300.0
    """All tests of an app together."""
    destroy: float = 120.0
    destroy_ruin: float = 45.0
    """After an apply that failed: the emulator is thrown away in any case."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Toolchain:
    """The programs of a trial, all absolute paths."""

    terraform: Path
    tflocal: Path
    python: Path
    """Interpreter with pytest and boto3, which runs the apps."""
    path: str = "/usr/local/bin:/usr/bin:/bin"
    """PATH of the children."""
    cli_config: Path | None = None
    """Terraform's CLI configuration, as in TF_CLI_CONFIG_FILE; None leaves Terraform to its defaults."""
    plugin_cache: Path | None = None
    read_only: tuple[Path, ...] = ()
    """What these programs read besides themselves: the provider mirror, the Python installation."""
    terraform_version: str = ""
    tflocal_version: str = ""
    python_version: str = ""
    packages: str = ""
    """Digest of the Python environment's package list."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialRequest:
    """One architecture with its app, and everything the verdict depends on besides the emulator."""

    architecture: Architecture
    app: App
    run: str
    tools: Toolchain
    scratch: Path
    """Existing directory below which the trial makes and removes its own."""
    deadlines: PhaseDeadlines = field(default_factory=PhaseDeadlines)
    test_limits: Limits = field(
        default_factory=lambda: Limits(memory_bytes=2 * _GIB, processes=256, file_bytes=256 << 20, cpu_seconds=300)
    )
    terraform_limits: Limits = field(default_factory=lambda: Limits(processes=2048, file_bytes=2 * _GIB))
    """No memory limit: Go reserves far more address space than it uses."""
    owner: str = ""
    """Who answers for the work directory, one line; kept in it so that leftovers of a killed run are recognised."""
    record_api_calls: bool = True
    """Let the AWS provider log its calls. Costs little; off only to measure how little."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """The outcome, with the logs it refers to. `Result.logs` names them; whoever stores them redacts and compresses."""

    result: Result
    logs: Mapping[str, bytes]
    """Kind (`terraform`, `pytest`, `emulator`) → text."""
