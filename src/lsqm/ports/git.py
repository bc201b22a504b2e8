"""The few things lsqm asks of git. Credentials never appear in URLs, argv or logs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol


class GitError(Exception):
    """git said no; `stderr` is its own explanation, redacted."""

    def __init__(self, message: str, *, stderr: str = "", exit_code: int = 1) -> None:
        super().__init__(message)
        self.stderr = stderr
        self.exit_code = exit_code


class Git(Protocol):
    """git by command line: `LC_ALL=C`, no prompts, explicit author, a deadline on each call."""

    def run(self, repository: Path, arguments: Sequence[str], *, env: Mapping[str, str] | None = None) -> str:
        """Run `git ARGUMENTS` in `repository` and return its stdout. Raises GitError."""
        ...
