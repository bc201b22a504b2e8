"""Two whole `lsqm run` at the same time, in one workspace and in two that share one artifact repository."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.cli.corpus import prepared
from tests.integration.publish.places import a_place, bare

pytestmark = [pytest.mark.terraform, pytest.mark.emulator, pytest.mark.timeout(1500)]


@pytest.mark.parametrize("workspaces", [("here", "here"), ("here", "there")], ids=["one workspace", "two workspaces"])
def test_neither_of_two_runs_is_lost(tmp_path: Path, workspaces: tuple[str, str]):
    executable = shutil.which("lsqm", path=str(Path(sys.executable).parent))
    assert executable
    remote = bare(tmp_path)
    (tmp_path / "nothing").mkdir()
    environment = {
        **os.environ,
        "ARTIFACT_REPO": str(tmp_path / "remote.git"),
        "LSQM_EMULATOR": "embedded",
        "LSQM_CAGE": "none",
        "LSQM_GENERATOR": "builtin",
        "LSQM_SOURCES": f"path:{tmp_path / 'nothing'}",
    }
    here = {**environment, "LSQM_WORKSPACE": str(tmp_path / "here")}
    subprocess.run([executable, "sync"], env=here, capture_output=True, timeout=300, check=True)
    prepared(tmp_path / "here", {"steady": "def test_it():\n    assert True\n"})
    subprocess.run([executable, "push"], env=here, capture_output=True, timeout=300, check=True)
    running = [
        subprocess.Popen(
            [executable, "run", "--json"],
            env={**environment, "LSQM_WORKSPACE": str(tmp_path / workspace)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for workspace in workspaces
    ]
    try:
        said = [process.communicate(timeout=1200) for process in running]
    finally:
        for process in running:
            process.kill()
            process.communicate()
    assert [process.returncode for process in running] == [0, 0], [err[-2000:] for _, err in said]
    printed = [json.loads(out) for out, _ in said]
    assert [each["counts"]["PASSED"] for each in printed] == [1, 1]
    runs = sorted(each["run_id"] for each in printed)
    there = a_place(tmp_path, "afterwards", remote)
    assert there.ledger() == there.runs() == runs
    assert [point["run"] for point in there.json("trends/runs.json")["points"]] == runs
    assert len(there.json("architectures/index.json")["architectures"]) == 1
    assert there.json("reports/latest/summary.json")["run"]["id"] in runs
    for run in runs:
        assert there.json(f"runs/{run}/run.json")["complete"]
        assert list((there.checkout / "runs" / run / "results").iterdir())
