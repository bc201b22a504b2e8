"""`lsqm push`."""

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command


@lsqm_command("push", epilog="Example: lsqm push --run latest")
@click.option("--run", "run_text", default=None, metavar="ID", help="Run whose summary the commit carries.")
def command(invocation: Invocation, run_text: str | None) -> int:
    """Publish everything that is not in the artifact repository yet, and open issues for confirmed regressions.

    Others may push at the same time: results are merged by key and nothing is lost. A push that fails leaves everything
    ready for the next one and exits 4.
    """
    from lsqm.cli.publishing import issues_stage, push_stage
    from lsqm.cli.wiring import find_run, have_logs, links_for, open_store, recorder_for
    from lsqm.errors import ExitCode
    from lsqm.pipeline import judging
    from lsqm.pipeline.telling import issue_links

    if invocation.dry_run:
        return _rehearse(invocation, run_text)
    store = open_store(invocation, sync=False)
    run = find_run(store, run_text) if store.run_ids() else None
    if run is not None:
        have_logs(invocation, store, run)
    recorder = recorder_for(invocation)
    filed = issues_stage(invocation, store, recorder, run)
    if filed.changed and run is not None and run == find_run(store, None):
        links = links_for(invocation.settings, run, issue_links(store))
        judging.make_report(store, run, links=links, notices=filed.notices)
    pushed = push_stage(invocation, store, recorder, run)
    whole = filed.whole and pushed.whole
    summary = "; ".join(timing.message for timing in recorder.timings)
    invocation.result({"run_id": run, "pushed": whole, "summary": summary}, summary)
    return ExitCode.OK if whole else ExitCode.PARTIAL


def _rehearse(invocation: Invocation, run_text: str | None) -> int:
    """Print the issues that would be filed, in full; the tracker is read, nothing is written anywhere."""
    from lsqm.artifacts.store import ArtifactStore
    from lsqm.cli.wiring import find_run, remote_of, trackers
    from lsqm.cli.workspace import Workspace
    from lsqm.pipeline.telling import file_regressions

    settings = invocation.settings
    actions = [f"commit and push to {remote_of(settings).url}"]
    store = ArtifactStore(Workspace(settings.workspace).artifacts)
    if not store.exists:
        return invocation.would([*actions, "make the working copy first: nothing is here yet"])
    run = find_run(store, run_text) if store.run_ids() else None
    tracker, fallback = trackers(settings)
    filing = file_regressions(
        store, run, tracker=tracker, fallback=fallback, report_url=settings.report_url, dry_run=True
    )
    actions += [*filing.notes, *filing.planned] or [f"open no issue in {settings.issue_repo}"]
    issues = [{"title": each.title, "labels": list(each.labels), "body": each.body} for each in filing.drafts]
    texts = [f"{'=' * 78}\n{each.title}\nlabels: {', '.join(each.labels)}\n\n{each.body}" for each in filing.drafts]
    return invocation.would(actions, more={"run_id": run, "issues": issues}, texts=texts)
