"""A detector of our own, a git without a user's settings, and repositories made on the spot."""

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lsqm.adapters.git_cli import GitCli
from lsqm.adapters.github import GitHub
from lsqm.adapters.http import HttpClient
from lsqm.adapters.hub import Hub
from lsqm.adapters.terraform_registry import TerraformRegistry
from lsqm.mine.packages import Packages
from lsqm.mine.run import MiningRun
from lsqm.mine.source import Seen, Source, SourceNote
from lsqm.mine.state import MiningState
from lsqm.model.architecture import Candidate, Dialect


def detect(tree: Path) -> list[tuple[str, Dialect]]:
    """Folders with a `main.tf`, and files called `template.yaml`."""
    roots = [(path.parent.relative_to(tree).as_posix(), Dialect.TERRAFORM) for path in tree.rglob("main.tf")]
    templates = [(path.relative_to(tree).as_posix(), Dialect.CLOUDFORMATION) for path in tree.rglob("template.yaml")]
    return sorted(roots + templates)


def write(root: Path, files: Mapping[str, str]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return root


NOTHING = Seen()


def mine(source: Source, seen: Seen = NOTHING) -> tuple[MiningRun, list[Candidate], list[SourceNote]]:
    """Run one source to its end, taking everything for new."""
    run = MiningRun([source], seen)
    candidates, notes = [], []
    for item in run:
        if isinstance(item, SourceNote):
            notes.append(item)
        else:
            assert isinstance(item, Candidate)
            assert (item.tree / item.entry).exists()
            candidates.append(item)
            run.record(item, "new")
    return run, candidates, notes


def again(run: MiningRun) -> Seen:
    """What the next run sees, through the document that is stored in between."""
    return Seen(state=MiningState.from_document(run.state.to_document()))


@pytest.fixture
def git(tmp_path: Path) -> GitCli:
    return GitCli(
        environment={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "GIT_CONFIG_NOSYSTEM": "1",
        },
        deadline_seconds=60,
    )


@pytest.fixture
def commit(git: GitCli) -> Callable[..., str]:
    """Write files into a work tree (made when missing), commit everything, return the commit id."""

    def make(repository: Path, files: Mapping[str, str]) -> str:
        if not (repository / ".git").exists():
            repository.mkdir(parents=True, exist_ok=True)
            git.run(repository, ["init", "--quiet"])
        write(repository, files)
        git.run(repository, ["add", "--all"])
        git.run(repository, ["commit", "--quiet", "--allow-empty", "--message=change"])
        return git.run(repository, ["rev-parse", "HEAD"]).strip()

    return make


class StillClock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.time = datetime(2026, 1, 4, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)

    def entropy(self, size: int) -> bytes:
        return bytes(size)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def hub(tmp_path: Path, clock: StillClock) -> Iterator[Hub]:
    (tmp_path / "hub").mkdir()
    with Hub(folder=tmp_path / "hub", now=clock.monotonic) as hub:
        yield hub


@pytest.fixture
def http(clock: StillClock) -> Iterator[HttpClient]:
    client = HttpClient(clock=clock)
    yield client
    client.close()


@pytest.fixture
def host(hub: Hub, http: HttpClient) -> GitHub:
    return GitHub(http=http, api_url=hub.environment["GITHUB_API_URL"], server_url=hub.url)


@pytest.fixture
def publish(git: GitCli, hub: Hub) -> Callable[..., str]:
    """Push files as a new commit of OWNER/NAME on the hub; returns the commit id. Pushes are a minute apart."""
    pushes = 0

    def push(name: str, files: Mapping[str, str], *, tag: str = "") -> str:
        nonlocal pushes
        pushes += 1
        work, bare = hub.folder.parent / "work-trees" / name, hub.folder / f"{name}.git"
        there = {"GIT_DIR": str(bare), "GIT_WORK_TREE": str(work)}
        when = {"GIT_COMMITTER_DATE": f"2026-01-01T00:{pushes:02}:00Z", "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z"}
        write(work, files)
        if not bare.exists():
            bare.parent.mkdir(exist_ok=True)
            git.run(work, ["init", "--quiet"], env=there)
        git.run(work, ["add", "--all"], env=there)
        git.run(work, ["commit", "--quiet", "--message=change"], env=there | when)
        if tag:
            git.run(work, ["tag", tag], env=there)
        return (bare / "refs/heads/main").read_text().strip()

    return push


@pytest.fixture
def packages(tmp_path: Path, git: GitCli, http: HttpClient, host: GitHub, hub: Hub) -> Packages:
    def download(url: str, into: Path, limit_bytes: int) -> None:
        http.download(url, into, limit_bytes=limit_bytes)

    return Packages(
        work=tmp_path / "packages",
        git=git,
        host=host,
        registry=TerraformRegistry(http=http, url=hub.url),
        download=download,
        trusted=(hub.url,),
        provider_version="5.100.0",
    )
