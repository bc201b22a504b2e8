"""`lsqm hub`."""

from pathlib import Path

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command


@lsqm_command("hub", epilog="Example: lsqm hub ./mirror --port 8500  # docs/hub.md says how to fill the folder")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--port", type=click.IntRange(0, 65535), default=8500, show_default=True, help="0 takes any free port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
def command(invocation: Invocation, folder: Path, port: int, host: str) -> int:
    """Serve a folder of bare repositories (OWNER/NAME.git) as GitHub and Terraform Registry, until interrupted.

    Prints the three variables that send lsqm there. Reads only; it is not made for the open internet.
    """
    from lsqm.adapters.hub import Hub
    from lsqm.errors import ExitCode, Unavailable

    hub = Hub(folder=folder, host=host, port=port)
    if invocation.dry_run:
        return invocation.would([f"serve {folder} on {host}:{port}"])
    try:
        hub.start()
    except OSError as error:
        raise Unavailable(f"cannot listen on {host}:{port}: {error.strerror}", hint="choose another --port") from error
    lines = "\n".join(f"export {name}={value}" for name, value in hub.environment.items())
    invocation.result({"environment": hub.environment}, lines)
    hub.wait()
    return ExitCode.OK
