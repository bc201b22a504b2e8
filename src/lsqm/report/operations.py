"""Operation coverage: which API operations real architectures call, and how the emulator answers."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lsqm.model.ids import RunId
from lsqm.model.trend import OperationPoint, RunPoint
from lsqm.report.clusters import Cluster


@dataclass(frozen=True, kw_only=True, slots=True)
class OperationRow:
    """One operation in this run."""

    now: OperationPoint
    blocks: int
    """Architectures whose failure signature names it."""
    server_errors_before: int | None
    """In the previous run; None when nobody called it then."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """All operations that were called."""

    rows: tuple[OperationRow, ...]
    calls: int
    failing: int
    """Operations with at least one 5xx answer, or that a failure names."""

    @property
    def services(self) -> Mapping[str, int]:
        """Service → how many of its operations were called."""
        return Counter(row.now.operation.partition(".")[0] for row in self.rows)


def coverage(
    points: Iterable[OperationPoint], run: RunId, previous: RunPoint | None, clusters: Iterable[Cluster]
) -> Coverage:
    """Worst first: what blocks most, then most 5xx answers, then most used."""
    blocks: Counter[str] = Counter()
    for cluster in clusters:
        if cluster.operation and cluster.blames_emulator:
            blocks[cluster.operation] += len(cluster.architectures)
    now, before = [], {}
    for point in points:
        if point.run == run:
            now.append(point)
        elif previous and point.run == previous.run:
            before[point.operation] = point.server_errors
    rows = [
        OperationRow(now=point, blocks=blocks[point.operation], server_errors_before=before.get(point.operation))
        for point in now
    ]
    rows.sort(key=lambda row: (-row.blocks, -row.now.server_errors, -row.now.architectures, row.now.operation))
    return Coverage(
        rows=tuple(rows),
        calls=sum(point.calls for point in now),
        failing=sum(1 for row in rows if row.now.server_errors or row.blocks),
    )
