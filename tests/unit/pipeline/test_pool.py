import threading
import time
from typing import Any

from lsqm.errors import Interrupted
from lsqm.pipeline.pool import Pooled, run_all
from lsqm.ports.emulator import EmulatorFailed


def pool(work: Any, items: Any, **options: Any) -> Pooled[Any, Any]:
    defaults: dict[str, Any] = {"parallel": 2, "cost": lambda _: 0.0, "cancel": threading.Event()}
    return run_all(work, list(items), **{**defaults, **options})


def test_every_item_is_done_once_and_handed_over_at_once():
    seen = []
    result = pool(lambda n: n * n, range(20), on_done=lambda item, value: seen.append((item, value)), parallel=4)
    assert sorted(result.done) == sorted(seen) == [(n, n * n) for n in range(20)]
    assert (result.broken, result.not_run, result.stopped_by) == ((), (), None)


def test_the_costliest_goes_first():
    order: list[Any] = []
    pool(order.append, [1, 5, 3], parallel=1, cost=float)
    assert order == [5, 3, 1]


def test_equal_costs_keep_their_order():
    order: list[Any] = []
    pool(order.append, ["a", "b", "c"], parallel=1)
    assert order == ["a", "b", "c"]


def test_one_bad_item_never_stops_the_rest():
    def work(n):
        if n == 2:
            raise ZeroDivisionError("two")
        return n

    result = pool(work, [1, 2, 3])
    assert sorted(result.done) == [(1, 1), (3, 3)]
    [(item, error)] = result.broken
    assert (item, str(error)) == (2, "two")


def test_really_in_parallel():
    both = threading.Barrier(2, timeout=5)
    assert len(pool(lambda _: both.wait(), [1, 2]).done) == 2


def test_what_concerns_the_whole_run_stops_it_early():
    def work(n):
        raise EmulatorFailed("no engine", cause="engine", whole_run=True)

    result = pool(work, [1, 2, 3], parallel=1)
    assert not result.done
    assert str(result.stopped_by) == "no engine"
    assert len(result.not_run) == 3


def test_an_emulator_that_fails_once_is_that_items_affair():
    def work(n):
        if n == 1:
            raise EmulatorFailed("died", cause="emulator-died")
        return n

    result = pool(work, [1, 2], parallel=1)
    assert result.done == ((2, 2),)
    assert result.stopped_by is None


def test_a_deadline_leaves_the_rest_not_run_with_the_reason():
    result = pool(lambda n: n, [1, 2, 3], may_start=lambda n: "out of time" if n > 1 else "", parallel=1)
    assert result.done == ((1, 1),)
    assert sorted(result.not_run) == [(2, "out of time"), (3, "out of time")]


def test_cancelling_keeps_what_was_done():
    cancel = threading.Event()

    def work(n):
        if n == 2:
            cancel.set()
            raise Interrupted("stopped", hint="again")
        return n

    result = pool(work, [1, 2, 3], parallel=1, cancel=cancel, cost=lambda n: -n)
    assert result.done == ((1, 1),)
    assert {item for item, _ in result.not_run} == {2, 3}
    assert isinstance(result.stopped_by, Interrupted)


def test_ctrl_c_cancels_and_waits_for_the_workers(monkeypatch):
    cancel = threading.Event()

    def work(n):
        if n == 1:
            return n
        assert cancel.wait(5)
        time.sleep(0.1)
        raise Interrupted("stopped", hint="again")

    def on_done(item, value):
        raise KeyboardInterrupt

    result = pool(work, [1, 2], parallel=2, cancel=cancel, on_done=on_done)
    assert result.done == ((1, 1),)
    assert isinstance(result.stopped_by, Interrupted)
