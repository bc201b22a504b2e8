"""What memory this machine has left, its container's limit included."""

from pathlib import Path

_LIMITS = (
    ("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory.current"),
    ("sys/fs/cgroup/memory/memory.limit_in_bytes", "sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


def available_bytes(root: Path = Path("/")) -> int | None:
    """Bytes that new programs can have without swapping; None where the machine does not say (not Linux)."""
    try:
        lines = (root / "proc/meminfo").read_text(encoding="ascii").splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, StopIteration, IndexError):
        return None
    for limit, usage in _LIMITS:
        try:
            left = int((root / limit).read_text()) - int((root / usage).read_text())
        except (OSError, ValueError):  # no limit ("max"), or not this version of cgroups
            continue
        free = min(free, max(left, 0))
    return free
