"""The errors lsqm raises on purpose, and the exit codes they end in.

    LsqmError                 something a person can fix: one sentence, one remedy
    ├── UsageError            2   a flag, an argument, a configuration file
    ├── DataError             2   a stored document or an input file that cannot be read
    ├── Unavailable           3   something needed is missing or cannot be reached
    └── Interrupted           130 Ctrl-C or SIGTERM; what was done is kept

Anything else that escapes is a bug in lsqm: exit 70 and a crash report. What a *tested architecture* does wrong is
never an exception, it is a `Result` (see `lsqm.model.result`).
"""

from enum import IntEnum
from functools import partial
from typing import Any, ClassVar


class ExitCode(IntEnum):
    """What the process tells its caller (DESIGN section 3)."""

    OK = 0
    REGRESSIONS = 1
    USAGE = 2
    UNAVAILABLE = 3
    PARTIAL = 4
    BUG = 70
    INTERRUPTED = 130


class LsqmError(Exception):
    """Something a person can fix.

    Args:
        message: what is wrong and where: it names the file, key or value.
        hint: what to do about it, as an instruction.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.hint = hint

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors travel between processes with their trials."""
        return partial(type(self), hint=self.hint), (str(self),)


class UsageError(LsqmError):
    """A flag, an argument or a configuration value is wrong."""


class DataError(LsqmError):
    """A stored document or an input file cannot be read as what it should be."""


class Unavailable(LsqmError):
    """A tool, service or file that this command needs is missing or cannot be reached."""

    exit_code = ExitCode.UNAVAILABLE


class Interrupted(LsqmError):
    """A person or the system asked to stop; everything was torn down and what was done is kept."""

    exit_code = ExitCode.INTERRUPTED
