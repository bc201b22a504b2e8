"""LocalStack in Docker: a fresh container per architecture, on a network and a host port of its own."""

import contextlib
import http.client
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lsqm.adapters.cages.names import ALIASES, EMULATOR_NAME, INNER_PORT
from lsqm.adapters.docker_engine import Engine, labels
from lsqm.adapters.emulators.health import get_json, send, wait_until_healthy
from lsqm.adapters.owner import Owner
from lsqm.errors import Unavailable
from lsqm.model.emulator import EmulatorIdentity, EmulatorKind
from lsqm.model.result import Cause
from lsqm.ports.clock import Clock
from lsqm.ports.emulator import Answer, EmulatorFailed, Question, StartRequest

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
_ENGINE_DNS = "127.0.0.11"
"""Docker's own name server, which every container on a user-defined network has."""
_ENVIRONMENT = {
    "DISABLE_EVENTS": "1",
    "SKIP_SSL_CERT_DOWNLOAD": "1",
    "LOCALSTACK_HOST": f"{EMULATOR_NAME}:{INNER_PORT}",
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
    """Exactly this image of that name, by repository digest or image id; empty: whatever the name means today."""
    memory: str = "3g"
    processes: int = 2048
    mount_socket: bool = False
    """Give LocalStack the engine's socket where an architecture needs it; that makes it root on this machine."""
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
        return self._find()[1]

    def _find(self) -> tuple[str, EmulatorIdentity]:
        """How the engine knows the image, and what it is."""
        import docker.errors
        import requests.exceptions

        client = self._engine.client()
        image, wanted = None, self._options.image
        try:
            for reference in _references(self._options):
                with contextlib.suppress(docker.errors.ImageNotFound):
                    image = client.images.get(reference)
                    break
        except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
            raise Unavailable(f"the Docker engine fails: {error}", hint="`docker info` shows what it says") from error
        if image is None and self._options.digest:
            image = _pulled(client, _references(self._options)[0])
        if image is None:
            exact = (
                f"{wanted.partition('@')[0]} with digest {self._options.digest[:19]}" if self._options.digest else ""
            )
            raise Unavailable(
                f"the image {exact or wanted} is not on this machine",
                hint=f"fetch it with `docker pull {_references(self._options)[0]}`, or use `--emulator embedded`",
            )
        digests = image.attrs.get("RepoDigests") or []
        standin = (image.labels or {}).get("lsqm.standin") == "1"
        return wanted if not self._options.digest else str(image.id), EmulatorIdentity(
            kind=EmulatorKind.DOCKER,
            product="localstack-standin" if standin else _product(wanted),
            version="" if "@" in wanted else wanted.rpartition("/")[2].partition(":")[2],
            image=wanted,
            digest=self._options.digest or (digests[0].partition("@")[2] if digests else str(image.id)),
        )

    def close(self) -> None:
        """Close the connections to the engine."""
        self._engine.close()

    def start(self, request: StartRequest) -> "RunningContainer":
        """Start a fresh container and wait until it is well, licensed and initialised.

        What the engine refuses is tried a second time: a port may have been taken, the engine may be restarting.

        Raises:
            EmulatorFailed: with `whole_run` when engine, image or licence are at fault.
        """
        import docker.errors
        import requests.exceptions

        for last in (False, True):
            try:
                image, identity = self._find()
            except Unavailable as error:
                # Checked before the run began, so an engine that is away now is being restarted.
                if not last and not self._engine.answers() and self._engine.await_answer():
                    continue
                raise EmulatorFailed(f"{error}; {error.hint}", cause=Cause.ENGINE, whole_run=True) from error
            running = RunningContainer(self._engine, self._token)
            marks = labels(self._owner, request.run, request.architecture)
            with_socket = self._options.mount_socket and request.needs_engine
            try:
                running.create(image, identity, self._options, marks, with_socket=with_socket)
                self._await(running, request.deadline_seconds)
            except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
                logs = running.logs()
                running.stop()
                answers = self._engine.await_answer()
                if last or not answers:
                    raise self._refused(error, logs, engine_answers=answers) from error
            except BaseException:
                running.stop()
                raise
            else:
                return running
        raise AssertionError("the second attempt returns or raises")

    def _refused(self, error: Exception, logs: bytes, *, engine_answers: bool) -> EmulatorFailed:
        full = "no space left on device" in str(error)
        return EmulatorFailed(
            f"the Docker engine could not start {self._options.image}, tried twice: {error}"
            if engine_answers
            else f"the Docker engine does not answer any more: {error}",
            cause=Cause.DISK_FULL if full else Cause.ENGINE,
            logs=logs,
            whole_run=full or not engine_answers,
        )

    def _await(self, running: "RunningContainer", deadline: float) -> None:
        import docker.errors

        health = wait_until_healthy(
            running.endpoint, clock=self._clock, deadline_seconds=deadline, is_alive=running.is_alive
        )
        if health is None and not self._engine.answers():
            raise docker.errors.DockerException("the engine went away while LocalStack was starting")
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
        self,
        image: str,
        identity: EmulatorIdentity,
        options: DockerOptions,
        marks: dict[str, str],
        *,
        with_socket: bool,
    ) -> None:
        """Create network and container, start it, and learn which port the engine chose."""
        from docker.types import LogConfig

        client = self._engine.client()
        name = f"lsqm-{marks['lsqm.architecture'][:12]}-{self._engine.suffix()}"
        self._identity = identity
        # Without masquerading, what the emulator sends outside never comes back: the Lambda code it runs has no
        # internet. A licence must be activated over the internet, so with a token that door stays open.
        closed = {} if self._secret else {"com.docker.network.bridge.enable_ip_masquerade": "false"}
        self._networks.append(client.networks.create(name, driver="bridge", labels=marks, options=closed))
        inner = client.networks.create(
            f"{name}-inner",
            driver="bridge",
            labels=marks,
            internal=True,
            options={"com.docker.network.bridge.inhibit_ipv4": "true"},
        )
        self._networks.append(inner)
        # LocalStack looks for a name server that knows the internet before it starts its own. Behind the closed door
        # there is none: it would ask in vain for six seconds, then go without names for its Lambda functions.
        names = {} if self._secret else {"DNS_SERVER": _ENGINE_DNS}
        environment = {**_ENVIRONMENT, **names, "MAIN_CONTAINER_NAME": name, **(options.environment or {})}
        environment |= {"LAMBDA_DOCKER_NETWORK": name}
        if self._secret:
            environment["LOCALSTACK_AUTH_TOKEN"] = self._secret.decode()
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
            volumes={_SOCKET: {"bind": _SOCKET, "mode": "rw"}} if with_socket else {},
            log_config=LogConfig(type=LogConfig.types.JSON, config={"max-size": "16m", "max-file": "1"}),
        )
        inner.connect(self._container, aliases=["localstack", *ALIASES])
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
        if state.get("Running") and not self._endpoint:
            return EmulatorFailed(
                "the engine gave LocalStack no port on 127.0.0.1", cause=Cause.ENGINE, logs=self.logs()
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

    def ask(self, question: Question) -> Answer | None:
        """Ask it something; None when it does not answer."""
        return send(self._endpoint, question)

    def logs(self) -> bytes:
        """What it printed, secrets replaced; what was last read when the container is gone."""
        if self._container is not None:
            with self._tolerant():
                text = self._container.logs(stdout=True, stderr=True, tail=_LOG_LINES)
                self._last_logs = text[-_LOG_LIMIT:]
        return self._last_logs.replace(self._secret, b"***") if self._secret else self._last_logs

    def stop(self) -> None:
        """Remove container, volumes and networks."""
        import requests.exceptions

        container = self._container
        steps = [lambda: container.remove(force=True, v=True)] if container is not None else []
        for step in (*steps, *(network.remove for network in self._networks)):
            with self._tolerant():
                try:
                    step()
                except requests.exceptions.ConnectionError:  # it is being restarted, and would keep what it has
                    if self._engine.await_answer():
                        step()

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


def _pulled(client: "DockerClient", reference: str) -> "Image | None":
    """An image by digest from its registry: the baseline of an earlier run, on a machine that is new. None: no such."""
    import docker.errors
    import requests.exceptions

    with contextlib.suppress(docker.errors.DockerException, requests.exceptions.RequestException):
        return client.images.pull(reference)
    return None


def _references(options: DockerOptions) -> tuple[str, ...]:
    """What the engine may know the image by, the first as a registry knows it."""
    if not options.digest:
        return (options.image,)
    folder, slash, name = options.image.partition("@")[0].rpartition("/")
    return (f"{folder}{slash}{name.partition(':')[0]}@{options.digest}", options.digest)


def _product(image: str) -> str:
    name = image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    return name or "localstack"
