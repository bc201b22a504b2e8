"""Remarks collected on the way, each with the line of the serverless.yml that it is about."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lsqm.model.diagnostic import Diagnostic, Location, Severity

Path = tuple[str | int, ...]
"""Keys and list indices from the top of the document to a value."""


def shown(path: Path) -> str:
    """`("functions", "a", "events", 0)` as a person writes it: `functions.a.events[0]`."""
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else str(key)
    return text


@dataclass(kw_only=True, slots=True)
class Report:
    """Diagnostics in the order in which they were found; the same remark twice counts once."""

    file: str
    lines: Mapping[Path, int]
    found: dict[Diagnostic, None] = field(default_factory=dict)

    def warn(self, code: str, message: str, *, at: Path, effect: str = "") -> None:
        """Something was left out or replaced."""
        self._add(Severity.WARNING, code, message, at, effect)

    def note(self, code: str, message: str, *, at: Path, effect: str = "") -> None:
        """Worth knowing, the result means the same."""
        self._add(Severity.NOTE, code, message, at, effect)

    def _add(self, severity: Severity, code: str, message: str, at: Path, effect: str) -> None:
        line = next((self.lines[at[:n]] for n in range(len(at), 0, -1) if at[:n] in self.lines), 0)
        diagnostic = Diagnostic(
            code=code,
            severity=severity,
            message=message,
            location=Location(file=self.file, line=line),
            subject=shown(at),
            effect=effect,
        )
        self.found.setdefault(diagnostic)
