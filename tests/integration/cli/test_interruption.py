"""A run that is stopped or killed: everything it started is gone, at once or after `lsqm clean`, and what was done is kept."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

pytestmark = [pytest.mark.terraform, pytest.mark.emulator, pytest.mark.timeout(600)]

Lsqm = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def corpus(tmp_path: Path, lsqm: Lsqm) -> Path:
    """A workspace with one architecture and its app."""
    design = tmp_path / "corpus"
    shutil.copytree(Path(str(files("lsqm") / "starter" / "shop-settings")), design)
    workspace = tmp_path / "w"
    for arguments in (["mine", "--source", f"path:{design}"], ["generate", "--generator", "builtin"]):
        done = lsqm(*arguments, "--workspace", workspace)
        assert done.returncode == 0, done.stderr
    return workspace


def processes_of(workspace: Path) -> list[str]:
    """Processes that work in the workspace or carry it in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            where = str((path / "cwd").readlink())
            environment = (path / "environ").read_bytes().decode(errors="replace")
            if str(workspace) in where or str(workspace) in environment:
                found.append(f"{path.name} {(path / 'comm').read_text().strip()}")
        except OSError:
            continue
    return found


def begin_validating(workspace: Path) -> "subprocess.Popen[str]":
    """Start `lsqm validate` and wait until Terraform is applying."""
    executable = shutil.which("lsqm", path=str(Path(sys.executable).parent))
    assert executable
    process = subprocess.Popen(
        [executable, "validate", "--emulator", "embedded", "--cage", "none", "--workspace", str(workspace)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 240
    while not list((workspace / "scratch").glob("*/terraform/.terraform.lock.hcl")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until, "terraform never began"
        time.sleep(0.1)
    return process


def gone(workspace: Path, seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while processes_of(workspace):
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
    return True


def only_run(workspace: Path) -> Path:
    (run,) = [path for path in (workspace / "artifacts" / "runs").iterdir() if path.is_dir()]
    return run


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_exits_130_tears_down_and_says_what_did_not_run(corpus: Path, how: signal.Signals) -> None:
    process = begin_validating(corpus)
    process.send_signal(how)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors[-2000:]
    assert "Traceback" not in output + errors
    assert gone(corpus), processes_of(corpus)
    assert not list((corpus / "scratch").iterdir())
    manifest = json.loads((only_run(corpus) / "run.json").read_bytes())
    assert manifest["complete"] is False
    assert manifest["counts"]["not_run"] == 1
    assert all(manifest["not_run"].values())


def test_what_a_killed_run_left_is_found_and_removed_and_the_next_run_works(corpus: Path, lsqm: Lsqm) -> None:
    process = begin_validating(corpus)
    process.kill()
    process.communicate()
    shown = lsqm("clean", "--dry-run", "--workspace", corpus)
    assert "trial folder" in shown.stdout, shown.stdout + shown.stderr
    assert list((corpus / "scratch").iterdir()), "a dry run removes nothing"
    cleaned = lsqm("clean", "--yes", "--workspace", corpus)
    assert cleaned.returncode == 0, cleaned.stderr
    assert gone(corpus), processes_of(corpus)
    assert not list((corpus / "scratch").iterdir())
    assert json.loads((only_run(corpus) / "run.json").read_bytes())["complete"] is False
    again = lsqm("validate", "--emulator", "embedded", "--cage", "none", "--workspace", corpus, "--json", timeout=500)
    assert again.returncode == 0, again.stderr[-2000:]
    assert json.loads(again.stdout)["counts"]["PASSED"] == 1
