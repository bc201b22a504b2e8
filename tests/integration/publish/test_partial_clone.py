"""Over HTTP a clone leaves the logs of earlier runs at the remote; whatever else lsqm does goes on as in a whole one."""

import base64
import gzip
import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lsqm.adapters.git_cli import GitCli
from lsqm.publish.push import PushOptions, PushOutcome, push
from lsqm.publish.remote import RemoteSpec
from lsqm.publish.sync import SyncOutcome, bring_logs, sync
from tests.fakes.git_server import TOKEN, GitServer
from tests.fakes.web import Request, Response
from tests.integration.publish.places import GIT, Place, StillClock, a_place, bare, initialise, run_name


class Counting(GitServer):
    """Counts the bytes it sends."""

    sent = 0

    def answer(self, request: Request) -> Response:
        response = super().answer(request)
        self.sent += len(response.data())
        return response


class Remote:
    """A bare repository with five runs whose logs are most of it, and machines that reach it over HTTP."""

    def __init__(self, folder: Path, server: Counting) -> None:
        self.folder, self.server = folder, server
        self.spec = RemoteSpec(url=f"{server.url}/remote.git")
        self.trace = folder / "trace"
        settings = folder / "gitconfig"
        settings.write_text(f"[trace2]\n\teventTarget = {self.trace}\n")
        environment = {**GIT.environment, "GIT_CONFIG_GLOBAL": str(settings)}
        self.git: GitCli = replace(GIT, environment=environment, tokens={f"{server.url}/": TOKEN})

    def sync(self, name: str) -> tuple[Place, SyncOutcome]:
        place = Place(checkout=self.folder / name / "artifacts", remote=self.spec)
        return place, sync(place.checkout, self.spec, git=self.git, clock=StillClock(), initialise=initialise)

    def push(self, place: Place, **options: int) -> PushOutcome:
        return push(
            place.checkout, self.spec, git=self.git, clock=StillClock(), message="m", options=PushOptions(**options)
        )

    def allow(self, *, filters: bool) -> None:
        GIT.run(self.folder / "remote.git", ("config", "uploadpack.allowFilter", json.dumps(filters)))


def add_run(place: Place, number: int) -> None:
    run = run_name(number)
    place.add_run(run)
    log = place.checkout / "runs" / run / "logs" / "a" / "emulator.log.gz"
    log.parent.mkdir(parents=True)
    log.write_bytes(content(number))


def content(number: int) -> bytes:
    return gzip.compress(random.Random(number).randbytes(200_000), mtime=0)


def logs(place: Place) -> list[int]:
    return [number for number in range(20) if log_of(place, number).is_file()]


def log_of(place: Place, number: int) -> Path:
    return place.checkout / "runs" / run_name(number) / "logs" / "a" / "emulator.log.gz"


def in_remote(folder: Path) -> list[str]:
    tree = GIT.run(folder / "remote.git", ("ls-tree", "-r", "--name-only", "main")).splitlines()
    return [path for path in tree if path.endswith(".log.gz")]


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Remote]:
    first = a_place(tmp_path, "first", bare(tmp_path))
    for number in range(5):
        add_run(first, number)
        assert first.push().pushed
    with Counting(tmp_path) as server:
        made = Remote(tmp_path, server)
        made.allow(filters=True)
        yield made


def test_only_the_newest_runs_logs_come_and_others_when_asked_for(remote: Remote):
    place, outcome = remote.sync("here")
    assert outcome.cloned
    assert place.ledger() == place.runs() == [run_name(number) for number in range(5)]
    assert logs(place) == [4]
    assert 200_000 < remote.server.sent < 300_000
    assert bring_logs(place.checkout, run_name(1), git=remote.git) == ""
    assert logs(place) == [1, 4]
    assert log_of(place, 1).read_bytes() == content(1)
    assert remote.server.sent < 500_000
    remote.server.sent = 0
    again, outcome = remote.sync("here")
    assert (outcome.updated, outcome.unpushed, outcome.notes, logs(again)) == (False, (), (), [1, 4])
    assert remote.server.sent < 10_000


def test_a_remote_that_cannot_filter_sends_everything(remote: Remote):
    remote.allow(filters=False)
    place, outcome = remote.sync("here")
    assert (outcome.offline, outcome.notes) == ("", ())
    assert place.runs() == [run_name(number) for number in range(5)]
    add_run(place, 5)
    assert remote.push(place).pushed
    assert len(in_remote(remote.folder)) == 6


def test_pushes_merges_retention_and_folding_lose_no_log(remote: Remote):
    (one, _), (two, _) = remote.sync("one"), remote.sync("two")
    add_run(one, 5)
    add_run(two, 6)
    remote.server.sent = 0
    assert remote.push(one).pushed
    assert remote.push(two).attempts == 1
    assert two.ledger() == [run_name(number) for number in range(7)]
    assert logs(two) == [4, 6]
    assert remote.server.sent < 250_000, "what one pushed, once; nothing of what was left out"
    assert len(in_remote(remote.folder)) == 7
    add_run(one, 7)
    assert remote.push(one, keep_runs=4).pushed
    assert [path.split("/")[1] for path in in_remote(remote.folder)] == [run_name(number) for number in (4, 5, 6, 7)]
    add_run(two, 8)
    folded = remote.push(two, keep_runs=4, fold_after=3)
    assert folded.folded
    assert [path.split("/")[1] for path in in_remote(remote.folder)] == [run_name(number) for number in (5, 6, 7, 8)]
    GIT.run(remote.folder / "remote.git", ("fsck", "--strict"))
    other = a_place(remote.folder, "other", RemoteSpec(url=(remote.folder / "remote.git").as_uri()))
    assert other.ledger() == [run_name(number) for number in range(9)]
    assert bring_logs(other.checkout, run_name(6), git=GIT) == ""
    assert log_of(other, 6).read_bytes() == content(6)
    add_run(two, 9)
    assert remote.push(two, keep_runs=4).pushed
    assert remote.sync("two")[1].unpushed == ()


@pytest.mark.parametrize("how", ["emptied", "rewritten"])
def test_a_remote_that_lost_everything_gets_back_all_that_is_here(remote: Remote, how: str):
    place, _ = remote.sync("here")
    add_run(place, 5)
    shutil.rmtree(remote.folder / "remote.git")
    fresh = bare(remote.folder)
    remote.allow(filters=True)
    if how == "rewritten":
        other = a_place(remote.folder, "other", fresh)
        add_run(other, 9)
        assert other.push().pushed
    outcome = remote.push(place)
    assert outcome.pushed, outcome
    assert any("log(s) of earlier runs, which only the remote had" in note for note in outcome.notes)
    there = a_place(remote.folder, "there", fresh)
    more = [run_name(9)] if how == "rewritten" else []
    assert there.ledger() == there.runs() == [*(run_name(number) for number in range(6)), *more]
    kept = [4, 5, *([9] if more else [])]
    assert [path.split("/")[1] for path in in_remote(remote.folder)] == [run_name(number) for number in kept]
    GIT.run(remote.folder / "remote.git", ("fsck", "--strict"))


def test_without_the_remote_the_work_goes_on_and_a_missing_log_is_a_sentence(remote: Remote):
    place, _ = remote.sync("here")
    away = remote.folder / "away.git"
    (remote.folder / "remote.git").rename(away)
    add_run(place, 5)
    failed = remote.push(place)
    assert not failed.pushed
    assert failed.runs == (run_name(5),)
    said = bring_logs(place.checkout, run_name(0), git=remote.git)
    assert said.startswith(f"the logs of {run_name(0)} are not here and cannot be fetched")
    assert remote.sync("here")[1].offline
    away.rename(remote.folder / "remote.git")
    assert remote.push(place).pushed
    assert bring_logs(place.checkout, run_name(0), git=remote.git) == ""
    assert logs(place) == [0, 4, 5]


def test_a_broken_partial_clone_is_replaced_and_nothing_is_lost(remote: Remote):
    place, _ = remote.sync("here")
    add_run(place, 5)
    shutil.rmtree(place.checkout / ".git" / "objects")
    place, outcome = remote.sync("here")
    assert outcome.cloned
    assert outcome.unpushed == (run_name(5),)
    assert logs(place) == [4, 5]
    assert remote.push(place).pushed
    assert len(in_remote(remote.folder)) == 6


def test_what_is_fetched_on_demand_needs_the_token_and_shows_it_nowhere(remote: Remote):
    place, _ = remote.sync("here")
    without = bring_logs(place.checkout, run_name(0), git=replace(remote.git, tokens={}))
    assert "are not here and cannot be fetched" in without
    assert bring_logs(place.checkout, run_name(0), git=remote.git) == ""
    told = remote.trace.read_text()
    assert "fetch" in told
    assert "promisor" in told or "--filter=blob:none" in told
    encoded = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
    for secret in (TOKEN, encoded):
        assert secret not in told
        for path in (place.checkout / ".git").rglob("*"):
            assert not path.is_file() or secret.encode() not in path.read_bytes(), path
