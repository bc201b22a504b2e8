"""`lsqm confirm --executor dask://…`: the workers' repeats settle a run just as those of this machine do."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lsqm.artifacts.store import ArtifactStore
from lsqm.cli import trials
from lsqm.cli.main import cli
from lsqm.pipeline.judging import compare_run, settle
from tests.integration.cli import staged_world
from tests.integration.cli.corpus import prepared
from tests.integration.cli.staged_world import FLAKY, REGRESSED
from tests.samples import a_manifest
from tests.unit.compare.cases import OLD, a_run, an_emulator, broken, trial


@pytest.fixture
def scheduler() -> Iterator[str]:
    from distributed import LocalCluster

    made: Any = LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=1,
        threads_per_worker=2,
        dashboard_address=None,
        host="127.0.0.1",
        preload=[staged_world.__name__],
    )
    with made:
        yield made.scheduler_address.replace("tcp://", "dask://")


def two_runs(workspace: Path) -> ArtifactStore:
    """The first on the old emulator, where all works, the second on the new one, where nothing seems to."""
    store = prepared(workspace, {"queue": "", "topic": ""})
    for number, results in (
        (1, [replace(trial(digest=OLD), architecture=key) for key in (REGRESSED, FLAKY)]),
        (2, [replace(broken(), architecture=key) for key in (REGRESSED, FLAKY)]),
    ):
        run = a_run(number)
        store.save_manifest(replace(a_manifest(), run=run, emulator=an_emulator(OLD) if number == 1 else an_emulator()))
        for result in results:
            store.save_result(run, result, {})
        settle(store, compare_run(store, run))
    return store


def settled(store: ArtifactStore) -> dict[str, Any]:
    comparison: dict[str, Any] = json.loads(store.layout.comparison(a_run(2)).read_text())
    for change in comparison["changes"]:
        change["evidence"].sort(key=lambda repeat: repeat["on_baseline"])
    state = (store.layout.state("quarantine"), store.layout.ledger)
    return {"comparison": comparison, **{path.name: path.read_text() for path in state}}


def test_the_verdicts_and_evidence_are_those_of_the_local_executor(
    tmp_path: Path, scheduler: str, monkeypatch: pytest.MonkeyPatch
):
    found, printed = {}, {}
    store = two_runs(tmp_path / "local")
    shutil.copytree(tmp_path / "local", tmp_path / "cluster")
    stores = {"local": store, "cluster": ArtifactStore(tmp_path / "cluster" / "artifacts")}
    monkeypatch.setattr(trials, "TrialBench", staged_world.StagedBench)
    for name, executor in (("local", "local"), ("cluster", scheduler)):
        done = CliRunner().invoke(
            cli,
            ["confirm", "latest", "--executor", executor, "--no-sync", "--json", "--workspace", str(tmp_path / name)],
        )
        assert done.exit_code == 1, done.output
        printed[name] = json.loads(done.stdout)
        found[name] = settled(stores[name])
    assert found["cluster"] == found["local"]
    assert printed["cluster"] == printed["local"]
    changes = {change["architecture"]: change for change in found["cluster"]["comparison"]["changes"]}
    assert {key: change["change"] for key, change in changes.items()} == {REGRESSED: "regressed", FLAKY: "flaky"}
    sides = [repeat["on_baseline"] for repeat in changes[REGRESSED]["evidence"]]
    assert (sides.count(False), sides.count(True)) == (8, 8)
    assert FLAKY in found["cluster"]["quarantine.json"]
