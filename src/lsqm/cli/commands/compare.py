"""`lsqm compare`."""

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command, sync_option


@lsqm_command(
    "compare",
    epilog="Examples: lsqm compare  # the last run with its baselines; "
    "lsqm compare 20260104T000000Z-3f9a2c 20260111T000000Z-77e0b1",
)
@click.argument("run_a", required=False, metavar="[A]")
@click.argument("run_b", required=False, metavar="[B]")
@sync_option
def command(invocation: Invocation, run_a: str | None, run_b: str | None, no_sync: bool) -> int:
    """Say what changed from run A to run B.

    With one run, it is compared with each architecture's last fair trial; without, the newest run is. `latest` and
    unique prefixes of run ids are fine. Exits 1 when there are confirmed regressions.
    """
    from lsqm.artifacts.documents import adapter
    from lsqm.cli.wiring import find_run, open_store
    from lsqm.errors import ExitCode
    from lsqm.model.comparison import Change, Comparison
    from lsqm.pipeline.judging import compare_run

    if invocation.dry_run:
        return invocation.would(["compare two stored runs and print what changed"])
    store = open_store(invocation, sync=not no_sync)
    if run_b is None:
        run, baseline = find_run(store, run_a), None
    else:
        run, baseline = find_run(store, run_b), find_run(store, run_a)
    comparison = compare_run(store, run, baseline=baseline)
    names = {key: entry.name for key, entry in store.load_index().architectures.items()}
    lines = [f"{comparison.candidate} against {comparison.baseline or 'no earlier run'}"]
    order = [change for change in Change if change is not Change.UNCHANGED]
    for change in order:
        for record in comparison.with_change(change):
            name = names.get(record.architecture, record.architecture[:12])
            lines.append(f"  {change.value:14} {name} ({record.architecture[:12]}): {record.reason}")
            lines += [f"  {'':14}   {test}: {moved.value}" for test, moved in sorted(record.tests.items())]
    lines.append(", ".join(f"{len(comparison.with_change(change))} {change.value}" for change in Change))
    invocation.result(adapter(Comparison).dump_python(comparison, mode="json"), "\n".join(lines))
    return ExitCode.REGRESSIONS if comparison.regressions else ExitCode.OK
