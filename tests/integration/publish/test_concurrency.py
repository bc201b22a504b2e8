"""Ten lsqm push to one repository at the same moment, and one of them is killed in the middle."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.integration.publish.places import GIT, a_place, bare, log, run_name

REPOSITORY = Path(__file__).parents[3]


def start(checkout: Path, url: str, run: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.integration.publish.pusher", str(checkout), url, run],
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_ten_pushes_at_once_lose_nothing_though_one_is_killed(tmp_path: Path, seed: int):
    remote = bare(tmp_path)
    first = a_place(tmp_path, "first", remote)
    first.add_run(run_name(0))
    first.push()
    checkouts = {run_name(number): tmp_path / f"c{number}" / "artifacts" for number in range(1, 11)}
    machines = {run: start(checkout, remote.url, run) for run, checkout in checkouts.items()}
    try:
        for machine in machines.values():
            assert machine.stdout and machine.stdout.readline() == "ready\n"  # noqa: PT018
        for machine in machines.values():
            assert machine.stdin
            machine.stdin.write("go\n")
            machine.stdin.flush()
        victim = run_name(4)
        time.sleep(random.Random(seed).uniform(0.2, 2.0))
        os.kill(machines[victim].pid, signal.SIGKILL)
        said = {run: machine.communicate(timeout=240)[0] for run, machine in machines.items()}
        assert all(machine.returncode == 0 for run, machine in machines.items() if run != victim), said
    finally:
        for machine in machines.values():
            machine.kill()
            machine.communicate()
    between = a_place(tmp_path, "between", remote)
    pushed = set(between.ledger())
    assert pushed >= {run_name(0), *checkouts} - {victim}
    again = start(checkouts[victim], remote.url, victim)
    said_again, _ = again.communicate("go\n", timeout=120)
    assert again.returncode == 0, said_again

    after = a_place(tmp_path, "after", remote)
    runs = [run_name(number) for number in range(11)]
    assert after.ledger() == after.runs() == runs
    assert sorted(entry["name"] for entry in after.json("architectures/index.json")["architectures"].values()) == runs
    assert [point["run"] for point in after.json("trends/runs.json")["runs"]] == runs
    assert not [path for path in after.checkout.rglob("*.json*") if b"<<<<<<<" in path.read_bytes()]
    assert len(log(remote)) == 11
    GIT.run(tmp_path / "remote.git", ("fsck", "--strict"))
