"""The real engine and the real image: isolation, faults, and nothing left behind."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lsqm.adapters.cages.docker import DockerCage
from lsqm.adapters.cages.namespaces import NamespaceCage
from lsqm.adapters.cages.none import NoCage
from lsqm.adapters.clock import SystemClock
from lsqm.adapters.docker_engine import Engine, sweep
from lsqm.adapters.emulators.docker import DockerEmulator, DockerOptions
from lsqm.adapters.owner import this_process
from lsqm.adapters.subprocesses import LocalCommandRunner
from lsqm.errors import Unavailable
from lsqm.model.result import PhaseName
from lsqm.ports.cage import Cage
from lsqm.ports.emulator import EmulatorFailed, StartRequest
from lsqm.validate import Trial, run_trial
from tests.conftest import DOCKER_IMAGE
from tests.integration.validate.conftest import TRIVIAL, make_request

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]

RUN = "20260104T000000Z-3f9a2c"
START = StartRequest(run=RUN, architecture="ab" * 32, deadline_seconds=240)
PATIENT = {"start": 240, "init": 400, "apply": 600, "replan": 300, "each_test": 120, "tests": 240, "destroy": 300}
"""The machine may be busy; none of these tests is about deadlines."""
SAME_NAMES = """
import io, json, time, uuid, zipfile
import boto3

MINE = uuid.uuid4().hex

def package():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("f.py", "def handle(event, context): return event")
    return data.getvalue()

def test_same_names_everywhere():
    s3, sqs, iam, functions = (boto3.client(name) for name in ("s3", "sqs", "iam", "lambda"))
    s3.create_bucket(Bucket="minilsqm")
    s3.put_object(Bucket="minilsqm", Key="k", Body=MINE.encode())
    url = sqs.create_queue(QueueName="minilsqm")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=MINE)
    role = iam.create_role(RoleName="minilsqm", Description=MINE, AssumeRolePolicyDocument=json.dumps({"Statement": []}))
    functions.create_function(FunctionName="minilsqm", Runtime="python3.12", Handler="f.handle", Description=MINE,
                              Role=role["Role"]["Arn"], Code={"ZipFile": package()})
    time.sleep(3)  # the others make theirs
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["minilsqm"]
    assert s3.get_object(Bucket="minilsqm", Key="k")["Body"].read() == MINE.encode()
    assert sqs.list_queues()["QueueUrls"] == [url]
    assert [m["Body"] for m in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]] == [MINE]
    assert [(r["RoleName"], r["Description"]) for r in iam.list_roles()["Roles"]] == [("minilsqm", MINE)]
    listed = functions.list_functions()["Functions"]
    assert [(f["FunctionName"], f["Description"]) for f in listed] == [("minilsqm", MINE)]
"""
SAME_CALLS = {
    **{f"s3.{name}": {"200": 1} for name in ("CreateBucket", "PutObject", "ListBuckets", "GetObject")},
    **{f"sqs.{name}": {"200": 1} for name in ("CreateQueue", "SendMessage", "ListQueues", "ReceiveMessage")},
    **{f"iam.{name}": {"200": 1} for name in ("CreateRole", "ListRoles")},
    "lambda.CreateFunction": {"201": 1},
    "lambda.ListFunctions": {"200": 1},
}


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True, timeout=120).stdout


def ours() -> list[str]:
    marked = ["--filter", f"label=lsqm.run={RUN}", "--format", "{{.ID}}"]
    return [*docker("ps", "-a", *marked).split(), *docker("network", "ls", *marked).split()]


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine(os.environ)
    yield engine
    engine.close()


@pytest.fixture
def emulator(engine: Engine) -> Iterator[DockerEmulator]:
    yield DockerEmulator(DockerOptions(image=DOCKER_IMAGE), engine=engine, owner=this_process(), clock=SystemClock())
    assert not ours(), "containers or networks are left"


def docker_cage() -> DockerCage:
    found = shutil.which("docker")
    assert found
    return DockerCage(
        LocalCommandRunner(),
        docker=Path(found),
        environment={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]},
        owner=this_process(),
    )


def holding_cages(*, docker: bool = True) -> list[Cage]:
    cages: list[Cage] = [*([docker_cage()] if docker else []), NamespaceCage(LocalCommandRunner())]
    found = []
    for cage in cages:
        try:
            if not cage.probe():
                found.append(cage)
        except Unavailable:
            continue
    return found or [NoCage(LocalCommandRunner())]


def test_the_container_cage_holds() -> None:
    assert docker_cage().probe() == ()


def test_one_container_from_start_to_end(emulator: DockerEmulator) -> None:
    running = emulator.start(START)
    try:
        assert running.is_alive()
        assert running.identity.version.startswith("4.14")
        assert running.identity.digest.startswith("sha256:")
        published = docker("ps", "--filter", f"label=lsqm.run={RUN}", "--format", "{{.Ports}}")
        assert "127.0.0.1:" in published
        assert "0.0.0.0" not in published
        assert b"Ready" in running.logs() or running.logs()
    finally:
        running.stop()
        running.stop()
    assert not running.is_alive()


@pytest.mark.terraform
def test_four_at_once_do_not_see_each_other(emulator: DockerEmulator, tmp_path: Path) -> None:
    cages = holding_cages()
    assert cages
    results: list[Trial] = []

    def one(number: int) -> None:
        request = make_request(tmp_path, TRIVIAL, SAME_NAMES, deadlines=PATIENT)
        cage = cages[number % len(cages)]
        results.append(run_trial(request, emulator=emulator, cage=cage, clock=SystemClock(), on_step=lambda _: None))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(r.result.status, r.result.message) for r in results] == [("PASSED", "")] * 4
    assert {r.result.pins.cage for r in results} == {cage.name for cage in cages}
    for trial in results:
        calls = trial.result.api_calls
        assert {name: calls.get(name) for name in SAME_CALLS} == SAME_CALLS  # each log has one architecture's calls
    assert not list(tmp_path.iterdir())


@pytest.mark.terraform
@pytest.mark.parametrize("phase", [PhaseName.APPLY, PhaseName.TEST])
def test_a_container_that_is_killed_makes_an_error_not_a_failure(
    emulator: DockerEmulator, tmp_path: Path, phase: PhaseName
) -> None:
    def on_step(step: PhaseName) -> None:
        if step is phase:
            docker("kill", *docker("ps", "-q", "--filter", f"label=lsqm.run={RUN}").split())

    app = """
import os, urllib.request

def test_it_answers():
    assert urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/_localstack/health", timeout=5)
"""
    request = make_request(tmp_path, TRIVIAL, app, deadlines=PATIENT)
    trial = run_trial(request, emulator=emulator, cage=holding_cages()[0], clock=SystemClock(), on_step=on_step)
    assert (trial.result.status, trial.result.cause) == ("ERROR", "emulator-died"), trial.result
    assert trial.logs["emulator"]
    assert [done.name for done in trial.result.phases if done.name not in (PhaseName.STOP, PhaseName.DESTROY)][
        -1
    ] is phase


@pytest.mark.terraform
def test_a_test_that_kills_its_emulator_accuses_nobody(emulator: DockerEmulator, tmp_path: Path) -> None:
    app = """
import os, time, urllib.request

def test_kill():
    url = os.environ["AWS_ENDPOINT_URL"] + "/_localstack/health"
    request = urllib.request.Request(url, b'{"action": "kill"}', {"Content-Type": "application/json"}, method="POST")
    try:
        urllib.request.urlopen(request, timeout=2).read()
    except OSError:
        pass
    time.sleep(2.5)
    assert True

def test_after():
    time.sleep(2.5)
    assert urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/_localstack/health", timeout=1)
"""
    request = make_request(tmp_path, TRIVIAL, app, deadlines=PATIENT)
    trial = run_trial(request, emulator=emulator, cage=holding_cages()[0], clock=SystemClock(), on_step=lambda _: None)
    assert (trial.result.status, trial.result.cause) == ("ERROR", "emulator-died"), trial.result


def test_a_missing_image_is_everybodys_problem(engine: Engine) -> None:
    missing = DockerEmulator(
        DockerOptions(image="lsqm-test/not-there:1"), engine=engine, owner=this_process(), clock=SystemClock()
    )
    with pytest.raises(Unavailable, match="lsqm-test/not-there:1 is not on this machine"):
        missing.check()
    with pytest.raises(EmulatorFailed) as failure:
        missing.start(START)
    assert (failure.value.cause, failure.value.whole_run) == ("engine", True)


def test_no_licence_is_everybodys_problem(engine: Engine) -> None:
    """An image that ends with exit code 55, as LocalStack does without a licence."""
    tag = "lsqm-test/no-licence:1"
    subprocess.run(
        ["docker", "build", "-q", "-t", tag, "-"],
        input=f'FROM {DOCKER_IMAGE}\nENTRYPOINT ["/bin/sh", "-c", "echo token is $LOCALSTACK_AUTH_TOKEN; exit 55"]\n',
        text=True,
        check=True,
        capture_output=True,
        env={**os.environ, "DOCKER_BUILDKIT": "0"},
        timeout=120,
    )
    emulator = DockerEmulator(
        DockerOptions(image=tag), engine=engine, owner=this_process(), clock=SystemClock(), auth_token="ls-s3cret"
    )
    try:
        with pytest.raises(EmulatorFailed, match="LOCALSTACK_AUTH_TOKEN") as failure:
            emulator.start(START)
    finally:
        docker("rmi", "-f", tag)
    assert (failure.value.cause, failure.value.whole_run) == ("licence", True)
    assert b"token is ***" in failure.value.logs
    assert b"s3cret" not in failure.value.logs
    assert not ours()


def test_an_engine_that_is_not_there_says_so() -> None:
    with pytest.raises(Unavailable, match="no Docker engine answers"):
        Engine({"DOCKER_HOST": "unix:///nonexistent.sock"}).client()


def test_what_a_killed_run_leaves_is_swept_and_nothing_else(engine: Engine) -> None:
    code = f"""
import os
from lsqm.adapters.clock import SystemClock
from lsqm.adapters.docker_engine import Engine
from lsqm.adapters.owner import this_process
from lsqm.adapters.emulators.docker import DockerEmulator, DockerOptions
from lsqm.ports.emulator import StartRequest
emulator = DockerEmulator(DockerOptions(image={DOCKER_IMAGE!r}), engine=Engine(os.environ), owner=this_process(), clock=SystemClock())
emulator.start(StartRequest(run={RUN!r}, architecture="ab" * 32, deadline_seconds=240))
os.kill(os.getpid(), 9)
"""
    stranger = docker("run", "-d", "--rm", "--entrypoint", "sleep", DOCKER_IMAGE, "600").strip()
    try:
        done = subprocess.run([sys.executable, "-c", code], check=False, timeout=300)
        assert done.returncode == -9
        assert len(ours()) == 3
        assert sweep(engine, dry_run=True).count == 3
        assert len(ours()) == 3
        assert sweep(engine).count == 3
        assert not ours()
        time.sleep(0.5)
        assert docker("ps", "-q", "--no-trunc", "--filter", f"id={stranger}").strip() == stranger
    finally:
        docker("rm", "-f", stranger)


def test_a_living_runs_containers_are_not_swept(engine: Engine, emulator: DockerEmulator) -> None:
    running = emulator.start(START)
    try:
        sweep(engine)
        assert running.is_alive()
    finally:
        running.stop()


@pytest.fixture(autouse=True)
def _clean(engine: Engine) -> Iterator[Callable[[], None]]:
    yield lambda: None
    for name in docker("ps", "-aq", "--filter", f"label=lsqm.run={RUN}").split():
        docker("rm", "-f", name)
