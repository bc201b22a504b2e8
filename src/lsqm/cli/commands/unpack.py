"""`lsqm unpack`."""

from pathlib import Path

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command


@lsqm_command("unpack", epilog="Example: lsqm unpack parcel.tar.gz")
@click.argument("parcel", type=click.Path(path_type=Path, dir_okay=False))
def command(invocation: Invocation, parcel: Path) -> int:
    """Take over what another job packed with `lsqm pack`, into this workspace.

    Where the remote has moved on since, index, ledger, state and trends are merged by key and nothing is lost.
    The file may come from a job that ran foreign code: all but plain files in the folders of an artifact repository is
    refused before anything is written.
    """
    from lsqm.artifacts.store import ArtifactStore
    from lsqm.cli.handing_over import take_over
    from lsqm.cli.workspace import Workspace
    from lsqm.errors import UsageError

    if not parcel.is_file():
        raise UsageError(f"{parcel} does not exist", hint="Make it with `lsqm pack`, in the job before.")
    if invocation.dry_run:
        return invocation.would([f"take over the documents in {parcel}"])
    workspace = Workspace(invocation.settings.workspace)
    workspace.make()
    store = ArtifactStore(workspace.artifacts)
    with store.lock():
        count = take_over(invocation, parcel)
    store.check_format()
    invocation.result({"parcel": str(parcel), "files": count}, f"{count} files from {parcel}")
    return 0
