"""`lsqm clean`."""

import sys

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command


@lsqm_command("clean", epilog="Examples: lsqm clean; lsqm clean --cache --images --yes")
@click.option("--cache", is_flag=True, help="Also the caches of fetched repositories.")
@click.option("--tools", is_flag=True, help="Also Terraform and providers that lsqm downloaded.")
@click.option("--images", is_flag=True, help="Also lsqm's own images, and untagged emulators that earlier runs used.")
@click.option("--everything", is_flag=True, help="The whole workspace, with results that were not pushed.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(invocation: Invocation, cache: bool, tools: bool, images: bool, everything: bool, yes: bool) -> int:
    """Remove what lsqm left: containers and networks with its label, processes and scratch folders of killed runs.

    Shows what would go and asks first. Touches only what carries lsqm's label or name, or what lsqm made in its
    workspace: other files there stay, and so does an image that a tag names. Exits 4 when something could not be
    removed.
    """
    from lsqm.cli.cleaning import leftovers
    from lsqm.errors import ExitCode, LsqmError, UsageError

    found = leftovers(invocation.settings, cache=cache, tools=tools, images=images, everything=everything)
    lines = [item.describe() for item in found]
    if invocation.dry_run:
        return invocation.would([f"remove {line}" for line in lines] or ["remove nothing: there are no leftovers"])
    if not found:
        invocation.result({"removed": [], "kept": {}}, "nothing to remove")
        return ExitCode.OK
    if not yes:
        if invocation.as_json or not sys.stdin.isatty():
            raise UsageError(
                f"clean would remove {len(found)} items and nobody can be asked",
                hint="Look with `lsqm clean --dry-run`, then `lsqm clean --yes`.",
            )
        click.echo("\n".join(f"  {line}" for line in lines), err=True)
        if not click.confirm("Remove these?", default=False, err=True):
            return ExitCode.OK
    removed, kept = list[str](), dict[str, str]()
    for item, line in zip(found, lines, strict=True):
        try:
            item.remove()
        except LsqmError as error:
            kept[line] = f"{error}; {error.hint}"
        else:
            removed.append(line)
    told = [f"removed {line}" for line in removed] + [f"kept {line}: {why}" for line, why in kept.items()]
    invocation.result({"removed": removed, "kept": kept}, "\n".join(told))
    return ExitCode.PARTIAL if kept else ExitCode.OK
