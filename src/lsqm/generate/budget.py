"""Tokens: reserved before a call, accounted after it, never more than were given (FR-021, FR-022)."""

import threading
from dataclasses import dataclass

from lsqm.model.app import Usage

MARGIN = 1.02
"""Counting is called an estimate by its makers; a reservation holds this much of the counted input."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reservation:
    """Tokens put aside for one call."""

    tokens: int
    max_output: int
    """What of it the call may write."""


class Budget:
    """The tokens of one run, shared by all threads."""

    def __init__(self, tokens: int) -> None:
        self.given = tokens
        self._spent = Usage()
        self._reserved = 0
        self._exhausted = False
        self._changed = threading.Condition()

    @property
    def spent(self) -> Usage:
        with self._changed:
            return self._spent

    @property
    def exhausted(self) -> bool:
        """Whether a reservation was ever refused."""
        with self._changed:
            return self._exhausted

    def reserve(self, *, counted_input: int, wanted_output: int, least_output: int) -> Reservation | None:
        """Put tokens aside for a call with that input, or None: then the budget is exhausted.

        The output shrinks to what is left, but not below `least_output`: a reply cut short is money thrown away.
        While other calls are under way their unused reservations may still come back, so this waits for them.
        """
        held_input = int(counted_input * MARGIN) + 1
        with self._changed:
            while True:
                left = self.given - self._spent.total - self._reserved
                if left >= held_input + wanted_output or (not self._reserved and left >= held_input + least_output):
                    output = min(wanted_output, left - held_input)
                    reservation = Reservation(tokens=held_input + output, max_output=output)
                    self._reserved += reservation.tokens
                    return reservation
                if not self._reserved:
                    self._exhausted = True
                    return None
                self._changed.wait()

    def settle(self, reservation: Reservation, usage: Usage) -> None:
        """The call is over and consumed `usage`."""
        with self._changed:
            self._reserved -= reservation.tokens
            self._spent += usage
            self._changed.notify_all()
