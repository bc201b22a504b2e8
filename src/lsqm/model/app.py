"""A generated test application and the proof that it may accuse anyone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lsqm.model.ids import ArchitectureHash

APP_FILES = ("conftest.py", "app.py", "test_app.py", "requirements.txt")
"""The four files of FR-018, in the order they are stored."""


class Generator(StrEnum):
    """Who wrote an app."""

    CLAUDE = "claude"
    BUILTIN = "builtin"


class Rung(StrEnum):
    """How far up the proof ladder an app got (DESIGN section 6); each rung includes the ones before it."""

    PARSES = "parses"
    POLICY = "policy"
    COLLECTS = "collects"
    ASSERTS = "asserts"
    FAILS_ON_EMPTY = "fails-on-empty"
    PASSES_TWICE = "passes-twice"


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """Tokens as the Messages API counts them. `total` is what the budget of FR-021 is charged with."""

    input: int = 0
    cache_creation: int = 0
    cache_read: int = 0
    output: int = 0
    """Thinking tokens included."""

    @property
    def total(self) -> int:
        return self.input + self.cache_creation + self.cache_read + self.output

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input=self.input + other.input,
            cache_creation=self.cache_creation + other.cache_creation,
            cache_read=self.cache_read + other.cache_read,
            output=self.output + other.output,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """What is known about an app's right to accuse an emulator."""

    rung: Rung
    tests: Mapping[str, bool] = field(default_factory=dict)
    """Test id → proven, that is, it failed on an empty emulator and passed twice on the reference."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class AppRecord:
    """`apps/HASH/app.json`."""

    architecture: ArchitectureHash
    generator: Generator
    rules: str
    """Version of the generator's own rules; a newer one makes the app stale (FR-016)."""
    digest: str
    """SHA-256 over the four files; part of every result's pins."""
    proof: Proof
    model: str = ""
    prompt_digest: str = ""
    usage: Usage = field(default_factory=Usage)
    cost_usd: float = 0.0
    generated_at: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class App:
    """The four files and their record."""

    record: AppRecord
    files: Mapping[str, str]
    """Exactly `APP_FILES`."""
