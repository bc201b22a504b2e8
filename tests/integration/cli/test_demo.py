"""`lsqm demo`, then a run of a few more in its workspace, as a user does it: the whole pipeline on a real emulator."""

import gzip
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from lsqm.model.ids import run_id

pytestmark = [pytest.mark.terraform, pytest.mark.emulator, pytest.mark.timeout(1500)]

AGAIN = ("shop-settings", "forgotten-role", "customer-table")
"""What the second run validates: one that fails and two that pass, since a second whole demo would take minutes."""
Lsqm = Callable[..., subprocess.CompletedProcess[str]]
SCHEMAS = Path(__file__).resolve().parents[3] / "docs" / "schemas"


@pytest.fixture(scope="module")
def two_demos(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict]]:
    """The workspace and what the two runs printed."""
    import os
    import shutil
    import sys

    workspace = tmp_path_factory.mktemp("demo") / "w"
    executable = shutil.which("lsqm", path=str(Path(sys.executable).parent))
    assert executable
    printed = []
    only = [word for name in AGAIN for word in ("--only", name)]
    for command in (["demo"], ["run", "--source", "starter", "--emulator", "embedded", *only]):
        done = subprocess.run(
            [executable, *command, "--workspace", str(workspace), "--json"],
            env={
                **os.environ,
                "HOME": str(tmp_path_factory.mktemp("home")),
                "TF_CLI_CONFIG_FILE": "/nowhere/rc",
                "LSQM_GENERATOR": "builtin",
            },
            capture_output=True,
            text=True,
            timeout=700,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        printed.append(json.loads(done.stdout))
    return workspace, printed


def read(path: Path) -> dict:
    document: dict = json.loads(path.read_bytes())
    return document


def names(repository: Path) -> dict[str, str]:
    return {key: entry["name"] for key, entry in read(repository / "architectures/index.json")["architectures"].items()}


def test_the_first_run_finds_passed_failed_and_skipped(two_demos: tuple[Path, list[dict]]) -> None:
    _, (first, _) = two_demos
    repository = Path(first["artifact_repository"])
    known = names(repository)
    results = [read(path) for path in (repository / "runs" / first["run_id"] / "results").glob("*.json")]
    status = {known[result["architecture"]]: result["status"] for result in results}
    assert len(status) == 13
    assert status.pop("forgotten-role") == "FAILED"
    assert set(status.values()) == {"PASSED"}, {
        known[result["architecture"]]: (result["cause"], result["message"])
        for result in results
        if result["status"] != "PASSED"
    }
    assert first["counts"]["PASSED"] == len(status)
    assert first["new"] == len(status) + 1
    skipped = read(repository / "architectures/index.json")["skipped"]
    assert [(skip["reason"], skip["details"]) for skip in skipped.values()] == [("unsupported-services", ["lightsail"])]


def test_results_hold_real_phases_tests_and_api_calls(two_demos: tuple[Path, list[dict]]) -> None:
    _, (first, _) = two_demos
    repository = Path(first["artifact_repository"])
    known = names(repository)
    for path in (repository / "runs" / first["run_id"] / "results").glob("*.json"):
        result = read(path)
        name = known[result["architecture"]]
        phases = {phase["name"]: phase for phase in result["phases"]}
        assert {"start", "init", "apply", "destroy", "stop"} <= set(phases), name
        assert all(phase["seconds"] >= 0 and phase["started_at"] for phase in phases.values())
        assert result["api_calls"], name
        assert all(
            "." in operation and status.isdigit() and count > 0
            for operation, statuses in result["api_calls"].items()
            for status, count in statuses.items()
        ), name
        if result["status"] == "PASSED":
            assert phases["test"]["exit_code"] == 0
            assert result["tests"], name
            assert all(test["outcome"] == "passed" for test in result["tests"]), name
        else:
            assert result["cause"]
            assert result["signature"]
        for reference in result["logs"].values():
            assert gzip.decompress((repository / "runs" / first["run_id"] / reference).read_bytes())


def test_documents_follow_their_published_schemas(two_demos: tuple[Path, list[dict]]) -> None:
    _, printed = two_demos
    repository = Path(printed[1]["artifact_repository"])
    run = repository / "runs" / printed[1]["run_id"]
    files = {
        "index": [repository / "architectures/index.json"],
        "metadata": list(repository.glob("architectures/*/metadata.json")),
        "app": list(repository.glob("apps/*/app.json")),
        "run": [run / "run.json"],
        "result": list(run.glob("results/*.json")),
        "comparison": [run / "comparison.json"],
    }
    for name, paths in files.items():
        schema = read(SCHEMAS / f"{name}.schema.json")
        assert paths, name
        for path in paths:
            jsonschema.validate(read(path), schema)
    for line in (repository / "runs/ledger.jsonl").read_text().splitlines():
        jsonschema.validate(json.loads(line), read(SCHEMAS / "ledger-line.schema.json"))


def test_the_second_run_mines_nothing_new_and_compares_with_the_first(two_demos: tuple[Path, list[dict]]) -> None:
    _, (first, second) = two_demos
    assert second["run_id"] > first["run_id"]
    assert second["new"] == 0
    assert second["counts"]["PASSED"] == len(AGAIN) - 1
    assert second["counts"]["FAILED"] == 1
    comparison = read(Path(second["artifact_repository"]) / "runs" / second["run_id"] / "comparison.json")
    assert comparison["baseline"] == first["run_id"]
    assert second["changes"]["unchanged"] == sum(second["counts"].values())
    assert second["changes"]["regressed"] == 0


def test_everything_is_pushed_to_a_git_repository(two_demos: tuple[Path, list[dict]]) -> None:
    workspace, (first, second) = two_demos

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "--git-dir", str(workspace / "artifacts.git"), *arguments],
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    tree = git("ls-tree", "-r", "--name-only", "HEAD").splitlines()
    for run in (first["run_id"], second["run_id"]):
        assert f"runs/{run_id(run)}/run.json" in tree
    assert {"lsqm.json", "architectures/index.json", "runs/ledger.jsonl", "reports/latest/index.html"} <= set(tree)
    assert {"reports/latest/summary.json", "reports/latest/summary.md", "reports/latest/junit.xml"} <= set(tree)
    assert {"trends/runs.json", "trends/services.json", "trends/operations.json"} <= set(tree)
    assert second["run_id"] in git("log", "-1", "--format=%B")
    ledger = [json.loads(line)["run"] for line in git("show", "HEAD:runs/ledger.jsonl").splitlines()]
    assert ledger == [first["run_id"], second["run_id"]]


def test_the_run_keeps_its_log_with_timed_stages(two_demos: tuple[Path, list[dict]]) -> None:
    workspace, (first, _) = two_demos
    kept = Path(first["artifact_repository"]) / "runs" / first["run_id"] / "lsqm.jsonl.gz"
    published = [json.loads(line) for line in gzip.decompress(kept.read_bytes()).splitlines()]
    lines = [json.loads(line) for line in (workspace / "logs" / f"{first['run_id']}.jsonl").read_text().splitlines()]
    assert lines[: len(published)] == published
    assert {"mine", "validate", "report"} <= {line["stage"] for line in published if line["event"] == "stage.finished"}
    finished = {line["stage"]: line for line in lines if line["event"] == "stage.finished"}
    assert {"mine", "generate", "validate", "compare", "report", "push", "notify"} <= set(finished)
    assert all(line["duration_seconds"] >= 0 and line["start"] <= line["end"] for line in finished.values())
    assert all(line["run_id"] == first["run_id"] for line in finished.values())
    validated = [line for line in lines if line["event"] == "validate.finished"]
    assert len(validated) == sum(first["counts"].values())
    assert all(line["architecture"] and line["status"] for line in validated)


def test_status_and_compare_read_what_is_stored(two_demos: tuple[Path, list[dict]], lsqm: Lsqm) -> None:
    workspace, (first, second) = two_demos
    status = json.loads(lsqm("status", "--json", "--workspace", workspace).stdout)
    assert status["runs"] == 2
    assert status["last_run"]["run"] == second["run_id"]
    compared = lsqm("compare", first["run_id"], second["run_id"], "--workspace", workspace)
    assert compared.returncode == 0, compared.stderr
    assert "0 regressed" in compared.stdout


def test_nothing_is_left_behind(two_demos: tuple[Path, list[dict]]) -> None:
    workspace, _ = two_demos
    scratch = workspace / "scratch"
    assert not scratch.exists() or not list(scratch.iterdir())
    running = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if str(workspace) in (path / "environ").read_text(errors="replace") + str((path / "cwd").readlink()):
                running.append((path / "comm").read_text())
        except OSError:
            continue
    assert running == []
