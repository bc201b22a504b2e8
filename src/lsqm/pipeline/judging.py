"""A finished run is compared with its baselines, and the comparison, ledger, trends and report are written."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lsqm.artifacts.store import ArtifactStore
from lsqm.compare.baseline import against, choose
from lsqm.compare.comparing import compare
from lsqm.compare.quarantine import updated
from lsqm.compare.view import Baseline, RunView
from lsqm.errors import DataError
from lsqm.model.comparison import Comparison, Repeat
from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.quarantine import Quarantine
from lsqm.model.run import LedgerLine, RunManifest
from lsqm.model.self_check import SelfCheck
from lsqm.model.trend import OperationTrend, RunTrend, ServiceTrend, Trends
from lsqm.pipeline.counting import count
from lsqm.pipeline.session import ledger_line
from lsqm.report import Links, ReportInput, build_report, update_trends

HISTORY_RUNS = 12
"""How many earlier runs are searched for an architecture's baseline."""


def view(store: ArtifactStore, run: RunId) -> RunView:
    """One stored run as compare sees it."""
    manifest = store.load_manifest(run)
    stored = store.load_comparison(run)
    return RunView(
        run=run,
        results=store.load_results(run),
        changes={record.architecture: record.change for record in stored.changes} if stored else {},
        not_run={ArchitectureHash(key): reason for key, reason in manifest.not_run.items()},
    )


def history_before(store: ArtifactStore, run: RunId) -> list[RunView]:
    """The runs before `run`, newest last."""
    earlier = [known for known in store.run_ids() if known < run and store.layout.manifest(known).is_file()]
    return [view(store, known) for known in earlier[-HISTORY_RUNS:]]


def load_quarantine(store: ArtifactStore) -> Quarantine:
    """`state/quarantine.json`, empty when there is none."""
    return store.load_document(Quarantine, store.layout.state("quarantine")) or Quarantine()


def compare_run(
    store: ArtifactStore,
    run: RunId,
    *,
    baseline: RunId | None = None,
    evidence: Mapping[ArchitectureHash, Sequence[Repeat]] | None = None,
) -> Comparison:
    """Compare a stored run with its baselines. Reads only.

    Args:
        baseline: compare with exactly this run; None: for each architecture its last fair trial.
        evidence: confirming trials; those that an earlier comparison of this run recorded are kept.
    """
    candidate = view(store, run)
    known: dict[ArchitectureHash, Sequence[Repeat]] = {**known_evidence(store, run), **dict(evidence or {})}
    baselines = baselines_of(store, run) if baseline is None else against(view(store, baseline))
    return compare(candidate, baselines, baseline=baseline, evidence=known, quarantine=load_quarantine(store))


def known_evidence(store: ArtifactStore, run: RunId) -> dict[ArchitectureHash, Sequence[Repeat]]:
    """Confirming trials that an earlier comparison of this run recorded."""
    stored = store.load_comparison(run)
    return {record.architecture: record.evidence for record in stored.changes if record.evidence} if stored else {}


def baselines_of(store: ArtifactStore, run: RunId) -> Mapping[ArchitectureHash, Baseline]:
    """For each architecture of a run its last settled fair trial on the same kind of emulator."""
    emulator = store.load_manifest(run).emulator
    if emulator is None:
        return {}
    return choose(store.load_results(run), history_before(store, run), emulator, before=run)


def settle(store: ArtifactStore, comparison: Comparison) -> None:
    """Store a comparison and what follows from it: the manifest's baseline, the quarantine, the ledger line."""
    store.save_comparison(comparison)
    manifest = replace(store.load_manifest(comparison.candidate), baseline=comparison.baseline)
    store.save_manifest(manifest)
    with store.lock():
        quarantine = load_quarantine(store)
        after = updated(quarantine, comparison, store.load_results(comparison.candidate))
        if after != quarantine:
            store.save_document(store.layout.state("quarantine"), after)
        store.add_to_ledger(
            ledger_line(store, manifest, tuple(record.architecture for record in comparison.regressions))
        )


def complete_ledger(store: ArtifactStore) -> None:
    """Give runs that were killed before they had one their line in the ledger, before retention may remove them.

    A run that still goes on gets one as well, and replaces it at its end.

    Raises:
        DataError: the ledger itself cannot be read.
    """
    with store.lock():
        known = store.load_ledger()
        lines = {run: _line_of_killed(store, run) for run in store.run_ids() if run not in known}
        if lines:
            store.save_ledger([*known.values(), *lines.values()])


def _line_of_killed(store: ArtifactStore, run: RunId) -> LedgerLine:
    """From whatever can be read of it."""
    began = f"{run[:4]}-{run[4:6]}-{run[6:11]}:{run[11:13]}:{run[13:16]}"
    manifest = RunManifest(run=run, started_at=began, lsqm_version="", configuration={})
    regressed: tuple[str, ...] = ()
    with contextlib.suppress(DataError):
        manifest = replace(store.load_manifest(run), complete=False)
        results = store.load_results(run)
        missing = sum(key not in results for key in manifest.not_run)
        counts = count(results.values(), not_run=missing, skipped=manifest.counts.skipped, new=manifest.counts.new)
        manifest = replace(manifest, counts=counts)
        comparison = store.load_comparison(run)
        regressed = tuple(record.architecture for record in comparison.regressions) if comparison else ()
    return ledger_line(store, manifest, regressed)


def load_trends(store: ArtifactStore) -> Trends:
    """`trends/*.json`, empty when there are none."""
    layout = store.layout
    return Trends(
        runs=store.load_document(RunTrend, layout.trend("runs")) or RunTrend(),
        services=store.load_document(ServiceTrend, layout.trend("services")) or ServiceTrend(),
        operations=store.load_document(OperationTrend, layout.trend("operations")) or OperationTrend(),
    )


def save_trends(store: ArtifactStore, trends: Trends) -> None:
    """FR-043."""
    store.save_document(store.layout.trend("runs"), trends.runs)
    store.save_document(store.layout.trend("services"), trends.services)
    store.save_document(store.layout.trend("operations"), trends.operations)


def rebuild_trends(store: ArtifactStore) -> Trends:
    """Trends from every run that is kept, on top of what was learned from runs that are gone."""
    trends = load_trends(store)
    index = store.load_index()
    for run in store.run_ids():
        if store.layout.manifest(run).is_file():
            trends = update_trends(
                trends,
                run=store.load_manifest(run),
                results=store.load_results(run),
                index=index,
                comparison=store.load_comparison(run),
            )
    return trends


def latest_self_check(store: ArtifactStore, run: RunId) -> SelfCheck | None:
    """What `lsqm validate --self-check` measured last, up to `run`."""
    for known in reversed(store.run_ids()):
        if known <= run and store.layout.manifest(known).is_file():
            measured = store.load_manifest(known).self_check
            if measured is not None:
                return measured
    return None


def report_input(store: ArtifactStore, run: RunId, *, links: Links, notices: tuple[str, ...] = ()) -> ReportInput:
    """All that the report of a stored run is made of."""
    manifest = store.load_manifest(run)
    results = store.load_results(run)
    index = store.load_index()
    comparison = store.load_comparison(run)
    trends = update_trends(load_trends(store), run=manifest, results=results, index=index, comparison=comparison)
    return ReportInput(
        run=manifest,
        results=results,
        index=index,
        comparison=comparison,
        trends=trends,
        self_check=latest_self_check(store, run),
        logs=lambda relative: store.read_log(run, relative),
        links=links,
        notices=notices,
    )


def make_report(
    store: ArtifactStore, run: RunId, *, links: Links, notices: tuple[str, ...] = (), output: Path | None = None
) -> Path:
    """Write the report of a stored run (FR-032..FR-038, FR-042, FR-043).

    Args:
        links: what the page links to.
        notices: sentences that belong on the page, such as issues that could not be filed.
        output: another folder than `reports/latest`; the trends then stay as they are.

    Returns:
        The path of `index.html`.
    """
    with store.lock():
        given = report_input(store, run, links=links, notices=notices)
        if output is None:
            save_trends(store, given.trends)
    report = build_report(given)
    if output is None:
        return store.save_report(report) / "index.html"
    output.mkdir(parents=True, exist_ok=True)
    for name, data in report.items():
        (output / name).write_bytes(data)
    return output / "index.html"
