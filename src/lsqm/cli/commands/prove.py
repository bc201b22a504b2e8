"""`lsqm prove`."""

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command, sync_option


@lsqm_command("prove", epilog="Example: LSQM_PROVE=all lsqm prove --emulator embedded")
@click.option(
    "--cage", type=click.Choice(["auto", "docker", "namespaces", "none"]), default=None, help="Jail for foreign code."
)
@click.option("--only", multiple=True, metavar="HASH|NAME", help="Only this architecture; may be given several times.")
@sync_option
def command(invocation: Invocation, cage: str | None, only: tuple[str, ...], no_sync: bool) -> int:
    """Let apps that were kept without an emulator climb on: empty emulator, then twice on the applied architecture.

    `lsqm generate`, `lsqm run` and `lsqm validate` do it too, each for the apps that still wait. This is for a machine
    that runs apps and holds no key. Which apps count says `prove`. Exits 4 when some still wait.
    """
    from lsqm.cli.stages import prove_stage, waiting_apps
    from lsqm.cli.wiring import clock, open_store
    from lsqm.errors import ExitCode

    invocation.override(cage=cage)
    if invocation.dry_run:
        from lsqm.artifacts.store import ArtifactStore
        from lsqm.cli.workspace import Workspace

        store = ArtifactStore(Workspace(invocation.settings.workspace).artifacts)
        return invocation.would([f"prove the app of {key[:12]}" for key in waiting_apps(invocation, store, only)])
    store = open_store(invocation, sync=not no_sync)
    until = clock().monotonic() + invocation.settings.run_deadline / 2
    records = prove_stage(invocation, store, only, until=until)
    left = waiting_apps(invocation, store, only)
    rows = [
        {
            "architecture": record.architecture,
            "rung": record.proof.rung.value,
            "tests": dict(record.proof.tests),
            "notes": list(record.proof.notes),
        }
        for record in records
    ]
    lines = [
        f"{record.architecture[:12]}  {record.proof.rung.value}  "
        f"{sum(record.proof.tests.values())} of {len(record.proof.tests)} tests proven  {'; '.join(record.proof.notes)}"
        for record in records
    ]
    lines.append(f"{len(records)} tried, {len(left)} still wait")
    invocation.result({"tried": rows, "waiting": left}, "\n".join(line.rstrip() for line in lines))
    return ExitCode.PARTIAL if left else ExitCode.OK
