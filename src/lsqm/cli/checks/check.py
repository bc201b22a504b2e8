"""One line of the doctor's answer."""

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lsqm.errors import LsqmError

VALIDATING = frozenset({"demo", "run", "validate", "confirm", "replay"})
FOREIGN = VALIDATING - {"demo"}
"""They run what other people wrote; the demo runs only what comes with lsqm."""
SYNCING = frozenset({"sync", "push", "run"})
WORKING = (
    FOREIGN
    | SYNCING
    | {"mine", "generate", "prove", "plan", "merge", "compare", "report", "notify", "status", "watch"}
    | {"prepare", "pack", "unpack"}
)
"""They write to the workspace; the demo makes one of its own."""
EVERYTHING = frozenset({"*"})


class Verdict(StrEnum):
    """What a check means for the chosen command."""

    OK = "ok"
    WARNING = "warning"
    """Something works less well, or a part of lsqm is off."""
    MISSING = "missing"
    """The chosen command cannot run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """What was found. Without a consequence all is well."""

    name: str
    found: str
    consequence: str = ""
    remedy: str = ""
    stops: frozenset[str] = frozenset()
    """The commands that cannot run like this."""

    def verdict(self, command: str) -> Verdict:
        if not self.consequence:
            return Verdict.OK
        return Verdict.MISSING if self.stops & {command, "*"} else Verdict.WARNING


def attempt(name: str, look: Callable[[], str], *, consequence: str, stops: frozenset[str]) -> Check:
    """What `look` returns, or the error it raises."""
    try:
        return Check(name=name, found=look())
    except LsqmError as error:
        return Check(name=name, found=str(error), consequence=consequence, remedy=error.hint, stops=stops)


def output_of(argv: Sequence[str], *, seconds: float = 20) -> str:
    """The first line that a program prints. Raises LsqmError when it is not there or fails."""
    try:
        done = subprocess.run(list(argv), capture_output=True, timeout=seconds, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LsqmError(f"{argv[0]} is not there or does not answer", hint=f"Install {argv[0]}.") from error
    lines = (done.stdout or done.stderr).decode(errors="replace").strip().splitlines()
    if done.returncode:
        raise LsqmError(lines[-1] if lines else f"exit code {done.returncode}", hint=f"Repair {argv[0]}.")
    return lines[0] if lines else "found"
