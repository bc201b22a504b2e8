"""What the hub knows of a folder `OWNER/NAME.git`: asked of git once per commit, by plumbing commands only."""

import functools
import os
import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lsqm.adapters.hub.partial import archive_of_what_is_there
from lsqm.errors import UsageError

_COMMIT = re.compile(r"[0-9a-f]{40}")
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class TreeEntry:
    """One line of a recursive tree."""

    mode: str
    kind: str
    sha: str
    size: int
    path: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BareRepository:
    """One repository on disk."""

    owner: str
    name: str
    path: Path

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def branch(self) -> str:
        """The default branch: what HEAD names."""
        return self._git("symbolic-ref", "--short", "HEAD").strip() or "HEAD"

    @property
    def pushed_at(self) -> str:
        """The newest commit of any branch, UTC, ISO 8601."""
        newest = self._git(
            "for-each-ref", "--sort=-committerdate", "--count=1", "--format=%(committerdate:unix)", "refs/heads"
        )
        seconds = int(newest or 0)
        return _iso(seconds)

    def commit(self, ref: str) -> str:
        """The commit that a branch, tag or id names, empty when nothing has that name."""
        for name in (ref,) if _COMMIT.fullmatch(ref) else (f"refs/heads/{ref}", f"refs/tags/{ref}", ref):
            if found := self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}").strip():
                return found
        return ""

    def tree_id(self, commit: str) -> str:
        """The tree of a commit."""
        return self._git("rev-parse", f"{commit}^{{tree}}").strip()

    def tree(self, commit: str) -> tuple[TreeEntry, ...]:
        """Everything in a commit, folders included."""
        return _tree(self.path, commit)

    def versions(self) -> dict[str, str]:
        """Version → commit of every tag that is a version, newest first; prereleases left out."""
        out = self._git("for-each-ref", "--format=%(refname:strip=2) %(*objectname) %(objectname)", "refs/tags")
        found: dict[str, str] = {}
        for line in out.splitlines():
            tag, *ids = line.split()
            if (match := _VERSION.fullmatch(tag)) and not match[4]:
                found[tag.removeprefix("v")] = ids[0]
        return dict(sorted(found.items(), key=lambda item: [int(part) for part in item[0].split(".")], reverse=True))

    def read(self, commit: str, path: str) -> str:
        """One file, empty when it is not there."""
        return self._git("show", f"{commit}:{path}")

    def archive(self, commit: str, prefix: str) -> bytes:
        """A tar.gz as the real hosts make it; without the files that this repository does not hold."""
        whole = _run(self.path, "archive", "--format=tar.gz", f"--prefix={prefix}/", commit)
        return whole or archive_of_what_is_there(
            self.path, commit, self.tree(commit), prefix=prefix, environment=git_environment()
        )

    def _git(self, *arguments: str) -> str:
        return run_git(self.path, *arguments)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelf:
    """The folder with all of them."""

    folder: Path

    def owners(self) -> list[str]:
        """Every owner that has a repository."""
        if not self.folder.is_dir():
            raise UsageError(f"{self.folder} is not a folder", hint="name a folder that holds OWNER/NAME.git")
        return sorted(path.name for path in self.folder.iterdir() if path.is_dir() and _NAME.fullmatch(path.name))

    def repositories(self, owner: str) -> list[BareRepository]:
        """Those of an owner, last pushed first."""
        return sorted(self._unsorted(owner), key=lambda repository: repository.pushed_at, reverse=True)

    def find(self, owner: str, name: str) -> BareRepository | None:
        """One of them, by any spelling of its case."""
        wanted = name.removesuffix(".git").lower()
        return next((item for item in self._unsorted(owner) if item.name.lower() == wanted), None)

    def _unsorted(self, owner: str) -> list[BareRepository]:
        home = self.folder / owner
        if not _NAME.fullmatch(owner) or owner.startswith(".") or not home.is_dir():
            return []
        return [
            BareRepository(owner=owner, name=path.name.removesuffix(".git"), path=path)
            for path in sorted(home.iterdir())
            if (path / "HEAD").is_file() and (path / "objects").is_dir()
        ]


def run_git(repository: Path, *arguments: str) -> str:
    """Run a reading git command; a failure is an empty answer."""
    return _run(repository, *arguments).decode(errors="surrogateescape")


def _run(repository: Path, *arguments: str) -> bytes:
    done = subprocess.run(
        ["git", "--no-optional-locks", *arguments],
        cwd=repository,
        env=git_environment() | {"GIT_DIR": str(repository)},
        capture_output=True,
        check=False,
        timeout=300,
    )
    return done.stdout if done.returncode == 0 else b""


def git_environment() -> dict[str, str]:
    """What git needs and nothing of the user's."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
        "GIT_NO_LAZY_FETCH": "1",  # a partial clone must not go and fetch what it lacks
    }


@functools.lru_cache(maxsize=64)
def _tree(path: Path, commit: str) -> tuple[TreeEntry, ...]:
    out = run_git(path, "ls-tree", "-r", "-t", "-l", "-z", commit)
    entries = []
    for line in out.split("\0"):
        facts, tab, name = line.partition("\t")
        if tab:
            mode, kind, sha, size = facts.split()
            entries.append(TreeEntry(mode=mode, kind=kind, sha=sha, size=int(size) if size.isdigit() else 0, path=name))
    return tuple(entries)


def _iso(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
