"""`lsqm notify`."""

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command, sync_option


@lsqm_command("notify", epilog="Example: SLACK_WEBHOOK_URL=… lsqm notify --run latest")
@click.option("--run", "run_text", default=None, metavar="ID", help="Run to tell about; default the newest.")
@sync_option
def command(invocation: Invocation, run_text: str | None, no_sync: bool) -> int:
    """Tell Slack about a run: pass rate and its change, new architectures, regressions, link to the report.

    Whether Slack took the message is kept with the run, and the next push carries it. Without SLACK_WEBHOOK_URL the
    message is shown and sent nowhere.
    """
    from lsqm.cli.publishing import keep_timing, notify_stage, slack_payload
    from lsqm.cli.wiring import find_run, open_store, recorder_for
    from lsqm.errors import ExitCode

    if invocation.dry_run:
        import json

        from lsqm.artifacts.store import ArtifactStore
        from lsqm.cli.workspace import Workspace

        store = ArtifactStore(Workspace(invocation.settings.workspace).artifacts)
        run = find_run(store, run_text)
        payload = slack_payload(invocation, store, run)
        where = "to Slack" if invocation.settings.slack_webhook_url.get_secret_value() else "nowhere: no webhook is set"
        return invocation.would(
            [f"post the summary of run {run} {where}"],
            more={"run_id": run, "payload": payload},
            texts=[json.dumps(payload, indent=2, ensure_ascii=False)],
        )
    store = open_store(invocation, sync=not no_sync)
    run = find_run(store, run_text)
    recorder = recorder_for(invocation)
    whole = notify_stage(invocation, store, recorder, run)
    if invocation.settings.slack_webhook_url.get_secret_value():
        keep_timing(store, run, recorder.timings[-1])
    summary = recorder.timings[-1].message
    invocation.result({"run_id": run, "sent": whole, "summary": summary}, summary)
    return ExitCode.OK if whole else ExitCode.PARTIAL
