"""What changed between two runs, in the words of DESIGN section 2."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.result import Cause, Status


class Change(StrEnum):
    """How one architecture (or test) moved."""

    REGRESSED = "regressed"
    FIXED = "fixed"
    FLAKY = "flaky"
    SPURIOUS = "spurious"
    NOT_COMPARABLE = "not-comparable"
    NEW = "new"
    REMOVED = "removed"
    UNCHANGED = "unchanged"
    UNCONFIRMED = "unconfirmed"
    """Looks like a regression; not yet confirmed on both sides, so it accuses nobody."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """One of the two results that were compared."""

    run: RunId
    status: Status
    cause: Cause | None = None
    signature: str = ""
    emulator: str = ""
    """`product version digest` for a person."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Repeat:
    """One confirming trial: evidence for or against a regression."""

    emulator: str
    digest: str
    on_baseline: bool
    status: Status
    signature: str
    at: str
    reproduces: bool | None = None
    """Whether the loss that is to be confirmed showed in this trial; None when it was no fair trial."""
    reason: str = ""
    """Why it was no fair trial, or could not be made at all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeRecord:
    """One architecture's change with its evidence."""

    architecture: ArchitectureHash
    change: Change
    reason: str
    """One sentence: why this word and no other."""
    before: Side | None = None
    after: Side | None = None
    tests: Mapping[str, Change] = field(default_factory=dict)
    """Only the tests that moved."""
    evidence: tuple[Repeat, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """`runs/RUN_ID/comparison.json`."""

    baseline: RunId | None
    """The run that was asked for as baseline, or the most recent one used; None for a first run."""
    candidate: RunId
    changes: tuple[ChangeRecord, ...] = ()

    def with_change(self, change: Change) -> tuple[ChangeRecord, ...]:
        """The records with this word, in stored order."""
        return tuple(record for record in self.changes if record.change is change)

    @property
    def regressions(self) -> tuple[ChangeRecord, ...]:
        return self.with_change(Change.REGRESSED)
