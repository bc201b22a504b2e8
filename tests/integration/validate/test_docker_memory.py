"""The memory of a cage in a container: whatever process the kernel ends at the limit, the result names the limit."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from lsqm.ports.cage import ENDED_FOR_MEMORY, Access, Limits
from lsqm.ports.commands import Command, CommandResult
from lsqm.validate import testing
from lsqm.validate.classify import of_tests
from lsqm.validate.workdir import work_directory
from tests.integration.validate.conftest import TRIVIAL, make_request, toolchain
from tests.integration.validate.test_docker import docker, docker_cage

pytestmark = [pytest.mark.docker, pytest.mark.terraform, pytest.mark.timeout(300)]

LIMITS = Limits(memory_bytes=256 << 20, processes=64)
HOARDERS = """
import os, time
for _ in range({children}):
    if os.fork() == 0:
        hoard = b"x" * (90 << 20)
        time.sleep({seconds})
        os._exit(0)
print([os.wait()[1] for _ in range({waits})])
"""
"""Each holds less than it may; the main process lives and ends well whatever becomes of its children."""


def run_python(tmp_path: Path, text: str) -> CommandResult:
    tools = toolchain()
    command = Command(argv=[str(tools.python), "-c", text], cwd=Path("/tmp"), deadline_seconds=120)
    return docker_cage().run(command, Access(read_only=tools.read_only, limits=LIMITS))


def test_a_child_that_the_kernel_ended_is_told_though_its_parent_ended_well(tmp_path: Path) -> None:
    result = run_python(tmp_path, HOARDERS.format(children=6, seconds=100, waits=1))
    assert (result.exit_code, result.stdout) == (0, b"[9]\n"), result
    assert f"{ENDED_FOR_MEMORY}: 256 MiB" in result.stderr.decode()


def test_children_that_stay_below_the_limit_are_not_spoken_of(tmp_path: Path) -> None:
    result = run_python(tmp_path, HOARDERS.format(children=1, seconds=0, waits=1))
    assert (result.exit_code, result.stdout, result.stderr) == (0, b"[0]\n", b"")


@dataclass(frozen=True)
class Nowhere:
    """An emulator that nobody asks."""

    endpoint: str = "http://127.0.0.1:9"
    network: str = ""


def test_a_test_whose_children_were_ended_accuses_nobody(tmp_path: Path) -> None:
    app = """
import os, time

def test_eats_together():
    for _ in range(6):
        if os.fork() == 0:
            hoard = b"x" * (90 << 20)
            time.sleep(500)
            os._exit(0)
    assert os.wait()[1] == 0

def test_another():
    assert True
"""
    request = make_request(tmp_path, TRIVIAL, app, test_limits=LIMITS)
    with work_directory(tmp_path, request.run, request.architecture, request.app) as work:
        result = docker_cage().run(
            testing.command(request, work, "http://127.0.0.1:9"),
            testing.access(request, work, Nowhere()),  # type: ignore[arg-type]  # all that is asked of it
        )
    verdict = of_tests(testing.read_story(result.stdout, request.app.files, result.stderr))
    assert (verdict.status, verdict.cause) == ("PARTIAL", "out-of-memory"), (verdict, result)
    assert verdict.message.startswith("the cage's memory limit was hit; 1 of 2 tests failed")
    assert not docker("ps", "-aq", "--filter", "name=lsqm-run-").strip()
