"""`lsqm confirm`."""

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import executor_option, lsqm_command, sync_option


@lsqm_command("confirm", epilog="Example: lsqm confirm latest")
@click.argument("run_text", required=False, metavar="[RUN]")
@executor_option
@sync_option
def command(invocation: Invocation, run_text: str | None, executor: str | None, no_sync: bool) -> int:
    """Repeat what looks like a regression in a stored run, on its emulator and on the baseline's, until it is settled.

    The evidence is kept with the run; what is confirmed becomes `regressed`. Exits 1 when something is.
    """
    from lsqm.cli.run import change_counts
    from lsqm.cli.stages import confirm_stage
    from lsqm.cli.trials import trial_bench
    from lsqm.cli.wiring import find_run, open_store, recorder_for
    from lsqm.errors import ExitCode
    from lsqm.model.comparison import Change
    from lsqm.pipeline import judging

    invocation.override(executor=executor)
    if invocation.dry_run:
        return invocation.would([f"repeat the unconfirmed losses of run {run_text or 'latest'} on both emulators"])
    store = open_store(invocation, sync=not no_sync)
    run = find_run(store, run_text)
    recorder = recorder_for(invocation)
    with trial_bench(invocation, store, run) as bench:
        deadline = bench.clock.monotonic() + invocation.settings.run_deadline
        evidence = confirm_stage(invocation, store, run, recorder, bench, deadline_monotonic=deadline)
    comparison = judging.compare_run(store, run, evidence=evidence)
    judging.settle(store, comparison)
    counts = change_counts(comparison)
    shown = (*comparison.regressions, *comparison.with_change(Change.UNCONFIRMED))
    lines = [f"{run}: {len(evidence)} losses repeated; " + ", ".join(f"{n} {word}" for word, n in counts.items() if n)]
    lines += [f"  {record.change.value}: {record.architecture[:12]}: {record.reason}" for record in shown]
    invocation.result({"run_id": run, "repeated": sorted(evidence), "changes": counts}, "\n".join(lines))
    return ExitCode.REGRESSIONS if comparison.regressions else ExitCode.OK
