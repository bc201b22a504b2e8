"""A run whose deadline comes before its end: what did not fit is written down, the command says 4, and --resume does it."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lsqm.ports.emulator import StartRequest
from tests.integration.cli.corpus import prepared
from tests.integration.validate.conftest import embedded

pytestmark = [pytest.mark.terraform, pytest.mark.emulator, pytest.mark.timeout(600)]

Lsqm = Callable[..., subprocess.CompletedProcess[str]]
LATE = "the run's deadline was reached"
SLOW = "import time\n\ndef test_queue_exists():\n    time.sleep(2.5)\n    assert 1 + 1 == 2\n"
"""Longer than the run's deadline: with one slot the second never fits, however fast this machine is."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    """One emulator for both trials, to be cheap; it also keeps the second from starting one ahead of its turn."""
    running = embedded().start(StartRequest(run="r", architecture="ab" * 32, deadline_seconds=120))
    yield running.endpoint
    running.stop()


def test_what_does_not_fit_is_recorded_and_the_command_exits_4(tmp_path: Path, lsqm: Lsqm, endpoint: str) -> None:
    workspace = tmp_path / "w"
    store = prepared(workspace, dict.fromkeys(("first", "second"), SLOW))
    options = ["--no-sync", "--emulator", endpoint, "--cage", "none", "--parallel", "1", "--workspace", workspace]
    done = lsqm("validate", *options, LSQM_RUN_DEADLINE="2")
    assert done.returncode == 4, done.stderr[-2000:]
    assert LATE in done.stdout, "the table says which and why"
    (run,) = store.run_ids()
    manifest, results = store.load_manifest(run), store.load_results(run)
    assert manifest.not_run
    assert set(manifest.not_run.values()) == {LATE}
    assert len(results) + len(manifest.not_run) == 2
    assert {result.status for result in results.values()} <= {"PASSED"}, "what began may end"
    assert manifest.counts.not_run == len(manifest.not_run)
    assert manifest.complete, "the run is over: nothing of it is pending"
    assert not list((workspace / "scratch").iterdir())

    resumed = lsqm("validate", *options, "--resume", "latest", "--json")
    assert resumed.returncode == 0, resumed.stderr[-2000:]
    assert json.loads(resumed.stdout)["counts"]["PASSED"] == 2
    assert store.load_manifest(run).not_run == {}
    assert {key: result.started_at for key, result in store.load_results(run).items()}.items() >= {
        key: result.started_at for key, result in results.items()
    }.items(), "what had a result is not done again"
