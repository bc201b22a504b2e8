"""Numbers that trends, page and summary share: computed once, here."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime

from lsqm.model.architecture import Index, IndexEntry
from lsqm.model.comparison import Change, Comparison
from lsqm.model.ids import ArchitectureHash
from lsqm.model.result import Result, Status
from lsqm.model.run import Counts, RunManifest
from lsqm.report.text import moment, plural


def count(run: RunManifest, results: Mapping[ArchitectureHash, Result], index: Index) -> Counts:
    """What really happened, from the results; the manifest of an interrupted run may not know."""
    statuses = Counter(result.status for result in results.values())
    not_run = len(set(run.not_run) - set(results))
    began, skipped = moment(run.started_at), known_skips(run, index)
    discovered = sum(
        1
        for entry in _known(run, index)
        if began and (found := moment(entry.discovered_at)) is not None and found >= began
    )
    return Counts(
        total=len(results) + not_run,
        passed=statuses[Status.PASSED],
        partial=statuses[Status.PARTIAL],
        failed=statuses[Status.FAILED],
        timeout=statuses[Status.TIMEOUT],
        error=statuses[Status.ERROR],
        not_run=not_run,
        skipped=max(run.counts.skipped, skipped),
        new=run.counts.new or discovered,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Undecided:
    """Architectures about which the run says nothing certain, each counted once, under the first word that fits."""

    not_run: int = 0
    error: int = 0
    unconfirmed: int = 0
    flaky: int = 0
    spurious: int = 0
    not_comparable: int = 0

    @property
    def total(self) -> int:
        return sum(getattr(self, field.name) for field in fields(self))

    def sentence(self) -> str:
        """`12 errors, 3 not run`; empty when everything was decided."""
        words = (
            (self.not_run, "not run", "not run"),
            (self.error, "error", "errors"),
            (self.unconfirmed, "unconfirmed", "unconfirmed"),
            (self.flaky, "flaky", "flaky"),
            (self.spurious, "spurious", "spurious"),
            (self.not_comparable, "not comparable", "not comparable"),
        )
        return ", ".join(plural(number, one, many) for number, one, many in words if number)


def undecided(run: RunManifest, results: Mapping[ArchitectureHash, Result], comparison: Comparison | None) -> Undecided:
    """Who is left without a verdict."""
    changes = {record.architecture: record.change for record in (comparison.changes if comparison else ())}
    open_words = {
        Change.UNCONFIRMED: "unconfirmed",
        Change.FLAKY: "flaky",
        Change.SPURIOUS: "spurious",
        Change.NOT_COMPARABLE: "not_comparable",
    }
    found: Counter[str] = Counter()
    for architecture in {*results, *map(ArchitectureHash, run.not_run), *changes}:
        result = results.get(architecture)
        change = changes.get(architecture)
        if result is None:
            if architecture in run.not_run:
                found["not_run"] += 1
        elif result.status is Status.ERROR:
            found["error"] += 1
        elif change in open_words:
            found[open_words[change]] += 1
    return Undecided(**found)


def corpus_size(run: RunManifest, index: Index) -> int:
    """Architectures known when the run ended and not replaced by a newer version of themselves."""
    return sum(1 for entry in _known(run, index) if entry.superseded_by is None)


def known_skips(run: RunManifest, index: Index) -> int:
    """Candidates that had been left out when the run ended."""
    return sum(1 for skip in index.skipped.values() if _was_there(skip.skipped_at, moment(run.finished_at)))


def _known(run: RunManifest, index: Index) -> Iterable[IndexEntry]:
    """What the index held when the run ended: a report or a trend of an old run is made with today's index."""
    ended = moment(run.finished_at)
    return (entry for entry in index.architectures.values() if _was_there(entry.discovered_at, ended))


def _was_there(since: str, ended: datetime | None) -> bool:
    found = moment(since)
    return ended is None or found is None or found <= ended


def operations_called(results: Iterable[Result]) -> Mapping[str, "OperationCount"]:
    """`service.Operation` → how often it was called and how it answered, over all results."""
    found: dict[str, OperationCount] = {}
    for result in results:
        for operation, answers in result.api_calls.items():
            tally = found.setdefault(operation, OperationCount())
            tally.architectures += 1
            for status, times in answers.items():
                tally.calls += times
                if status.startswith("4"):
                    tally.client_errors += times
                elif status.startswith("5"):
                    tally.server_errors += times
    return found


@dataclass(kw_only=True, slots=True)
class OperationCount:
    """A tally in the making."""

    architectures: int = 0
    calls: int = 0
    client_errors: int = 0
    server_errors: int = 0
