from pathlib import Path

from lsqm.adapters.memory import available_bytes
from lsqm.pipeline.slots import slots

GIB = 1 << 30


def test_as_many_as_asked_for_where_memory_is_plenty_or_unknown():
    assert slots(4, "docker", 64 * GIB) == 4
    assert slots(4, "docker", None) == 4


def test_fewer_where_memory_is_short_and_never_none():
    assert slots(4, "docker", 4 * GIB) == 2
    assert slots(4, "embedded", 4 * GIB) == 4
    assert slots(4, "docker", 0) == 1


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_the_tighter_of_machine_and_container_counts(tmp_path: Path):
    write(tmp_path, "proc/meminfo", "MemTotal: 9 kB\nMemAvailable:  8000 kB\n")
    assert available_bytes(tmp_path) == 8_192_000
    write(tmp_path, "sys/fs/cgroup/memory.max", "max\n")
    write(tmp_path, "sys/fs/cgroup/memory.current", "5\n")
    assert available_bytes(tmp_path) == 8_192_000
    write(tmp_path, "sys/fs/cgroup/memory.max", "1005\n")
    assert available_bytes(tmp_path) == 1000


def test_a_machine_that_does_not_say_is_not_guessed_at(tmp_path: Path):
    assert available_bytes(tmp_path) is None
