"""The cage in a container: for machines where Docker is there and user namespaces are not to be had.

The container shares nothing with the host but read-only mounts of its programs (`/usr`, Python, Terraform, providers)
and the directories named in `Access`. Its one network is the emulator's private one: internal, and without an address
of the host. The image is the emulator's own, which is on the machine already; nothing of it is run.
"""

import contextlib
import dataclasses
import os
import secrets
import sys
from pathlib import Path

from lsqm.adapters.cages.jail import NOBODY
from lsqm.adapters.cages.namespaces import INNER_PORT, hand_over
from lsqm.adapters.cages.probe import probe
from lsqm.adapters.docker_engine import Owner, labels
from lsqm.adapters.subprocesses import LocalCommandRunner
from lsqm.errors import Unavailable
from lsqm.ports.cage import Access
from lsqm.ports.commands import Command, CommandResult, CommandRunner

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ssl", "/etc/ld.so.cache", "/etc/alternatives")
_FAILURE = 125
_DEFAULT_MEMORY = 4 << 30
_COPY = 'while [ "$1" != -- ]; do cp -R "$1/." "$2"; shift 2; done; shift; exec "$@"'


class DockerCage:
    """Runs each command in a container of its own.

    Args:
        runner: runs the `docker` command.
        docker: its path.
        image: any image that is on the machine, such as the emulator's.
        environment: for `docker` itself: PATH, DOCKER_HOST and its relatives.
        owner: who answers for the containers.
    """

    name = "docker"

    def __init__(
        self, runner: CommandRunner, *, docker: Path, image: str, environment: dict[str, str], owner: Owner
    ) -> None:
        self._runner = runner
        self._docker = docker
        self._image = image
        self._environment = environment
        self._owner = owner
        self._cleaner = LocalCommandRunner()  # goes on when everything else is told to stop

    def inner_endpoint(self, endpoint: str) -> str:
        """LocalStack's own name, which the private network leads to the emulator."""
        del endpoint
        return f"http://localhost.localstack.cloud:{INNER_PORT}"

    def run(self, command: Command, access: Access) -> CommandResult:
        """Run it; see `lsqm.ports.cage.Cage.run`."""
        for path in access.writable:
            hand_over(path)
        name = f"lsqm-run-{secrets.token_hex(6)}"
        argv = [str(self._docker), "run", "--rm", "--name", name, *self._options(command, access), self._image]
        copies = [word for number, path in enumerate(access.copied) for word in (f"/lsqm/{number}", str(path))]
        try:
            result = self._runner.run(
                dataclasses.replace(
                    command,
                    argv=[*argv, "-c", _COPY, "sh", *copies, "--", *command.argv],
                    env={**self._environment, **command.env, "PATH": self._environment.get("PATH", "")},
                )
            )
        finally:
            self._remove(name, command)
        if result.exit_code == _FAILURE:
            raise Unavailable(
                f"the container of the cage cannot be started: {result.stderr[-300:].decode(errors='replace').strip()}",
                hint="`docker info` shows whether the engine is well",
            )
        if result.exit_code is not None and result.exit_code > 128:
            return dataclasses.replace(result, exit_code=128 - result.exit_code)
        return result

    def probe(self) -> tuple[str, ...]:
        """Try to break out. Raises Unavailable when no container can be started here."""
        return probe(self)

    def _options(self, command: Command, access: Access) -> list[str]:
        limits = access.limits
        user = NOBODY if os.getuid() == 0 else os.getuid()
        options = ["--init", "--read-only", "--user", f"{user}:{user}", "--cap-drop", "ALL", "--entrypoint", "/bin/sh"]
        options += ["--security-opt", "no-new-privileges", "--hostname", "lsqm", "--log-driver", "none"]
        options += ["--tmpfs", "/tmp:rw,exec,nosuid,nodev,mode=1777,size=512m"]  # noqa: S108
        options += [
            "--memory",
            str(limits.memory_bytes or _DEFAULT_MEMORY),
            "--pids-limit",
            str(limits.processes or 4096),
        ]
        options += ["--memory-swap", str(limits.memory_bytes or _DEFAULT_MEMORY)]
        if limits.file_bytes:
            options += ["--ulimit", f"fsize={limits.file_bytes}"]
        if limits.cpu_seconds:
            options += ["--ulimit", f"cpu={limits.cpu_seconds}"]
        network = "bridge" if access.internet else access.network or "none"
        options += ["--network", network, "--workdir", str(command.cwd)]
        for key, value in labels(self._owner, "", "").items():
            options += ["--label", f"{key}={value}"]
        for variable in command.env:
            if variable != "PATH":
                options += ["--env", variable]  # by name: values never show on a command line
        options += ["--env", f"PATH={command.env.get('PATH', '/usr/bin:/bin')}"]
        for place, mode in self._mounts(access):
            options += ["--volume", f"{place}:{place}:{mode}"]
        for number, path in enumerate(access.copied):
            options += ["--volume", f"{path}:/lsqm/{number}:ro"]
            options += ["--tmpfs", f"{path}:rw,nosuid,nodev,uid={user},gid={user},size=256m"]
        return options

    @staticmethod
    def _mounts(access: Access) -> list[tuple[str, str]]:
        wanted = dict.fromkeys(place for place in _SYSTEM if Path(place).exists() and not Path(place).is_symlink())
        for path in access.read_only:
            wanted[str(path)] = None
            wanted[str(path.resolve())] = None
        wanted[str(Path(sys.prefix))] = None
        return [*((place, "ro") for place in wanted), *((str(path), "rw") for path in access.writable)]

    def _remove(self, name: str, command: Command) -> None:
        """Make sure that it is gone: killing the `docker` command does not kill the container."""
        with contextlib.suppress(Unavailable):
            self._cleaner.run(
                Command(
                    argv=[str(self._docker), "rm", "--force", "--volumes", name],
                    cwd=command.cwd,
                    env=self._environment,
                    deadline_seconds=60,
                )
            )
