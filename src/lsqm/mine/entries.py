"""From a tree on disk to candidates: what each entry depends on, and whether that changed since the last run.

Which entries a tree holds is not decided here: that is `Detect`.
"""

import bisect
import hashlib
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from lsqm.mine.source import Checkpoint, Detect, Item, NoteKind, Seen, SourceNote
from lsqm.mine.state import EntryState, RepositoryState
from lsqm.model.architecture import Candidate, Dialect, Origin

PRUNED = frozenset(
    {
        *(".git", ".hg", ".svn", ".idea", ".vscode", "node_modules", ".venv", "venv", "__pycache__", ".tox"),
        *(".terraform", ".terragrunt-cache", ".serverless", ".aws-sam", "cdk.out"),
        *(".mypy_cache", ".pytest_cache", ".ruff_cache"),
    }
)
"""Folders that tools make: nothing in there is a design somebody wrote."""
_TEXT = {".tf", ".hcl", ".tfvars", ".yml", ".yaml", ".json", ".template", ".ts", ".js", ".py", ".toml", ".txt"}
_TEXT_BYTES = 1024 * 1024
_UP = re.compile(rb"(?:\.\./)+(?:[\w.@+-]+/?)*|\.\.(?=[\"'\s]|$)")
_MAX_SCOPE = 24
_IGNORED = re.compile(
    r"(^|/)(\.github/|\.circleci/|LICENSE|CODEOWNERS|CONTRIBUTING|CHANGELOG)|\.(md|png|jpe?g|gif|svg|drawio|mp4|pptx?)$",
    re.IGNORECASE,
)
"""Files without influence on what is created: a corrected README makes nothing new."""


class Listing:
    """Path → git blob id of every file of a tree, quick to ask for what lies below a folder."""

    def __init__(self, blobs: Mapping[str, str]) -> None:
        self.blobs = blobs
        self._names = sorted(blobs)

    def __len__(self) -> int:
        return len(self._names)

    def holds(self, part: str) -> bool:
        """Whether `part` is a file or a folder with one."""
        return part in self.blobs or bool(self.below(part))

    def below(self, part: str) -> list[str]:
        """The files at or below `part`, sorted; `.` is everything."""
        if part == ".":
            return self._names
        first = bisect.bisect_left(self._names, part + "/")
        inside = self._names[first : bisect.bisect_left(self._names, part + "0")]  # "0" follows "/"
        return [part, *inside] if part in self.blobs else inside


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A fetched repository: where it came from and where it lies now."""

    source: str
    repository: str
    commit: str
    tree: Path
    listing: Listing
    """From the code host, or computed from disk."""
    licence: str = ""
    pushed_at: str = ""
    branch: str = ""
    key: str = ""
    """`content_key` of everything, where that saves a download next time."""
    note: str = ""
    fetched: Path | None = None
    """The folder to delete when all its candidates were handled."""
    only_entry: str = ""
    """When set, the whole place is one entry, and this is what its origin calls it."""
    folder: str | None = None
    """For places on this machine, the path that entries are relative to: their origins are plain paths."""

    @property
    def state_name(self) -> str:
        """Under which the state remembers it."""
        return origin_url(self.repository, self.only_entry) if self.only_entry else self.repository


def origin_url(repository: str, path: str) -> str:
    """`repository//path`, the key of FR-011."""
    return f"{repository}//{path}"


def local_url(folder: str, path: str) -> str:
    """The same for what lies on this machine: a path, written as the source is."""
    return folder if path == "." else posixpath.join(folder, path)


def blob_id(content: bytes) -> str:
    """The id git gives this content, so that keys can be compared before anything is downloaded."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def blobs_on_disk(tree: Path, files: Iterable[str]) -> dict[str, str]:
    """`blob_id` of each file."""
    return {name: blob_id((tree / name).read_bytes()) for name in files}


def content_key(listing: Listing, scope: Iterable[str]) -> str:
    """Digest over the names and contents of what lies in `scope`, leaving out what cannot matter."""
    names = sorted({name for part in scope for name in listing.below(part) if not _IGNORED.search(name)})
    digest = hashlib.sha256()
    for name in names:
        digest.update(f"{name}\0{listing.blobs[name]}\n".encode())
    return digest.hexdigest()[:32]


def entry_scope(tree: Path, entry: str, listing: Listing) -> tuple[str, ...]:
    """The folders and files an entry may read: its own folder, and what `../` in there leads to, transitively."""
    base = entry if (tree / entry).is_dir() else posixpath.dirname(entry) or "."
    found: list[str] = []
    waiting = [posixpath.normpath(base)]
    while waiting:
        part = waiting.pop()
        if any(_covers(known, part) for known in found):
            continue
        if part == "." or len(found) >= _MAX_SCOPE:
            return (".",)
        found = [known for known in found if not _covers(part, known)] + [part]
        for name in listing.below(part):
            if PurePosixPath(name).suffix in _TEXT:
                waiting += _upward(tree, name, listing)
    return tuple(sorted(found))


def candidates(place: Place, detect: Detect, seen: Seen) -> Iterator[Item]:
    """A checkpoint, then every entry of the tree that is new or changed, then the checkpoint that says: complete."""
    known = seen.repository(place.state_name)
    entries: dict[str, EntryState] = {}
    fresh: list[Candidate] = []
    for entry, dialect in detect(place.tree):
        if not PRUNED.isdisjoint(entry.split("/")):
            continue
        candidate, state = _examine(place, entry, dialect)
        path, url = candidate.origin.path, candidate.origin.url
        entries[path] = state
        if url in seen.stale or not (_same(known, path, state) or seen.holds(url, place.commit)):
            fresh.append(candidate)
    if len(entries) > len(fresh):
        yield SourceNote(
            source=place.source,
            kind=NoteKind.SEEN,
            message="unchanged",
            url=place.repository,
            count=len(entries) - len(fresh),
        )
    partly = Checkpoint(
        source=place.source,
        repository=place.state_name,
        state=RepositoryState(
            commit=place.commit,
            pushed_at=place.pushed_at,
            branch=place.branch,
            key=place.key,
            note=place.note,
            entries=entries,
        ),
        pending={candidate.origin.path: candidate.origin.url for candidate in fresh},
        tree=place.fetched,
    )
    yield partly
    yield from fresh
    yield replace(partly, state=replace(partly.state, complete=True))


def _examine(place: Place, entry: str, dialect: Dialect) -> tuple[Candidate, EntryState]:
    scope = entry_scope(place.tree, entry, place.listing)
    state = EntryState(key=content_key(place.listing, scope), scope=scope)
    path = place.only_entry or entry
    origin = Origin(
        source=place.source,
        repository=place.repository,
        commit=place.commit,
        path=path,
        url=origin_url(place.repository, path) if place.folder is None else local_url(place.folder, path),
        licence=place.licence,
    )
    return Candidate(origin=origin, dialect=dialect, tree=place.tree, entry=entry, content_key=state.key), state


def _same(known: RepositoryState | None, entry: str, state: EntryState) -> bool:
    return known is not None and (before := known.entries.get(entry)) is not None and before.key == state.key


def _covers(part: str, name: str) -> bool:
    return part in (".", name) or name.startswith(part + "/")


def _upward(tree: Path, name: str, listing: Listing) -> Iterator[str]:
    path = tree / name
    try:
        if path.stat().st_size > _TEXT_BYTES:
            return
        text = path.read_bytes()
    except OSError:
        return
    folder = posixpath.dirname(name)
    for match in set(_UP.findall(text)):
        target = posixpath.normpath(posixpath.join(folder, match.decode(errors="replace")))
        if target.startswith(".."):
            target = "."
        while target != "." and not listing.holds(target):
            target = posixpath.dirname(target) or "."
        yield target
