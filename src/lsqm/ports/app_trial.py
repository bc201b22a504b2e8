"""Trying an app before it is trusted: in the cage, against an emulator."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from lsqm.model.app import App
from lsqm.model.architecture import Architecture
from lsqm.model.result import TestOutcome


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialReport:
    """How one run of pytest went."""

    tests: Mapping[str, TestOutcome] = field(default_factory=dict)
    """Test id (`test_app.py::test_name`) → outcome; for `collect`, every collected test as passed."""
    errors: Mapping[str, str] = field(default_factory=dict)
    """Test id → what it said when it did not pass; the key `""` holds errors of collecting or of pytest itself."""


class AppTrial(Protocol):
    """One applied architecture on the reference emulator, and an empty emulator beside it."""

    @property
    def outputs(self) -> str:
        """`terraform output -json` of the applied architecture."""
        ...

    def collect(self, app: App) -> TrialReport:
        """`pytest --collect-only` in the cage."""
        ...

    def run(self, app: App, *, applied: bool) -> TrialReport:
        """Run all tests: against the applied architecture, or with the same LSQM_STATE against an empty emulator."""
        ...


class AppTrials(Protocol):
    """Opens trials."""

    def open(self, architecture: Architecture) -> AbstractContextManager[AppTrial]:
        """Start the emulators and apply. Raises TrialImpossible when the architecture cannot be applied here."""
        ...


class TrialImpossible(Exception):
    """No trial now: the reference emulator cannot apply this architecture, or is not there."""
