"""What mining remembers between runs: a plain value, stored by others as `state/mining.json`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FORMAT = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryState:
    """One entry of a repository when it was last handled."""

    key: str
    """Digest of the files it depends on."""
    scope: tuple[str, ...]
    """The folders and files, relative to the repository, whose content `key` covers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RepositoryState:
    """One repository (or registry module) when it was last looked at."""

    commit: str = ""
    complete: bool = False
    """Whether every entry at `commit` was handled; if not, the next run goes on with the rest."""
    entries: Mapping[str, EntryState] = field(default_factory=dict)
    pushed_at: str = ""
    """As the code host tells it: unchanged means nothing to ask for."""
    branch: str = ""
    """The default branch; for modules, the latest version when it was looked at."""
    key: str = ""
    """Digest of everything in it that could matter."""
    note: str = ""
    """For modules: the version that was mined, when it is not the latest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PageState:
    """One page of a listing."""

    etag: str
    follows: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class MiningState:
    """Cursors and ETags. Losing it costs requests, never correctness."""

    repositories: Mapping[str, RepositoryState] = field(default_factory=dict)
    """By `host/owner/name`, path or registry module."""
    pages: Mapping[str, PageState] = field(default_factory=dict)
    """By listing URL without host."""

    def to_document(self) -> dict[str, Any]:
        """As JSON values, sorted, without empty fields."""
        return {
            "format": FORMAT,
            "repositories": {name: _repository_out(state) for name, state in sorted(self.repositories.items())},
            "pages": {
                url: {"etag": page.etag} | ({"follows": page.follows} if page.follows else {})
                for url, page in sorted(self.pages.items())
            },
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "MiningState":
        """Read it back. A document of another format or shape counts as lost: `MiningState()`."""
        if document.get("format") != FORMAT:
            return cls()
        try:
            return cls(
                repositories={name: _repository_in(value) for name, value in document["repositories"].items()},
                pages={
                    url: PageState(etag=str(value["etag"]), follows=str(value.get("follows", "")))
                    for url, value in document["pages"].items()
                },
            )
        except (KeyError, TypeError, AttributeError, ValueError):
            return cls()


def _repository_out(state: RepositoryState) -> dict[str, Any]:
    out: dict[str, Any] = {"commit": state.commit, "complete": state.complete}
    out |= {name: value for name in ("pushed_at", "branch", "key", "note") if (value := getattr(state, name))}
    # One short list per entry keeps ten thousand of them readable as a diff.
    out["entries"] = {path: [entry.key, *entry.scope] for path, entry in sorted(state.entries.items())}
    return out


def _repository_in(value: Mapping[str, Any]) -> RepositoryState:
    return RepositoryState(
        commit=str(value["commit"]),
        complete=bool(value["complete"]),
        entries={
            path: EntryState(key=str(entry[0]), scope=tuple(str(item) for item in entry[1:]))
            for path, entry in value["entries"].items()
        },
        pushed_at=str(value.get("pushed_at", "")),
        branch=str(value.get("branch", "")),
        key=str(value.get("key", "")),
        note=str(value.get("note", "")),
    )
