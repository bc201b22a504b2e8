"""Which emulator answered, precisely enough to get the same one again."""

from dataclasses import dataclass
from enum import StrEnum


class EmulatorKind(StrEnum):
    """How the emulator is run. A run never mixes kinds and compare refuses to."""

    DOCKER = "docker"
    EMBEDDED = "embedded"
    EXTERNAL = "external"


@dataclass(frozen=True, kw_only=True, slots=True)
class EmulatorIdentity:
    """What a result was measured on."""

    kind: EmulatorKind
    product: str
    """`localstack`, `ministack`, or what the health page says."""
    version: str
    image: str = ""
    digest: str = ""
    """Image digest `sha256:…`; for embedded, the digest of the installed distribution's file list. Empty if unknown."""
    edition: str = ""

    @property
    def build(self) -> tuple[str, str]:
        """What must be equal within one run: kind and digest, or the version where there is no digest."""
        return self.kind.value, self.digest or f"{self.product} {self.version}"
