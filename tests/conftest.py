"""What every test gets: its own empty home, no stray environment, and a reason when the machine lacks something.

Tests say what they need with a marker (`terraform`, `emulator`, `docker`, `chromium`). Where it is missing they are
skipped with the reason; with LSQM_CI=1 they fail instead, so that nothing rots silently.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import pytest
import structlog
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from lsqm.adapters.terraform_tools import TerraformTools, find_tools
from lsqm.errors import LsqmError

REAL_HOME = os.environ.get("HOME", "")
IN_CI = os.environ.get("LSQM_CI") == "1"
TOOLS = Path(__file__).resolve().parent.parent / ".tools"

DOCKER_IMAGE = os.environ.get("LSQM_TEST_IMAGE", "localstack/localstack:4.14.0")
"""The emulator image of the Docker tests; the test bed pulls it, or builds a stand-in where nothing can be pulled."""

# A job in the background of a script is started with Ctrl-C ignored, and programs inherit that; tests press it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_KEPT = {"PATH", "LANG", "LC_ALL", "TMPDIR", "DOCKER_HOST", "SSL_CERT_FILE", "VIRTUAL_ENV", "COVERAGE_PROCESS_START"}


@cache
def terraform_tools() -> TerraformTools:
    """Terraform and the provider for tests, found or fetched once, by one worker while the others wait."""
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return find_tools(folder=TOOLS, environment={**os.environ, "HOME": REAL_HOME})


@cache
def missing(need: str) -> str:
    """Why this machine lacks `need`, empty when it has it."""
    match need:
        case "terraform":
            try:
                terraform_tools()
            except LsqmError as error:
                return f"{error} ({error.hint})"
        case "emulator":
            try:
                version("ministack")
            except PackageNotFoundError:
                return "MiniStack is not installed (extra: embedded)"
        case "docker":
            if not shutil.which("docker"):
                return "there is no docker command"
            done = subprocess.run(
                ["docker", "image", "inspect", DOCKER_IMAGE], capture_output=True, timeout=60, check=False
            )
            if done.returncode:
                return f"docker image inspect {DOCKER_IMAGE}: {done.stderr.decode().strip()[:200]}"
        case "chromium":
            if not chromium():
                return "no chromium on PATH"
            if find_spec("playwright") is None:
                return "playwright is not installed (dependency group: dev)"
        case _:
            raise ValueError(need)
    return ""


def chromium() -> str | None:
    """Path of a Chromium, None when there is none."""
    return next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )


ENGINE = ("tests/integration/validate/", "tests/integration/cli/test_regression.py")
"""Tests that count what is on the engine or on the machine, sweep it, or restart the engine: never two at once."""
LONG = (
    *ENGINE,
    "tests/integration/cli/test_demo.py",
    "tests/integration/cli/test_shards.py",
    "tests/integration/operate/",
    "tests/integration/publish/test_simulation.py",
    "tests/integration/",
)
"""Begun first, in this order, so that no worker is left with minutes of work when the others are done."""


class Files(LoadScopeScheduling):
    """Deals out whole files, so that their costly fixtures are made once, and what uses the engine as one."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "engine" if file.startswith(ENGINE) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Files:
    """How several workers share the tests; xdist's own groups want node ids that pytest 9 no longer lets it change."""
    return Files(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long files first where several workers share the tests; otherwise the order stays random."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: next((n for n, head in enumerate(LONG) if item.nodeid.startswith(head)), len(LONG)))


def pytest_runtest_setup(item: pytest.Item) -> None:
    for need in ("terraform", "emulator", "docker", "chromium"):
        if item.get_closest_marker(need) and (reason := missing(need)):
            if IN_CI:
                pytest.fail(f"LSQM_CI=1, and {need} is missing: {reason}")
            pytest.skip(f"{need} is missing: {reason}")


@pytest.fixture(autouse=True)
def clean_environment(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home and an environment with nothing of the developer's in it."""
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name not in _KEPT and not name.startswith(("PYTEST", "COV", "LSQM_TEST", "LSQM_CI")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    return home


@pytest.fixture(autouse=True)
def fresh_logging() -> Iterator[None]:
    """What one test configures, no other sees: a logger bound to a captured stream must not outlive its test."""
    structlog.reset_defaults()
    yield
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


@pytest.fixture
def tools() -> TerraformTools:
    """Terraform, tflocal and the provider; for tests marked `terraform`."""
    return terraform_tools()


@pytest.fixture
def lsqm(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the installed `lsqm` as a user does, in `tmp_path`, with the given arguments and extra environment."""
    executable = shutil.which("lsqm", path=str(Path(sys.executable).parent))
    assert executable

    def run(*arguments: object, timeout: float = 300, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [executable, *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run
