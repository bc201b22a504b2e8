"""An emulator that somebody else runs: `--emulator http://127.0.0.1:4566`."""

from urllib.parse import urlsplit

from lsqm.adapters.emulators.health import Health, ask, send
from lsqm.errors import Unavailable, UsageError
from lsqm.model.emulator import EmulatorIdentity, EmulatorKind
from lsqm.model.result import Cause
from lsqm.ports.emulator import Answer, EmulatorFailed, Question, StartRequest


class ExternalEmulator:
    """One shared emulator. It is neither started nor stopped, so architectures are not isolated from each other."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        try:
            port, strange = parts.port, False
        except ValueError:
            port, strange = None, True
        if (
            strange
            or parts.scheme not in {"http", "https"}
            or not parts.hostname
            or parts.username
            or parts.path.strip("/")
        ):
            raise UsageError(
                f"--emulator {url}: not an emulator's URL",
                hint="give `docker`, `embedded`, or scheme, host and port, such as http://127.0.0.1:4566",
            )
        default = 443 if parts.scheme == "https" else 80
        self._endpoint = f"{parts.scheme}://{parts.hostname}:{port or default}"

    @property
    def kind(self) -> EmulatorKind:
        return EmulatorKind.EXTERNAL

    def check(self) -> EmulatorIdentity:
        """What answers there. Raises Unavailable when nothing does."""
        health = ask(self._endpoint)
        if health is None:
            raise Unavailable(
                f"no emulator answers at {self._endpoint}/_localstack/health",
                hint="start it, or correct the URL after --emulator",
            )
        return _identity(self._endpoint, health)

    def close(self) -> None:
        """Nothing is held."""

    def start(self, request: StartRequest) -> "RunningExternal":
        """Look whether it is well.

        Raises:
            EmulatorFailed: it is not; that concerns the whole run.
        """
        health = ask(self._endpoint)
        if health is None:
            raise EmulatorFailed(
                f"{self._endpoint} does not answer its health page ({request.architecture[:12]})",
                cause=Cause.EMULATOR_DIED,
                whole_run=True,
            )
        return RunningExternal(self._endpoint, _identity(self._endpoint, health))


class RunningExternal:
    """A view of an emulator that is not ours: stopping it does nothing, its logs are not ours to read."""

    def __init__(self, endpoint: str, identity: EmulatorIdentity) -> None:
        self._endpoint = endpoint
        self._identity = identity

    @property
    def endpoint(self) -> str:
        return self._endpoint

    @property
    def identity(self) -> EmulatorIdentity:
        return self._identity

    @property
    def network(self) -> str:
        return ""

    def is_alive(self) -> bool:
        return ask(self._endpoint) is not None

    def ask(self, question: Question) -> Answer | None:
        """Ask it something; None when it does not answer."""
        return send(self._endpoint, question)

    def logs(self) -> bytes:
        return b""

    def stop(self) -> None:
        """Nothing: it is somebody else's."""


def _identity(endpoint: str, health: Health) -> EmulatorIdentity:
    product = "localstack" if health.edition in {"community", "pro", "enterprise"} else health.edition or "unknown"
    return EmulatorIdentity(
        kind=EmulatorKind.EXTERNAL,
        product=product,
        version=health.version,
        edition=health.edition,
        image=endpoint,
    )
