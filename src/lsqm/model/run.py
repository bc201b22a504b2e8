"""One execution of the pipeline, described so that it can be judged and replayed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lsqm.model.emulator import EmulatorIdentity
from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.self_check import SelfCheck


@dataclass(frozen=True, kw_only=True, slots=True)
class StageTiming:
    """When a stage ran; times are UTC, ISO 8601."""

    stage: str
    started_at: str
    finished_at: str
    seconds: float
    outcome: str = "ok"
    """`ok`, `partial` or `failed`."""
    message: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """How many architectures ended how."""

    total: int = 0
    passed: int = 0
    partial: int = 0
    failed: int = 0
    timeout: int = 0
    error: int = 0
    not_run: int = 0
    skipped: int = 0
    new: int = 0
    """Architectures that this run's mining added."""

    @property
    def pass_rate(self) -> float | None:
        """PASSED over fair trials (everything but ERROR and not run), 0.0 to 1.0; None without a fair trial."""
        fair = self.passed + self.partial + self.failed + self.timeout
        return None if not fair else self.passed / fair


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """A shard of a run that did not deliver all it should; the run goes on without (docs/scaling.md)."""

    shard: int
    """From 1; 0 for architectures that no shard had."""
    of: int
    reason: str
    architectures: tuple[ArchitectureHash, ...]
    """What is missing because of it; each is in `not_run` too."""

    def sentence(self) -> str:
        """For people: which shard, why, and how much."""
        number = len(self.architectures)
        who = f"Shard {self.shard} of {self.of} was lost" if self.shard else "Some architectures were in no shard"
        return f"{who}: {self.reason}; {number} architecture{'' if number == 1 else 's'} not run."


@dataclass(frozen=True, kw_only=True, slots=True)
class RunManifest:
    """`runs/RUN_ID/run.json`."""

    run: RunId
    started_at: str
    lsqm_version: str
    configuration: Mapping[str, str]
    """Setting → value as text; secrets are never here."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Tool → version: python, terraform, tflocal, provider, …"""
    emulator: EmulatorIdentity | None = None
    baseline: RunId | None = None
    stages: tuple[StageTiming, ...] = ()
    counts: Counts = field(default_factory=Counts)
    not_run: Mapping[str, str] = field(default_factory=dict)
    """Architecture hash → why it was selected but not validated."""
    finished_at: str = ""
    seconds: float = 0.0
    complete: bool = False
    """False while running and for interrupted runs."""
    gaps: tuple[Gap, ...] = ()
    """Only in runs that `lsqm merge` put together: shards that were lost."""
    self_check: SelfCheck | None = None
    """What the second run of `lsqm validate --self-check` measured."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerLine:
    """One line of `runs/ledger.jsonl`: what stays provable of a run after retention removed its folder (SC-009)."""

    run: RunId
    started_at: str
    finished_at: str
    lsqm_version: str
    emulator: str
    """`product version digest`."""
    counts: Counts
    regressed: tuple[str, ...] = ()
    """Architecture hashes."""
    results_digest: str = ""
    """SHA-256 over the run's result documents, in order of architecture hash."""
    complete: bool = True
