"""How a converter or a policy complains: a value with a code, a place and a consequence, never a log line."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a diagnostic matters for the result."""

    ERROR = "error"
    """Nothing usable came out."""
    WARNING = "warning"
    """Something was left out or replaced; the result differs from the original."""
    NOTE = "note"
    """Worth knowing; the result means the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Location:
    """A place in an input file; line and column count from 1, 0 means unknown."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnostic:
    """One remark about one place: `code` is a stable kebab-case word, `subject` a logical id, an address or a path."""

    code: str
    severity: Severity
    message: str
    location: Location
    subject: str = ""
    effect: str = ""
    """What it means for the result, in a short sentence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fidelity:
    """How much of the original was carried over, counted in resources and in their properties."""

    resources_total: int
    resources_mapped: int
    properties_total: int
    properties_mapped: int

    @property
    def share(self) -> float:
        """Mapped over total, resources and properties together, 0.0 to 1.0; 1.0 for nothing to map."""
        total = self.resources_total + self.properties_total
        return 1.0 if not total else round((self.resources_mapped + self.properties_mapped) / total, 4)
