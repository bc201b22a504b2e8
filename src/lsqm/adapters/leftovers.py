"""Processes and directories that a killed lsqm left on this machine: finding and removing them."""

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lsqm.adapters.owner import Owner, start_time
from lsqm.adapters.subprocesses import MARKER

HOME_PREFIX = "lsqm-ministack-"
TRIAL_PREFIX = "lsqm-trial-"
OWNER_FILE = ".lsqm-owner"
_OLD_SECONDS = 86_400
_DYING_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalLeftovers:
    """What was found."""

    processes: tuple[int, ...] = ()
    directories: tuple[Path, ...] = ()

    @property
    def count(self) -> int:
        return len(self.processes) + len(self.directories)


def sweep_local(*places: Path, dry_run: bool = False) -> LocalLeftovers:
    """Kill processes and remove directories of lsqm processes that are gone; those of living ones are left alone.

    Args:
        places: directories in which trials and embedded emulators have theirs, such as the scratch directory and /tmp.
        dry_run: only name them.
    """
    processes = tuple(_orphans())
    directories = tuple(path for place in places for path in _abandoned(place))
    if not dry_run:
        for pid in processes:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        _wait_until_gone(processes)  # one that still dies could write into a directory while it is removed
        for path in directories:
            shutil.rmtree(path, ignore_errors=True)
    return LocalLeftovers(processes=processes, directories=directories)


def _wait_until_gone(processes: tuple[int, ...]) -> None:
    until = time.monotonic() + _DYING_SECONDS
    while any(_runs(pid) for pid in processes) and time.monotonic() < until:
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    """Whether a process is there and not merely waiting to be reaped."""
    try:
        return b") Z " not in Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False


def _orphans() -> Iterator[int]:
    """Processes that carry the marker of an lsqm that is gone."""
    needle = f"{MARKER}=".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            variables = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        marker = next((v[len(needle) :].decode(errors="replace") for v in variables if v.startswith(needle)), "")
        pid, _, started = marker.partition("-")[0].partition(".")
        if pid.isdigit() and started and start_time(int(pid)) != started:
            yield int(entry.name)


def _abandoned(place: Path) -> Iterator[Path]:
    for prefix in (HOME_PREFIX, TRIAL_PREFIX):
        for path in place.glob(f"{prefix}*"):
            with contextlib.suppress(OSError):
                if path.is_symlink() or path.stat().st_uid not in {os.getuid(), 65534}:
                    continue
                owner = _owner(path)
                if owner.is_gone if owner else time.time() - path.stat().st_mtime > _OLD_SECONDS:
                    yield path


def _owner(path: Path) -> Owner | None:
    try:
        return Owner.parse((path / OWNER_FILE).read_text(encoding="utf-8"))
    except OSError:
        return None
