"""`lsqm watch` speaks up when a run is missing, and is quiet when there is one."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lsqm.artifacts.store import ArtifactStore
from lsqm.model.ids import new_run_id
from tests.fakes.slack import FakeSlack

Lsqm = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ArtifactStore:
    monkeypatch.setenv("LSQM_WORKSPACE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    store = ArtifactStore(tmp_path / "artifacts")
    store.initialise()
    return store


def a_run(store: ArtifactStore, hours_ago: float) -> None:
    run = new_run_id(datetime.now(UTC) - timedelta(hours=hours_ago), b"abc")
    store.layout.run(run).mkdir(parents=True)


def test_a_fresh_run_is_fine_and_nobody_is_told(store: ArtifactStore, lsqm: Lsqm) -> None:
    a_run(store, 300)
    a_run(store, 30)
    with FakeSlack() as slack:
        assert lsqm("watch", "--no-sync", "--max-age", 48, SLACK_WEBHOOK_URL=slack.webhook).returncode == 0
        assert slack.messages == []


@pytest.mark.parametrize("hours", [[50.0], []])
def test_a_missing_run_is_said_on_slack_and_as_an_annotation(
    store: ArtifactStore, lsqm: Lsqm, hours: list[float]
) -> None:
    for each in hours:
        a_run(store, each)
    with FakeSlack() as slack:
        environment = {"SLACK_WEBHOOK_URL": slack.webhook, "GITHUB_ACTIONS": "true"}
        found = lsqm("watch", "--no-sync", "--max-age", 48, **environment)
        assert found.returncode == 3
        assert "::error title=A run of lsqm is missing::" in found.stderr
        assert len(slack.messages) == 1
