"""An issue tracker: GitHub's, or a stand-in."""

from dataclasses import dataclass
from typing import Protocol

from lsqm.model.issue import Issue, IssueDraft


class TrackerError(Exception):
    """The tracker said no, or nothing."""

    def __init__(
        self, message: str, *, uncertain: bool = False, exhausted: bool = False, refused: bool = False
    ) -> None:
        super().__init__(message)
        self.uncertain = uncertain
        """What was asked for may have happened all the same."""
        self.exhausted = exhausted
        """Whatever else is asked now would be refused too: rate limit, outage."""
        self.refused = refused
        """This may not be written there, today or tomorrow: no permission, gone, locked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackerHealth:
    """Whether issues can be filed there."""

    usable: bool
    reason: str = ""
    """Why not, as a sentence."""
    lasting: bool = False
    """Waiting will not help: archived, issues disabled, no such repository, no permission."""


class IssueTracker(Protocol):
    """The issues of one repository. Every method but `probe` may raise TrackerError."""

    @property
    def name(self) -> str:
        """`owner/name`."""
        ...

    def probe(self) -> TrackerHealth:
        """Whether issues can be filed; never raises."""
        ...

    def issues(self) -> tuple[Issue, ...]:
        """Every issue that lsqm filed, open or closed, oldest first; fresh, not from a search index."""
        ...

    def issue(self, number: int) -> Issue | None:
        """One issue, None when it is gone."""
        ...

    def open(self, draft: IssueDraft) -> Issue:
        """File it. Not idempotent: after an `uncertain` error look before trying again."""
        ...

    def reopen(self, number: int) -> None:
        """Idempotent."""
        ...

    def close(self, number: int) -> None:
        """Close as not planned; idempotent."""
        ...

    def comments(self, number: int) -> tuple[str, ...]:
        """Bodies of the comments, oldest first."""
        ...

    def comment(self, number: int, body: str) -> None:
        """Add a comment. Not idempotent."""
        ...
