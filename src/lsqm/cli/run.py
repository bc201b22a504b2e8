"""Several stages in one invocation: `lsqm validate`, `lsqm run` and `lsqm demo`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lsqm.artifacts import files
from lsqm.artifacts.store import ArtifactStore
from lsqm.cli import publishing, stages, wiring
from lsqm.cli.sessions import begin_session, run_log
from lsqm.cli.trials import trial_bench
from lsqm.errors import ExitCode, LsqmError
from lsqm.model.architecture import Index
from lsqm.model.comparison import Change, Comparison, Repeat
from lsqm.model.event import Notice
from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.result import Result, TestOutcome
from lsqm.model.run import RunManifest
from lsqm.pipeline import judging
from lsqm.pipeline.counting import counts_by_status
from lsqm.pipeline.pool import survive
from lsqm.pipeline.session import Session
from lsqm.pipeline.telling import issue_links
from lsqm.ports.emulator import EmulatorFailed

if TYPE_CHECKING:
    from lsqm.cli.invocation import Invocation


@dataclass(frozen=True, kw_only=True, slots=True)
class RunChoice:
    """Which run, and how much of it."""

    only: tuple[str, ...] = ()
    run: RunId | None = None
    """None: a new one."""
    resume: bool = False


def validate_only(invocation: "Invocation", store: ArtifactStore, choice: RunChoice) -> int:
    """`lsqm validate`: trials and their comparison, as a run of its own."""
    recorder = wiring.recorder_for(invocation)
    session = begin_session(invocation, store, recorder, run=choice.run, resume=choice.resume)
    deadline = session.began + invocation.settings.run_deadline
    stages.prove_stage(invocation, store, choice.only, until=session.began + invocation.settings.run_deadline / 2)
    with trial_bench(invocation, store, session.run) as bench:
        outcome = stages.validate_stage(invocation, session, bench, only=choice.only, deadline_monotonic=deadline)
    comparison = conclude(invocation, session, complete=outcome.complete)
    manifest = store.load_manifest(session.run)
    invocation.result(
        {"run_id": session.run, "counts": counts_by_status(manifest.counts), "changes": change_counts(comparison)},
        table(store, manifest, comparison),
    )
    return exit_code(manifest, comparison, outcome.stopped_by)


def conclude(
    invocation: "Invocation",
    session: Session,
    *,
    complete: bool,
    evidence: Mapping[ArchitectureHash, Sequence[Repeat]] | None = None,
) -> Comparison:
    """Finish a run's documents: manifest, comparison, quarantine, ledger."""
    store = session.store
    session.save(complete=complete)
    with session.recorder.stage("compare") as stage:
        comparison = judging.compare_run(store, session.run, evidence=evidence)
        counts = change_counts(comparison)
        stage.summary = ", ".join(f"{number} {word}" for word, number in counts.items() if number) or "nothing"
    session.save(complete=complete)
    judging.settle(store, comparison)
    keep_log(invocation, session)
    return comparison


def keep_log(invocation: "Invocation", session: Session) -> None:
    """Put the run's own log into the run's folder: every run keeps its log."""
    path = run_log(invocation, session)
    if path.is_file():
        target = session.store.layout.run(session.run) / "lsqm.jsonl.gz"
        files.write_atomic(target, files.compress(files.cap(path.read_bytes(), 2 * 1024 * 1024)))


def change_counts(comparison: Comparison) -> dict[str, int]:
    """Change word → number."""
    return {change.value: len(comparison.with_change(change)) for change in Change}


def exit_code(manifest: RunManifest, comparison: Comparison | None, stopped_by: Exception | None) -> int:
    """What a finished run tells its caller."""
    if isinstance(stopped_by, LsqmError):
        return stopped_by.exit_code
    if isinstance(stopped_by, EmulatorFailed):
        return ExitCode.UNAVAILABLE
    if comparison is not None and comparison.regressions:
        return ExitCode.REGRESSIONS
    if manifest.counts.not_run:
        return ExitCode.PARTIAL
    return ExitCode.OK


def tests_cell(result: Result) -> str:
    """Tests passed of those that ran; a skipped test, whose resource Terraform did not create, is neither."""
    skipped = sum(test.outcome is TestOutcome.SKIPPED for test in result.tests)
    score = f"{len(result.passed_tests)}/{len(result.tests) - skipped}"
    return f"{score} +{skipped} skipped" if skipped else score


def table(
    store: ArtifactStore, manifest: RunManifest, comparison: Comparison | None, *, index: Index | None = None
) -> str:
    """The results of a run as a table for a terminal."""
    index = index or store.load_index()
    changes = {record.architecture: record.change.value for record in (comparison.changes if comparison else ())}
    rows = [("architecture", "dialect", "status", "tests", "seconds", "change", "why")]
    for key, result in sorted(store.load_results(manifest.run).items(), key=lambda pair: pair[1].status.value):
        entry = index.architectures.get(key)
        rows.append(
            (
                entry.name if entry else key[:12],
                entry.dialect.value if entry else "",
                result.status.value,
                tests_cell(result),
                f"{result.seconds:.0f}",
                changes.get(key, ""),
                (f"{result.cause.value}: {result.message}" if result.cause else "")[:90],
            )
        )
    for text, reason in manifest.not_run.items():
        entry = index.architectures.get(key := ArchitectureHash(text))
        rows.append((entry.name if entry else key[:12], "", "not run", "", "", "", reason[:90]))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, [*widths], strict=False)), row[-1]]).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def full_run(invocation: "Invocation", choice: RunChoice | None = None, *, demo: bool = False) -> int:
    """`lsqm run` and `lsqm demo`: every stage, each going on as far as it can after a failure of another (SC-008)."""
    choice = choice or RunChoice()
    recorder = wiring.recorder_for(invocation)
    with recorder.stage("sync") as stage:
        outcome = wiring.sync_repository(invocation)
        stage.summary = f"{outcome.checkout}: {'cloned' if outcome.cloned else 'up to date'}"
        for note in outcome.notes:
            invocation.events.on(Notice(stage="sync", message=note))
        if outcome.offline:
            stage.outcome, stage.summary = "partial", f"offline: {outcome.offline}"
    store = ArtifactStore(outcome.checkout)
    session = begin_session(invocation, store, recorder, run=choice.run, resume=choice.resume)
    deadline = session.began + invocation.settings.run_deadline
    partial = bool(outcome.offline)

    if not choice.resume:  # a run that has a manifest has been through these
        summaries = stages.mine_stage(invocation, store, recorder)
        session.new = sum(summary.new for summary in summaries)
        partial |= any(summary.failed for summary in summaries)
        generated = stages.generate_stage(invocation, store, recorder, stages.GenerateFlags(only=choice.only))
        partial |= not stages.is_whole(generated)
    evidence: dict[ArchitectureHash, Sequence[Repeat]] = {}
    with trial_bench(invocation, store, session.run) as bench:
        validated = stages.validate_stage(invocation, session, bench, only=choice.only, deadline_monotonic=deadline)
        session.save(complete=False)
        if validated.complete:
            evidence = stages.confirm_stage(
                invocation, store, session.run, recorder, bench, deadline_monotonic=deadline
            )
    comparison = conclude(invocation, session, complete=validated.complete, evidence=evidence)
    report = store.layout.latest_report / "index.html"
    notices: list[str] = []
    # Issues first, so that the report can link to them and say what has to wait; a message that cannot be posted is
    # recorded and never fails the run.

    def file_issues() -> None:
        nonlocal partial
        told = publishing.issues_stage(invocation, store, recorder, session.run)
        notices.extend(told.notices)
        partial |= not told.whole

    def write_report() -> None:
        with recorder.stage("report") as stage:
            links = wiring.links_for(invocation.settings, session.run, issue_links(store))
            judging.make_report(store, session.run, links=links, notices=tuple(notices))
            stage.summary = str(report)
        session.save(complete=validated.complete)

    def publish() -> None:
        nonlocal partial
        keep_log(invocation, session)
        told = publishing.push_stage(invocation, store, recorder, session.run)
        notices.extend(told.notices)
        partial |= not told.whole

    def notify() -> None:
        if not publishing.notify_stage(invocation, store, recorder, session.run, notices):
            session.save(complete=validated.complete)

    problems = [
        problem for step in (file_issues, write_report, publish, notify) if (problem := survive(step)) is not None
    ]

    manifest = store.load_manifest(session.run)
    invocation.result(
        {
            "run_id": session.run,
            "artifact_repository": str(store.root),
            "report": str(report),
            "counts": counts_by_status(manifest.counts),
            "skipped": manifest.counts.skipped,
            "new": manifest.counts.new,
            "changes": change_counts(comparison),
        },
        "\n".join([table(store, manifest, comparison), "", *closing(invocation, store, manifest, report, demo=demo)]),
    )
    if problems:
        raise problems[0]
    code = exit_code(manifest, comparison, validated.stopped_by)
    return ExitCode.PARTIAL if code == ExitCode.OK and partial else code


def closing(
    invocation: "Invocation", store: ArtifactStore, manifest: RunManifest, report: Path, *, demo: bool
) -> list[str]:
    """The last lines: what was found, where it is, what to do next."""
    counts = manifest.counts
    said = (
        f"{counts.passed} passed, {counts.partial} partial, {counts.failed} failed, {counts.timeout} timeout, "
        f"{counts.error} error, {counts.not_run} not run; {counts.skipped} skipped with a reason; {counts.new} new"
    )
    lines = [said]
    lines += [
        f"skipped: {skip.origin.path} ({skip.reason.value}: {', '.join(skip.details)})"
        for skip in list(store.load_index().skipped.values())[:5]
    ]
    lines += [f"report               {report}", f"artifact repository  {store.root}"]
    if demo:
        workspace = invocation.settings.workspace
        lines += [
            "",
            "Next:",
            f"  lsqm demo --workspace {workspace}      again: nothing new, and a comparison with this run",
            f"  lsqm status --workspace {workspace}",
            "  lsqm mine --source path:DIR              your own infrastructure",
            "  lsqm doctor                              what a run on LocalStack needs",
        ]
    return lines
