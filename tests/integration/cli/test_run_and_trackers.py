"""A whole `lsqm run` whose issue repository takes no issues: what waited goes to the artifact repository, once."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lsqm.artifacts.store import ArtifactStore
from lsqm.model.ids import ArchitectureHash
from lsqm.pipeline.telling import file_regressions, load_issues
from lsqm.publish.remote import RemoteSpec
from tests.fakes import github_issues
from tests.fakes.git_server import TOKEN, GitServer
from tests.fakes.github_issues import FakeGitHub, Repository
from tests.fakes.memory_tracker import MemoryTracker
from tests.fakes.slack import FakeSlack
from tests.integration.publish.places import GIT, a_place
from tests.unit.compare.cases import a_run
from tests.unit.pipeline.test_telling import filled

pytestmark = [pytest.mark.terraform, pytest.mark.emulator, pytest.mark.timeout(900)]

Lsqm = Callable[..., subprocess.CompletedProcess[str]]
ISSUES, RESULTS = "acme/emulator", "acme/results"


def published(folder: Path) -> None:
    """An artifact repository in which a confirmed regression waits in the outbox, and nothing is left to validate."""
    bare = folder / "git" / f"{RESULTS}.git"
    bare.parent.mkdir(parents=True)
    GIT.run(folder, ("init", "--quiet", "--bare", "--initial-branch=main", str(bare)))
    GIT.run(bare, ("config", "uploadpack.allowFilter", "true"))
    place = a_place(folder, "before", RemoteSpec(url=bare.as_uri()))
    store = filled(ArtifactStore(place.checkout))
    index = store.load_index()
    later = ArchitectureHash("f" * 64)
    entries = {key: replace(entry, superseded_by=later) for key, entry in index.architectures.items()}
    store.save_index(replace(index, architectures=entries))
    down = MemoryTracker(fails=lambda _number, _method: "before")
    file_regressions(store, a_run(2), tracker=down)
    assert len(load_issues(store).outbox) == 1
    assert place.push().pushed


def others(number: int) -> list[dict[str, Any]]:
    """Issues of earlier root causes, more than one page."""
    return [
        {
            "number": each,
            "html_url": f"https://tracker.example/{each}",
            "state": "closed",
            "title": f"earlier {each}",
            "body": f"`lsqm-fingerprint: {each:08x}`",
            "labels": [{"name": "lsqm"}],
        }
        for each in range(1, number + 1)
    ]


@pytest.mark.parametrize("way", ["archived", "issues disabled", "not writable"])
def test_the_issue_is_filed_in_the_artifact_repository_exactly_once(
    tmp_path: Path, lsqm: Lsqm, monkeypatch: pytest.MonkeyPatch, way: str
):
    monkeypatch.setattr(github_issues, "TOKEN", TOKEN)
    published(tmp_path)
    (tmp_path / "nothing").mkdir()
    closed = Repository(
        ISSUES, archived=way == "archived", has_issues=way != "issues disabled", can_write=way != "not writable"
    )
    fallback = Repository(RESULTS, issues=others(120))
    with FakeGitHub(closed, fallback) as github, GitServer(tmp_path / "git") as server, FakeSlack() as slack:
        environment = {
            "LSQM_WORKSPACE": str(tmp_path / "workspace"),
            "LSQM_EMULATOR": "embedded",
            "LSQM_CAGE": "none",
            "LSQM_GENERATOR": "builtin",
            "LSQM_SOURCES": f"path:{tmp_path / 'nothing'}",
            "ARTIFACT_REPO": RESULTS,
            "ISSUE_REPO": ISSUES,
            "GITHUB_API_URL": github.url,
            "GITHUB_SERVER_URL": server.url,
            "GITHUB_TOKEN": TOKEN,
            "SLACK_WEBHOOK_URL": slack.webhook,
        }
        first = lsqm("run", "--json", **environment)
        assert first.returncode == 0, first.stderr[-3000:]
        opened = fallback.issues[120:]
        assert [issue["title"].startswith("[lsqm] sqs.SendMessage") for issue in opened] == [True]
        assert closed.issues == []
        assert f"issues cannot be filed in {ISSUES}" in first.stderr
        asked = [request for request in github.requests if request.headers.get("if-none-match")]
        assert asked, "listing a second time asks only for what changed"
        (message,) = slack.messages
        assert f"issues cannot be filed in {ISSUES}" in json.dumps(message)
        second = lsqm("run", "--json", **environment)
        assert second.returncode == 0, second.stderr[-3000:]
        assert len(fallback.issues) == 121
        assert TOKEN not in first.stdout + first.stderr + second.stdout + second.stderr
    there = a_place(tmp_path, "after", RemoteSpec(url=(tmp_path / "git" / f"{RESULTS}.git").as_uri()))
    (record,) = load_issues(ArtifactStore(there.checkout)).records.values()
    assert (record.repository, record.number) == (RESULTS, 121)
    assert not load_issues(ArtifactStore(there.checkout)).is_waiting
