"""What `lsqm doctor` looks at: each check says what was found, what its absence disables, and how to get it."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from lsqm.cli.checks.check import Check, Verdict

if TYPE_CHECKING:
    from lsqm.config import Settings

__all__ = ["Check", "Verdict", "run_checks"]


def run_checks(settings: "Settings", environment: Mapping[str, str]) -> Iterator[Check]:
    """Every prerequisite of every command with these settings, cheap ones first, those that ask a server last."""
    from lsqm.cli.checks import emulators, machine, services, tools

    yield from machine.checks(settings, environment)
    yield from tools.checks(settings, environment)
    yield from emulators.checks(settings, environment)
    yield from services.checks(settings, environment)
