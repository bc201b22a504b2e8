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
    from lsqm.cli.stages import push_stage
    from lsqm.cli.wiring import find_run, open_store, recorder_for, remote_of
    from lsqm.errors import ExitCode

    if invocation.dry_run:
        remote = remote_of(invocation.settings)
        return invocation.would(
            [
                f"commit and push to {remote.url}",
                f"open issues for confirmed regressions in {invocation.settings.issue_repo}",
            ]
        )
    store = open_store(invocation, sync=False)
    run = find_run(store, run_text) if store.run_ids() else None
    recorder = recorder_for(invocation)
    whole = push_stage(invocation, store, recorder, run)
    summary = recorder.timings[-1].message
    invocation.result({"run_id": run, "pushed": whole, "summary": summary}, summary)
    return ExitCode.OK if whole else ExitCode.PARTIAL
