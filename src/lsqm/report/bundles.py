"""Details and logs, compressed per architecture and inflated by the page when someone looks."""

import base64
import gzip
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from lsqm.model.comparison import Change
from lsqm.model.result import PhaseName, PhaseOutcome, Result, Status
from lsqm.report.given import ReportInput
from lsqm.report.rows import Row, details
from lsqm.report.text import clean, one_line

LONG, SHORT = (4_000, 40_000), (2_000, 14_000)
"""Bytes of one log that are embedded, how it began and how it ended: of what moved, and of any other failure."""

BUDGET = 4_000_000
"""Bytes of all bundles together, so that the page stays small and quick whatever was logged."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundle:
    """One architecture's details as gzip'd JSON in base64."""

    architecture: str
    data: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundles:
    """All of them, and for how many the logs did not fit."""

    items: tuple[Bundle, ...]
    without_logs: int


def bundles(given: ReportInput, rows: Iterable[Row]) -> Bundles:
    """Bundles in the order of `rows`, worst first, so that it is the least interesting logs that do not fit."""
    records = {record.architecture: record for record in (given.comparison.changes if given.comparison else ())}
    ordered = list(rows)
    values = {row.architecture: details(row.architecture, given, records.get(row.architecture)) for row in ordered}
    failing = []
    for row in ordered:
        result = given.results.get(row.architecture)
        references = _references(result) if result else {}
        if result and references:
            values[row.architecture]["logs"] = [[kind, path, ""] for kind, path in references.items()]
            if result.status is not Status.PASSED:
                failing.append((row, references))
    packed = {name: _pack(value) for name, value in values.items()}
    room = BUDGET - sum(map(len, packed.values()))
    without_logs = 0
    for row, references in failing:
        if room <= 0:
            without_logs += 1
            continue
        size = LONG if row.change in _MOVED else SHORT
        logs = [[kind, path, excerpt(given.logs, path, size)] for kind, path in references.items()]
        full = _pack(values[row.architecture] | {"logs": logs})
        more = len(full) - len(packed[row.architecture])
        if more <= room:
            packed[row.architecture] = full
            room -= more
        else:
            without_logs += 1
    return Bundles(
        items=tuple(Bundle(architecture=row.architecture, data=packed[row.architecture]) for row in ordered),
        without_logs=without_logs,
    )


_MOVED = frozenset({Change.REGRESSED, Change.UNCONFIRMED, Change.FLAKY})


def excerpt(read: Callable[[str], bytes | None], path: str, size: tuple[int, int]) -> str:
    """Head and tail of a log as clean text, with what was left out said in between; empty when it is not there."""
    raw = read(path)
    if raw is None:
        return ""
    first, last = size
    left_out = len(raw) - first - last
    if left_out <= 0:
        return clean(raw.decode(errors="replace"))
    head, tail = raw[:first], raw[-last:]
    return (
        clean(head.decode(errors="replace"))
        + f"\n\n[… {left_out:,} bytes are left out here; the whole log is {path} in the run's folder …]\n\n"
        + clean(tail.decode(errors="replace"))
    )


def _references(result: Result) -> dict[str, str]:
    """Kind → path: first the log of what failed, then the others by kind, then those of phases that no kind covers."""
    failed = next((phase.name for phase in result.phases if phase.outcome is not PhaseOutcome.OK), None)
    first = "emulator" if failed is PhaseName.START else "pytest" if failed is PhaseName.TEST else "terraform"
    by_kind = sorted(result.logs.items(), key=lambda item: (item[0] != first, item[0]))
    found = {one_line(kind, 40): path for kind, path in by_kind if path}
    known = set(found.values())
    for phase in result.phases:
        if phase.log and phase.log not in known:
            found.setdefault(phase.name.value, phase.log)
    return found


def _pack(value: dict[str, Any]) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return base64.b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode()
