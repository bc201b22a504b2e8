"""From a stored, confirmed run to issues and the Slack message: loads what they need, stores what came of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from lsqm.artifacts.store import ArtifactStore
from lsqm.errors import DataError
from lsqm.model.comparison import Change, ChangeRecord, Comparison
from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.issue import IssueState
from lsqm.model.result import Result, Status
from lsqm.ports.tracker import IssueTracker
from lsqm.publish.filing import FilingOutcome, file_issues
from lsqm.publish.plan import queued
from lsqm.publish.slack_message import RegressionLine, SlackFacts
from lsqm.publish.wording import Case, Occasion

_SHOWN_FILES = (".tf", ".tfvars", ".json")
_FILE_LIMIT = 60_000
"""Bytes; larger files (packages, data) are not part of a readable reproduction."""


def load_issues(store: ArtifactStore) -> IssueState:
    """`state/issues.json`, empty when there is none."""
    return store.load_document(IssueState, store.layout.state("issues")) or IssueState()


def save_issues(store: ArtifactStore, state: IssueState) -> None:
    store.save_document(store.layout.state("issues"), state)


def issue_links(store: ArtifactStore) -> dict[ArchitectureHash, str]:
    """Architecture → the issue that tracks what is broken in it now, for the report."""
    records = load_issues(store).records.values()
    return {
        architecture: record.url
        for record in sorted(records, key=lambda record: record.opened_in)
        if record.fixed_in is None
        for architecture in record.architectures
        if architecture not in record.recovered
    }


def file_regressions(
    store: ArtifactStore,
    run: RunId | None,
    *,
    tracker: IssueTracker,
    fallback: IssueTracker | None = None,
    report_url: str = "",
    dry_run: bool = False,
) -> FilingOutcome:
    """Put what a run has to say into the outbox and empty it as far as the tracker lets us.

    Args:
        store: the artifact repository.
        run: a run that was compared and confirmed; None: only what waits already.
        tracker: `ISSUE_REPO`.
        fallback: where issues go when that one will never take them, usually the artifact repository.
        report_url: where people can open the report.
        dry_run: say what would be done (`planned`), store and send nothing.
    """
    if dry_run:
        return _filed(store, run, tracker, fallback, report_url, dry_run=True)
    # Another run in this workspace may be filing: one after the other, so that neither overwrites what is recorded.
    with store.lock(what="issues"):
        return _filed(store, run, tracker, fallback, report_url, dry_run=False)


def _filed(
    store: ArtifactStore,
    run: RunId | None,
    tracker: IssueTracker,
    fallback: IssueTracker | None,
    report_url: str,
    *,
    dry_run: bool,
) -> FilingOutcome:
    state = load_issues(store)
    comparison = store.load_comparison(run) if run is not None else None
    if run is not None and comparison is not None:
        results = store.load_results(run)
        occasion = Occasion(run=run, compared=sum(map(_was_compared, comparison.changes)), report_url=report_url)
        state = queued(state, comparison, cases_of(store, comparison, results), results, occasion)
        if not dry_run:
            save_issues(store, state)
    return file_issues(
        state, tracker=tracker, fallback=fallback, save=lambda each: save_issues(store, each), dry_run=dry_run
    )


def cases_of(
    store: ArtifactStore, comparison: Comparison, results: Mapping[ArchitectureHash, Result]
) -> tuple[Case, ...]:
    """Everything an issue says about each confirmed regression of a run."""
    index = store.load_index()
    cases = []
    for record in comparison.regressions:
        result = results.get(record.architecture)
        if result is None:
            continue
        entry = index.architectures.get(record.architecture)
        cases.append(
            Case(
                record=record,
                result=result,
                name=entry.name if entry else "",
                origin=f"{entry.url} at {entry.commit[:12]}" if entry else "",
                files=_files(store, record.architecture),
                log=_log(store, comparison.candidate, result),
                services=entry.services if entry else (),
                new_errors=_new_errors(store, record, result),
            )
        )
    return tuple(cases)


def slack_facts(store: ArtifactStore, run: RunId, *, report_url: str = "", notices: Sequence[str] = ()) -> SlackFacts:
    """What the Slack message of a stored run says."""
    manifest = store.load_manifest(run)
    comparison = store.load_comparison(run)
    links = issue_links(store)
    causes: dict[str, list[ArchitectureHash]] = defaultdict(list)
    for record in comparison.regressions if comparison else ():
        causes[record.after.signature if record.after else ""].append(record.architecture)
    emulator = manifest.emulator
    if emulator is not None:
        # A tag such as `latest` says little; what the emulator said of itself is the version.
        told = (result.emulator for result in store.load_results(run).values() if result.is_fair_trial)
        emulator = next((each for each in told if each.digest == emulator.digest), emulator)
    return SlackFacts(
        run=run,
        emulator=f"{emulator.product} {emulator.version}" if emulator else "no emulator",
        counts=manifest.counts,
        previous_pass_rate=_previous_pass_rate(store, run),
        regressions=[
            RegressionLine(
                signature=signature,
                architectures=len(members),
                issue_url=next((links[member] for member in members if member in links), ""),
            )
            for signature, members in sorted(causes.items())
        ],
        fixed=len(comparison.with_change(Change.FIXED)) if comparison else 0,
        unconfirmed=len(comparison.with_change(Change.UNCONFIRMED)) if comparison else 0,
        report_url=report_url,
        notices=(*notices, *(gap.sentence() for gap in manifest.gaps)),
        complete=manifest.complete,
    )


def _was_compared(record: ChangeRecord) -> bool:
    return record.change not in {Change.NEW, Change.REMOVED, Change.NOT_COMPARABLE}


def _previous_pass_rate(store: ArtifactStore, run: RunId) -> float | None:
    """Of the last earlier run on the same emulator that could judge anything."""
    emulator = store.load_manifest(run).emulator
    for earlier in reversed([known for known in store.run_ids() if known < run]):
        try:
            manifest = store.load_manifest(earlier)
        except DataError:
            continue
        same = (
            emulator is not None
            and manifest.emulator is not None
            and (emulator.kind, emulator.product) == (manifest.emulator.kind, manifest.emulator.product)
        )
        if same and manifest.complete and manifest.counts.pass_rate is not None:
            return manifest.counts.pass_rate
    return None


def _new_errors(store: ArtifactStore, record: ChangeRecord, result: Result) -> tuple[str, ...]:
    """Operations that fail in another way than in the baseline; empty when that is not kept any more."""
    assert record.before is not None, "nothing regresses from nowhere"
    try:
        known = store.load_result(record.before.run, record.architecture)
    except DataError:
        return ()
    return tuple(
        operation
        for operation, statuses in sorted(result.api_calls.items())
        if any(status >= "400" and status not in known.api_calls.get(operation, {}) for status in statuses)
    )


def _files(store: ArtifactStore, architecture: ArchitectureHash) -> dict[str, str]:
    try:
        files = store.load_architecture(architecture).files
    except DataError:
        return {}
    return {
        path: data.decode(errors="replace")
        for path, data in files.items()
        if path.endswith(_SHOWN_FILES) and len(data) <= _FILE_LIMIT
    }


def _log(store: ArtifactStore, run: RunId, result: Result) -> str:
    """The log that shows the failure: of the tests when they ran, else of Terraform."""
    kinds = ("pytest", "terraform") if result.status is Status.PARTIAL or result.tests else ("terraform", "emulator")
    for kind in kinds:
        data = store.read_log(run, result.logs[kind]) if kind in result.logs else None
        if data:
            return data.decode(errors="replace")
    return ""
