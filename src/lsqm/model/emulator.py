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
