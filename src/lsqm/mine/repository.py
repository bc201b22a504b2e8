"""`git:URL[@REF]`: any repository that git can fetch. One `ls-remote` tells whether there is anything new."""

import posixpath
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lsqm.mine.archive import DEFAULT_LIMITS, ArchiveRefused, Limits, extract
from lsqm.mine.entries import Listing, Place, candidates
from lsqm.mine.folder import printable
from lsqm.mine.source import Detect, Item, NoteKind, Seen, SourceNote
from lsqm.mine.spec import repository_name
from lsqm.ports.git import Git, GitError

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ATTRIBUTES = "* -export-ignore -export-subst -text -filter -ident\n"
"""The repository's own attributes must not change what an archive of it holds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """A commit's files on disk."""

    commit: str
    tree: Path
    listing: Listing
    left_out: tuple[tuple[str, str], ...] = ()
    """(path, reason)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GitSource:
    """One repository at one ref."""

    name: str
    url: str
    called: str
    """The URL as configured: what origins are called."""
    ref: str
    work: Path
    """An own folder for this source, made on demand."""
    git: Git
    detect: Detect
    limits: Limits = DEFAULT_LIMITS

    def discover(self, seen: Seen) -> Iterator[Item]:
        """Every entry of the ref's commit that is new or changed."""
        repository = repository_name(self.called) + (f"@{self.ref}" if self.ref else "")
        try:
            self.work.mkdir(parents=True, exist_ok=True)
            commit = resolve(self.git, self.url, self.ref, self.work)
            known = seen.repository(repository)
            if known and known.complete and known.commit == commit:
                yield SourceNote(
                    source=self.name,
                    kind=NoteKind.SEEN,
                    message="unchanged",
                    url=repository,
                    count=len(known.entries),
                )
                return
            fetched = fetch(self.git, self.url, commit, self.ref, self.work, self.limits)
        except GitError as error:
            yield SourceNote(source=self.name, kind=NoteKind.FAILED, message=error.stderr or str(error), url=repository)
            return
        except ArchiveRefused as error:
            yield SourceNote(source=self.name, kind=NoteKind.FAILED, message=str(error), url=repository)
            return
        for path, reason in fetched.left_out:
            yield SourceNote(
                source=self.name, kind=NoteKind.LEFT_OUT, message=reason, url=printable(f"{repository}//{path}")
            )
        place = Place(
            source=self.name,
            repository=repository,
            commit=fetched.commit,
            tree=fetched.tree,
            listing=fetched.listing,
            fetched=fetched.tree,
        )
        yield from candidates(place, self.detect, seen)


def resolve(git: Git, url: str, ref: str, work: Path) -> str:
    """The commit that `ref` (empty: the default branch) names at `url` now. Raises GitError."""
    if _COMMIT.fullmatch(ref):
        return ref
    out = git.run(work, ["ls-remote", "--quiet", "--", url, *_spellings(ref)])
    pairs = (line.partition("\t") for line in out.splitlines())
    found = {name: commit for commit, _, name in pairs}
    for name in _spellings(ref):
        if name in found:
            return found[name]
    wanted = f"no branch or tag {ref!r}" if ref else "no commit"
    raise GitError(f"{url} has {wanted}")


def fetch(git: Git, url: str, commit: str, ref: str, work: Path, limits: Limits) -> Fetched:
    """Bring one commit without history and unpack it into `work/tree`, never checking anything out. Raises GitError."""
    bare, tree, packed = work / "git", work / "tree", work / "tree.tar"
    for leftover in (bare, tree):
        shutil.rmtree(leftover, ignore_errors=True)
    packed.unlink(missing_ok=True)
    git.run(work, ["init", "--quiet", "--bare", str(bare)])
    try:
        git.run(bare, ["fetch", "--quiet", "--depth=1", "--no-tags", "--", url, commit])
    except GitError:
        # Not every server hands out commits by id; then the ref itself is asked for.
        git.run(bare, ["fetch", "--quiet", "--depth=1", "--no-tags", "--", url, ref or "HEAD"])
        commit = git.run(bare, ["rev-parse", "--verify", "FETCH_HEAD^{commit}"]).strip()
    (bare / "info").mkdir(exist_ok=True)
    (bare / "info" / "attributes").write_text(_ATTRIBUTES, encoding="utf-8")
    blobs, submodules = _listing(git.run(bare, ["ls-tree", "-r", "-z", commit]))
    git.run(bare, ["archive", "--format=tar", f"--output={packed}", commit])
    extraction = extract(packed, tree, limits=limits)
    packed.unlink()
    shutil.rmtree(bare, ignore_errors=True)
    refused = tuple((refusal.path, refusal.reason) for refusal in extraction.refused)
    gone = tuple((path, "a submodule") for path in submodules)
    return Fetched(commit=commit, tree=tree, listing=Listing(blobs), left_out=refused + gone)


def _spellings(ref: str) -> tuple[str, ...]:
    if not ref:
        return ("HEAD",)
    if ref.startswith("refs/"):
        return (f"{ref}^{{}}", ref)
    return (f"refs/heads/{ref}", f"refs/tags/{ref}^{{}}", f"refs/tags/{ref}")


def _listing(text: str) -> tuple[dict[str, str], list[str]]:
    blobs: dict[str, str] = {}
    submodules: list[str] = []
    for line in text.split("\0"):
        facts, tab, path = line.partition("\t")
        if not tab:
            continue
        _, kind, object_id = facts.split(" ")
        if kind == "blob":
            blobs[posixpath.normpath(path)] = object_id
        else:
            submodules.append(path)
    return blobs, submodules
