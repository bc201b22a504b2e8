"""One row per architecture of the run, as the table needs it, and the details that open below it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lsqm.model.architecture import IndexEntry
from lsqm.model.comparison import Change, ChangeRecord, Side
from lsqm.model.ids import ArchitectureHash
from lsqm.model.result import Result, Status, TestOutcome
from lsqm.report.given import ReportInput
from lsqm.report.history import History
from lsqm.report.text import clean, one_line, safe_url
from lsqm.report.trends import signature_of

NOT_RUN = "NOT RUN"
"""Shown in place of a status for what was selected but not validated."""

NAME_LIMIT = 120
TESTS_SHOWN = 200
DETAIL_LIMIT = 4_000
"""Characters of one traceback or drift value."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of the table."""

    architecture: ArchitectureHash
    name: str
    status: str
    change: str
    cause: str
    signature: str
    message: str
    services: tuple[str, ...]
    source: str
    dialect: str
    resources: int
    seconds: float
    strip: str
    since: str
    """`started_at` of the run since which it fails; empty when it does not."""


def rows(given: ReportInput, history: History) -> tuple[Row, ...]:
    """Worst news first: regressions, suspected ones, then failures by how far they got, at last what passed."""
    records = {record.architecture: record for record in (given.comparison.changes if given.comparison else ())}
    removed = {name for name, record in records.items() if record.change is Change.REMOVED}
    names = {*given.results, *map(ArchitectureHash, given.run.not_run), *removed}
    found = [_row(name, given, records.get(name), history) for name in names]
    found.sort(
        key=lambda row: (_CHANGE_ORDER.get(row.change, 9), _STATUS_ORDER[row.status], row.name, row.architecture)
    )
    return tuple(found)


_CHANGE_ORDER = {Change.REGRESSED.value: 0, Change.UNCONFIRMED.value: 1}
_STATUS_ORDER = {
    Status.FAILED.value: 0,
    Status.PARTIAL.value: 1,
    Status.TIMEOUT.value: 2,
    Status.ERROR.value: 3,
    NOT_RUN: 4,
    Status.PASSED.value: 5,
}


def _row(name: ArchitectureHash, given: ReportInput, record: ChangeRecord | None, history: History) -> Row:
    entry = given.index.architectures.get(name)
    result = given.results.get(name)
    failing = history.failing_since(name) if result and result.status not in {Status.PASSED, Status.ERROR} else None
    return Row(
        architecture=name,
        name=one_line(entry.name, NAME_LIMIT) if entry else name[:12],
        status=result.status.value if result else NOT_RUN,
        change=record.change.value if record else "",
        cause=result.cause.value if result and result.cause else "",
        signature=signature_of(result) if result else "",
        message=one_line(result.message if result else given.run.not_run.get(name, "left the corpus"), 200),
        services=tuple(one_line(service, 60) for service in entry.services) if entry else (),
        source=one_line(entry.source, 80) if entry else "",
        dialect=entry.dialect.value if entry else "",
        resources=entry.resource_count if entry else 0,
        seconds=round(result.seconds, 1) if result else 0.0,
        strip=history.strip(name),
        since=failing.started_at if failing else "",
    )


def details(name: ArchitectureHash, given: ReportInput, record: ChangeRecord | None) -> dict[str, Any]:
    """Everything known about one architecture in this run, but its logs. Keys are those `dashboard.js` reads."""
    result = given.results.get(name)
    found: dict[str, Any] = _origin(given.index.architectures.get(name))
    issue = safe_url(given.links.issues.get(name, ""))
    if issue:
        found["issue"] = issue
    if record:
        found["change"] = _change(record)
    if result:
        found |= _result(result)
    return found


def _origin(entry: IndexEntry | None) -> dict[str, Any]:
    if entry is None:
        return {}
    return {
        "name": clean(entry.name, 6_000),
        "origin": clean(entry.url, 1_000),
        "link": origin_link(entry.url, entry.commit),
        "commit": one_line(entry.commit, 64),
        "found": one_line(entry.discovered_at, 40),
        "fidelity": entry.fidelity,
    }


def origin_link(url: str, commit: str) -> str:
    """The web page of an origin at its commit, for the host whose addresses are known; else nothing."""
    repository, _, path = url.removeprefix("https://").partition("//")
    if not repository.startswith("github.com/") or repository.count("/") != 2 or not commit:
        return ""
    return safe_url(f"https://{repository}/tree/{commit}/{path.removeprefix('./')}".rstrip("/."))


def _change(record: ChangeRecord) -> dict[str, Any]:
    return {
        "reason": clean(record.reason, 600),
        "before": _side(record.before),
        "after": _side(record.after),
        "tests": [[one_line(test, 300), moved.value] for test, moved in sorted(record.tests.items())[:TESTS_SHOWN]],
        "evidence": [
            [
                one_line(repeat.emulator, 80),
                repeat.on_baseline,
                repeat.status.value,
                one_line(repeat.reason or repeat.signature),
                repeat.reproduces,
            ]
            for repeat in record.evidence
        ],
    }


def _side(side: Side | None) -> dict[str, str] | None:
    if side is None:
        return None
    return {
        "run": side.run,
        "status": side.status.value,
        "cause": side.cause.value if side.cause else "",
        "emulator": one_line(side.emulator, 160),
    }


def _result(result: Result) -> dict[str, Any]:
    tests = sorted(result.tests, key=lambda test: (_TEST_ORDER[test.outcome], test.id))
    return {
        "message": clean(result.message, DETAIL_LIMIT),
        "started": one_line(result.started_at, 40),
        "attempts": result.attempts,
        "phases": [
            [
                phase.name.value,
                phase.outcome.value,
                round(phase.seconds, 1),
                phase.deadline_seconds,
                clean(phase.message, 600),
            ]
            for phase in result.phases
        ],
        "tests": [
            [
                one_line(test.id, 300),
                test.outcome.value,
                round(test.seconds, 2),
                clean(test.message, 600),
                clean(test.details, DETAIL_LIMIT),
                test.unproven,
            ]
            for test in tests[:TESTS_SHOWN]
        ],
        "moreTests": max(0, len(tests) - TESTS_SHOWN),
        "empty": result.plan_is_empty,
        "drift": [
            [
                one_line(drift.address, 300),
                drift.action,
                one_line(drift.attribute, 200),
                clean(drift.before, 600),
                clean(drift.after, 600),
                drift.kind.value,
            ]
            for drift in result.drift[:TESTS_SHOWN]
        ],
        "leaks": [one_line(leak, 300) for leak in result.leaks[:TESTS_SHOWN]],
        "calls": _calls(result.api_calls),
        "pins": {
            key: one_line(value, 100)
            for key, value in {
                "terraform": result.pins.terraform,
                "tflocal": result.pins.tflocal,
                **{f"provider {provider}": version for provider, version in result.pins.providers.items()},
                "app": result.pins.app,
                "python": result.pins.python,
                "cage": result.pins.cage,
            }.items()
            if value
        },
    }


def _calls(api_calls: Mapping[str, Mapping[str, int]]) -> list[list[Any]]:
    """Operations with their answers, 5xx first."""

    def weight(item: tuple[str, Mapping[str, int]]) -> tuple[int, int, str]:
        operation, answers = item
        server = sum(times for status, times in answers.items() if status.startswith("5"))
        client = sum(times for status, times in answers.items() if status.startswith("4"))
        return -server, -client, operation

    return [
        [one_line(operation, 120), dict(sorted((one_line(status, 12), times) for status, times in answers.items()))]
        for operation, answers in sorted(api_calls.items(), key=weight)[:300]
    ]


_TEST_ORDER = {
    TestOutcome.FAILED: 0,
    TestOutcome.ERROR: 1,
    TestOutcome.TIMEOUT: 2,
    TestOutcome.SKIPPED: 3,
    TestOutcome.PASSED: 4,
}
