"""The Docker engine: connecting to it, marking what is ours, and finding again what a killed run left behind."""

import contextlib
import os
import secrets
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lsqm.errors import Unavailable

if TYPE_CHECKING:
    from docker import DockerClient

_TIMEOUT_SECONDS = 60
_HINT = "start Docker (`docker info` must answer), point DOCKER_HOST to it, or use `--emulator embedded`"


@dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """The process that answers for containers and networks; when it is gone, they are leftovers."""

    host: str
    boot: str
    pid: int
    started: str
    """Start time of the process in the kernel's ticks, so that a reused id is not taken for it."""

    @property
    def is_gone(self) -> bool:
        """False for owners on other machines: nothing is known about those."""
        me = this_process()
        if self.host != me.host:
            return False
        return self.boot != me.boot or _start_time(self.pid) != self.started


def this_process() -> Owner:
    """We."""
    return Owner(host=socket.gethostname(), boot=_boot(), pid=os.getpid(), started=_start_time(os.getpid()))


def labels(owner: Owner, run: str, architecture: str) -> dict[str, str]:
    """What is written on everything we create."""
    return {
        "lsqm.run": run,
        "lsqm.architecture": architecture,
        "lsqm.owner": f"{owner.host} {owner.boot} {owner.pid} {owner.started}",
    }


class Engine:
    """A Docker engine, connected to when first needed; one connection pool per thread.

    Args:
        environment: for DOCKER_HOST and its relatives.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._local = threading.local()

    def client(self) -> "DockerClient":
        """The SDK's client.

        Raises:
            Unavailable: no engine answers.
        """
        import docker
        import docker.errors

        known: DockerClient | None = getattr(self._local, "client", None)
        if known is not None:
            return known
        try:
            client = docker.from_env(environment=self._environment, timeout=_TIMEOUT_SECONDS)
            client.ping()
        except docker.errors.DockerException as error:
            raise Unavailable(f"no Docker engine answers: {_short(error)}", hint=_HINT) from error
        self._local.client = client
        return client

    def answers(self) -> bool:
        """Whether it can be reached right now."""
        import docker.errors
        import requests.exceptions

        with contextlib.suppress(Unavailable, docker.errors.DockerException, requests.exceptions.RequestException):
            return bool(self.client().ping())
        return False

    def version(self) -> str:
        """Of the engine. Raises Unavailable."""
        return str(self.client().version().get("Version", ""))

    @staticmethod
    def suffix() -> str:
        """Makes names unique."""
        return secrets.token_hex(4)


@dataclass(frozen=True, kw_only=True, slots=True)
class Leftovers:
    """Names of what carries our label and belongs to no living process."""

    containers: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return len(self.containers) + len(self.networks)


def sweep(engine: Engine, *, everything: bool = False, dry_run: bool = False) -> Leftovers:
    """Remove containers and networks whose owner is gone; what is not labelled as ours is never looked at.

    Args:
        engine: where to look.
        everything: also what a living lsqm on this or another machine owns (`lsqm clean --all`).
        dry_run: only name them.

    Raises:
        Unavailable: no engine answers.
    """
    import docker.errors

    client = engine.client()
    marked: dict[str, str | list[str] | bool] = {"label": "lsqm.owner"}
    containers, networks = [], []
    for container in client.containers.list(all=True, filters=marked, ignore_removed=True):
        if everything or _is_leftover(container.labels):
            containers.append(str(container.name))
            if not dry_run:
                with contextlib.suppress(docker.errors.NotFound, docker.errors.APIError):
                    container.remove(force=True, v=True)
    for network in client.networks.list(filters={"label": "lsqm.owner"}):
        if everything or _is_leftover(network.attrs.get("Labels") or {}):
            networks.append(str(network.name))
            if not dry_run:
                with contextlib.suppress(docker.errors.NotFound, docker.errors.APIError):
                    network.remove()
    return Leftovers(containers=tuple(containers), networks=tuple(networks))


def _is_leftover(marks: Mapping[str, str]) -> bool:
    parts = marks.get("lsqm.owner", "").split(" ")
    if len(parts) != 4 or not parts[2].isdigit():
        return False
    return Owner(host=parts[0], boot=parts[1], pid=int(parts[2]), started=parts[3]).is_gone


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"


def _start_time(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return "gone"
        except PermissionError:
            pass
        return "unknown"


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:200]
