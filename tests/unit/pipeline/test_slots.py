import threading
from pathlib import Path

import pytest

from lsqm.adapters.memory import available_bytes
from lsqm.errors import Interrupted
from lsqm.pipeline.slots import Turns, ahead, slots

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


def test_one_more_may_start_ahead_where_memory_holds_it():
    assert ahead(4, "docker", None) == 1
    assert ahead(4, "docker", 8 * GIB) == 1
    assert ahead(4, "docker", 7 * GIB) == 0


def test_nothing_starts_ahead_on_the_one_emulator_that_is_still_in_use():
    assert ahead(1, "http://127.0.0.1:4566", None) == 0


def test_as_many_hold_a_turn_as_there_are_slots():
    turns, most, holding, lock = Turns(2, threading.Event()), 0, 0, threading.Lock()

    def work() -> None:
        nonlocal most, holding
        with turns.take():
            with lock:
                holding += 1
                most = max(most, holding)
            both.wait(timeout=30)
            with lock:
                holding -= 1

    both = threading.Barrier(2)
    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def test_waiting_for_a_turn_ends_when_lsqm_is_stopped():
    cancel = threading.Event()
    turns = Turns(1, cancel)
    cancel.set()
    with turns.take(), pytest.raises(Interrupted), turns.take():
        raise AssertionError("two hold the one slot")
