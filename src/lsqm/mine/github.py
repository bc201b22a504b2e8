"""`github:OWNER/REPO` and `github-org:NAME`: one request for what did not change, four for what did.

Listing → head → tree → tarball; a repository whose tree shows nothing to deploy, or nothing new, is never downloaded.
"""

import re
import shutil
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from lsqm.mine.archive import DEFAULT_LIMITS, ArchiveRefused, Extraction, Limits, extract
from lsqm.mine.entries import PRUNED, Listing, Place, blobs_on_disk, candidates, content_key
from lsqm.mine.folder import printable, survey
from lsqm.mine.source import Checkpoint, Detect, Item, NoteKind, PageCheckpoint, Seen, SourceNote
from lsqm.mine.state import RepositoryState
from lsqm.ports.code_host import CodeHost, CodeHostError, HostedRepository, RepositoryPage

MAX_TARBALL_BYTES = 512 * 1024**2
_PATIENCE = 3
"""Failures in a row after which the host counts as down: each has cost its own retries."""
_PROMISING = re.compile(
    r"\.tf$|(^|/)serverless\.(ya?ml|json|js|ts)$|(^|/)cdk\.json$|\.(ya?ml|json|template|cfn)$", re.IGNORECASE
)
_NEVER = re.compile(
    r"(^|/)(\.[^/]+/|node_modules/|tests?/fixtures/|__tests__/)"
    r"|(^|/)(package(-lock)?|tsconfig[^/]*|jest\.config|composer|angular|nx|lerna|renovate|example-pattern)\.json$"
    r"|(^|/)(mkdocs|docker-compose[^/]*|pnpm-lock|dependabot|_config|buildspec[^/]*|CITATION|catalog-info)\.ya?ml$"
    r"|(^|/)\.[^/]+$",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class GitHubSource:
    """Repositories of a code host: those of an owner, or a single one."""

    name: str
    owner: str = ""
    """Organisation or user whose repositories are listed; else `repository` is set."""
    repository: str = ""
    host: CodeHost
    work: Path
    detect: Detect
    elsewhere: frozenset[str] = frozenset()
    """`owner/name` of repositories that are sources of their own."""
    per_run: int = 400
    """Repositories looked at in one run; what is beyond waits its turn."""
    limits: Limits = field(default=DEFAULT_LIMITS)

    def discover(self, seen: Seen) -> Iterator[Item]:
        """Every entry that is new or changed, of repositories pushed to last first, then of those still waiting."""
        try:
            if self.repository:
                yield from self._single(seen)
            else:
                yield from self._owned(seen)
        except CodeHostError as error:
            yield self._failed(str(error), self.owner or self.repository)

    def _single(self, seen: Seen) -> Iterator[Item]:
        key = f"repos/{self.repository}"
        known = seen.repository(self._called(self.repository))
        page = self.host.repository(self.repository, etag=_etag(seen, key) if known and known.complete else "")
        if page.unchanged and known:
            yield self._unchanged(known, self.repository)
            return
        (repository,) = page.repositories
        if repository.left_out:
            # It was named on purpose: a fork is mined all the same.
            repository = replace(repository, left_out="")
        yield from self._mine(repository, seen)
        yield PageCheckpoint(source=self.name, url=key, etag=page.etag)

    def _owned(self, seen: Seen) -> Iterator[Item]:
        looked_at: set[str] = set()
        busy = failures = 0
        for page in self._pages(seen):
            if isinstance(page, PageCheckpoint):
                yield page
                continue
            for repository in page.repositories:
                looked_at.add(repository.name)
                if repository.name in self.elsewhere:
                    yield self._note("a source of its own", repository.name)
                elif self._is_settled(repository, seen):
                    known = seen.repository(self._called(repository.name))
                    if known and known.entries:
                        yield self._unchanged(known, repository.name)
                elif repository.left_out:
                    yield self._note(repository.left_out, repository.name)
                elif busy >= self.per_run:
                    yield self._later(repository, seen)
                else:
                    busy += 1
                    worked = yield from self._guarded(repository, seen)
                    failures = 0 if worked else failures + 1
                    if failures >= _PATIENCE:
                        raise CodeHostError(f"{failures} repositories in a row could not be had; the rest has to wait")
        for name, known in self._of_earlier_runs(seen, looked_at):
            if known.complete and known.entries:
                yield self._unchanged(known, name)
        for repository in self._waiting(seen, looked_at):
            if busy >= self.per_run:
                break
            busy += 1
            yield from self._guarded(repository, seen)

    def _pages(self, seen: Seen) -> Iterator[RepositoryPage | PageCheckpoint]:
        """Listing pages, newest push first, each followed by what to remember of it."""
        follows = ""
        asked: set[str] = set()
        while follows not in asked:
            asked.add(follows)
            key = follows or f"orgs/{self.owner}/repos"
            before = seen.state.pages.get(key)
            page = self.host.owner_page(self.owner, follows=follows, etag=before.etag if before else "")
            if page.unchanged and before:
                page = replace(page, follows=before.follows)
            yield page
            if not page.unchanged:
                yield PageCheckpoint(source=self.name, url=key, etag=page.etag, follows=page.follows)
            follows = page.follows
            if not follows:
                return

    def _is_settled(self, repository: HostedRepository, seen: Seen) -> bool:
        known = seen.repository(self._called(repository.name))
        return bool(known and known.complete and repository.pushed_at and known.pushed_at == repository.pushed_at)

    def _of_earlier_runs(self, seen: Seen, looked_at: set[str]) -> Iterator[tuple[str, RepositoryState]]:
        """Repositories on pages that did not change."""
        start = f"{self.host.host}/{self.owner}/"
        for called in sorted(seen.state.repositories):
            name = called.removeprefix(f"{self.host.host}/")
            known = seen.repository(called)
            if known and called.startswith(start) and name not in looked_at | self.elsewhere:
                yield name, known

    def _waiting(self, seen: Seen, looked_at: set[str]) -> Iterator[HostedRepository]:
        """Those of them that an earlier run did not finish."""
        for name, known in self._of_earlier_runs(seen, looked_at):
            if not known.complete:
                yield HostedRepository(name=name, branch=known.branch or "HEAD", pushed_at=known.pushed_at)

    def _guarded(self, repository: HostedRepository, seen: Seen) -> Generator[Item, None, bool]:
        """One repository that cannot be had does not stop the others, unless the host will answer nothing more.

        Returns whether it could be had.
        """
        try:
            yield from self._mine(repository, seen)
        except CodeHostError as error:
            if error.exhausted:
                raise
            yield self._failed(str(error), repository.name)
            yield self._later(repository, seen)
            return error.missing
        return True

    def _mine(self, repository: HostedRepository, seen: Seen) -> Iterator[Item]:
        called = self._called(repository.name)
        known = seen.repository(called)
        if known and self._is_settled(repository, seen):
            yield self._unchanged(known, repository.name)
            return
        commit = self.host.head(repository.name, repository.branch)
        settled = RepositoryState(
            commit=commit, complete=True, pushed_at=repository.pushed_at, branch=repository.branch
        )
        if known and known.complete and commit and known.commit == commit:
            yield self._unchanged(known, repository.name)
            yield self._checkpoint(called, replace(settled, entries=known.entries, key=known.key))
            return
        hosted = self.host.tree(repository.name, commit or repository.branch)
        listing = Listing(hosted.blobs)
        key = "" if hosted.truncated else content_key(listing, (".",))
        if not hosted.truncated and not may_deploy(listing):
            yield self._note("nothing to deploy in it", repository.name)
            yield self._checkpoint(called, settled)
            return
        if known and known.complete and key and known.key == key:
            yield self._unchanged(known, repository.name)
            yield self._checkpoint(called, replace(settled, entries=known.entries, key=key))
            return
        try:
            tree, extraction = self._download(repository, commit)
        except ArchiveRefused as error:
            yield self._note(f"its archive was refused: {error}", repository.name)
            yield self._checkpoint(called, settled)
            return
        for refusal in extraction.refused:
            yield self._note(refusal.reason, f"{repository.name}//{refusal.path}")
        if hosted.truncated:
            listing = Listing(blobs_on_disk(tree, survey(tree).files))
        place = Place(
            source=self.name,
            repository=called,
            commit=commit or extraction.comment or f"tree:{content_key(listing, ('.',))}",
            tree=tree,
            listing=listing,
            licence=repository.licence,
            pushed_at=repository.pushed_at,
            branch=repository.branch,
            key=key,
            fetched=tree,
        )
        yield from candidates(place, self.detect, seen)

    def _download(self, repository: HostedRepository, commit: str) -> tuple[Path, Extraction]:
        folder = self.work / repository.name.replace("/", "+")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        packed = folder / "tarball"
        try:
            self.host.tarball(repository.name, commit or repository.branch, packed, limit_bytes=MAX_TARBALL_BYTES)
            return folder / "tree", extract(packed, folder / "tree", limits=self.limits, strip=1)
        finally:
            packed.unlink(missing_ok=True)

    def _called(self, name: str) -> str:
        return f"{self.host.host}/{name}"

    def _unchanged(self, known: RepositoryState, name: str) -> SourceNote:
        return SourceNote(
            source=self.name,
            kind=NoteKind.SEEN,
            message="unchanged",
            url=self._called(name),
            count=len(known.entries),
        )

    def _note(self, reason: str, where: str) -> SourceNote:
        return SourceNote(source=self.name, kind=NoteKind.LEFT_OUT, message=reason, url=printable(self._called(where)))

    def _failed(self, message: str, where: str) -> SourceNote:
        return SourceNote(source=self.name, kind=NoteKind.FAILED, message=message, url=self._called(where))

    def _checkpoint(self, repository: str, state: RepositoryState) -> Checkpoint:
        return Checkpoint(source=self.name, repository=repository, state=state)

    def _later(self, repository: HostedRepository, seen: Seen) -> Checkpoint:
        """Remember a repository that must still be looked at, with what is known of its entries."""
        known = seen.repository(self._called(repository.name)) or RepositoryState()
        waiting = replace(known, complete=False, branch=repository.branch, pushed_at="")
        return self._checkpoint(self._called(repository.name), waiting)


def may_deploy(listing: Listing) -> bool:
    """Whether anything in there could be an entry, judged by names only."""
    return any(
        _PROMISING.search(name) and not _NEVER.search(name) and PRUNED.isdisjoint(name.split("/"))
        for name in listing.blobs
    )


def _etag(seen: Seen, key: str) -> str:
    page = seen.state.pages.get(key)
    return page.etag if page else ""
