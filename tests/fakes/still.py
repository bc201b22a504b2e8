"""A clock that only moves when told to, and an observer that only listens."""


class StoppedClock:
    """Monotonic seconds; nothing here may ask for the time of day."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self):
        raise AssertionError("no time of day here")

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def entropy(self, size: int) -> bytes:
        return bytes(size)


class Listener:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.events: list[object] = []

    def on(self, event: object) -> None:
        self.events.append(event)
