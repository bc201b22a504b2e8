"""Every number the page and its siblings show, computed in one place. No markup here, no arithmetic elsewhere."""

from collections import Counter
from dataclasses import dataclass

from lsqm.model.comparison import Change, ChangeRecord, Comparison
from lsqm.model.run import Counts
from lsqm.model.trend import OperationPoint, RunPoint, Trends
from lsqm.report.clusters import Cluster, clusters
from lsqm.report.counting import Undecided, undecided
from lsqm.report.given import Links, ReportInput
from lsqm.report.headline import Headline, headline
from lsqm.report.history import History
from lsqm.report.operations import Coverage, coverage
from lsqm.report.rows import Row, rows
from lsqm.report.services import ServiceRow, service_rows
from lsqm.report.skips import SkipGroup, skip_groups
from lsqm.report.text import day, duration, minute, one_line, safe_url
from lsqm.report.trends import emulator_label, run_emulator, update_trends


@dataclass(frozen=True, kw_only=True, slots=True)
class Tile:
    """One number of the summary."""

    key: str
    label: str
    count: int
    delta: int | None
    """Against the previous run; None when there is none."""
    good: int
    """+1 when more is better, -1 when less is, 0 when neither."""
    share: float = 0.0
    """Of all selected architectures; 0 for numbers that are no part of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """One run, ready to be shown."""

    given: ReportInput
    emulator: str
    digest: str
    counts: Counts
    undecided: Undecided
    headline: Headline
    history: History
    previous: RunPoint | None
    pass_rate_delta: float | None
    same: tuple[int, float] | None
    """Architectures fairly tried in both runs and the difference of their pass rates."""
    tiles: tuple[Tile, ...]
    moves: tuple[tuple[Change, int], ...]
    """How many architectures moved in which way; only ways that occur, without `unchanged`."""
    clusters: tuple[Cluster, ...]
    services: tuple[ServiceRow, ...]
    coverage: Coverage
    rows: tuple[Row, ...]
    skips: tuple[SkipGroup, ...]
    provenance: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    """Groups of name and value."""
    links: Links

    @property
    def regressions(self) -> tuple[ChangeRecord, ...]:
        return self.given.comparison.regressions if self.given.comparison else ()


def build_view(given: ReportInput) -> View:
    """All that is to be said about `given`."""
    run, results, comparison = given.run, given.results, given.comparison
    trends = update_trends(given.trends, run=run, results=results, index=given.index, comparison=comparison)
    history = History.until(trends, run.run)
    now = history.now
    previous = history.previous(now.baseline)
    open_ = undecided(run, results, comparison)
    causes = clusters(results, comparison, history)
    rate, was = now.counts.pass_rate, previous.counts.pass_rate if previous else None
    return View(
        given=given,
        emulator=now.emulator,
        digest=now.digest,
        counts=now.counts,
        undecided=open_,
        headline=headline(run, now.counts, comparison, previous, now, open_),
        history=history,
        previous=previous,
        pass_rate_delta=None if rate is None or was is None else rate - was,
        same=history.like_for_like(previous) if previous else None,
        tiles=_tiles(now.counts, previous.counts if previous else None),
        moves=_moves(comparison),
        clusters=causes,
        services=service_rows(trends.services, history, previous),
        coverage=coverage(_upto(trends, given), run.run, previous, causes),
        rows=rows(given, history),
        skips=skip_groups(given.index),
        provenance=_provenance(given, history),
        links=_checked(given.links),
    )


def _upto(trends: Trends, given: ReportInput) -> tuple[OperationPoint, ...]:
    return tuple(point for point in trends.operations.points if point.run <= given.run.run)


def _tiles(counts: Counts, before: Counts | None) -> tuple[Tile, ...]:
    kinds = (
        ("passed", "Passed", 1),
        ("partial", "Partial", -1),
        ("failed", "Failed", -1),
        ("timeout", "Timeout", -1),
        ("error", "Error", -1),
        ("not_run", "Not run", 0),
        ("skipped", "Skipped", 0),
        ("new", "New", 0),
    )
    tiles = []
    for key, label, good in kinds:
        count: int = getattr(counts, key)
        in_total = key not in {"skipped", "new"}
        tiles.append(
            Tile(
                key=key,
                label=label,
                count=count,
                delta=None if before is None or key == "new" else count - int(getattr(before, key)),
                good=good,
                share=count / counts.total if in_total and counts.total else 0.0,
            )
        )
    return tuple(tiles)


def _moves(comparison: Comparison | None) -> tuple[tuple[Change, int], ...]:
    records = comparison.changes if comparison else ()
    counts = Counter(record.change for record in records)
    return tuple((change, counts[change]) for change in Change if counts[change] and change is not Change.UNCHANGED)


def _checked(links: Links) -> Links:
    return Links(
        report=safe_url(links.report),
        run=safe_url(links.run),
        repository=safe_url(links.repository),
        issues={name: url for name, url in links.issues.items() if safe_url(url)},
    )


def _provenance(given: ReportInput, history: History) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    run = given.run
    identity = run_emulator(run, given.results)
    emulator = (
        []
        if identity is None
        else [
            ("Product", emulator_label(identity)),
            ("Kind", identity.kind.value),
            ("Image", identity.image),
            ("Digest", identity.digest),
            ("Edition", identity.edition),
        ]
    )
    execution = [
        ("Run", run.run),
        ("Baseline", history.now.baseline or "none"),
        ("Started", minute(run.started_at)),
        ("Finished", minute(run.finished_at) if run.finished_at else "did not finish"),
        ("Took", duration(run.seconds) if run.seconds else ""),
        ("lsqm", run.lsqm_version),
    ]
    stages = [
        (stage.stage, " · ".join(filter(None, (stage.outcome, duration(stage.seconds), one_line(stage.message, 200)))))
        for stage in run.stages
    ]
    measured = given.self_check
    check = [] if measured is None else [("Run", measured.second), ("Measured", measured.sentence)]
    groups = (
        ("This run", execution),
        ("Emulator", emulator),
        ("Self-check (one version against itself)", check),
        ("Tools", sorted(run.versions.items())),
        ("Stages", stages),
        ("Configuration", sorted(run.configuration.items())),
    )
    return tuple(
        (title, tuple((one_line(name, 80), one_line(value, 400)) for name, value in pairs if value))
        for title, pairs in groups
        if any(value for _, value in pairs)
    )


def run_label(point: RunPoint) -> str:
    """`15 Nov 2026 · LocalStack 2026.11.0`."""
    return " · ".join(filter(None, (day(point.started_at), point.emulator)))
