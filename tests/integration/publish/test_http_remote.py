"""Sync and push over authenticated HTTP: the token is used and is nowhere to be found afterwards."""

import base64
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from lsqm.errors import Unavailable
from lsqm.publish.push import push
from lsqm.publish.remote import remote_for
from lsqm.publish.sync import sync
from tests.fakes.git_server import TOKEN, GitServer
from tests.integration.publish.places import GIT, Place, StillClock, bare, initialise, run_name


def test_a_token_in_the_url_works_and_stays_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    bare(tmp_path)
    trace, settings = tmp_path / "trace", tmp_path / "gitconfig"
    settings.write_text(f"[trace2]\n\teventTarget = {trace}\n")
    with GitServer(tmp_path) as server:
        url = server.url.replace("http://", f"http://x-access-token:{TOKEN}@") + "/remote.git"
        remote = remote_for(url, workspace=tmp_path, directory=tmp_path, server_url=server.url)
        git = replace(GIT, tokens={remote.base_url: remote.token})
        traced = replace(git, environment={**GIT.environment, "GIT_CONFIG_GLOBAL": str(settings)})
        clock = StillClock()
        for number in (1, 2):
            place = Place(checkout=tmp_path / f"c{number}" / "artifacts", remote=remote)
            sync(place.checkout, remote, git=traced, clock=clock, initialise=initialise)
            place.add_run(run_name(number))
            outcome = push(place.checkout, remote, git=traced, clock=clock, message="Add a run")
            assert outcome.pushed, outcome
        third = Place(checkout=tmp_path / "c3" / "artifacts", remote=remote)
        sync(third.checkout, remote, git=git, clock=clock, initialise=initialise)
        assert third.ledger() == [run_name(1), run_name(2)]
    calls = [json.loads(line) for line in trace.read_text().splitlines()]
    started = [call["argv"] for call in calls if call["event"] in {"start", "child_start"}]
    assert any("push" in argv for argv in started)
    assert any("remote-http" in " ".join(argv) for argv in started), "children are traced too"
    encoded = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
    assert encoded not in trace.read_text()
    for folder, _, names in os.walk(tmp_path):
        for name in names:
            assert TOKEN.encode() not in Path(folder, name).read_bytes(), Path(folder, name)
    assert TOKEN not in repr(remote)


def test_a_refused_token_is_said_with_the_remedy_and_without_the_token(tmp_path: Path):
    bare(tmp_path)
    with GitServer(tmp_path) as server:
        remote = remote_for(f"{server.url}/remote.git", workspace=tmp_path, directory=tmp_path, server_url=server.url)
        git = replace(GIT, tokens={remote.base_url: "ghp_wrong"})
        with pytest.raises(Unavailable) as caught:
            sync(tmp_path / "c" / "artifacts", remote, git=git, clock=StillClock(), initialise=initialise)
    assert "GITHUB_TOKEN" in caught.value.hint
    assert "ghp_wrong" not in f"{caught.value}{caught.value.__cause__}"
