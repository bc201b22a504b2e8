"""Running programs: with a deadline, an environment built from scratch, and the whole process tree under control."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """One program to run."""

    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict)
    """The complete environment: nothing is inherited."""
    deadline_seconds: float
    output_limit_bytes: int = 4 * 1024 * 1024
    """Of stdout and stderr each, head and tail are kept up to this; the rest is counted and dropped."""
    stdin: bytes = b""


@dataclass(frozen=True, kw_only=True, slots=True)
class CommandResult:
    """How it ended."""

    exit_code: int | None
    """None when it was killed at its deadline; negative signal number when a signal ended it."""
    stdout: bytes
    stderr: bytes
    seconds: float
    timed_out: bool = False
    dropped_bytes: int = 0

    @property
    def ok(self) -> bool:
        return self.exit_code == 0


class CommandRunner(Protocol):
    """Runs a command to its end or its deadline; afterwards no process of its tree is left."""

    def run(self, command: Command) -> CommandResult:
        """Raises Unavailable when the program cannot be started at all."""
        ...
