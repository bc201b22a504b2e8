"""`lsqm replay`."""

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command, sync_option


@lsqm_command("replay", epilog="Example: lsqm replay latest order-queue --emulator embedded")
@click.argument("run_text", metavar="RUN")
@click.argument("architecture", metavar="HASH|NAME")
@click.option("--shell", is_flag=True, help="Before it is destroyed, leave the emulator up for you to look at.")
@sync_option
def command(invocation: Invocation, run_text: str, architecture: str, shell: bool, no_sync: bool) -> int:
    """Make one trial of a stored run again, from the artifact repository alone, and compare the verdicts.

    Exits 4 when the verdict is another one today. With --shell it says how to reach the emulator and waits: in a shell
    of yours on a terminal, else until standard input ends; then everything is removed.
    """
    from lsqm.cli.look_around import look_around
    from lsqm.cli.run import tests_cell
    from lsqm.cli.stages import wanted_hashes
    from lsqm.cli.trials import trial_bench
    from lsqm.cli.wiring import find_run, open_store
    from lsqm.errors import ExitCode, UsageError
    from lsqm.validate import go_on

    if invocation.dry_run:
        return invocation.would([f"validate {architecture} again on the emulator of run {run_text}; nothing is stored"])
    store = open_store(invocation, sync=not no_sync)
    run = find_run(store, run_text)
    results = store.load_results(run)
    found = [key for key in wanted_hashes(store, [architecture]) if key in results]
    if len(found) != 1:
        raise UsageError(
            f"run {run} has {len(found)} results for {architecture!r}", hint="Give the hash as the report shows it."
        )
    (key,) = found
    stored = results[key]
    with trial_bench(invocation, store, run) as bench:
        fresh = bench.repeat(store, key, stored.emulator, look_around if shell else go_on)
    same = (fresh.status, fresh.signature) == (stored.status, stored.signature)
    rows = [
        ("", "then", "now"),
        ("status", stored.status.value, fresh.status.value),
        ("cause", str(stored.cause or "-"), str(fresh.cause or "-")),
        (
            "tests passed",
            tests_cell(stored),
            tests_cell(fresh),
        ),
        ("signature", stored.signature or "-", fresh.signature or "-"),
        ("message", stored.message or "-", fresh.message or "-"),
    ]
    lines = [f"{name:14}{then:40.40}  {now}" for name, then, now in rows]
    lines.append("the same verdict" if same else "another verdict")
    invocation.result(
        {
            "run_id": run,
            "architecture": key,
            "same": same,
            "then": {"status": stored.status.value, "signature": stored.signature},
            "now": {"status": fresh.status.value, "signature": fresh.signature, "message": fresh.message},
        },
        "\n".join(lines),
    )
    return ExitCode.OK if same else ExitCode.PARTIAL
