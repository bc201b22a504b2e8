"""The emulator and the cage: what trials run on and in."""

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from lsqm.cli.checks.check import FOREIGN, VALIDATING, Check, attempt
from lsqm.config import Settings
from lsqm.errors import LsqmError, Unavailable

_NOTHING = "nothing can be validated"


def checks(settings: Settings, environment: Mapping[str, str]) -> Iterator[Check]:
    """Engine and licence only where the emulator runs in Docker."""
    if settings.emulator == "docker":
        yield engine(environment)
    yield emulator(settings)
    if settings.emulator == "docker":
        yield licence(settings)
    yield cage(settings)


def engine(environment: Mapping[str, str]) -> Check:
    """Whether a Docker engine answers, and whether we may talk to it."""
    from lsqm.adapters.docker_engine import Engine

    connected = Engine(environment)
    try:
        client = connected.client()
        about = client.info()
        version = client.version().get("Version", "?")
    except LsqmError as error:
        remedy = f"{error.hint[:1].upper()}{error.hint[1:]}."
        return Check(name="docker engine", found=str(error), consequence=_NOTHING, remedy=remedy, stops=VALIDATING)
    finally:
        connected.close()
    found = f"{version}, {about.get('NCPU', '?')} CPUs, {about.get('MemTotal', 0) / 2**30:.0f} GiB"
    if settings_root := about.get("DockerRootDir", ""):
        found += f", images in {settings_root}"
        if Path(settings_root).is_dir():
            import shutil

            found += f" ({shutil.disk_usage(settings_root).free / 2**30:.0f} GiB free)"
    return Check(name="docker engine", found=found)


def emulator(settings: Settings) -> Check:
    """The image, package or URL, as precisely as results will name it."""
    from lsqm.cli.wiring import make_emulator

    def identity() -> str:
        found = make_emulator(settings).check()
        return " ".join(part for part in (found.product, found.version, found.image, found.digest[:19]) if part)

    return attempt(f"emulator ({settings.emulator})", identity, consequence=_NOTHING, stops=VALIDATING)


def licence(settings: Settings) -> Check:
    """The token that LocalStack's image asks for; whether it is good only LocalStack's own start can tell."""
    token = settings.localstack_auth_token.get_secret_value()
    name = "LOCALSTACK_AUTH_TOKEN"
    if not token:
        return Check(
            name=name,
            found="not set",
            consequence="LocalStack images since March 2026 do not start",
            remedy="Set LOCALSTACK_AUTH_TOKEN to a CI token of the LocalStack web application (Auth Tokens).",
        )
    if not token.startswith("ls-") or any(character.isspace() for character in token):
        return Check(
            name=name,
            found="set, but not of the shape ls-…",
            consequence="LocalStack may refuse to start with it",
            remedy="Copy the token again: an auth token begins with ls-; an API key is something else.",
        )
    return Check(name=name, found=f"set; plan {settings.localstack_plan} by configuration")


def cage(settings: Settings) -> Check:
    """The jail for foreign code, proven by trying to break out of it."""
    from lsqm.cli.wiring import make_cage

    try:
        choice = make_cage(settings, threading.Event(), own_corpus=False)
    except Unavailable as error:
        return Check(
            name="cage",
            found=str(error),
            consequence="lsqm refuses to run what other people wrote",
            remedy=f"{error.hint[:1].upper()}{error.hint[1:]}. On Ubuntu: "
            "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0",
            stops=FOREIGN,
        )
    if choice.cage.name == "none":
        return Check(
            name="cage",
            found="switched off by configuration",
            consequence="foreign code runs with your rights, your files and your network",
            remedy="Set cage to auto.",
        )
    return Check(name="cage", found=f"{choice.cage.name}: holds")
