"""What `lsqm doctor` looks at: each check says what was found, what its absence disables, and how to get it."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lsqm.config import Settings
from lsqm.errors import LsqmError


class Verdict(StrEnum):
    """How one check ended."""

    OK = "ok"
    WARNING = "warning"
    """Something works less well or a part of lsqm is off."""
    MISSING = "missing"
    """The chosen emulator or command cannot run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One line of the doctor's answer."""

    name: str
    verdict: Verdict
    found: str
    consequence: str = ""
    remedy: str = ""


def run_checks(settings: Settings, environment: Mapping[str, str]) -> Iterator[Check]:
    """Every prerequisite of a run with these settings, cheap ones first."""
    yield _python()
    yield _program("git", ["git", "--version"], "sync and push do not work", "Install git.", essential=True)
    yield from _terraform(settings, environment)
    yield from _emulator(settings)
    yield _cage()
    yield _disk(settings.workspace)
    yield _memory(settings.parallel)
    yield from _secrets(settings)


def _python() -> Check:
    return Check(name="python", verdict=Verdict.OK, found=f"{platform.python_version()} at {sys.executable}")


def _program(name: str, argv: list[str], consequence: str, remedy: str, *, essential: bool) -> Check:
    missing = Verdict.MISSING if essential else Verdict.WARNING
    try:
        done = subprocess.run(argv, capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return Check(name=name, verdict=missing, found="not found", consequence=consequence, remedy=remedy)
    text = (done.stdout or done.stderr).decode(errors="replace").strip().splitlines()
    if done.returncode:
        said = text[-1] if text else f"exit {done.returncode}"
        return Check(name=name, verdict=missing, found=said, consequence=consequence, remedy=remedy)
    return Check(name=name, verdict=Verdict.OK, found=text[0] if text else "found")


def _terraform(settings: Settings, environment: Mapping[str, str]) -> Iterator[Check]:
    from lsqm.adapters import terraform_provider, terraform_tools

    tools_folder = settings.workspace / "tools"
    found = terraform_tools.find_terraform(environment, tools_folder)
    consequence = "nothing can be validated"
    if found is None:
        yield Check(
            name="terraform",
            verdict=Verdict.WARNING,
            found="not on PATH",
            consequence=f"the first run downloads {terraform_tools.TERRAFORM_VERSION}; offline, {consequence}",
            remedy="Install Terraform 1.5 or newer and put it on PATH.",
        )
    else:
        yield _attempt(
            "terraform", lambda: f"{terraform_tools.terraform_version(found)} at {found}", consequence=consequence
        )
    yield _attempt("tflocal", lambda: str(terraform_tools.find_tflocal(environment)), consequence=consequence)
    home = Path(environment.get("HOME") or "/nonexistent")
    given = environment.get("TF_CLI_CONFIG_FILE", "")
    if given and Path(given).is_file():
        yield Check(name="aws provider", verdict=Verdict.OK, found=f"as TF_CLI_CONFIG_FILE {given} says")
        return
    candidates = [*terraform_provider.plugin_directories(home), tools_folder / "provider-mirror"]
    if settings.terraform_mirror:
        candidates.insert(0, Path(settings.terraform_mirror))
    mirror = terraform_provider.find_mirror(candidates, terraform_provider.usual_prefixes(home))
    if mirror:
        yield Check(name="aws provider", verdict=Verdict.OK, found=f"{mirror[1]} in {mirror[0]}")
    else:
        yield Check(
            name="aws provider",
            verdict=Verdict.WARNING,
            found="no mirror on this machine",
            consequence="the first run downloads it from the registry; offline, nothing can be validated",
            remedy="Connect to the internet once, or put a filesystem mirror under ~/.terraform.d/plugins.",
        )


def _attempt(name: str, look: Callable[[], str], *, consequence: str) -> Check:
    try:
        return Check(name=name, verdict=Verdict.OK, found=look())
    except LsqmError as error:
        return Check(name=name, verdict=Verdict.MISSING, found=str(error), consequence=consequence, remedy=error.hint)


def _emulator(settings: Settings) -> Iterator[Check]:
    from lsqm.cli.wiring import make_emulator

    def identity() -> str:
        found = make_emulator(settings).check()
        return " ".join(part for part in (found.product, found.version, found.image, found.digest[:19]) if part)

    yield _attempt(f"emulator ({settings.emulator})", identity, consequence="nothing can be validated")


def _cage() -> Check:
    name = "cage"
    if shutil.which("bwrap"):
        return Check(name=name, verdict=Verdict.OK, found=f"bubblewrap at {shutil.which('bwrap')}")
    if shutil.which("unshare"):
        return Check(
            name=name,
            verdict=Verdict.WARNING,
            found="unshare only",
            consequence="without Docker, foreign code keeps its view of the file system",
            remedy="Install bubblewrap, or validate with --emulator docker.",
        )
    return Check(
        name=name,
        verdict=Verdict.WARNING,
        found="none",
        consequence="without Docker, foreign code runs with only its environment and resources limited",
        remedy="Install bubblewrap, or validate with --emulator docker.",
    )


def _disk(workspace: Path) -> Check:
    folder = workspace
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free / 2**30
    found = f"{free:.0f} GiB free at {folder}"
    if free < 5:
        return Check(
            name="disk",
            verdict=Verdict.WARNING,
            found=found,
            consequence="images, providers and logs may not fit",
            remedy="Free 5 GiB, or choose another --workspace.",
        )
    return Check(name="disk", verdict=Verdict.OK, found=found)


def _memory(parallel: int) -> Check:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    found = f"{total:.0f} GiB for {parallel} at once"
    # Measured: about 0.75 GiB for Terraform and its provider and 1 GiB for LocalStack per architecture.
    if total < 1.75 * parallel:
        return Check(
            name="memory",
            verdict=Verdict.WARNING,
            found=found,
            consequence="validations may be killed for lack of memory",
            remedy=f"Use --parallel {max(1, int(total / 1.75))}.",
        )
    return Check(name="memory", verdict=Verdict.OK, found=found)


def _secrets(settings: Settings) -> Iterator[Check]:
    rows = (
        (settings.anthropic_api_key, "ANTHROPIC_API_KEY", "apps come from the builtin generator"),
        (
            settings.github_token,
            "GITHUB_TOKEN",
            "mining GitHub is limited to 60 requests an hour, no issues are opened",
        ),
        (settings.slack_webhook_url, "SLACK_WEBHOOK_URL", "no Slack message is sent"),
        (settings.localstack_auth_token, "LOCALSTACK_AUTH_TOKEN", "LocalStack images since March 2026 do not start"),
    )
    for secret, name, consequence in rows:
        if secret.get_secret_value():
            yield Check(name=name, verdict=Verdict.OK, found="set")
        else:
            yield Check(
                name=name,
                verdict=Verdict.WARNING,
                found="not set",
                consequence=consequence,
                remedy=f"Set {name} in the environment.",
            )
