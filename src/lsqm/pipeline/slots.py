"""How many trials fit side by side: as many as were asked for, unless the machine's memory holds fewer."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from lsqm.errors import Interrupted

EMULATOR_BYTES = {"docker": 1 << 30, "embedded": 150 << 20}
"""What an emulator was measured to use after a full trial; one that somebody else runs costs nothing here."""
TERRAFORM_BYTES = 3 << 28
"""Terraform with the AWS provider."""
_POLL_SECONDS = 0.2


def slots(wanted: int, emulator: str, available_bytes: int | None) -> int:
    """At least one, at most `wanted`.

    Args:
        wanted: `--parallel`.
        emulator: its kind.
        available_bytes: memory that new programs can have; None where the machine does not say.
    """
    if available_bytes is None:
        return wanted
    return max(1, min(wanted, available_bytes // (TERRAFORM_BYTES + EMULATOR_BYTES.get(emulator, 0))))


def ahead(taken: int, emulator: str, available_bytes: int | None) -> int:
    """How many further trials may start their emulator before a slot is free for them: one, or none.

    None where there is but one emulator, which the trial before still uses, and where memory holds no more.

    Args:
        taken: the slots.
        emulator: its kind.
        available_bytes: as for `slots`.
    """
    if emulator not in EMULATOR_BYTES:
        return 0
    if available_bytes is None:
        return 1
    needed = taken * (TERRAFORM_BYTES + EMULATOR_BYTES[emulator]) + EMULATOR_BYTES[emulator]
    return int(needed <= available_bytes)


class Turns:
    """The slots as something to wait for: a trial that started its emulator ahead goes on when one is free.

    Args:
        count: how many work at once.
        cancel: set when lsqm is being stopped.
    """

    def __init__(self, count: int, cancel: threading.Event) -> None:
        self._free = threading.Semaphore(count)
        self._cancel = cancel

    @contextmanager
    def take(self) -> Iterator[None]:
        """Hold a slot.

        Raises:
            Interrupted: lsqm is being stopped.
        """
        while not self._free.acquire(timeout=_POLL_SECONDS):
            if self._cancel.is_set():
                raise Interrupted("stopped on request", hint="run the command again to go on")
        try:
            yield
        finally:
            self._free.release()
