"""`lsqm generate`."""

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command, sync_option


@lsqm_command("generate", epilog="Example: lsqm generate --generator claude --max-apps 10")
@click.option(
    "--generator", type=click.Choice(["auto", "claude", "builtin"]), default=None, help="Who writes the apps."
)
@click.option("--model", default=None, metavar="MODEL", help="Claude model.")
@click.option("--max-apps", type=int, default=None, metavar="N", help="Apps at most in this run.")
@click.option("--only", multiple=True, metavar="HASH|NAME", help="Only this architecture; may be given several times.")
@click.option("--regenerate", is_flag=True, help="Also replace apps that are current.")
@sync_option
def command(
    invocation: Invocation,
    generator: str | None,
    model: str | None,
    max_apps: int | None,
    only: tuple[str, ...],
    regenerate: bool,
    no_sync: bool,
) -> int:
    """Write a pytest app for each architecture that has none, or none that is current.

    Claude writes them within the token budget; the builtin generator needs no key and takes over when there is none.
    """
    from lsqm.cli.stages import GenerateFlags, generate_stage, outdated
    from lsqm.cli.wiring import open_store, recorder_for
    from lsqm.errors import ExitCode

    invocation.override(generator=generator, model=model)
    flags = GenerateFlags(only=only, max_apps=max_apps, regenerate=regenerate)
    if invocation.dry_run:
        from lsqm.artifacts.store import ArtifactStore
        from lsqm.cli.workspace import Workspace

        store = ArtifactStore(Workspace(invocation.settings.workspace).artifacts)
        names = {key: entry.name for key, entry in store.load_index().architectures.items()}
        wanted = outdated(store, flags)[:max_apps]
        return invocation.would(
            [f"generate an app for {names[key]} ({key[:12]})" for key in wanted]
            or ["generate nothing: all are current"]
        )
    store = open_store(invocation, sync=not no_sync)
    before = len(outdated(store, flags))
    whole = generate_stage(invocation, store, recorder_for(invocation), flags)
    left = len(outdated(store, GenerateFlags(only=only)))
    invocation.result({"wanted": before, "left": left}, f"{before} wanted an app, {left} still do")
    return ExitCode.OK if whole else ExitCode.PARTIAL
