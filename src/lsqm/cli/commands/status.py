"""`lsqm status`."""

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command, sync_option


@lsqm_command("status", epilog="Example: lsqm status --json | jq .last_run.counts")
@sync_option
def command(invocation: Invocation, no_sync: bool) -> int:
    """Show what there is: architectures, skips, apps, runs, the last results, what is in quarantine or waits to be
    filed, tokens spent, and what the next run would do.
    """
    from lsqm.cli.wiring import open_store

    if invocation.dry_run:
        return invocation.would(["read the artifact repository and print statistics"])
    store = open_store(invocation, sync=not no_sync)
    from lsqm.cli.overview import Overview

    overview = Overview(store, invocation.settings)
    invocation.result(overview.as_json(), overview.as_text())
    return 0
