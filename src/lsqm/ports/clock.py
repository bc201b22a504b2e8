"""Time and randomness, so that tests can hold both still."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The only source of time and entropy below `cli`."""

    def now(self) -> datetime:
        """The current time, timezone-aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def entropy(self, size: int) -> bytes:
        """`size` random bytes."""
        ...
