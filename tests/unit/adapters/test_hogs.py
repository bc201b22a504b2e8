import os
from pathlib import Path

from lsqm.adapters.cages.hogs import end_hogs


def processes(folder: Path, held: dict[int, tuple[int, int]]) -> Path:
    """A `/proc` of processes that hold so many KiB, and so many if what they share counts once."""
    for pid, (own, share) in held.items():
        (folder / str(pid)).mkdir()
        (folder / str(pid) / "status").write_text(
            f"Name:\tx\nRssAnon:\t{own} kB\nRssFile:\t9999999 kB\nRssShmem:\t0 kB\n"
        )
        (folder / str(pid) / "smaps_rollup").write_text(f"Rss: 1 kB\nPss_Anon:  {share} kB\nPss_Shmem:  0 kB\n")
    (folder / "meminfo").write_text("MemTotal: 1 kB\n")
    return folder


def ended(folder: Path, limit_kib: int, *spared: int) -> list[int]:
    killed: list[int] = []
    told = end_hogs(limit_kib * 1024, frozenset(spared), processes=folder, kill=lambda pid, _signal: killed.append(pid))
    assert list(told) == killed
    return killed


def test_the_largest_go_until_the_rest_fits(tmp_path: Path) -> None:
    held = {1: (10, 10), 2: (500, 500), 3: (300, 300), 4: (400, 400)}
    assert ended(processes(tmp_path, held), 350) == [2, 4]


def test_whoever_is_spared_stays_however_large(tmp_path: Path) -> None:
    assert ended(processes(tmp_path, {1: (900, 900), 2: (10, 10)}), 100, 1) == [2]


def test_what_forks_share_counts_once(tmp_path: Path) -> None:
    held = dict.fromkeys(range(1, 21), (100, 10))
    assert ended(processes(tmp_path, held), 250) == []


def test_nobody_is_ended_below_the_limit(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()  # it ended while we looked
    assert ended(processes(tmp_path, {1: (10, 10), 2: (20, 20)}), 30) == []


def test_it_reads_the_real_thing() -> None:
    killed: list[int] = []
    end_hogs(0, frozenset(), kill=lambda pid, _signal: killed.append(pid))
    assert os.getpid() in killed
