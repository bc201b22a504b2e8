"""The compatibility matrix: one row per AWS service that architectures of the corpus use (FR-034)."""

from collections import defaultdict
from dataclasses import dataclass

from lsqm.model.ids import RunId
from lsqm.model.trend import RunPoint, ServicePoint, ServiceTrend
from lsqm.report.history import History


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceRow:
    """One service in this run."""

    now: ServicePoint
    delta: float | None
    """Difference of pass rate against the previous run, 0.0 to 1.0; None when either has no fair trial."""
    trend: tuple[float | None, ...]
    """Pass rate in each of the shown runs, oldest first."""
    is_new: bool
    """No earlier run knows this service."""


def service_rows(trend: ServiceTrend, history: History, previous: RunPoint | None) -> tuple[ServiceRow, ...]:
    """Services of this run, lowest pass rate first, those without a fair trial last."""
    by_run: dict[RunId, dict[str, ServicePoint]] = defaultdict(dict)
    for point in trend.points:
        by_run[point.run][point.service] = point
    known_before = {point.service for point in trend.points if point.run < history.now.run}
    rows = []
    for service, now in by_run[history.now.run].items():
        before = by_run[previous.run].get(service) if previous else None
        was = before.pass_rate if before else None
        rate = now.pass_rate
        rates = []
        for shown in history.shown:
            past = by_run[shown.run].get(service)
            rates.append(past.pass_rate if past else None)
        rows.append(
            ServiceRow(
                now=now,
                delta=None if rate is None or was is None else rate - was,
                trend=tuple(rates),
                is_new=service not in known_before and previous is not None,
            )
        )
    rows.sort(key=lambda row: (2.0 if row.now.pass_rate is None else row.now.pass_rate, -row.now.fair, row.now.service))
    return tuple(rows)
