"""A run on three machines, one of them killed, is the run of one machine plus a recorded gap; a late shard fills it.

Real processes, real Terraform, the embedded emulator. Each "machine" is a workspace of its own, as in the workflow.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.terraform, pytest.mark.emulator, pytest.mark.timeout(2400)]

CORPUS = {
    "parameter": 'resource "aws_ssm_parameter" "it" {\n  name  = "/shards/level"\n  type  = "String"\n  value = "high"\n}\n',
    "topic": 'resource "aws_sns_topic" "it" {\n  name = "shards-news"\n}\n',
    "logs": 'resource "aws_cloudwatch_log_group" "it" {\n  name = "/shards/app"\n}\n',
    "role": 'resource "aws_iam_user" "it" {\n  name = "shards-user"\n}\n',
}
TRIALS = ("--emulator", "embedded", "--cage", "none", "--parallel", "2", "--json")
TIMES = {"started_at", "finished_at", "discovered_at", "generated_at", "seconds", "stages", "results_digest"}
"""Timestamps, durations, and what is computed from them."""


class Machines:
    """One artifact repository made by one machine, and what three others made of the same corpus."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.executable = shutil.which("lsqm", path=str(Path(sys.executable).parent)) or ""
        home = root / "home"
        home.mkdir()
        kept = {key: os.environ[key] for key in ("PATH", "LANG", "TMPDIR", "VIRTUAL_ENV") if key in os.environ}
        self.environment = {**kept, "HOME": str(home), "LSQM_GENERATOR": "builtin", "GOGC": "400"}
        for name, text in CORPUS.items():
            (root / "corpus" / name).mkdir(parents=True)
            (root / "corpus" / name / "main.tf").write_text(text)
        self.one, self.many = root / "one", root / "many"

    def begin(self, *arguments: object, workspace: Path) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [self.executable, *map(str, arguments), "--workspace", str(workspace)],
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def lsqm(self, *arguments: object, workspace: Path) -> dict[str, Any]:
        process = self.begin(*arguments, "--json", workspace=workspace)
        output, errors = process.communicate(timeout=1500)
        assert process.returncode == 0, (arguments, output[-1500:], errors[-3000:])
        printed: dict[str, Any] = json.loads(output)
        return printed

    def kill_when_it_validates(self, process: "subprocess.Popen[str]", shard: Path, run: str) -> None:
        manifest = shard / "runs" / run / "run.json"
        while not manifest.is_file():
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Machines:
    made = Machines(tmp_path_factory.mktemp("machines"))
    source = ("--source", f"path:{made.root / 'corpus'}")
    made.lsqm("run", *source, *TRIALS, workspace=made.one)
    made.lsqm("mine", *source, workspace=made.many)
    made.lsqm("generate", workspace=made.many)
    return made


def documents(repository: Path, run: str) -> dict[str, Any]:
    """Path → content of everything but git's own files; what must differ between two runs is gone."""
    found: dict[str, Any] = {}
    for path in sorted(repository.rglob("*")):
        name = path.relative_to(repository).as_posix().replace(run, "RUN")
        if not path.is_file() or name.startswith(".git/"):
            continue
        if path.suffix == ".json":
            found[name] = timeless(json.loads(path.read_text().replace(run, "RUN")))
        elif name == "runs/ledger.jsonl":
            found[name] = [timeless(json.loads(line.replace(run, "RUN"))) for line in path.read_text().splitlines()]
        elif name.startswith(("architectures/", "apps/")):
            found[name] = path.read_bytes()
        else:  # logs and pages are full of times: that they are there is what counts
            found[name] = path.suffix
    return found


def timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: timeless(item) for key, item in value.items() if key not in TIMES}
    return [timeless(item) for item in value] if isinstance(value, list) else value


def only_run(workspace: Path) -> str:
    (run,) = [path.name for path in (workspace / "artifacts" / "runs").iterdir() if path.is_dir()]
    return run


def without_workspace(found: dict[str, Any]) -> dict[str, Any]:
    for name in ("workspace", "sources"):
        del found["runs/RUN/run.json"]["configuration"][name]
    return found


def test_three_shards_with_one_killed_make_the_same_repository_plus_one_gap(machines: Machines) -> None:
    plan = machines.lsqm("plan", "--shards", 3, workspace=machines.many)
    run, shares = plan["run_id"], [shard["architectures"] for shard in plan["shards"]]
    assert sorted(map(len, shares)) == [1, 1, 2]
    killed = 1 + min(range(3), key=lambda index: len(shares[index]))
    processes, folders = {}, {}
    for number in (1, 2, 3):
        workspace, folders[number] = machines.root / f"machine-{number}", machines.root / f"shard-{number}"
        shutil.copytree(machines.many, workspace, symlinks=True)
        shard = ("--shard", f"{number}/3", "--run-id", run, "--output", folders[number], "--no-sync")
        processes[number] = machines.begin("validate", *shard, *TRIALS, workspace=workspace)
    machines.kill_when_it_validates(processes[killed], folders[killed], run)
    for number, process in processes.items():
        output, errors = process.communicate(timeout=1500) if number != killed else ("", "")
        assert process.returncode == (-9 if number == killed else 0), (number, output, errors[-2000:])

    merged = machines.lsqm("merge", *folders.values(), "--run-id", run, "--shards", 3, workspace=machines.many)
    lost = shares[killed - 1]
    assert [(gap["shard"], gap["architectures"]) for gap in merged["gaps"]] == [(killed, lost)]
    machines.lsqm("report", workspace=machines.many)
    machines.lsqm("push", workspace=machines.many)
    one = without_workspace(documents(machines.one / "artifacts", only_run(machines.one)))
    many = without_workspace(documents(machines.many / "artifacts", run))
    of_lost = {name for name in one if any(key in name for key in lost) and name.startswith("runs/")}
    assert len(of_lost) >= 3, "result and logs"
    assert set(one) - set(many) == of_lost
    assert set(many) <= set(one)
    different = {name for name in many if many[name] != one[name]}
    told = {"runs/RUN/run.json", "runs/RUN/comparison.json", "runs/ledger.jsonl"}
    assert different <= told | {name for name in many if name.startswith(("trends/", "reports/"))}
    manifest = many["runs/RUN/run.json"]
    assert manifest["gaps"] == [
        {"shard": killed, "of": 3, "reason": "it was killed before it was done", "architectures": lost}
    ]
    assert set(manifest["not_run"]) == set(lost)
    assert manifest["counts"] == {**one["runs/RUN/run.json"]["counts"], "passed": 3, "not_run": 1}
    page = (machines.many / "artifacts" / "reports" / "latest" / "summary.md").read_text()
    assert f"Shard {killed} of 3 was lost: it was killed before it was done; 1 architecture not run." in page

    # The machine comes back: only what is missing is done, and the gap is gone.
    shard = ("--shard", f"{killed}/3", "--run-id", run, "--output", folders[killed], "--no-sync")
    late = machines.begin("validate", *shard, *TRIALS, workspace=machines.root / f"machine-{killed}")
    output, errors = late.communicate(timeout=1500)
    assert late.returncode == 0, errors[-2000:]
    assert json.loads(output)["counts"]["PASSED"] == 1
    assert (
        machines.lsqm("merge", folders[killed], "--run-id", run, "--shards", 3, workspace=machines.many)["gaps"] == []
    )
    machines.lsqm("report", workspace=machines.many)
    machines.lsqm("push", workspace=machines.many)
    assert without_workspace(documents(machines.many / "artifacts", run)) == one


def test_a_dask_cluster_gives_the_results_of_the_local_executor(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import LocalCluster

    for name, value in {**machines.environment, "LSQM_WORKSPACE": str(machines.root / "worker")}.items():
        monkeypatch.setenv(name, value)
    local = documents(machines.one / "artifacts", only_run(machines.one))
    cluster: Any = LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=1, threads_per_worker=2, dashboard_address=None, host="127.0.0.1"
    )
    with cluster:
        where = cluster.scheduler_address.replace("tcp://", "dask://")
        workspace = machines.root / "client"
        shutil.copytree(machines.one, workspace, symlinks=True)
        arguments = ("--only", "topic", "--executor", where, "--no-sync")
        printed = machines.lsqm("validate", *arguments, *TRIALS[:-1], workspace=workspace)
    assert printed["counts"]["PASSED"] == 1
    remote = documents(workspace / "artifacts", printed["run_id"])
    (name,) = [name for name in remote if name.startswith("runs/RUN/results/")]
    assert remote[name] == local[name]
    assert remote["runs/RUN/run.json"]["versions"] == local["runs/RUN/run.json"]["versions"]
    assert remote["runs/RUN/run.json"]["emulator"] == local["runs/RUN/run.json"]["emulator"]
    assert printed["changes"]["unchanged"] == 1
