"""Who answers for what lsqm leaves on a machine while it works, and whether they are still there."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """The process that answers for containers and networks; when it is gone, they are leftovers."""

    host: str
    boot: str
    pid: int
    started: str
    """Start time of the process in the kernel's ticks, so that a reused id is not taken for it."""

    @property
    def text(self) -> str:
        """One line that `parse` understands."""
        return f"{self.host} {self.boot} {self.pid} {self.started}"

    @staticmethod
    def parse(text: str) -> "Owner | None":
        """The owner that `text` names; None when it names none."""
        parts = text.split()
        if len(parts) != 4 or not parts[2].isdigit():
            return None
        return Owner(host=parts[0], boot=parts[1], pid=int(parts[2]), started=parts[3])

    @property
    def is_gone(self) -> bool:
        """False for owners on other machines: nothing is known about those."""
        me = this_process()
        if self.host != me.host:
            return False
        return self.boot != me.boot or start_time(self.pid) != self.started


def this_process() -> Owner:
    """We."""
    return Owner(host=socket.gethostname(), boot=_boot(), pid=os.getpid(), started=start_time(os.getpid()))


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"


def start_time(pid: int) -> str:
    """When a process began, in the kernel's ticks; `gone` when there is none, `unknown` where it cannot be told."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return "gone"
        except PermissionError:
            pass
        return "unknown"
