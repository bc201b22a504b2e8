import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lsqm.adapters.leftovers import OWNER_FILE, sweep_local
from lsqm.adapters.owner import this_process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def make(place: Path, name: str, owner: str) -> Path:
    path = place / name
    path.mkdir()
    (path / OWNER_FILE).write_text(owner)
    return path


def test_directories_of_the_dead_go_and_those_of_the_living_stay(tmp_path):
    living = make(tmp_path, "lsqm-trial-a", this_process().text)
    dead = make(tmp_path, "lsqm-trial-b", this_process().text.rpartition(" ")[0] + " 1")
    fresh = make(tmp_path, "lsqm-ministack-c", "")
    old = make(tmp_path, "lsqm-ministack-d", "")
    os.utime(old, (time.time() - 90_000,) * 2)
    stranger = make(tmp_path, "something-else", this_process().text.rpartition(" ")[0] + " 1")
    assert set(sweep_local(tmp_path, dry_run=True).directories) == {dead, old}
    assert dead.exists()
    sweep_local(tmp_path)
    assert not dead.exists()
    assert not old.exists()
    assert all(path.exists() for path in (living, fresh, stranger))


def test_orphaned_processes_are_killed_and_ours_are_not(tmp_path):
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    orphan = subprocess.Popen(sleeper, env={"LSQM_COMMAND": f"{os.getpid()}.1-abc"})
    ours = subprocess.Popen(sleeper, env={"LSQM_COMMAND": f"{os.getpid()}.{this_process().started}-abc"})
    try:
        until = time.monotonic() + 10  # the environment of a process is there once it has begun
        while orphan.pid not in (found := sweep_local(tmp_path, dry_run=True)).processes and time.monotonic() < until:
            time.sleep(0.05)
        assert orphan.pid in found.processes
        assert ours.pid not in found.processes
    finally:
        orphan.kill()
        ours.kill()
        orphan.wait()
        ours.wait()
