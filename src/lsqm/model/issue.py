"""Issues for confirmed regressions: what is to be said, what was said where, and what still waits."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lsqm.model.ids import ArchitectureHash, RunId


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueDraft:
    """An issue as it will be filed: one root cause."""

    fingerprint: str
    """Eight hex digits made from the signature; stands visibly in the body and in a label."""
    signature: str
    title: str
    body: str
    labels: tuple[str, ...]
    architectures: tuple[ArchitectureHash, ...]
    run: RunId
    """The run that confirmed it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """An issue as the tracker shows it."""

    number: int
    url: str
    is_open: bool
    title: str
    body: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueRecord:
    """Where a root cause is tracked."""

    fingerprint: str
    signature: str
    repository: str
    """`owner/name` of the tracker."""
    number: int
    url: str
    architectures: tuple[ArchitectureHash, ...]
    opened_in: RunId
    recovered: tuple[ArchitectureHash, ...] = ()
    """Those that work again."""
    fixed_in: RunId | None = None
    """The run in which all of them worked again; None while it is broken."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxDraft:
    """A draft that is not filed yet."""

    draft: IssueDraft
    why: str = ""
    """Why it could not be filed at the last attempt; empty before the first."""
    attempts: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxComment:
    """Something to add to a filed issue."""

    fingerprint: str
    run: RunId
    body: str
    why: str = ""
    attempts: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueState:
    """`state/issues.json`. Saved before and after every call to the tracker: nothing is lost or doubled."""

    records: Mapping[str, IssueRecord] = field(default_factory=dict)
    """By fingerprint."""
    outbox: Mapping[str, OutboxDraft] = field(default_factory=dict)
    """By fingerprint."""
    comments: Mapping[str, OutboxComment] = field(default_factory=dict)
    """By `fingerprint:run:kind`."""

    @property
    def is_waiting(self) -> bool:
        return bool(self.outbox or self.comments)
