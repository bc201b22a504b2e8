"""`summary.json`: the page's numbers for programs. The classes are its schema (docs/schemas)."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from lsqm.model.comparison import Change, ChangeRecord
from lsqm.model.self_check import SelfCheck
from lsqm.report.clusters import Cluster
from lsqm.report.history import Since
from lsqm.report.text import clean, one_line
from lsqm.report.view import View

FORMAT = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class RunSummary:
    """Which run this is about."""

    id: str
    started_at: str
    finished_at: str
    seconds: float
    complete: bool
    lsqm_version: str
    emulator: str
    digest: str
    baseline: str | None
    url: str
    report: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The banner in words; `mood` is `regressed`, `suspected`, `calm` or `unknown`."""

    mood: str
    title: str
    text: str
    caution: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PassRate:
    """Shares between 0 and 1 of fair trials; null where there is nothing to take a share of."""

    now: float | None
    before: float | None
    delta: float | None
    delta_on_same: float | None
    """On the architectures fairly tried in both runs."""
    same: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SinceSummary:
    """First run of the unbroken series that ends now; `at_least` when it may be older than what is known."""

    run: str
    emulator: str
    started_at: str
    at_least: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class CauseSummary:
    """One root cause."""

    signature: str
    cause: str
    blames_emulator: bool
    architectures: tuple[str, ...]
    regressed: int
    since: SinceSummary | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeSummary:
    """One architecture that moved."""

    architecture: str
    name: str
    change: str
    reason: str
    before: str | None
    after: str | None
    signature: str
    tests: Mapping[str, str]
    issue: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceSummary:
    """One AWS service."""

    service: str
    pass_rate: float | None
    delta: float | None
    passed: int
    partial: int
    failed: int
    timeout: int
    error: int


@dataclass(frozen=True, kw_only=True, slots=True)
class OperationSummary:
    """One API operation."""

    operation: str
    architectures: int
    calls: int
    client_errors: int
    server_errors: int
    blocks: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchitectureSummary:
    """One row of the table; `status` is one of the five or `NOT RUN`."""

    hash: str
    name: str
    status: str
    cause: str
    change: str
    signature: str
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SelfCheckSummary:
    """How often one emulator version, measured against itself, looked like a regression; shares between 0 and 1."""

    run: str
    compared: int
    alarms: int
    confirmed: int
    rate_before_confirmation: float | None
    rate_after_confirmation: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """The whole document."""

    format: int
    run: RunSummary
    verdict: Verdict
    counts: Mapping[str, int]
    pass_rate: PassRate
    undecided: Mapping[str, int]
    """By reason, and their `total`."""
    changes: tuple[ChangeSummary, ...]
    """All but unchanged and new ones, regressions first."""
    causes: tuple[CauseSummary, ...]
    services: tuple[ServiceSummary, ...]
    operations: tuple[OperationSummary, ...]
    skipped: Mapping[str, int]
    """Reason → number of candidates."""
    architectures: tuple[ArchitectureSummary, ...]
    self_check: SelfCheckSummary | None
    """The last one made; null when none ever was."""
    notices: tuple[str, ...]


def render_summary(view: View) -> bytes:
    """Sorted keys and stable order, so that two reports can be compared line by line."""
    return (json.dumps(asdict(summarize(view)), indent=1, sort_keys=True, allow_nan=False) + "\n").encode()


def summarize(view: View) -> Summary:
    """The view without anything that only a page needs."""
    run = view.given.run
    return Summary(
        format=FORMAT,
        run=RunSummary(
            id=run.run,
            started_at=run.started_at,
            finished_at=run.finished_at,
            seconds=run.seconds,
            complete=run.complete,
            lsqm_version=run.lsqm_version,
            emulator=view.emulator,
            digest=view.digest,
            baseline=view.history.now.baseline,
            url=view.links.run,
            report=view.links.report,
        ),
        verdict=Verdict(
            mood=view.headline.mood.value,
            title=view.headline.title,
            text=view.headline.text,
            caution=view.headline.caution,
        ),
        counts=asdict(view.counts),
        pass_rate=PassRate(
            now=_rounded(view.counts.pass_rate),
            before=_rounded(view.previous.counts.pass_rate) if view.previous else None,
            delta=_rounded(view.pass_rate_delta),
            delta_on_same=_rounded(view.same[1]) if view.same else None,
            same=view.same[0] if view.same else 0,
        ),
        undecided=asdict(view.undecided) | {"total": view.undecided.total},
        changes=_changes(view),
        causes=tuple(_cause(cluster) for cluster in view.clusters),
        services=tuple(
            ServiceSummary(
                service=row.now.service,
                pass_rate=_rounded(row.now.pass_rate),
                delta=_rounded(row.delta),
                passed=row.now.passed,
                partial=row.now.partial,
                failed=row.now.failed,
                timeout=row.now.timeout,
                error=row.now.error,
            )
            for row in view.services
        ),
        operations=tuple(
            OperationSummary(
                operation=row.now.operation,
                architectures=row.now.architectures,
                calls=row.now.calls,
                client_errors=row.now.client_errors,
                server_errors=row.now.server_errors,
                blocks=row.blocks,
            )
            for row in view.coverage.rows
        ),
        skipped={group.reason.value: group.count for group in view.skips},
        architectures=tuple(
            ArchitectureSummary(
                hash=row.architecture,
                name=row.name,
                status=row.status,
                cause=row.cause,
                change=row.change,
                signature=row.signature,
                seconds=row.seconds,
            )
            for row in view.rows
        ),
        self_check=self_check_summary(view.given.self_check),
        notices=tuple(one_line(notice) for notice in view.given.notices),
    )


def self_check_summary(measured: SelfCheck | None) -> SelfCheckSummary | None:
    """What was measured, as numbers."""
    if measured is None:
        return None
    return SelfCheckSummary(
        run=measured.second,
        compared=measured.compared,
        alarms=len(measured.alarms),
        confirmed=len(measured.confirmed),
        rate_before_confirmation=_rounded(measured.rate_before),
        rate_after_confirmation=_rounded(measured.rate_after),
    )


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 6)


def _cause(cluster: Cluster) -> CauseSummary:
    return CauseSummary(
        signature=cluster.signature,
        cause=cluster.cause,
        blames_emulator=cluster.blames_emulator,
        architectures=cluster.architectures,
        regressed=cluster.regressed,
        since=_since(cluster.since),
    )


def _since(since: Since | None) -> SinceSummary | None:
    if since is None:
        return None
    return SinceSummary(run=since.run, emulator=since.emulator, started_at=since.started_at, at_least=since.at_least)


_ORDER = tuple(Change)


def _changes(view: View) -> tuple[ChangeSummary, ...]:
    comparison = view.given.comparison
    moved = [
        record
        for record in (comparison.changes if comparison else ())
        if record.change not in {Change.UNCHANGED, Change.NEW}
    ]
    moved.sort(key=lambda record: (_ORDER.index(record.change), record.architecture))
    return tuple(_change(record, view) for record in moved)


def _change(record: ChangeRecord, view: View) -> ChangeSummary:
    entry = view.given.index.architectures.get(record.architecture)
    return ChangeSummary(
        architecture=record.architecture,
        name=one_line(entry.name, 120) if entry else record.architecture[:12],
        change=record.change.value,
        reason=clean(record.reason, 600),
        before=record.before.status.value if record.before else None,
        after=record.after.status.value if record.after else None,
        signature=one_line(record.after.signature) if record.after else "",
        tests={one_line(test): moved.value for test, moved in sorted(record.tests.items())},
        issue=view.links.issues.get(record.architecture, ""),
    )
