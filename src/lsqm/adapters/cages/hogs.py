"""Memory of a whole jail: what no limit of one process holds is ended from outside it, the largest first.

Limits of the kernel are per process; a program that forks multiplies them. Control groups would hold the sum, but
belong to root. So the first process of the jail looks now and then, and does what the kernel would do in a group.
"""

import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

LOOK_SECONDS = 0.2
_OWN = re.compile(r"^Rss(?:Anon|Shmem):\s+(\d+) kB", re.MULTILINE)
_SHARE = re.compile(r"^Pss_(?:Anon|Shmem):\s+(\d+) kB", re.MULTILINE)
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


def end_hogs(
    limit: int,
    spared: frozenset[int],
    *,
    processes: Path = Path("/proc"),
    kill: Callable[[int, int], None] = os.kill,
) -> tuple[int, ...]:
    """End the largest processes until the rest holds less than `limit` bytes; returns which.

    Args:
        limit: bytes that all processes may hold together; what they share counts once.
        spared: never ended, whatever they hold.
        processes: the jail's own `/proc`.
        kill: ends a process.
    """
    # Cheap, and counts what forks share more than once; only if that is too much does the dear and exact answer matter.
    if sum(_kib(processes, "status", _OWN).values()) * 1024 <= limit:
        return ()
    held = _kib(processes, "smaps_rollup", _SHARE, _PSS)
    ended = []
    for pid in sorted(held.keys() - spared, key=held.__getitem__, reverse=True):
        if sum(held.values()) * 1024 <= limit:
            break
        try:
            kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        else:
            ended.append(pid)
        del held[pid]
    return tuple(ended)


def _kib(processes: Path, name: str, *patterns: re.Pattern[str]) -> dict[int, int]:
    return {
        pid: next((sum(map(int, found)) for p in patterns if (found := p.findall(text))), 0)
        for pid, text in _read(processes, name)
    }


def _read(processes: Path, name: str) -> Iterator[tuple[int, str]]:
    for entry in processes.iterdir():
        if entry.name.isdigit():
            try:
                yield int(entry.name), (entry / name).read_text(encoding="utf-8", errors="replace")
            except OSError:  # it has ended
                continue
