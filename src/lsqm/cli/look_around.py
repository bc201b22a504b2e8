"""What `lsqm replay --shell` does between the tests and the end: hold still while a person looks at the emulator."""

import contextlib
import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from lsqm.ports.emulator import RunningEmulator
    from lsqm.validate.workdir import WorkDirectory


def look_around(running: "RunningEmulator", work: "WorkDirectory") -> None:
    """Say how to reach everything; open a shell on a terminal, else wait until standard input ends or Ctrl-C."""
    variables = {
        "AWS_ENDPOINT_URL": running.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    on_terminal = sys.stdin.isatty()
    lines = [
        "",
        f"The emulator is up:  {running.endpoint}  ({running.identity.product} {running.identity.version})",
        f"Terraform and state: {work.terraform}",
        f"The app:             {work.app}",
        *([f"Its container is on: {running.network} (docker ps, docker logs)"] if running.network else []),
        *([] if on_terminal else [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]),
        "Leave this shell to remove everything."
        if on_terminal
        else "Close standard input or press Ctrl-C to remove everything.",
    ]
    click.echo("\n".join(lines), err=True)
    if on_terminal:
        shell = os.environ.get("SHELL") or "/bin/sh"
        with contextlib.suppress(KeyboardInterrupt):
            subprocess.run([shell], cwd=work.terraform, env={**os.environ, **variables}, check=False)
        return
    with contextlib.suppress(KeyboardInterrupt):
        while sys.stdin.read(1):
            pass
