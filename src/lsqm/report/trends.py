"""Keep `trends/` up to date: a pure function of what was known and one run."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from lsqm.model.architecture import Index
from lsqm.model.comparison import Change, Comparison
from lsqm.model.emulator import EmulatorIdentity
from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.result import Result, Status
from lsqm.model.run import RunManifest
from lsqm.model.trend import (
    NOT_RUN_LETTER,
    STATUS_LETTERS,
    OperationPoint,
    OperationTrend,
    RunPoint,
    RunTrend,
    ServicePoint,
    ServiceTrend,
    Trends,
)
from lsqm.report.counting import corpus_size, count, operations_called, undecided
from lsqm.report.text import one_line

KEPT_SERVICE_RUNS, KEPT_OPERATION_RUNS = 104, 26
"""Service points are kept for two years of weeks, operation points for half a year; run points for ever. There are ten
times as many operations as services, and of an operation that is called no more its last point stays."""

SIGNATURE_LIMIT = 300
"""Characters of a signature that are kept; longer ones are told apart by their beginning."""


def update_trends(
    trends: Trends,
    *,
    run: RunManifest,
    results: Mapping[ArchitectureHash, Result],
    index: Index,
    comparison: Comparison | None,
) -> Trends:
    """`trends` with `run` in it. The same run again replaces what it said before; other runs are not touched."""
    points = {point.run: point for point in trends.runs.points}
    points[run.run] = _run_point(run, results, index, comparison)
    order = sorted(points)
    services = _replaced(trends.services.points, _services(run.run, results, index), run.run)
    operations = _replaced(trends.operations.points, _operations(run.run, results), run.run)
    return Trends(
        runs=RunTrend(
            points=tuple(points[name] for name in order), histories=_histories(trends.runs, order, run.run, results)
        ),
        services=ServiceTrend(points=_recent(services, order[-KEPT_SERVICE_RUNS:])),
        operations=OperationTrend(points=_recent_operations(operations, order[-KEPT_OPERATION_RUNS:])),
    )


def signature_of(result: Result) -> str:
    """What groups this result with others of the same root cause; empty when it passed."""
    if result.status is Status.PASSED:
        return ""
    cause = result.cause.value if result.cause else "unknown"
    return one_line(result.signature or result.message or f"{result.status.value}: {cause}", SIGNATURE_LIMIT)


def emulator_label(identity: EmulatorIdentity | None) -> str:
    """Product and version for a person."""
    return one_line(f"{identity.product} {identity.version}", 80) if identity else ""


def run_emulator(run: RunManifest, results: Mapping[ArchitectureHash, Result]) -> EmulatorIdentity | None:
    """What the run was measured on: what the manifest says, else what its results say."""
    return run.emulator or next((result.emulator for result in results.values()), None)


def _run_point(
    run: RunManifest,
    results: Mapping[ArchitectureHash, Result],
    index: Index,
    comparison: Comparison | None,
) -> RunPoint:
    identity = run_emulator(run, results)
    signatures = Counter(signature_of(result) for result in results.values())
    del signatures[""]
    return RunPoint(
        run=run.run,
        started_at=run.started_at,
        seconds=run.seconds,
        complete=run.complete,
        counts=count(run, results, index),
        corpus=corpus_size(run, index),
        emulator=emulator_label(identity),
        digest=identity.digest if identity else "",
        baseline=(comparison.baseline if comparison else None) or run.baseline,
        regressed=len(comparison.with_change(Change.REGRESSED)) if comparison else 0,
        fixed=len(comparison.with_change(Change.FIXED)) if comparison else 0,
        undecided=undecided(run, results, comparison).total,
        signatures=dict(sorted(signatures.items())),
    )


def _histories(
    known: RunTrend, order: list[RunId], run: RunId, results: Mapping[ArchitectureHash, Result]
) -> Mapping[ArchitectureHash, str]:
    place = {point.run: position for position, point in enumerate(known.points)}
    histories = {}
    for architecture in sorted({*known.histories, *results}):
        before = known.histories.get(architecture, "")
        letters = []
        for name in order:
            if name == run:
                result = results.get(architecture)
                letters.append(STATUS_LETTERS[result.status] if result else NOT_RUN_LETTER)
            else:
                position = place[name]
                letters.append(before[position] if position < len(before) else NOT_RUN_LETTER)
        history = "".join(letters)
        if history.strip(NOT_RUN_LETTER):
            histories[architecture] = history
    return histories


def _services(run: RunId, results: Mapping[ArchitectureHash, Result], index: Index) -> Iterable[ServicePoint]:
    tallies: dict[str, Counter[Status]] = defaultdict(Counter)
    for architecture, result in results.items():
        entry = index.architectures.get(architecture)
        for service in set(entry.services if entry else ()):
            tallies[service][result.status] += 1
    for service, tally in sorted(tallies.items()):
        yield ServicePoint(
            run=run,
            service=one_line(service, 60),
            passed=tally[Status.PASSED],
            partial=tally[Status.PARTIAL],
            failed=tally[Status.FAILED],
            timeout=tally[Status.TIMEOUT],
            error=tally[Status.ERROR],
        )


def _operations(run: RunId, results: Mapping[ArchitectureHash, Result]) -> Iterable[OperationPoint]:
    for operation, tally in sorted(operations_called(results.values()).items()):
        yield OperationPoint(
            run=run,
            operation=one_line(operation, 120),
            architectures=tally.architectures,
            calls=tally.calls,
            client_errors=tally.client_errors,
            server_errors=tally.server_errors,
        )


class _OfRun(Protocol):
    @property
    def run(self) -> RunId: ...


P = TypeVar("P", bound=_OfRun)


def _replaced(known: Iterable[P], fresh: Iterable[P], run: RunId) -> tuple[P, ...]:
    """`known` with the points of `run` replaced by `fresh`, oldest run first."""
    points = [point for point in known if point.run != run]
    points.extend(fresh)
    return tuple(sorted(points, key=lambda point: point.run))


def _recent(points: Iterable[P], kept: Sequence[RunId]) -> tuple[P, ...]:
    return tuple(point for point in points if point.run >= kept[0])


def _recent_operations(points: Sequence[OperationPoint], kept: Sequence[RunId]) -> tuple[OperationPoint, ...]:
    """The points of `kept`, and the last one of each operation that none of those runs called."""
    last = {point.operation: point for point in points}
    return tuple(point for point in points if point.run >= kept[0] or last[point.operation] is point)
