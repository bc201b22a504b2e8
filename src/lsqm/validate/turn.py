"""Waiting for a slot of the machine between getting ready and working."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from lsqm.ports.clock import Clock

Turn = Callable[[], AbstractContextManager[None]]
"""Makes what a trial holds while it works on the machine."""


class Waiting:
    """A turn, and how long it was waited for."""

    def __init__(self, turn: Turn, clock: Clock) -> None:
        self._turn = turn
        self._clock = clock
        self.seconds = 0.0

    @contextmanager
    def over(self) -> Iterator[None]:
        """While it is this trial's turn."""
        began = self._clock.monotonic()
        with self._turn():
            self.seconds = self._clock.monotonic() - began
            yield
