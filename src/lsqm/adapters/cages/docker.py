"""The cage in a container: for machines where Docker is there and user namespaces are not to be had.

The container shares nothing with the host but read-only mounts of its programs (`/usr`, Python, Terraform, providers)
and the directories named in `Access`. Its one network is the emulator's private one: internal, and without an address
of the host. The image is an empty root, made here in an instant: nothing is pulled, nothing is built.
"""

import contextlib
import dataclasses
import hashlib
import io
import os
import secrets
import sys
import tarfile
import threading
from pathlib import Path

from lsqm.adapters.cages.jail import FILES, NOBODY
from lsqm.adapters.cages.names import EMULATOR_NAME, INNER_PORT
from lsqm.adapters.cages.namespaces import hand_over
from lsqm.adapters.cages.probe import probe
from lsqm.adapters.docker_engine import labels
from lsqm.adapters.owner import Owner
from lsqm.adapters.subprocesses import LocalCommandRunner
from lsqm.errors import Unavailable
from lsqm.ports.cage import Access, ended_for_memory
from lsqm.ports.commands import Command, CommandResult, CommandRunner

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ssl", "/etc/ld.so.cache", "/etc/alternatives")
_FAILURE = 125
PRIVATE_NETWORK = ("--internal", "--opt", "com.docker.network.bridge.inhibit_ipv4=true")
"""No way out, and no address of the host on it."""
_HINT = "`docker info` shows whether the engine is well"
_DEFAULT_MEMORY = 4 << 30
_COPY = 'while [ "$1" != -- ]; do cp -R "$1/." "$2"; shift 2; done; shift; exec "$@"'


class DockerCage:
    """Runs each command in a container of its own.

    Args:
        runner: runs the `docker` command.
        docker: its path.
        environment: for `docker` itself: PATH, DOCKER_HOST and its relatives.
        owner: who answers for the containers.
    """

    name = "docker"

    def __init__(self, runner: CommandRunner, *, docker: Path, environment: dict[str, str], owner: Owner) -> None:
        self._runner = runner
        self._docker = docker
        self._image = ""
        self._environment = environment
        self._owner = owner
        self._making = threading.Lock()
        self._cleaner = LocalCommandRunner()  # goes on when everything else is told to stop

    def inner_endpoint(self, endpoint: str) -> str:
        """LocalStack's own name, which the private network leads to the emulator."""
        del endpoint
        return f"http://{EMULATOR_NAME}:{INNER_PORT}"

    def run(self, command: Command, access: Access) -> CommandResult:
        """Run it; see `lsqm.ports.cage.Cage.run`."""
        for path in access.writable:
            hand_over(path)
        image = self._empty_image(command.cwd)
        name = f"lsqm-run-{secrets.token_hex(6)}"
        argv = [str(self._docker), "run", "--name", name, *self._options(command, access), image]
        copies = [word for number, path in enumerate(access.copied) for word in (f"/lsqm/{number}", str(path))]
        try:
            result = self._runner.run(
                dataclasses.replace(
                    command,
                    argv=[*argv, "-c", _COPY, "sh", *copies, "--", *command.argv],
                    env={**self._environment, **command.env, "PATH": self._environment.get("PATH", "")},
                )
            )
            if self._was_short_of_memory(name, command):
                note = ended_for_memory(access.limits.memory_bytes or _DEFAULT_MEMORY)
                result = dataclasses.replace(result, stderr=result.stderr + note)
        finally:
            self._remove(name, command)
        if result.exit_code == _FAILURE:
            raise Unavailable(f"the container of the cage cannot be started: {_tail(result)}", hint=_HINT)
        if result.exit_code is not None and result.exit_code > 128:
            return dataclasses.replace(result, exit_code=128 - result.exit_code)
        return result

    def probe(self) -> tuple[str, ...]:
        """Try to break out, on a network made as an emulator's is. Raises Unavailable without a working engine."""
        name, here = f"lsqm-probe-{secrets.token_hex(4)}", Path("/")
        options = [word for mark in _marks(self._owner) for word in ("--label", mark)]
        made = self._docker_command(["network", "create", *PRIVATE_NETWORK, *options, name], here)
        if not made.ok:
            raise Unavailable(f"Docker cannot make a network: {_tail(made)}", hint=_HINT)
        try:
            return probe(self, network=name, reaches_emulator=False)
        finally:
            self._docker_command(["network", "rm", name], here)

    def _empty_image(self, cwd: Path) -> str:
        """The image with nothing in it but directories, made when it is missing."""
        with self._making:
            if not self._image:
                archive = _root_archive()
                image = f"lsqm-cage:{hashlib.sha256(archive).hexdigest()[:12]}"
                if not self._docker_command(["image", "inspect", image], cwd).ok:
                    made = self._docker_command(["import", "-", image], cwd, stdin=archive)
                    if not made.ok:
                        raise Unavailable(f"Docker cannot make the cage's image: {_tail(made)}", hint=_HINT)
                self._image = image
            return self._image

    def _docker_command(self, arguments: list[str], cwd: Path, stdin: bytes = b"") -> CommandResult:
        return self._cleaner.run(
            Command(
                argv=[str(self._docker), *arguments], cwd=cwd, env=self._environment, deadline_seconds=60, stdin=stdin
            )
        )

    def _options(self, command: Command, access: Access) -> list[str]:
        limits = access.limits
        user = NOBODY if os.getuid() == 0 else os.getuid()
        options = ["--read-only", "--user", f"{user}:{user}", "--cap-drop", "ALL", "--entrypoint", "/bin/sh"]
        options += ["--security-opt", "no-new-privileges", "--hostname", "lsqm", "--log-driver", "none"]
        options += ["--tmpfs", "/tmp:rw,exec,nosuid,nodev,mode=1777,size=512m"]  # noqa: S108
        options += [
            "--memory",
            str(limits.memory_bytes or _DEFAULT_MEMORY),
            "--pids-limit",
            str(limits.processes or 4096),
        ]
        options += ["--memory-swap", str(limits.memory_bytes or _DEFAULT_MEMORY)]
        if limits.memory_bytes:  # a program that asks for too much is told so before the kernel shoots it
            options += ["--ulimit", f"data={limits.memory_bytes // 8 * 7}"]
        if limits.file_bytes:
            options += ["--ulimit", f"fsize={limits.file_bytes}"]
        if limits.cpu_seconds:
            options += ["--ulimit", f"cpu={limits.cpu_seconds}"]
        network = "bridge" if access.internet else access.network or "none"
        options += ["--network", network, "--workdir", str(command.cwd)]
        for mark in _marks(self._owner):
            options += ["--label", mark]
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

    def _was_short_of_memory(self, name: str, command: Command) -> bool:
        """Whether the kernel ended any process in it at the limit; the exit code tells that of the first one only."""
        asked = self._docker_command(["inspect", "--format", "{{.State.OOMKilled}}", name], command.cwd)
        return asked.stdout.strip() == b"true"

    def _remove(self, name: str, command: Command) -> None:
        """Make sure that it is gone: killing the `docker` command does not kill the container."""
        with contextlib.suppress(Unavailable):
            self._docker_command(["rm", "--force", "--volumes", name], command.cwd)


def _marks(owner: Owner) -> list[str]:
    return [f"{key}={value}" for key, value in labels(owner, "", "").items()]


def _tail(result: CommandResult) -> str:
    return result.stderr[-300:].decode(errors="replace").strip()


def _root_archive() -> bytes:
    """A root of empty directories in which every directory may be entered, laid out as this machine's own."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in ("bin", "sbin", "lib", "lib32", "lib64"):
            here = Path("/", name)
            entry = tarfile.TarInfo(name)
            if here.is_symlink():
                entry.type, entry.linkname = tarfile.SYMTYPE, str(here.readlink())
            elif here.is_dir():
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            else:
                continue
            archive.addfile(entry)
        for name in ("usr", "etc", "tmp", "proc", "sys", "dev", "root", "home", "opt", "var", "run", "mnt", "lsqm"):
            entry = tarfile.TarInfo(name)
            # A tmpfs mounted there takes the mode of the directory below it, whatever its options say.
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
            archive.addfile(entry)
        for name, text in FILES.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text), 0o644
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()
