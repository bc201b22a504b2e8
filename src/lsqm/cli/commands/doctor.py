"""`lsqm doctor`."""

import os
from typing import Any

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command

_MARKS = {"ok": "✓", "warning": "!", "missing": "✗"}


def _known(_: click.Context, __: click.Parameter, value: Any) -> str:
    from lsqm.cli.main import COMMANDS

    if value not in COMMANDS:
        raise click.BadParameter(f"{value!r} is no command; one of {', '.join(COMMANDS)}")
    return str(value)


@lsqm_command(
    "doctor",
    epilog="Examples: lsqm doctor; lsqm doctor --for demo; lsqm doctor --emulator embedded --for validate --json",
)
@click.option(
    "--for", "command_name", default="run", metavar="COMMAND", callback=_known, show_default=True,
    help="Which command should be able to run.",
)  # fmt: skip
def command(invocation: Invocation, command_name: str) -> int:
    """Check every prerequisite: what was found, what its absence disables, how to get it.

    Tools, engine, image, cage (by trying to break out), disk, memory, clock, tokens with their rights and limits,
    tracker and webhook. Asks each server once and changes nothing. Exits 3 when the command that --for names could not
    run.
    """
    from lsqm.cli.checks import Verdict, run_checks
    from lsqm.errors import ExitCode

    if command_name == "demo":
        invocation.suggest(emulator="embedded")
        invocation.override(artifact_repo="")
    if invocation.dry_run:
        return invocation.would(["look at this machine, its tools and tokens; ask GitHub and Claude what they may do"])
    checks = [(check, check.verdict(command_name)) for check in run_checks(invocation.settings, os.environ)]
    width = max(len(check.name) for check, _ in checks)
    lines = []
    for check, verdict in checks:
        lines.append(f"{_MARKS[verdict]} {check.name:{width}}  {check.found}")
        if verdict is not Verdict.OK:
            lines.append(f"  {'':{width}}  so: {check.consequence}")
            lines.append(f"  {'':{width}}  → {check.remedy}")
    missing = [check.name for check, verdict in checks if verdict is Verdict.MISSING]
    lines.append(
        f"`lsqm {command_name}` cannot run: see {', '.join(missing)}." if missing else f"`lsqm {command_name}` can run."
    )
    invocation.result(
        {
            "command": command_name,
            "ready": not missing,
            "checks": [
                {
                    "name": check.name,
                    "verdict": verdict.value,
                    "found": check.found,
                    "consequence": check.consequence,
                    "remedy": check.remedy,
                }
                for check, verdict in checks
            ],
        },
        "\n".join(lines),
    )
    return ExitCode.UNAVAILABLE if missing else ExitCode.OK
