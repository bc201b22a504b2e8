"""Collects what the compiler has to say, in the order of the file, each remark once."""

from dataclasses import dataclass, field

from lsqm.model.diagnostic import Diagnostic, Severity
from lsqm.normalize.cloudformation.load import Path, Source


@dataclass(slots=True)
class Diagnostics:
    """The remarks about one template."""

    source: Source
    found: list[Diagnostic] = field(default_factory=list)
    stand_ins: list[str] = field(default_factory=list)
    _seen: set[tuple[str, Path, str]] = field(default_factory=set)

    def add(
        self,
        code: str,
        path: Path,
        message: str,
        *,
        effect: str = "",
        severity: Severity = Severity.WARNING,
        subject: str = "",
    ) -> None:
        """Record a remark about the value at `path`."""
        if (code, path, message) in self._seen:
            return
        self._seen.add((code, path, message))
        if not subject:
            subject = str(path[1]) if len(path) > 1 else ""
        self.found.append(
            Diagnostic(
                code=code,
                severity=severity,
                message=message,
                location=self.source.locate(path),
                subject=subject,
                effect=effect,
            )
        )

    def mentions(self, path: Path) -> bool:
        """Whether a remark about the value at `path`, or about a part of it, was made."""
        return any(place[: len(path)] == path for _, place, _ in self._seen)

    def stand_in(self, path: Path, sentence: str, *, code: str = "stand-in") -> None:
        """Record a value that lsqm chose, both as a remark and among the changes of the architecture."""
        if sentence not in self.stand_ins:
            self.stand_ins.append(sentence)
            self.add(code, path, sentence, severity=Severity.NOTE)

    def sorted(self) -> tuple[Diagnostic, ...]:
        """All remarks, by place."""
        return tuple(sorted(self.found, key=lambda d: (d.location.line, d.location.column, d.code, d.message)))
