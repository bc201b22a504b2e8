"""What a source is and what it may say: candidates, skips, notes and checkpoints. Nothing here fetches anything."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from lsqm.mine.state import MiningState, RepositoryState
from lsqm.model.architecture import Candidate, Dialect, Index, Skip

Detect = Callable[[Path], Sequence[tuple[str, Dialect]]]
"""Which entries a tree holds: template files and root directories relative to it, each with its dialect."""


class NoteKind(StrEnum):
    """What a note is about."""

    SEEN = "seen"
    """Origins that an earlier run handled and that did not change since."""
    LEFT_OUT = "left-out"
    """A file, link or repository that was not taken, with the reason."""
    FAILED = "failed"
    """A place that could not be mined this time and is tried again next time."""
    INFO = "info"


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceNote:
    """Something worth counting or showing that is neither a candidate nor a skip."""

    source: str
    kind: NoteKind
    message: str
    url: str = ""
    count: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkpoint:
    """New knowledge about one repository, to be kept in `MiningState` for the entries that were really handled."""

    source: str
    repository: str
    state: RepositoryState
    pending: Mapping[str, str] = field(default_factory=dict)
    """Path → origin URL of those entries in `state` that count only once someone says that they were handled."""
    tree: Path | None = None
    """A fetched folder that may go when the state is complete and nothing is pending."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PageCheckpoint:
    """New knowledge about one listing page: its ETag, so that an unchanged page costs nothing next time."""

    source: str
    url: str
    etag: str
    follows: str = ""
    """URL of the page after it, empty for the last."""


Item = Candidate | Skip | SourceNote | Checkpoint | PageCheckpoint


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What earlier runs know (FR-011): the index by URL, and the mining state by repository."""

    commits: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Origin URL → every commit at which it was accepted or skipped."""
    stale: frozenset[str] = frozenset()
    """Origin URLs that were skipped under other rules or with less at hand than today: they are looked at again."""
    state: MiningState = field(default_factory=MiningState)

    @classmethod
    def of(
        cls, index: Index, state: MiningState, *, rules: str = "", has: Callable[[str], bool] = lambda _: False
    ) -> "Seen":
        """Read the index.

        Args:
            rules: the version under which candidates are accepted or skipped today.
            has: whether something that skips name under `lacks` is there today; asked once for each.
        """
        there = {lacks for lacks in {skip.lacks for skip in index.skipped.values()} - {""} if has(lacks)}
        commits: dict[str, set[str]] = {}
        for entry in index.architectures.values():
            for url in (entry.url, *entry.other_urls):
                commits.setdefault(url, set()).add(entry.commit)
        stale = {url for url, skip in index.skipped.items() if (rules and skip.rules != rules) or skip.lacks in there}
        for url, skip in index.skipped.items():
            if url not in stale:
                commits.setdefault(url, set()).add(skip.origin.commit)
        return cls(
            commits={url: frozenset(values) for url, values in commits.items()}, stale=frozenset(stale), state=state
        )

    def holds(self, url: str, commit: str) -> bool:
        """Whether exactly this content of this origin was handled before."""
        return url not in self.stale and commit in self.commits.get(url, ())

    def repository(self, name: str) -> RepositoryState | None:
        """What is known about a repository. It is not complete if some of it was decided under other rules."""
        state = self.state.repositories.get(name)
        if state and state.complete and any(f"{name}//{path}" in self.stale for path in state.entries):
            return replace(state, complete=False)
        return state


class Source(Protocol):
    """A place to mine. Failures of the place are notes; exceptions are bugs or the user's mistakes."""

    @property
    def name(self) -> str:
        """As configured: `path:/corpus`, `github-org:aws-samples`, …"""
        ...

    def discover(self, seen: Seen) -> Iterator[Item]:
        """Everything new, lazily: whoever stops asking stops the work."""
        ...
