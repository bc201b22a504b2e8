"""`lsqm merge`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import RunIdType, lsqm_command, sync_option

if TYPE_CHECKING:
    from lsqm.model.ids import RunId


@lsqm_command("merge", epilog="Example: lsqm merge shards/ --run-id 20260104T000000Z-3f9a2c --shards 3")
@click.argument("places", nargs=-1, metavar="[DIR]...", type=click.Path(path_type=Path))
@click.option("--run-id", type=RunIdType(), required=True, help="Id of the run whose shards these are.")
@click.option(
    "--shards",
    type=click.IntRange(1, 256),
    default=None,
    metavar="N",
    help="How many there should be; default: ask them.",
)
@sync_option
def command(
    invocation: Invocation, places: tuple[Path, ...], run_id: "RunId", shards: int | None, no_sync: bool
) -> int:
    """Make one run of the shards that `lsqm validate --shard` left, and compare it with earlier runs.

    Each DIR is a shard's folder or holds some; without DIR those of this workspace are taken. A shard that is missing
    or damaged is recorded as a gap and does not fail the merge; merging again with it fills the gap. Afterwards
    `confirm`, `report`, `push` and `notify` work as after a plain run. Exits 4 only when nothing at all came.
    """
    from lsqm.cli.sharding import merge
    from lsqm.cli.wiring import open_store

    if invocation.dry_run:
        shown = ", ".join(map(str, places)) or str(invocation.settings.workspace / "shards" / run_id)
        return invocation.would([f"merge the shards in {shown} into run {run_id}", "compare it with earlier runs"])
    return merge(invocation, open_store(invocation, sync=not no_sync), run_id, places, shards)
