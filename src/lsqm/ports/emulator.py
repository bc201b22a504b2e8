"""An AWS emulator that can be started fresh for one architecture, looked at, and stopped."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from lsqm.model.emulator import EmulatorIdentity, EmulatorKind


@dataclass(frozen=True, kw_only=True, slots=True)
class StartRequest:
    """What a fresh emulator is for; the names end up in labels so that leftovers can be found."""

    run: str
    architecture: str
    deadline_seconds: float
    needs_engine: bool = False
    """Whether the architecture has what an emulator runs in sibling containers: Lambda functions above all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One HTTP request to an emulator."""

    method: str
    headers: Mapping[str, str]
    path: str = "/"
    body: bytes = b""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What it answered; of a long body the beginning."""

    status: int
    body: bytes


class RunningEmulator(Protocol):
    """One emulator that answers. Stopping twice is fine."""

    @property
    def endpoint(self) -> str:
        """`http://127.0.0.1:PORT`, reachable from this machine."""
        ...

    @property
    def identity(self) -> EmulatorIdentity:
        """What exactly answers there."""
        ...

    @property
    def network(self) -> str:
        """Name of a private network on which a runner container reaches it; empty where there is none."""
        ...

    def is_alive(self) -> bool:
        """Whether it still runs."""
        ...

    def ask(self, question: Question) -> Answer | None:
        """Ask it something; None when it does not answer."""
        ...

    def logs(self) -> bytes:
        """Everything it has printed so far, also after it died."""
        ...

    def stop(self) -> None:
        """Stop it and remove all it left, never raises for something already gone."""
        ...


class Emulator(Protocol):
    """A way to get emulators: Docker, embedded, or one that somebody else runs."""

    @property
    def kind(self) -> EmulatorKind:
        """Recorded in every result."""
        ...

    def check(self) -> EmulatorIdentity:
        """What would be started. Raises Unavailable when none could be: no engine, no image, no licence, no package."""
        ...

    def start(self, request: StartRequest) -> RunningEmulator:
        """Start a fresh one and wait until it is healthy (FR-025).

        Raises:
            EmulatorFailed: it did not become healthy in time or died; carries its logs.
        """
        ...

    def close(self) -> None:
        """Let go of what was held for starting more; what runs is not touched."""
        ...


class EmulatorFailed(Exception):
    """The emulator never became healthy. `cause` is a `Cause` value, `logs` what it printed."""

    def __init__(self, message: str, *, cause: str, logs: bytes = b"", whole_run: bool = False) -> None:
        super().__init__(message)
        self.cause = cause
        self.logs = logs
        self.whole_run = whole_run

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors travel between processes with their trials."""
        again = partial(type(self), cause=self.cause, logs=self.logs, whole_run=self.whole_run)
        return again, (str(self),)
