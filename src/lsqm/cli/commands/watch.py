"""`lsqm watch`."""

import os

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command, sync_option


@lsqm_command("watch", epilog="Example: lsqm watch --max-age 192")
@click.option("--max-age", type=float, default=192.0, metavar="HOURS", show_default=True, help="How old is too old.")
@sync_option
def command(invocation: Invocation, max_age: float, no_sync: bool) -> int:
    """Speak up when the newest run in the artifact repository is missing or too old.

    Says so on Slack when SLACK_WEBHOOK_URL is set, as an annotation in GitHub Actions, and exits 3.
    """
    from lsqm.cli.wiring import clock, notifier, open_store
    from lsqm.errors import ExitCode
    from lsqm.model.event import Notice
    from lsqm.model.ids import run_started_at
    from lsqm.ports.notifier import NotifierError

    if invocation.dry_run:
        return invocation.would([f"see whether the newest run is older than {max_age:g} hours, and tell Slack if so"])
    store = open_store(invocation, sync=not no_sync)
    runs = store.run_ids()
    age = (clock().now() - run_started_at(runs[-1])).total_seconds() / 3600 if runs else None
    late = age is None or age > max_age
    where = invocation.settings.artifact_repo or store.root
    if age is None:
        text = f"There is no run of lsqm in {where} yet."
    else:
        text = f"The newest run of lsqm in {where}, {runs[-1]}, began {age:.0f} hours ago"
        text += f"; there should have been one within {max_age:g}." if late else "."
    if late:
        if os.environ.get("GITHUB_ACTIONS") == "true":
            click.echo(f"::error title=A run of lsqm is missing::{text}", err=True)
        sender = notifier(invocation.settings)
        if sender is not None:
            try:
                sender.post({"text": f":warning: {text}"})
            except NotifierError as error:
                message = f"Slack did not take the message: {error}"
                invocation.events.on(Notice(stage="watch", message=message, level="warning"))
    invocation.result({"run_id": runs[-1] if runs else None, "hours": age, "late": late}, text)
    return ExitCode.UNAVAILABLE if late else ExitCode.OK
