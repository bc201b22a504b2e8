"""Ten thousand known architectures must not be felt (issue: under two seconds over the requests themselves)."""

import json
import time
from pathlib import Path

from lsqm.mine.github import GitHubSource
from lsqm.mine.run import MiningRun
from lsqm.mine.source import Seen
from lsqm.mine.state import EntryState, MiningState, PageState, RepositoryState
from lsqm.model.architecture import Dialect, Index, IndexEntry
from lsqm.model.ids import ArchitectureHash
from lsqm.ports.code_host import CodeHost, HostedTree, RepositoryPage
from tests.mining import detect

REPOSITORIES, ENTRIES = 500, 20


class UnchangedHost:
    """Answers 304 to everything."""

    host = "github.com"

    def __init__(self) -> None:
        self.asked = 0

    def owner_page(self, owner: str, *, follows: str = "", etag: str = "") -> RepositoryPage:
        self.asked += 1
        assert etag
        return RepositoryPage(unchanged=True, etag=etag)

    def repository(self, name: str, *, etag: str = "") -> RepositoryPage:
        raise AssertionError(name)

    def head(self, name: str, branch: str) -> str:
        raise AssertionError(name)

    def tree(self, name: str, commit: str) -> HostedTree:
        raise AssertionError(name)

    def tarball(self, name: str, commit: str, into: Path, *, limit_bytes: int) -> None:
        raise AssertionError(name)


def known() -> tuple[Index, MiningState]:
    architectures: dict[ArchitectureHash, IndexEntry] = {}
    repositories = {}
    for number in range(REPOSITORIES):
        name = f"github.com/acme/r{number}"
        entries = {f"app{entry}": EntryState(key="k" * 32, scope=(f"app{entry}",)) for entry in range(ENTRIES)}
        repositories[name] = RepositoryState(commit="c" * 40, complete=True, entries=entries, pushed_at="2026")
        for path in entries:
            key = ArchitectureHash(f"{len(architectures):064x}")
            architectures[key] = IndexEntry(
                name=path,
                dialect=Dialect.TERRAFORM,
                source="github-org:acme",
                url=f"{name}//{path}",
                commit="c" * 40,
                services=("s3",),
                resource_count=1,
                discovered_at="",
            )
    pages = {
        "orgs/acme/repos": PageState(etag='"1"', follows="orgs/acme/repos?page=2"),
        "orgs/acme/repos?page=2": PageState(etag='"2"'),
    }
    return Index(architectures=architectures), MiningState(repositories=repositories, pages=pages)


def test_a_run_over_ten_thousand_known_architectures_is_quick(tmp_path):
    index, state = known()
    stored = json.dumps(state.to_document())
    host: CodeHost = UnchangedHost()
    source = GitHubSource(name="github-org:acme", owner="acme", host=host, work=tmp_path, detect=detect)
    began = time.process_time()
    run = MiningRun([source], Seen.of(index, MiningState.from_document(json.loads(stored)), rules="1"))
    assert [item for item in run if not hasattr(item, "kind")] == []
    written = json.dumps(run.state.to_document())
    seconds = time.process_time() - began
    assert run.summaries[0].known == REPOSITORIES * ENTRIES
    assert host.asked == 2  # type: ignore[attr-defined]
    assert written == stored
    assert seconds < 1.0, f"{seconds:.2f} s of processor time"
