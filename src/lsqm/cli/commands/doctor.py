"""`lsqm doctor`."""

import os

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command

_MARKS = {"ok": "✓", "warning": "!", "missing": "✗"}


@lsqm_command("doctor", epilog="Example: lsqm doctor --emulator embedded")
def command(invocation: Invocation) -> int:
    """Check every prerequisite: what was found, what its absence disables, how to get it.

    Exits 3 when the chosen emulator could not run.
    """
    from lsqm.cli.checks import Verdict, run_checks
    from lsqm.errors import ExitCode

    checks = list(run_checks(invocation.settings, os.environ))
    width = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        lines.append(f"{_MARKS[check.verdict]} {check.name:{width}}  {check.found}")
        if check.verdict is not Verdict.OK:
            lines.append(f"  {'':{width}}  without it: {check.consequence}")
            lines.append(f"  {'':{width}}  → {check.remedy}")
    missing = any(check.verdict is Verdict.MISSING for check in checks)
    lines.append("Something needed is missing." if missing else "Ready.")
    invocation.result(
        {
            "ready": not missing,
            "checks": [
                {
                    "name": check.name,
                    "verdict": check.verdict.value,
                    "found": check.found,
                    "consequence": check.consequence,
                    "remedy": check.remedy,
                }
                for check in checks
            ],
        },
        "\n".join(lines),
    )
    return ExitCode.UNAVAILABLE if missing else ExitCode.OK
