"""`lsqm validate --self-check`: a test that comes and goes is an alarm before confirmation and none after it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.cli.corpus import prepared

pytestmark = [pytest.mark.terraform, pytest.mark.emulator, pytest.mark.timeout(1200)]


def test_the_rate_of_false_alarms_is_measured_stored_and_shown(
    tmp_path: Path, lsqm: Callable[..., subprocess.CompletedProcess[str]]
):
    count = tmp_path / "count"
    every_second_time = f"""
import pathlib

def test_every_second_time():
    count = pathlib.Path({str(count)!r})
    seen = int(count.read_text()) if count.exists() else 0
    count.write_text(str(seen + 1))
    assert seen % 2 == 0
"""
    environment = {"LSQM_WORKSPACE": str(tmp_path / "workspace"), "LSQM_EMULATOR": "embedded", "LSQM_CAGE": "none"}
    assert lsqm("sync", **environment).returncode == 0
    store = prepared(
        tmp_path / "workspace", {"fickle": every_second_time, "steady": "def test_it():\n    assert True\n"}
    )
    done = lsqm("validate", "--self-check", "--json", "--no-sync", timeout=1100, **environment)
    assert done.returncode == 0, done.stderr[-3000:]
    printed = json.loads(done.stdout)
    first, second = store.run_ids()
    assert (printed["first_run_id"], printed["run_id"]) == (first, second)
    assert printed["self_check"] == {
        "run": second,
        "compared": 2,
        "alarms": 1,
        "confirmed": 0,
        "rate_before_confirmation": 0.5,
        "rate_after_confirmation": 0.0,
    }
    stored = store.load_manifest(second).self_check
    assert stored is not None
    assert (stored.first, stored.second, len(stored.alarms)) == (first, second, 1)
    assert printed["changes"]["flaky"] == 1
    report = store.layout.latest_report
    assert json.loads((report / "summary.json").read_text())["self_check"] == printed["self_check"]
    said = "false alarms before confirmation: 1 of 2 (50.0%), after confirmation: 0 of 2 (0.0%)"
    assert said in (report / "summary.md").read_text()
    assert said in (report / "index.html").read_text()
    shown = lsqm("report", "--no-sync", **environment)
    assert shown.returncode == 0, shown.stderr
    assert said in (report / "index.html").read_text(), "a later report shows what was measured last"
