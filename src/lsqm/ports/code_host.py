"""Reading repositories where they are hosted: listings, one recursive tree, one tarball. Nothing per file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


class CodeHostError(Exception):
    """The host said no, or nothing. `message` is a sentence for a person."""

    def __init__(self, message: str, *, missing: bool = False, exhausted: bool = False) -> None:
        super().__init__(message)
        self.missing = missing
        """It answered that there is no such thing."""
        self.exhausted = exhausted
        """Its rate limit is used up for this run: asking for anything else is as pointless."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HostedRepository:
    """A repository as a listing tells it."""

    name: str
    """`owner/name`."""
    branch: str
    """The default one."""
    pushed_at: str = ""
    """UTC, ISO 8601; unchanged means that nothing was pushed."""
    size_kilobytes: int = 0
    licence: str = ""
    left_out: str = ""
    """Why it should not be mined: a fork, empty, disabled; else empty."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RepositoryPage:
    """One page of a listing."""

    repositories: tuple[HostedRepository, ...] = ()
    etag: str = ""
    follows: str = ""
    """What to ask for next, empty at the end."""
    unchanged: bool = False
    """The ETag that was sent still holds: `repositories` and `follows` are those of last time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HostedTree:
    """Every file of a commit."""

    blobs: Mapping[str, str] = field(default_factory=dict)
    """Path → git blob id."""
    truncated: bool = False
    """The host left some out: too many."""


class CodeHost(Protocol):
    """GitHub, GitHub Enterprise, or a stand-in."""

    @property
    def host(self) -> str:
        """What origins call it, such as `github.com`."""
        ...

    def owner_page(self, owner: str, *, follows: str = "", etag: str = "") -> RepositoryPage:
        """One page of an organisation's or user's repositories, last pushed first. Raises CodeHostError."""
        ...

    def repository(self, name: str, *, etag: str = "") -> RepositoryPage:
        """One repository, as a page of one. Raises CodeHostError."""
        ...

    def head(self, name: str, branch: str) -> str:
        """The commit that a branch names now; empty when the host does not tell. Raises CodeHostError."""
        ...

    def tree(self, name: str, commit: str) -> HostedTree:
        """All files at a commit or branch, in one request. Raises CodeHostError."""
        ...

    def tarball(self, name: str, commit: str, into: Path, *, limit_bytes: int) -> None:
        """All files at a commit or branch, in one download; one folder is wrapped around them. Raises CodeHostError."""
        ...
