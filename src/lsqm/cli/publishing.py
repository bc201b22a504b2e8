"""The stages that talk to the outside, with their adapters: issues, push, Slack."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lsqm.artifacts.store import ArtifactStore
from lsqm.cli import wiring
from lsqm.errors import DataError
from lsqm.model.event import Notice
from lsqm.model.ids import RunId
from lsqm.model.run import StageTiming
from lsqm.pipeline.stage import StageRecorder

if TYPE_CHECKING:
    from lsqm.cli.invocation import Invocation


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What a stage that talks to the outside leaves behind."""

    whole: bool
    """False when something has to wait for the next run."""
    notices: tuple[str, ...] = ()
    """Sentences for report and Slack."""
    changed: bool = False
    """Issues were opened or came back, so the report's links changed."""


def issues_stage(invocation: "Invocation", store: ArtifactStore, recorder: StageRecorder, run: RunId | None) -> Told:
    """File issues for what is confirmed and what waits (FR-045), as far as the tracker lets us."""
    from lsqm.pipeline.telling import file_regressions

    settings = invocation.settings
    with recorder.stage("issues") as stage:
        tracker, fallback = wiring.trackers(settings)
        filing = file_regressions(store, run, tracker=tracker, fallback=fallback, report_url=settings.report_url)
        for note in filing.notes:
            invocation.events.on(Notice(stage="issues", message=note, level="warning"))
        for url in (*filing.opened, *filing.returned):
            invocation.events.on(Notice(stage="issues", message=f"issue: {url}"))
        waiting = len(filing.state.outbox)
        stage.summary = f"{len(filing.opened)} opened, {len(filing.returned)} updated"
        if filing.commented:
            stage.summary += f", {len(filing.commented)} told that they are fixed"
        if waiting:
            stage.outcome = "partial"
            stage.summary += f"; {waiting} wait{'s' * (waiting == 1)} in the outbox"
    return Told(whole=not waiting, notices=filing.notes, changed=bool(filing.opened or filing.returned))


def push_stage(invocation: "Invocation", store: ArtifactStore, recorder: StageRecorder, run: RunId | None) -> Told:
    """Commit everything and push it (FR-039..044, FR-066, FR-067)."""
    from lsqm.pipeline.judging import complete_ledger
    from lsqm.publish.push import push

    remote = wiring.remote_of(invocation.settings)
    with recorder.stage("push") as stage:
        try:
            complete_ledger(store)
        except DataError as error:
            invocation.events.on(Notice(stage="push", message=f"{error} — {error.hint}", level="warning"))
        outcome = push(
            store.root,
            remote,
            git=wiring.git_for(invocation.settings, remote),
            clock=wiring.clock(),
            message=commit_message(store, run),
            waiting=lambda: invocation.events.on(Notice(stage="push", message="waiting for another lsqm")),
        )
        for note in outcome.notes:
            invocation.events.on(Notice(stage="push", message=note))
        if outcome.pushed:
            stage.summary = f"{outcome.commit[:12]} on {remote.url}"
        elif outcome.failure:
            stage.outcome, stage.summary = "partial", f"not pushed, kept for the next push: {outcome.failure}"
            invocation.events.on(Notice(stage="push", message=f"{outcome.failure} — {outcome.hint}", level="warning"))
        else:
            stage.summary = "nothing new to push"
    return Told(whole=not outcome.failure, notices=(stage.summary,) if outcome.failure else ())


def commit_message(store: ArtifactStore, run: RunId | None) -> str:
    """FR-044: what the run found, in the subject line and below it."""
    if run is None:
        return "Update the corpus"
    manifest = store.load_manifest(run)
    counts = manifest.counts
    comparison = store.load_comparison(run)
    regressed = len(comparison.regressions) if comparison else 0
    emulator = manifest.emulator
    subject = f"{run}: {counts.passed} of {counts.total} passed" + (f", {regressed} regressed" if regressed else "")
    numbers = (
        f"{counts.passed} passed, {counts.partial} partial, {counts.failed} failed, {counts.timeout} timeout, "
        f"{counts.error} error, {counts.not_run} not run, {counts.skipped} skipped, {counts.new} new"
    )
    body = [numbers]
    if emulator:
        body.append(f"{emulator.product} {emulator.version} {emulator.digest}".rstrip())
    return "\n".join([subject, "", *body])


def slack_payload(
    invocation: "Invocation", store: ArtifactStore, run: RunId, notices: Sequence[str] = ()
) -> dict[str, Any]:
    """The message of a run as Slack gets it."""
    from lsqm.pipeline.telling import load_issues, slack_facts
    from lsqm.publish.filing import waiting_note
    from lsqm.publish.slack_message import message

    waits = waiting_note(load_issues(store))
    said = dict.fromkeys([*notices, *([waits] if waits else [])])
    return message(slack_facts(store, run, report_url=invocation.settings.report_url, notices=tuple(said)))


def notify_stage(
    invocation: "Invocation", store: ArtifactStore, recorder: StageRecorder, run: RunId, notices: Sequence[str] = ()
) -> bool:
    """Tell Slack (FR-046..050). Without a webhook the text is shown and sent nowhere. False when it was refused."""
    from lsqm.ports.notifier import NotifierError

    with recorder.stage("notify") as stage:
        payload = slack_payload(invocation, store, run, notices)
        notifier = wiring.notifier(invocation.settings)
        if notifier is None:
            stage.summary = f"SLACK_WEBHOOK_URL is not set, so this was sent nowhere: {payload['text']}"
            return True
        try:
            notifier.post(payload)
        except NotifierError as error:
            stage.outcome, stage.summary = "partial", f"Slack did not take the message: {error}"
            invocation.events.on(Notice(stage="notify", message=stage.summary, level="warning"))
            return False
        stage.summary = "posted to Slack"
    return True


def keep_timing(store: ArtifactStore, run: RunId, timing: StageTiming) -> None:
    """Write how a stage that was run alone ended into the run it was about; the next push carries it."""
    with store.lock():
        manifest = store.load_manifest(run)
        others = (each for each in manifest.stages if each.stage != timing.stage)
        store.save_manifest(replace(manifest, stages=(*others, timing)))
