"""`lsqm pack`."""

from pathlib import Path

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command


@lsqm_command("pack", epilog="Example: lsqm pack parcel.tar.gz")
@click.argument("parcel", type=click.Path(path_type=Path, dir_okay=False))
def command(invocation: Invocation, parcel: Path) -> int:
    """Put the artifact repository's working copy into one file, so that another CI job goes on with it.

    Only documents go in: no git, no links, no credentials. `lsqm unpack` takes it out again.
    """
    from lsqm.artifacts.parcel import pack
    from lsqm.cli.handing_over import base_here
    from lsqm.cli.wiring import open_store

    if invocation.dry_run:
        return invocation.would([f"write the artifact repository's documents to {parcel}"])
    store = open_store(invocation, sync=False)
    count = pack(store.root, parcel, base=base_here(invocation.settings))
    size = parcel.stat().st_size
    invocation.result(
        {"parcel": str(parcel), "files": count, "bytes": size}, f"{parcel}: {count} files, {size / 1e6:.1f} MB"
    )
    return 0
