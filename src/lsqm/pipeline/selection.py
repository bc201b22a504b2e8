"""Which architectures a run validates and in which order: what passed before, then new, then the rest (DESIGN 7)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lsqm.model.architecture import Index
from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.result import Result, Status

UNKNOWN_SECONDS = 120.0
"""Assumed duration of an architecture that never ran."""


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """What is known of one architecture from earlier runs."""

    last_run: RunId
    last_status: Status
    seconds: float


def history(runs: Iterable[tuple[RunId, Mapping[ArchitectureHash, Result]]]) -> dict[ArchitectureHash, History]:
    """The last fair trial of every architecture, else its last trial; `runs` oldest first."""
    known: dict[ArchitectureHash, History] = {}
    for run, results in runs:
        for architecture, result in results.items():
            if result.is_fair_trial or architecture not in known:
                known[architecture] = History(last_run=run, last_status=result.status, seconds=result.seconds)
    return known


def select(
    index: Index,
    known: Mapping[ArchitectureHash, History],
    *,
    only: Sequence[str] = (),
    with_app: frozenset[ArchitectureHash],
) -> list[ArchitectureHash]:
    """Architectures to validate, most important first.

    Args:
        index: the corpus; superseded architectures are left out.
        known: `history` of earlier runs.
        only: hash prefixes or names to restrict to; empty for all.
        with_app: architectures that have a test app.
    """

    def rank(architecture: ArchitectureHash) -> tuple[int, str, float, str]:
        past = known.get(architecture)
        if past is None:
            return (1, "", -UNKNOWN_SECONDS, architecture)
        group = 0 if past.last_status is Status.PASSED else 2
        # Rotation: among the rest, what has waited longest goes first; among those that passed, the longest job does.
        return (group, past.last_run if group else "", -past.seconds, architecture)

    wanted = [
        architecture
        for architecture, entry in index.architectures.items()
        if entry.superseded_by is None
        and architecture in with_app
        and (not only or any(architecture.startswith(part) or entry.name == part for part in only))
    ]
    return sorted(wanted, key=rank)
