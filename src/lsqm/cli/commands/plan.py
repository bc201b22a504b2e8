"""`lsqm plan`."""

from typing import TYPE_CHECKING

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import RunIdType, lsqm_command, sync_option

if TYPE_CHECKING:
    from lsqm.model.ids import RunId


@lsqm_command("plan", epilog="Examples: lsqm plan; lsqm plan --shards 3 --json; lsqm plan --slots 8 --growth 25")
@click.option("--shards", type=click.IntRange(1, 256), default=1, metavar="M", help="Spread over so many machines.")
@click.option(
    "--slots", type=click.IntRange(1, 64), default=None, metavar="K", help="Trials at once on each; default --parallel."
)
@click.option("--only", multiple=True, metavar="HASH|NAME", help="Only this architecture; may be given several times.")
@click.option("--run-id", type=RunIdType(), default=None, help="Plan the run with this id; default: make one.")
@click.option(
    "--growth", type=click.IntRange(0, 10_000), default=10, metavar="N", help="New architectures a week; default 10."
)
@click.option(
    "--minute-price", type=click.FloatRange(0), default=None, metavar="USD", help="What a minute of a machine costs."
)
@sync_option
def command(
    invocation: Invocation,
    shards: int,
    slots: int | None,
    only: tuple[str, ...],
    run_id: "RunId | None",
    growth: int,
    minute_price: float | None,
    no_sync: bool,
) -> int:
    """Say how long the next run will take and cost, shard by shard, and when growth will make it too long.

    From what earlier runs took. The run id and the shards are those that `lsqm validate --shard I/M --run-id ID` makes
    on every machine that sees the same artifact repository. Nothing is stored.
    """
    from lsqm.cli.choosing import new_run_id
    from lsqm.cli.planning import as_json, as_text
    from lsqm.cli.stages import wanted_hashes
    from lsqm.cli.wiring import open_store
    from lsqm.pipeline.planning import PlanOptions, plan_run

    settings = invocation.settings
    if invocation.dry_run:
        return invocation.would(["read the artifact repository and forecast the next run"])
    store = open_store(invocation, sync=not no_sync)
    wanted_hashes(store, only)
    run = run_id or new_run_id()
    options = PlanOptions(
        shards=shards,
        slots=slots or settings.parallel,
        deadline=settings.run_deadline,
        growth=growth,
        minute_price=minute_price,
        generator=settings.generator,
        token_budget=settings.anthropic_token_budget,
    )
    plan = plan_run(store, run, options, only=only)
    names = {key: entry.name for key, entry in store.load_index().architectures.items()}
    invocation.result(as_json(run, plan, options), as_text(run, plan, options, names))
    return 0
