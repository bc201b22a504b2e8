"""`lsqm validate`."""

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command, sync_option


@lsqm_command("validate", epilog="Example: lsqm validate --emulator embedded --only order-queue")
@click.option(
    "--cage", type=click.Choice(["auto", "docker", "namespaces", "none"]), default=None, help="Jail for foreign code."
)
@click.option("--only", multiple=True, metavar="HASH|NAME", help="Only this architecture; may be given several times.")
@click.option("--self-check", is_flag=True, help="Validate twice on one version: how often would lsqm cry wolf?")
@sync_option
def command(invocation: Invocation, cage: str | None, only: tuple[str, ...], self_check: bool, no_sync: bool) -> int:
    """Run each architecture on its own fresh emulator: apply, plan again, test, destroy.

    Makes a new run with its results, compares it with earlier ones and stores both. Exits 4 when not everything
    selected could be validated.

    With --self-check it makes two runs on the very same emulator build. Whatever differs is a false alarm; alarms are
    repeated as suspected regressions are, and the share of them before and after that is kept with the second run and
    shown in every later report.
    """
    from lsqm.cli.run import validate_only
    from lsqm.cli.stages import wanted_hashes
    from lsqm.cli.wiring import open_store

    invocation.override(cage=cage)
    settings = invocation.settings
    if invocation.dry_run:
        from lsqm.artifacts.store import ArtifactStore
        from lsqm.cli.workspace import Workspace

        store = ArtifactStore(Workspace(settings.workspace).artifacts)
        names = {key: entry.name for key, entry in store.load_index().architectures.items()}
        hashes = [key for key in wanted_hashes(store, only) if store.has_app(key)]
        twice = " twice" if self_check else ""
        return invocation.would(
            [f"validate {names[key]} ({key[:12]}) on {settings.emulator}{twice}" for key in hashes]
            or ["validate nothing: no architecture has an app"]
        )
    if self_check:
        from lsqm.cli.self_checking import check_ourselves

        return check_ourselves(invocation, open_store(invocation, sync=not no_sync), only)
    return validate_only(invocation, open_store(invocation, sync=not no_sync), only)
