"""Faults in Docker in the middle of real trials: the right status and cause, nobody else affected, nothing left."""

import contextlib
import io
import json
import os
import shutil
import socket
import subprocess
import threading
import zipfile
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from lsqm.adapters.clock import SystemClock
from lsqm.adapters.docker_engine import Engine
from lsqm.adapters.emulators.docker import DockerEmulator, DockerOptions
from lsqm.adapters.owner import this_process
from lsqm.ports.emulator import StartRequest
from lsqm.validate import run_trial
from tests.conftest import DOCKER_IMAGE
from tests.integration.validate.conftest import TRIVIAL, make_request
from tests.integration.validate.test_docker import PATIENT, docker, holding_cages

pytestmark = pytest.mark.timeout(900)

RUN = f"20260104T000000Z-{os.getpid() & 0xFFFFFF:06x}"
"""Two sessions on one engine do not count each other's containers."""
PASSES = "def test_one():\n    assert 1 + 1 == 2\n"
KILLS = """
import os, time, urllib.request

def test_kill():
    url = os.environ["AWS_ENDPOINT_URL"] + "/_localstack/health"
    request = urllib.request.Request(url, b'{"action": "kill"}', {"Content-Type": "application/json"}, method="POST")
    try:
        urllib.request.urlopen(request, timeout=2).read()
    except OSError:
        pass
    for _ in range(300):
        try:
            urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/_localstack/health", timeout=1)
        except OSError:
            break
        time.sleep(0.2)
    assert True
"""


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine(os.environ)
    yield engine
    engine.close()


@pytest.fixture(autouse=True)
def _nothing_left(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if request.node.get_closest_marker("docker"):
        left = ours()
        for name in left:
            subprocess.run(["docker", "rm", "-f", name], capture_output=True, check=False, timeout=60)
        assert not left, "containers or networks are left"


def ours() -> list[str]:
    marked = ["--filter", f"label=lsqm.run={RUN}", "--format", "{{.ID}}"]
    return [*docker("ps", "-a", *marked).split(), *docker("network", "ls", *marked).split()]


def emulator_on(engine: Engine, **options: Any) -> DockerEmulator:
    return DockerEmulator(
        DockerOptions(image=DOCKER_IMAGE, **options), engine=engine, owner=this_process(), clock=SystemClock()
    )


@pytest.mark.docker
@pytest.mark.terraform
def test_neighbours_of_the_dying_are_well(engine: Engine, tmp_path: Path) -> None:
    """One kills its emulator, one is corrupt; the third notices nothing."""
    emulator, cage = emulator_on(engine), holding_cages(docker=False)[0]
    apps = {
        "kills": (KILLS, TRIVIAL),
        "corrupt": (PASSES, 'resource "terraform_data" "x" {\n'),
        "well": (PASSES, TRIVIAL),
    }
    results = {}

    def one(name: str) -> None:
        app, terraform = apps[name]
        request = make_request(tmp_path, terraform, app, deadlines=PATIENT, run=RUN)
        trial = run_trial(request, emulator=emulator, cage=cage, clock=SystemClock(), on_step=lambda _: None)
        results[name] = (trial.result.status.value, str(trial.result.cause))

    threads = [threading.Thread(target=one, args=(name,)) for name in apps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {
        "kills": ("ERROR", "emulator-died"),
        "corrupt": ("ERROR", "terraform-config"),
        "well": ("PASSED", "None"),
    }
    assert not list(tmp_path.iterdir())


class Restarting:
    """The engine behind a socket of our own, which can go away and come back as a restarting engine's does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._listener: socket.socket | None = None
        self._open: list[socket.socket] = []
        self.up()

    def up(self) -> None:
        """Listen again."""
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.path))
        listener.listen(64)
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def down(self) -> None:
        """Close everything, as a process that ends does."""
        self.path.unlink()
        ends, self._open = self._open, []
        for end in (self._listener, *ends):
            if end is not None:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
        self._listener = None

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                inner, _ = listener.accept()
            except OSError:
                return
            outer = socket.socket(socket.AF_UNIX)
            outer.connect("/var/run/docker.sock")
            self._open += [inner, outer]
            for one, other in ((inner, outer), (outer, inner)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    @staticmethod
    def _carry(one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := one.recv(1 << 16):
                other.sendall(chunk)
            other.shutdown(socket.SHUT_WR)


@pytest.mark.docker
def test_an_engine_that_restarts_leaves_nothing_and_the_next_trial_runs(tmp_path: Path) -> None:
    restarting = Restarting(tmp_path / "s")
    engine = Engine({"DOCKER_HOST": f"unix://{restarting.path}"})
    emulator = emulator_on(engine, mount_socket=True)
    wanted = StartRequest(run=RUN, architecture="ab" * 32, deadline_seconds=240)
    try:
        running = emulator.start(wanted)
        assert mounts() == []  # the setting allows the socket, the architecture does not need it
        restarting.down()
        docker("kill", *docker("ps", "-q", "--filter", f"label=lsqm.run={RUN}").split())
        assert not running.is_alive()
        back = threading.Timer(1.5, restarting.up)
        back.start()
        running.stop()
        back.join()
        assert not ours()

        restarting.down()
        back = threading.Timer(1.5, restarting.up)
        back.start()
        running = emulator.start(StartRequest(run=RUN, architecture="ab" * 32, deadline_seconds=240, needs_engine=True))
        back.join()
        assert running.is_alive()
        assert mounts() == ["/var/run/docker.sock"]
        running.stop()
    finally:
        emulator.close()
        restarting.down()


def mounts() -> list[str]:
    (container,) = docker("ps", "-q", "--filter", f"label=lsqm.run={RUN}").split()
    return [mount["Source"] for mount in json.loads(docker("inspect", container))[0]["Mounts"]]


FUNCTION = """
resource "aws_iam_role" "f" {
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = aws_iam_role.f.arn
  runtime       = "python3.12"
  handler       = "f.handle"
  filename      = "f.zip"
}
"""


@pytest.mark.docker
@pytest.mark.terraform
def test_a_function_without_the_engine_blames_the_setting(engine: Engine, tmp_path: Path) -> None:
    """What LocalStack does where it may not start sibling containers is said in words that help, and accuses nobody."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("f.py", "def handle(event, context):\n    return event\n")
    emulator = emulator_on(engine, environment={"LAMBDA_RUNTIME_EXECUTOR": "docker"})
    request = make_request(
        tmp_path,
        FUNCTION,
        PASSES,
        files={"f.zip": package.getvalue()},
        services=("iam", "lambda"),
        deadlines={**PATIENT, "destroy_ruin": 3},
        run=RUN,
    )
    cage = holding_cages(docker=False)[0]
    result = run_trial(request, emulator=emulator, cage=cage, clock=SystemClock(), on_step=lambda _: None).result
    assert (result.status, result.cause) == ("ERROR", "engine"), result
    assert "LSQM_DOCKER_SOCKET" in result.message
    assert "aws_lambda_function.f" in result.message
    assert not list(tmp_path.iterdir())


@pytest.mark.docker
@pytest.mark.terraform
def test_what_concerns_the_whole_run_is_said_once_and_ends_it(
    tmp_path: Path, lsqm: Callable[..., "subprocess.CompletedProcess[str]"]
) -> None:
    """Without a licence: two architectures, one sentence, exit 3; without an image: not even a run."""
    workspace, tag = tmp_path / "w", "lsqm-test/no-licence-for-all:1"
    for name in ("shop-settings", "order-queue"):
        shutil.copytree(Path(str(files("lsqm") / "starter" / name)), tmp_path / "corpus" / name)
    for arguments in (["mine", "--source", f"path:{tmp_path / 'corpus'}"], ["generate", "--generator", "builtin"]):
        done = lsqm(*arguments, "--workspace", workspace)
        assert done.returncode == 0, done.stderr
    built = subprocess.run(
        ["docker", "build", "-q", "-t", tag, "-"],
        input=f'FROM {DOCKER_IMAGE}\nENTRYPOINT ["/bin/sh", "-c", "exit 55"]\n',
        text=True,
        check=False,
        capture_output=True,
        env={**os.environ, "DOCKER_BUILDKIT": "0"},
        timeout=120,
    )
    assert built.returncode == 0, built.stderr
    validate = ["validate", "--no-sync", "--emulator", "docker", "--parallel", "1", "--workspace", workspace]
    image = {"LOCALSTACK_IMAGE": "lsqm-test/no-licence-for-all", "LSQM_LOG_FORMAT": "console"}
    try:
        done = lsqm(*validate, "--json", "--localstack-version", "1", **image)
    finally:
        docker("rmi", "-f", tag)
    assert done.returncode == 3, done.stderr
    manifest = json.loads(next((workspace / "artifacts" / "runs").glob("*/run.json")).read_text())
    assert manifest["counts"]["not_run"] == 2, manifest
    assert done.stderr.count("exit code 55") == 1, done.stderr
    absent = lsqm(*validate, "--localstack-version", "not-there", **image)
    assert absent.returncode == 3
    assert "docker pull lsqm-test/no-licence-for-all:not-there" in absent.stderr
