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
    waiting = sorted(items, key=cost, reverse=True)
    waiting.reverse()  # taken from the end
    lock = threading.Lock()
    finished: queue.Queue[tuple[ItemT, ResultT | None, Exception | None, str]] = queue.Queue()
    stop = threading.Event()

    def worker() -> None:
        while True:
            with lock:
                if not waiting:
                    return
                item = waiting.pop()
            if cancel.is_set() or stop.is_set():
                finished.put((item, None, None, "the run was stopped"))
                continue
            refusal = may_start(item)
            if refusal:
                finished.put((item, None, None, refusal))
                continue
            try:
                finished.put((item, work(item), None, ""))
            except Exception as error:  # noqa: BLE001  the one place where a bug on one item becomes data
                if isinstance(error, LsqmError) or (isinstance(error, EmulatorFailed) and error.whole_run):
                    stop.set()
                finished.put((item, None, error, ""))

    threads = [
        threading.Thread(target=worker, name=f"lsqm-worker-{number}", daemon=True)
        for number in range(max(1, min(parallel, len(items))))
    ]
    return _collect(threads, finished, len(items), cancel, on_done) if items else Pooled(done=(), broken=(), not_run=())


def _collect(
    threads: Sequence[threading.Thread],
    finished: "queue.Queue[tuple[ItemT, ResultT | None, Exception | None, str]]",
    total: int,
    cancel: threading.Event,
    on_done: Callable[[ItemT, ResultT], None],
) -> Pooled[ItemT, ResultT]:
    done: list[tuple[ItemT, ResultT]] = []
    broken: list[tuple[ItemT, Exception]] = []
    not_run: list[tuple[ItemT, str]] = []
    stopped_by: Exception | None = None
    for thread in threads:
        thread.start()
    while len(done) + len(broken) + len(not_run) < total:
        try:
            item, result, error, refusal = finished.get(timeout=_POLL_SECONDS)
        except queue.Empty:
            continue
        except KeyboardInterrupt:
            cancel.set()
            stopped_by = Interrupted("stopped on request", hint="run the command again to go on")
            continue
        if refusal:
            not_run.append((item, refusal))
        elif isinstance(error, LsqmError | EmulatorFailed):
            stopped_by = stopped_by or error
            not_run.append((item, str(error)))
        elif error is not None:
            broken.append((item, error))
        else:
            done.append((item, result))  # type: ignore[arg-type]  # neither error nor refusal: a result
            on_done(item, result)  # type: ignore[arg-type]
    for thread in threads:
        thread.join()
    if cancel.is_set() and stopped_by is None:
        stopped_by = Interrupted("stopped on request", hint="run the command again to go on")
    return Pooled(done=tuple(done), broken=tuple(broken), not_run=tuple(not_run), stopped_by=stopped_by)
