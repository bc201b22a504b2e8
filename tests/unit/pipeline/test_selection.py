"""What passed before is validated first, then what is new, then the rest in rotation."""

from dataclasses import replace

from lsqm.artifacts.store import index_entry
from lsqm.model.architecture import Index
from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.result import Status
from lsqm.pipeline.counting import count, counts_by_status
from lsqm.pipeline.selection import History, history, select
from tests.samples import a_result, an_architecture

ENTRY = index_entry(an_architecture().metadata)
A, B, C, D, E = (ArchitectureHash(letter * 64) for letter in "abcde")
OLD, NEW = RunId("20260104T000000Z-000000"), RunId("20260111T000000Z-000000")


def past(status: Status, seconds: float = 1, run: RunId = NEW) -> History:
    return History(last_run=run, last_status=status, seconds=seconds)


def an_index(*hashes: ArchitectureHash) -> Index:
    return Index(architectures={key: replace(ENTRY, name=f"name-{key[0]}") for key in hashes})


def test_order_is_passed_longest_first_then_new_then_rest_longest_waiting_first() -> None:
    known = {
        A: past(Status.PASSED, 5),
        B: past(Status.PASSED, 50),
        D: past(Status.FAILED, run=NEW),
        E: past(Status.FAILED, run=OLD),
    }
    chosen = select(an_index(A, B, C, D, E), known, with_app=frozenset([A, B, C, D, E]))
    assert chosen == [B, A, C, E, D]


def test_superseded_and_appless_architectures_are_left_out() -> None:
    index = Index(architectures={A: replace(ENTRY, superseded_by=B), B: ENTRY, C: ENTRY})
    assert select(index, {}, with_app=frozenset([A, B])) == [B]


def test_only_takes_prefixes_and_names() -> None:
    index = an_index(A, B, C)
    everything = frozenset([A, B, C])
    assert select(index, {}, with_app=everything, only=["aaaa", "name-c"]) == [A, C]


def test_history_prefers_the_last_fair_trial() -> None:
    fair = replace(a_result(), architecture=A)
    unfair = replace(fair, status=Status.ERROR)
    known = history([(OLD, {A: fair, B: replace(unfair, architecture=B)}), (NEW, {A: unfair})])
    assert known[A].last_run == OLD
    assert known[A].last_status is Status.PASSED
    assert known[B].last_status is Status.ERROR


def test_counts_add_up_and_the_pass_rate_is_over_fair_trials() -> None:
    results = [replace(a_result(), status=status) for status in [*Status, Status.PASSED]]
    counts = count(results, not_run=2, skipped=3, new=1)
    assert counts.total == 8
    assert sum(counts_by_status(counts).values()) == 6
    assert counts.pass_rate == 2 / 5
    assert count([replace(a_result(), status=Status.ERROR)]).pass_rate is None
