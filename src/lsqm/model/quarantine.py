"""Known noise: architectures whose failures come and go, each with a reason and an end."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lsqm.model.ids import ArchitectureHash, RunId

GREENS_TO_LEAVE = 4
"""So many passing fair trials in a row end a quarantine."""


@dataclass(frozen=True, kw_only=True, slots=True)
class QuarantineEntry:
    """Why one architecture is not believed at once, and what ends it."""

    since: RunId
    """The run that found it flaky."""
    last: RunId
    """The last run that changed this entry; makes a second update for the same run a no-op."""
    reason: str
    signature: str
    """Of the failure that came and went."""
    greens: int = 0
    """Passing fair trials in a row since the last flaky failure."""
    needed: int = GREENS_TO_LEAVE


@dataclass(frozen=True, kw_only=True, slots=True)
class Quarantine:
    """`state/quarantine.json`."""

    entries: Mapping[ArchitectureHash, QuarantineEntry] = field(default_factory=dict)
