"""The cage for Linux without Docker: new user, network, PID and mount namespaces (see jail.py)."""

import dataclasses
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from lsqm.adapters.cages.jail import FAILURE, NOBODY
from lsqm.adapters.cages.names import EMULATOR_NAME, INNER_PORT
from lsqm.adapters.cages.probe import probe
from lsqm.errors import Unavailable
from lsqm.ports.cage import Access
from lsqm.ports.commands import Command, CommandResult, CommandRunner

_JAIL = "lsqm.adapters.cages.jail"
_SIGNAL_BASE = 128
_COMPLAINT = b"lsqm-jail: "


class NamespaceCage:
    """Runs commands in a jail that sees only what `Access` names, and of all networks only the emulator's port.

    Args:
        runner: starts the jail itself.
    """

    name = "namespaces"

    def __init__(self, runner: CommandRunner) -> None:
        self._runner = runner

    def inner_endpoint(self, endpoint: str) -> str:
        """Always LocalStack's usual port, so that the URLs an emulator hands out lead to it."""
        del endpoint
        return f"http://{EMULATOR_NAME}:{INNER_PORT}"

    def run(self, command: Command, access: Access) -> CommandResult:
        """Run it; see `lsqm.ports.cage.Cage.run`."""
        for path in access.writable:
            hand_over(path)
        jailed = dataclasses.replace(command, argv=jail_argv(command.argv, command.cwd, access))
        result = self._runner.run(jailed)
        if result.exit_code == FAILURE and _COMPLAINT in result.stderr:
            complaint = result.stderr.rpartition(_COMPLAINT)[2].decode(errors="replace").strip()
            raise Unavailable(
                f"the jail of namespaces cannot be built: {complaint}",
                hint="use Docker, allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, "
                "kernel.apparmor_restrict_unprivileged_userns=0), or accept `none` in so many words",
            )
        if result.exit_code is not None and result.exit_code > _SIGNAL_BASE:
            return dataclasses.replace(result, exit_code=_SIGNAL_BASE - result.exit_code)
        return result

    def probe(self) -> tuple[str, ...]:
        """Try to break out. Raises Unavailable when the jail cannot be built here."""
        return probe(self)


def jail_argv(argv: Sequence[str], cwd: Path, access: Access) -> list[str]:
    """The command line that runs `argv` in the jail."""
    endpoint = urlsplit(access.endpoint)
    request = {
        "argv": list(argv),
        "cwd": str(cwd),
        "internet": access.internet,
        "relay": {"listen": INNER_PORT, "host": endpoint.hostname, "port": endpoint.port}
        if access.endpoint and not access.internet
        else None,
        "read_only": [str(path) for path in access.read_only],
        "writable": [str(path) for path in access.writable],
        "copied": [str(path) for path in access.copied],
        "limits": dataclasses.asdict(access.limits),
    }
    return [sys.executable, "-I", "-m", _JAIL, json.dumps(request)]


def hand_over(top: Path) -> None:
    """Give a directory to the user that the jail runs as; needed only when lsqm is root."""
    if os.getuid() != 0:
        return
    for directory, folders, names in os.walk(top):
        for path in (directory, *(os.path.join(directory, name) for name in (*folders, *names))):  # noqa: PTH118
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
