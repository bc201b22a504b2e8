"""Map a function over items with a few threads: longest first, one bad item never stops the rest, Ctrl-C is clean."""

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from lsqm.errors import Interrupted, LsqmError
from lsqm.ports.emulator import EmulatorFailed

_POLL_SECONDS = 0.2

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


@dataclass(frozen=True, kw_only=True, slots=True)
class Pooled(Generic[ItemT, ResultT]):
    """What became of all items: each is in exactly one of the three."""

    done: tuple[tuple[ItemT, ResultT], ...]
    broken: tuple[tuple[ItemT, Exception], ...]
    """Items on which lsqm itself failed: a bug, to be recorded with its traceback as ERROR."""
    not_run: tuple[tuple[ItemT, str], ...]
    """Items that were not begun or not finished, and why, in a sentence."""
    stopped_by: Exception | None = None
    """What ended the run early: Interrupted, or an EmulatorFailed or Unavailable that concerns every item."""


def attempt(work: Callable[[ItemT], ResultT], item: ItemT) -> ResultT | Exception:
    """Do `work` for one item; a bug on it comes back as the exception, so that the next item has its turn."""
    try:
        return work(item)
    except LsqmError:
        raise
    except Exception as error:  # noqa: BLE001  the boundary of one item, as below
        return error


def survive(step: Callable[[], object]) -> Exception | None:
    """Do one of the last steps of a run, which each get their turn whatever became of the one before (SC-008)."""
    try:
        step()
    except Exception as error:  # noqa: BLE001  the boundary of one step, as of one item
        return error
    return None


def run_all(
    work: Callable[[ItemT], ResultT],
    items: Sequence[ItemT],
    *,
    parallel: int,
    cost: Callable[[ItemT], float],
    cancel: threading.Event,
    may_start: Callable[[ItemT], str] = lambda _: "",
    on_done: Callable[[ItemT, ResultT], None] = lambda _item, _result: None,
) -> Pooled[ItemT, ResultT]:
    """Do `work` for every item, `parallel` at once, the costliest first.

    Args:
        work: called in a worker thread.
        items: in any order.
        parallel: how many at once, at least 1.
        cancel: set it to stop: whatever `work` waits for must look at it too. A KeyboardInterrupt here sets it.
        cost: expected seconds, for the order only; equal costs keep the given order.
        may_start: asked before each item; a sentence says why not (run deadline reached), empty means go.
        on_done: called in the caller's thread as results come in, so that each can be stored at once.
    """
    waiting = sorted(range(len(items)), key=lambda index: cost(items[index]), reverse=True)
    waiting.reverse()  # taken from the end
    lock = threading.Lock()
    finished: queue.Queue[_Finished[ResultT]] = queue.Queue()
    stop = threading.Event()

    def one(index: int) -> _Finished[ResultT]:
        refusal = "the run was stopped" if cancel.is_set() or stop.is_set() else may_start(items[index])
        if refusal:
            return _Finished(index, refusal=refusal)
        try:
            return _Finished(index, results=(work(items[index]),))
        except Exception as error:  # noqa: BLE001  the one place where a bug on one item becomes data
            if _concerns_all(error):
                stop.set()
            return _Finished(index, error=error)

    def worker() -> None:
        while True:
            with lock:
                if not waiting:
                    return
                index = waiting.pop()
            finished.put(one(index))

    threads = [
        threading.Thread(target=worker, name=f"lsqm-worker-{number}", daemon=True)
        for number in range(max(1, min(parallel, len(items))))
    ]
    for thread in threads:
        thread.start()
    collected = _Collected[ItemT, ResultT](items, on_done)
    while len(collected.seen) < len(items) and (not finished.empty() or any(t.is_alive() for t in threads)):
        try:
            collected.take(finished.get(timeout=_POLL_SECONDS))
        except queue.Empty:
            continue
        except KeyboardInterrupt:  # again and again, until the workers have cleaned up
            cancel.set()
    for thread in threads:
        thread.join()
    return collected.pooled(cancelled=cancel.is_set())


@dataclass(frozen=True, slots=True)
class _Finished(Generic[ResultT]):
    index: int
    results: tuple[ResultT, ...] = ()
    """One result, or none."""
    error: Exception | None = None
    refusal: str = ""


class _Collected(Generic[ItemT, ResultT]):
    """Sorts what the workers report into the three kinds."""

    def __init__(self, items: Sequence[ItemT], on_done: Callable[[ItemT, ResultT], None]) -> None:
        self._items = items
        self._on_done = on_done
        self.seen: set[int] = set()
        self._done: list[tuple[ItemT, ResultT]] = []
        self._broken: list[tuple[ItemT, Exception]] = []
        self._not_run: list[tuple[ItemT, str]] = []
        self._stopped_by: Exception | None = None

    def take(self, report: _Finished[ResultT]) -> None:
        """Sort one report in."""
        item = self._items[report.index]
        self.seen.add(report.index)
        if report.refusal:
            self._not_run.append((item, report.refusal))
        elif report.error is None:
            for result in report.results:
                self._done.append((item, result))
                self._on_done(item, result)
        elif _concerns_all(report.error):
            self._stopped_by = self._stopped_by or report.error
            self._not_run.append((item, str(report.error)))
        else:
            self._broken.append((item, report.error))

    def pooled(self, *, cancelled: bool) -> Pooled[ItemT, ResultT]:
        """The sum; an item whose report was lost to an interrupt counts as not run."""
        lost = [(item, "the run was stopped") for index, item in enumerate(self._items) if index not in self.seen]
        stopped_by = self._stopped_by
        if cancelled and stopped_by is None:
            stopped_by = Interrupted("stopped on request", hint="run the command again to go on")
        return Pooled(
            done=tuple(self._done),
            broken=tuple(self._broken),
            not_run=(*self._not_run, *lost),
            stopped_by=stopped_by,
        )


def _concerns_all(error: Exception) -> bool:
    """Whether no other item would fare better."""
    return isinstance(error, LsqmError) or (isinstance(error, EmulatorFailed) and error.whole_run)
