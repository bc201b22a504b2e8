"""`lsqm status` says everything there is and what waits; `lsqm clean` takes what is lsqm's and nothing beside it."""

import json
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lsqm.adapters import docker_engine
from lsqm.adapters.leftovers import OWNER_FILE
from lsqm.adapters.owner import this_process
from lsqm.artifacts.store import ArtifactStore, index_entry
from lsqm.cli.main import cli
from lsqm.model.architecture import Index
from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.issue import IssueDraft, IssueState, OutboxDraft
from lsqm.model.quarantine import Quarantine, QuarantineEntry
from lsqm.model.result import Cause, Status
from lsqm.model.run import Counts, Gap, StageTiming
from tests.samples import RUN, a_manifest, a_result, an_app, an_architecture, an_emulator

GOOD, BAD, NEW = (ArchitectureHash(letter * 64) for letter in "abc")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One run with a loss, a gap, a quarantine and a waiting issue; nothing of Docker is seen."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-engine.sock")
    monkeypatch.setenv("LSQM_WORKSPACE", str(tmp_path / "w"))
    store = ArtifactStore(tmp_path / "w" / "artifacts")
    store.initialise()
    entry = index_entry(an_architecture().metadata)
    store.save_index(
        Index(architectures={GOOD: replace(entry, name="good"), BAD: replace(entry, name="bad"), NEW: entry})
    )
    for key in (GOOD, BAD):
        app = an_app()
        store.save_app(replace(app, record=replace(app.record, architecture=key)))
    store.save_result(RUN, replace(a_result(), architecture=GOOD, seconds=50.0), {})
    failed = replace(
        a_result(), architecture=BAD, status=Status.FAILED, cause=Cause.PARITY, message="not there", seconds=70.0
    )
    store.save_result(RUN, failed, {})
    store.save_manifest(
        replace(
            a_manifest(),
            emulator=an_emulator(),
            counts=Counts(total=3, passed=1, failed=1, not_run=1),
            complete=True,
            seconds=100.0,
            stages=(StageTiming(stage="validate", started_at="", finished_at="", seconds=70.0),),
            gaps=(Gap(shard=2, of=3, reason="it left nothing", architectures=(NEW,)),),
        )
    )
    quarantined = QuarantineEntry(since=RUN, last=RUN, reason="came and went", signature="s")
    store.save_document(store.layout.state("quarantine"), Quarantine(entries={BAD: quarantined}))
    draft = IssueDraft(
        fingerprint="f", signature="s", title="sqs is broken", body="b", labels=(), architectures=(BAD,), run=RUN
    )
    store.save_document(
        store.layout.state("issues"), IssueState(outbox={"f": OutboxDraft(draft=draft, why="the tracker is archived")})
    )
    return tmp_path / "w"


def lsqm(*arguments: str, **options: Any) -> Result:
    return CliRunner().invoke(cli, arguments, **options)


def test_status_tells_everything_there_is(workspace: Path) -> None:
    value = json.loads(lsqm("status", "--no-sync", "--json").stdout)
    assert value["architectures"] == 3
    assert value["without_app"] == 1
    assert value["last_run"]["gaps"][0]["shard"] == 2
    assert {one["name"]: one["status"] for one in value["last_results"]} == {"good": "PASSED", "bad": "FAILED"}
    assert value["quarantine"][BAD]["reason"] == "came and went"
    assert value["outbox"]["issues"]["f"]["why"] == "the tracker is archived"
    assert value["budget"]["tokens_budget"] == 500_000
    assert value["next_run"]["architectures"] == 2
    assert value["next_run"]["apps_to_write"] == 1
    assert value["next_run"]["fits"] is True


def test_status_says_it_to_a_person(workspace: Path) -> None:
    text = lsqm("status", "--no-sync").stdout
    for part in (
        "Shard 2 of 3 was lost: it left nothing; 1 architecture not run.",
        "bad: FAILED parity",
        "bad: came and went",
        "sqs is broken (the tracker is archived)",
        "next run             2 architectures, 0 of them for the first time, after 1 apps are written",
    ):
        assert part in text, text
    assert "Traceback" not in text


def test_status_names_the_run_to_go_on_with(workspace: Path) -> None:
    store = ArtifactStore(workspace / "artifacts")
    later = RunId("20260111T000000Z-000000")
    store.save_manifest(replace(a_manifest(), run=later, complete=False))
    assert f"lsqm run --resume {later}" in lsqm("status", "--no-sync").stdout
    assert json.loads(lsqm("status", "--no-sync", "--json").stdout)["resumable"] == [later]


def test_clean_asks_before_it_removes_and_a_no_removes_nothing(workspace: Path) -> None:
    (workspace / "cache").mkdir()
    refused = lsqm("clean", "--cache")
    assert refused.exit_code == 2
    assert "nobody can be asked" in refused.stderr
    assert (workspace / "cache").is_dir()
    assert lsqm("clean", "--cache", "--yes").exit_code == 0
    assert not (workspace / "cache").exists()
    assert (workspace / "artifacts" / "lsqm.json").is_file()


def test_what_cannot_be_removed_is_not_said_to_be_gone(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("cache", "tools"):
        (workspace / name).mkdir()
        (workspace / name / "file").touch()
    unlink = os.unlink

    def refuse(path: str, **where: Any) -> None:
        folder = Path(f"/proc/self/fd/{where['dir_fd']}").readlink()
        if folder == workspace / "cache" and path == "file":
            raise PermissionError(13, "Permission denied", path)
        unlink(path, **where)

    monkeypatch.setattr(os, "unlink", refuse)
    done = lsqm("clean", "--cache", "--tools", "--yes", "--json")
    assert done.exit_code == 4
    told = json.loads(done.stdout)
    assert [line.split()[0] for line in told["removed"]] == ["tools"], "one that stays keeps no other"
    (why,) = told["kept"].values()
    assert "file cannot be removed: Permission denied" in why


def test_everything_leaves_what_is_not_lsqms(workspace: Path, tmp_path: Path) -> None:
    (workspace / "thesis.txt").write_text("mine")
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("mine")
    (workspace / "tools").symlink_to(precious)
    (workspace / "logs").mkdir()
    done = lsqm("clean", "--everything", "--yes")
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in workspace.iterdir()) == ["thesis.txt"]
    assert (precious / "file").read_text() == "mine", "a link goes, what it leads to stays"
    (workspace / "thesis.txt").unlink()
    assert lsqm("clean", "--everything", "--yes").exit_code == 0
    assert not workspace.exists()


def test_everything_waits_for_an_lsqm_at_work(workspace: Path) -> None:
    trial = workspace / "scratch" / "lsqm-trial-x"
    trial.mkdir(parents=True)
    (trial / OWNER_FILE).write_text(this_process().text)
    refused = lsqm("clean", "--everything", "--yes")
    assert refused.exit_code == 3
    assert str(os.getpid()) in refused.stderr
    assert (workspace / "artifacts").is_dir()


class FakeImages:
    """Four images, one of each kind."""

    def __init__(self) -> None:
        self.removed: list[str] = []
        digest = an_emulator().digest
        self._all = [
            self._image("sha256:a", ["lsqm-cage:1234"], []),
            self._image("sha256:b", [], [f"localstack/localstack@{digest}"]),
            self._image("sha256:c", ["localstack/localstack:4.14.0"], [f"localstack/localstack@{digest}"]),
            self._image("sha256:d", [], ["postgres@sha256:ffff"]),
            self._image("sha256:e", ["lsqm-cage:5", "mine:1"], []),
        ]

    @staticmethod
    def _image(key: str, tags: list[str], digests: list[str]) -> Any:
        return SimpleNamespace(id=key, tags=tags, attrs={"Size": 5, "RepoDigests": digests})

    def list(self) -> list[Any]:
        return self._all

    def get(self, key: str) -> Any:
        return next(image for image in self._all if image.id == key)

    def remove(self, name: str) -> None:
        self.removed.append(name)


def test_images_go_on_request_and_only_lsqms_own(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = FakeImages()
    nothing = SimpleNamespace(list=lambda **_: [])
    client = SimpleNamespace(images=images, containers=nothing, networks=nothing)
    monkeypatch.setattr(docker_engine.Engine, "client", lambda self: client)
    assert "image" not in lsqm("clean", "--dry-run").stdout
    shown = lsqm("clean", "--images", "--dry-run").stdout
    assert shown.count("remove image") == 2
    assert images.removed == []
    assert lsqm("clean", "--images", "--yes").exit_code == 0
    assert images.removed == ["lsqm-cage:1234", "sha256:b"]
