"""A Dask cluster that somebody else runs, as a place where functions of picklable values are called."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from lsqm.errors import Interrupted, Unavailable

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

_CONNECT_SECONDS = 20
_POLL_SECONDS = 0.5


class WorkerLost(Exception):
    """The workers that had this piece of work died of it."""


class DaskCluster:
    """Calls functions on the workers of one cluster.

    Args:
        address: `HOST:PORT` of the scheduler.
        cancel: set it to stop waiting.

    Raises:
        Unavailable: the package is not installed, or there is no scheduler or no worker at that address.
    """

    def __init__(self, address: str, cancel: threading.Event) -> None:
        try:
            import distributed
        except ImportError as error:
            raise Unavailable(
                f"--executor dask://{address} needs the package distributed, which is not installed",
                hint='Install it: pip install "lsqm[dask]" — here and on every worker.',
            ) from error
        connect: Any = distributed.Client
        self._address = address
        self._cancel = cancel
        try:
            self._client: Any = connect(f"tcp://{address}", timeout=_CONNECT_SECONDS, set_as_default=False)
        except (OSError, TimeoutError) as error:
            raise Unavailable(
                f"no Dask scheduler answers at {address}",
                hint="Start one (`dask scheduler`, then `dask worker HOST:PORT`), or leave --executor out.",
            ) from error
        try:
            self._client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
        except TimeoutError as error:
            self.close()
            raise Unavailable(
                f"the Dask cluster at {address} has no workers", hint=f"Start some: dask worker {address}"
            ) from error

    @property
    def slots(self) -> int:
        """Threads of all workers together."""
        return max(1, int(sum(self._client.nthreads().values())))

    def on_each(self, work: Callable[[ItemT], ResultT], item: ItemT) -> dict[str, ResultT]:
        """Call `work(item)` once on every worker. Worker address → what came back; raises what the first raised."""
        futures = {
            worker: self._client.submit(work, item, workers=[worker], allow_other_workers=False, pure=False)
            for worker in sorted(self._client.nthreads())
        }
        return {worker: self._wait(future) for worker, future in futures.items()}

    def call(self, work: Callable[[ItemT], ResultT], item: ItemT) -> ResultT:
        """Call `work(item)` on some worker; from any thread.

        Raises:
            Interrupted: `cancel` was set; a call that has begun runs to its end on its worker.
            WorkerLost: the call killed its workers.
            Unavailable: the cluster is gone.
            Exception: whatever `work` raised.
        """
        result: ResultT = self._wait(self._client.submit(work, item, pure=False))
        return result

    def _wait(self, future: Any) -> Any:
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError
        from distributed.comm.core import CommClosedError

        gone = Unavailable(
            f"the Dask cluster at {self._address} went away", hint="Start it again, then `--resume` the run."
        )
        done = threading.Event()
        future.add_done_callback(lambda _: done.set())
        while not done.wait(_POLL_SECONDS):
            if self._cancel.is_set():
                future.cancel()
                raise Interrupted("stopped on request", hint="run the command again to go on")
            if self._client.status not in {"running", "connecting"}:
                raise gone
        try:
            return future.result()
        except KilledWorker as error:
            raise WorkerLost(str(error)) from error
        except (FutureCancelledError, CommClosedError) as error:
            raise gone from error

    def close(self) -> None:
        """Leave the cluster; it goes on without us."""
        self._client.close(timeout=5)
