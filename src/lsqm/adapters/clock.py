"""The real clock."""

import os
import time
from datetime import UTC, datetime


class SystemClock:
    """Implements `lsqm.ports.clock.Clock`."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def entropy(self, size: int) -> bytes:
        return os.urandom(size)
