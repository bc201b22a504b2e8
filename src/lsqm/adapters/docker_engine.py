"""The Docker engine: connecting to it, marking what is ours, and finding again what a killed run left behind."""

import contextlib
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsqm.adapters.owner import Owner
from lsqm.errors import Unavailable

if TYPE_CHECKING:
    from docker import DockerClient

PATIENCE_SECONDS = 60.0
"""How long an engine may be away in the middle of a run: a restart, not a machine without Docker."""
_POLL_SECONDS = 0.5
_TIMEOUT_SECONDS = 60
_HINT = "start Docker (`docker info` must answer), point DOCKER_HOST to it, or use `--emulator embedded`"
_DENIED_HINT = (
    "add yourself to the group docker (`sudo usermod -aG docker $USER`, then log in again), "
    "or use `--emulator embedded`"
)


def labels(owner: Owner, run: str, architecture: str) -> dict[str, str]:
    """What is written on everything we create."""
    return {
        "lsqm.run": run,
        "lsqm.architecture": architecture,
        "lsqm.owner": owner.text,
    }


class Engine:
    """A Docker engine, connected to when first needed; one connection pool per thread.

    Args:
        environment: for DOCKER_HOST and its relatives.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._local = threading.local()
        self._clients: list[DockerClient] = []

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
        except (docker.errors.DockerException, ValueError) as error:  # ValueError: DOCKER_HOST is no address
            if "permission denied" in str(error).lower():
                raise Unavailable("Docker is there, but this user may not use it", hint=_DENIED_HINT) from error
            raise Unavailable(f"no Docker engine answers: {_short(error)}", hint=_HINT) from error
        self._local.client = client
        self._clients.append(client)
        return client

    def close(self) -> None:
        """Close every connection, those of ended threads included."""
        while self._clients:
            self._clients.pop().close()
        self._local = threading.local()

    def answers(self) -> bool:
        """Whether it can be reached right now."""
        import docker.errors
        import requests.exceptions

        with contextlib.suppress(Unavailable, docker.errors.DockerException, requests.exceptions.RequestException):
            return bool(self.client().ping())
        return False

    def await_answer(self, seconds: float = PATIENCE_SECONDS) -> bool:
        """Whether it answers, now or after the restart that it may be in the middle of."""
        until = time.monotonic() + seconds
        while not self.answers():
            if time.monotonic() >= until:
                return False
            time.sleep(_POLL_SECONDS)
        return True

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


OWN_IMAGES = "lsqm-cage"
"""Repository of the images that lsqm itself makes."""


def our_images(engine: Engine, digests: frozenset[str]) -> list[tuple[str, str, int]]:
    """Images that are lsqm's to remove: id, a name for people, bytes.

    Args:
        engine: where to look.
        digests: those of emulators that runs recorded; such an image counts only when no tag names it any more, since a
            tagged one may be somebody's.

    Raises:
        Unavailable: no engine answers.
    """
    found = []
    for image in engine.client().images.list():
        tags = list(image.tags)
        size = int(image.attrs.get("Size") or 0)
        known = {str(text).partition("@")[2] for text in image.attrs.get("RepoDigests") or ()} | {str(image.id)}
        if tags and all(tag.partition(":")[0] == OWN_IMAGES for tag in tags):
            found.append((str(image.id), ", ".join(tags), size))
        elif not tags and known & digests:
            found.append((str(image.id), f"{(image.attrs.get('RepoDigests') or [image.id])[0]} of earlier runs", size))
    return sorted(found)


def remove_image(engine: Engine, image: str) -> None:
    """Remove one image and its tags.

    Raises:
        Unavailable: it stays, for instance because a container uses it.
    """
    import docker.errors

    try:
        with contextlib.suppress(docker.errors.NotFound):
            found = engine.client().images.get(image)
            for name in list(found.tags) or [image]:
                engine.client().images.remove(name)
    except docker.errors.APIError as error:
        raise Unavailable(
            f"the image cannot be removed: {_short(error)}", hint="remove the containers that use it first"
        ) from error
    finally:
        engine.close()


def _is_leftover(marks: Mapping[str, str]) -> bool:
    owner = Owner.parse(marks.get("lsqm.owner", ""))
    return owner is not None and owner.is_gone


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:200]
