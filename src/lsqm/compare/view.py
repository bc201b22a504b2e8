"""What compare looks at: runs reduced to their results, and for each architecture the result it is measured against."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lsqm.model.comparison import Change, Side
from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.result import Result


@dataclass(frozen=True, kw_only=True, slots=True)
class RunView:
    """One run as compare sees it."""

    run: RunId
    results: Mapping[ArchitectureHash, Result]
    changes: Mapping[ArchitectureHash, Change] = field(default_factory=dict)
    """What the run's own comparison said, when it has one: results that accuse nobody make no baseline."""
    not_run: Mapping[ArchitectureHash, str] = field(default_factory=dict)
    """Selected but not validated, with the reason."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Baseline:
    """The result one architecture is measured against."""

    run: RunId
    result: Result


def side(run: RunId, result: Result) -> Side:
    """One half of a change record."""
    emulator = result.emulator
    return Side(
        run=run,
        status=result.status,
        cause=result.cause,
        signature=result.signature,
        emulator=" ".join(part for part in (emulator.product, emulator.version, emulator.digest) if part),
    )
