"""`lsqm validate`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import RunIdType, ShardType, executor_option, lsqm_command, sync_option

if TYPE_CHECKING:
    from lsqm.model.ids import RunId
    from lsqm.model.shard import Shard


@lsqm_command(
    "validate",
    epilog="Examples: lsqm validate --emulator embedded --only order-queue; lsqm validate --resume latest; "
    "lsqm validate --shard 2/3 --run-id 20260104T000000Z-3f9a2c --output shard-2",
)
@click.option(
    "--cage", type=click.Choice(["auto", "docker", "namespaces", "none"]), default=None, help="Jail for foreign code."
)
@executor_option
@click.option("--only", multiple=True, metavar="HASH|NAME", help="Only this architecture; may be given several times.")
@click.option("--resume", default=None, metavar="RUN", help="Go on with this run: validate only what has no result.")
@click.option("--run-id", type=RunIdType(), default=None, help="Id of the run; `lsqm plan` makes one for all shards.")
@click.option("--shard", type=ShardType(), default=None, help="Only this share of the run, for `lsqm merge`.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    metavar="DIR",
    help="Folder of the shard; default in the workspace. What it holds already is not done again.",
)
@click.option("--self-check", is_flag=True, help="Validate twice on one version: how often would lsqm cry wolf?")
@sync_option
def command(
    invocation: Invocation,
    cage: str | None,
    executor: str | None,
    only: tuple[str, ...],
    resume: str | None,
    run_id: "RunId | None",
    shard: "Shard | None",
    output: Path | None,
    self_check: bool,
    no_sync: bool,
) -> int:
    """Run each architecture on its own fresh emulator: apply, plan again, test, destroy.

    Makes a new run with its results, compares it with earlier ones and stores both. With --shard it validates one
    share of a run into a folder instead; `lsqm merge` makes one run of all of them. Exits 4 when not everything
    selected could be validated.

    With --self-check it makes two runs on the very same emulator build. Whatever differs is a false alarm; alarms are
    repeated as suspected regressions are, and the share of them before and after that is kept with the second run and
    shown in every later report.
    """
    from lsqm.cli.run import validate_only
    from lsqm.cli.sharding import shard_folder, validate_shard
    from lsqm.cli.wiring import open_store
    from lsqm.errors import UsageError

    invocation.override(cage=cage, executor=executor)
    if self_check and any(flag is not None for flag in (shard, resume, run_id, output)):
        raise UsageError(
            "--self-check makes two whole runs with ids of their own",
            hint="Leave --shard, --resume, --run-id and --output out.",
        )
    if shard is not None and run_id is None and resume is not None:
        run_id, resume = RunIdType().convert(resume, None, None), None
    if shard is not None and run_id is None:
        raise UsageError(
            "--shard needs --run-id: all shards of a run share one",
            hint=f"`lsqm plan --shards {shard.of}` makes a run id.",
        )
    if resume is not None and run_id is not None:
        raise UsageError(
            "--resume and --run-id exclude each other", hint="--resume names a run that is there, --run-id a new one."
        )
    if output is not None and shard is None:
        raise UsageError("--output is for shards", hint="Add --shard I/N, or leave --output out.")
    if invocation.dry_run:
        from lsqm.cli.choosing import dry_selection

        lines = dry_selection(invocation, only, run_id, shard, resume)
        if shard is not None and run_id is not None:
            lines.append(f"write shard {shard} to {shard_folder(invocation, run_id, shard, output)}")
        if self_check:
            lines.append("do all that twice on the same emulator build, and measure the false alarms")
        return invocation.would(lines)
    from lsqm.cli.choosing import chosen_run

    store = open_store(invocation, sync=not no_sync)
    if self_check:
        from lsqm.cli.self_checking import check_ourselves

        return check_ourselves(invocation, store, only)
    choice = chosen_run(store, only=only, resume=resume, run=run_id, sharded=shard is not None)
    if shard is not None:
        return validate_shard(invocation, store, choice, shard, output)
    return validate_only(invocation, store, choice)
