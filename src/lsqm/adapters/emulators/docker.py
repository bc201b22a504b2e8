"""LocalStack in Docker: a fresh container per architecture, on a network and a host port of its own."""

import contextlib
import http.client
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lsqm.adapters.cages.namespaces import EMULATOR_NAME, INNER_PORT
from lsqm.adapters.docker_engine import Engine, labels
from lsqm.adapters.emulators.health import get_json, wait_until_healthy
from lsqm.adapters.owner import Owner
from lsqm.errors import Unavailable
from lsqm.model.emulator import EmulatorIdentity, EmulatorKind
from lsqm.model.result import Cause
from lsqm.ports.clock import Clock
from lsqm.ports.emulator import EmulatorFailed, StartRequest

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container
    from docker.models.images import Image
    from docker.models.networks import Network

_PORT = "4566/tcp"
_EXIT_NO_LICENCE = 55
_LOG_LINES = 50_000
_LOG_LIMIT = 16 << 20
_SOCKET = "/var/run/docker.sock"
_ENVIRONMENT = {
    "DISABLE_EVENTS": "1",
    "SKIP_SSL_CERT_DOWNLOAD": "1",
    "LOCALSTACK_HOST": f"{EMULATOR_NAME}:{INNER_PORT}",
    "SQS_ENDPOINT_STRATEGY": "path",
    "LAMBDA_KEEPALIVE_MS": "0",
    "LAMBDA_REMOVE_CONTAINERS": "1",
    "LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT": "60",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class DockerOptions:
    """What can be set about the containers."""

    image: str
    """`localstack/localstack:4.14.0`."""
    digest: str = ""
    """Exactly this build, as an earlier `check` named it, wherever the tag points today. Empty: what the tag names."""
    memory: str = "3g"
    processes: int = 2048
    mount_socket: bool = False
    """Give LocalStack the engine's socket, which Lambda needs and which makes it root on this machine."""
    environment: Mapping[str, str] | None = None
    """Further variables for the emulator."""


class DockerEmulator:
    """Starts one container per architecture.

    Args:
        engine: the Docker engine.
        owner: who answers for the containers, written on their labels.
        auth_token: LOCALSTACK_AUTH_TOKEN; it is given to the container and appears nowhere else.
    """

    def __init__(
        self, options: DockerOptions, *, engine: Engine, owner: Owner, clock: Clock, auth_token: str = ""
    ) -> None:
        self._options = options
        self._engine = engine
        self._owner = owner
        self._clock = clock
        self._token = auth_token

    @property
    def kind(self) -> EmulatorKind:
        return EmulatorKind.DOCKER

    def check(self) -> EmulatorIdentity:
        """What would be started.

        Raises:
            Unavailable: no engine answers, or the image is not there.
        """
        return self._look()[0]

    def _look(self) -> tuple[EmulatorIdentity, str]:
        """What would be started, and the id of its image. Raises Unavailable."""
        import docker.errors

        client = self._engine.client()
        repository, tag = _parts(self._options.image)
        try:
            image = self._exact(client, repository) if self._options.digest else client.images.get(self._options.image)
        except docker.errors.ImageNotFound as error:
            name = f"{repository}@{self._options.digest}" if self._options.digest else self._options.image
            raise Unavailable(
                f"the image {name} is not on this machine",
                hint=f"fetch it with `docker pull {name}`, or use `--emulator embedded`",
            ) from error
        except docker.errors.DockerException as error:
            raise Unavailable(f"the Docker engine fails: {error}", hint="`docker info` shows what it says") from error
        standin = (image.labels or {}).get("lsqm.standin") == "1"
        identity = EmulatorIdentity(
            kind=EmulatorKind.DOCKER,
            product="localstack-standin" if standin else repository.rpartition("/")[2] or "localstack",
            version=tag,
            image=self._options.image,
            digest=self._options.digest or _digest(image, repository),
        )
        return identity, str(image.id)

    def _exact(self, client: "DockerClient", repository: str) -> "Image":
        """The build with the digest that is asked for: by name, by id (built here, never pushed), or pulled."""
        import docker.errors

        digest = self._options.digest
        named = f"{repository}@{digest}"
        for reference in (named, digest):
            with contextlib.suppress(docker.errors.ImageNotFound):
                return client.images.get(reference)
        try:
            return client.images.pull(named)
        except docker.errors.DockerException as error:
            raise docker.errors.ImageNotFound(f"{named}: {error}") from error

    def start(self, request: StartRequest) -> "RunningContainer":
        """Start a fresh container and wait until it is well, licensed and initialised.

        Raises:
            EmulatorFailed: with `whole_run` when engine, image or licence are at fault.
        """
        import docker.errors

        try:
            identity, image = self._look()
        except Unavailable as error:
            raise EmulatorFailed(f"{error}; {error.hint}", cause=Cause.ENGINE, whole_run=True) from error
        running = RunningContainer(self._engine, self._token)
        try:
            marks = labels(self._owner, request.run, request.architecture)
            running.create(identity, image, self._options, marks, self._token)
            self._await(running, request.deadline_seconds)
        except docker.errors.DockerException as error:
            logs = running.logs()
            running.stop()
            raise EmulatorFailed(
                f"the Docker engine could not start {self._options.image}: {error}",
                cause=Cause.ENGINE,
                logs=logs,
                whole_run=not self._engine.answers(),
            ) from error
        except BaseException:
            running.stop()
            raise
        return running

    def _await(self, running: "RunningContainer", deadline: float) -> None:
        health = wait_until_healthy(
            running.endpoint, clock=self._clock, deadline_seconds=deadline, is_alive=running.is_alive
        )
        if health is None:
            raise running.failure(deadline)
        info = get_json(running.endpoint, "/_localstack/info", timeout=10) or {}
        if self._token and info.get("is_license_activated") is False:
            raise EmulatorFailed(
                "LocalStack runs, but its licence is not activated; check LOCALSTACK_AUTH_TOKEN",
                cause=Cause.LICENCE,
                logs=running.logs(),
                whole_run=True,
            )
        running.learn(version=health.version, edition=health.edition)


class RunningContainer:
    """One container with its network. What was created is removed by `stop`, also when only half of it exists."""

    def __init__(self, engine: Engine, secret: str) -> None:
        self._engine = engine
        self._secret = secret.encode()
        self._container: Container | None = None
        self._networks: list[Network] = []
        self._identity: EmulatorIdentity | None = None
        self._endpoint = ""
        self._last_logs = b""

    def create(
        self, identity: EmulatorIdentity, image: str, options: DockerOptions, marks: dict[str, str], token: str
    ) -> None:
        """Create network and container, start it, and learn which port the engine chose.

        Args:
            identity: what it will say of itself.
            image: id of the image, so that a tag that moves meanwhile changes nothing.
            options: limits and further variables.
            marks: labels.
            token: LOCALSTACK_AUTH_TOKEN, may be empty.
        """
        from docker.types import LogConfig

        client = self._engine.client()
        name = f"lsqm-{marks['lsqm.architecture'][:12]}-{self._engine.suffix()}"
        self._identity = identity
        # Without masquerading, what the emulator sends outside never comes back: the Lambda code it runs has no
        # internet. A licence must be activated over the internet, so with a token that door stays open.
        closed = {} if token else {"com.docker.network.bridge.enable_ip_masquerade": "false"}
        self._networks.append(client.networks.create(name, driver="bridge", labels=marks, options=closed))
        inner = client.networks.create(
            f"{name}-inner",
            driver="bridge",
            labels=marks,
            internal=True,
            options={"com.docker.network.bridge.inhibit_ipv4": "true"},
        )
        self._networks.append(inner)
        environment = {**_ENVIRONMENT, "MAIN_CONTAINER_NAME": name, **(options.environment or {})}
        environment |= {"LAMBDA_DOCKER_NETWORK": name}
        if token:
            environment["LOCALSTACK_AUTH_TOKEN"] = token
        self._container = client.containers.create(
            image,
            name=name,
            hostname="localstack",
            labels=marks,
            network=name,
            ports={_PORT: ("127.0.0.1", 0)},
            environment=environment,
            mem_limit=options.memory,
            memswap_limit=options.memory,
            pids_limit=options.processes,
            security_opt=["no-new-privileges"],
            volumes={_SOCKET: {"bind": _SOCKET, "mode": "rw"}} if options.mount_socket else {},
            log_config=LogConfig(type=LogConfig.types.JSON, config={"max-size": "16m", "max-file": "1"}),
        )
        inner.connect(self._container, aliases=["localstack", EMULATOR_NAME, f"000000000000.{EMULATOR_NAME}"])
        self._container.start()
        self._container.reload()
        bindings = self._container.ports.get(_PORT) or []
        if bindings:
            self._endpoint = f"http://127.0.0.1:{bindings[0]['HostPort']}"

    @property
    def endpoint(self) -> str:
        return self._endpoint

    @property
    def identity(self) -> EmulatorIdentity:
        assert self._identity is not None
        return self._identity

    @property
    def network(self) -> str:
        """Name of the internal network on which a runner container reaches it as `localhost.localstack.cloud`."""
        return str(self._networks[-1].name)

    def learn(self, *, version: str, edition: str) -> None:
        """Put what the health page says into the identity."""
        old = self.identity
        self._identity = EmulatorIdentity(
            kind=old.kind,
            product=old.product,
            version=version or old.version,
            image=old.image,
            digest=old.digest,
            edition=edition,
        )

    def is_alive(self) -> bool:
        """Whether the container runs."""
        state = self._state()
        return bool(state.get("Running")) and not state.get("Restarting")

    def failure(self, deadline: float) -> EmulatorFailed:
        """Why it did not become healthy."""
        state = self._state()
        code = state.get("ExitCode")
        if state.get("OOMKilled"):
            return EmulatorFailed(
                "LocalStack ran out of memory while starting", cause=Cause.OUT_OF_MEMORY, logs=self.logs()
            )
        if code == _EXIT_NO_LICENCE and not state.get("Running"):
            return EmulatorFailed(
                "LocalStack ended with exit code 55: it was given no valid licence; set LOCALSTACK_AUTH_TOKEN",
                cause=Cause.LICENCE,
                logs=self.logs(),
                whole_run=True,
            )
        sentence = (
            f"LocalStack was not healthy within {deadline:g} s"
            if state.get("Running")
            else f"LocalStack died while starting, exit code {code}"
        )
        return EmulatorFailed(sentence, cause=Cause.EMULATOR_DIED, logs=self.logs())

    def logs(self) -> bytes:
        """What it printed, secrets replaced; what was last read when the container is gone."""
        if self._container is not None:
            with self._tolerant():
                text = self._container.logs(stdout=True, stderr=True, tail=_LOG_LINES)
                self._last_logs = text[-_LOG_LIMIT:]
        return self._last_logs.replace(self._secret, b"***") if self._secret else self._last_logs

    def stop(self) -> None:
        """Remove container, volumes and networks."""
        if self._container is not None:
            with self._tolerant():
                self._container.remove(force=True, v=True)
        for network in self._networks:
            with self._tolerant():
                network.remove()

    def _state(self) -> dict[str, Any]:
        if self._container is None:
            return {}
        with self._tolerant():
            self._container.reload()
            return dict(self._container.attrs.get("State", {}))
        return {}

    @staticmethod
    @contextlib.contextmanager
    def _tolerant() -> Iterator[None]:
        """Container or engine may be gone at any time."""
        import docker.errors
        import requests.exceptions

        with contextlib.suppress(
            docker.errors.DockerException, requests.exceptions.RequestException, http.client.HTTPException, OSError
        ):
            yield


def _parts(image: str) -> tuple[str, str]:
    """Repository and tag of an image's name; a registry's port is no tag."""
    name = image.partition("@")[0]
    tag = name.rpartition("/")[2].partition(":")[2]
    return name.removesuffix(f":{tag}") if tag else name, tag


def _digest(image: "Image", repository: str) -> str:
    """What names this build for good: its digest in its own repository, in any, or the id of one built here."""
    pairs = [str(name).partition("@") for name in image.attrs.get("RepoDigests") or ()]
    own = [digest for name, _, digest in pairs if name.removeprefix("docker.io/") == repository]
    return next(iter([*own, *(digest for _, _, digest in pairs)]), str(image.id))
