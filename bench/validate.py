"""What lsqm's validation costs on top of a plain bash script that does the same steps.

    python bench/validate.py [-k ARCHITECTURES] [-p PARALLEL] [--image IMAGE]

Both sides run the same architecture K times on fresh LocalStack containers: `docker run`, health loop, tflocal init,
apply, destroy, pytest, `docker rm`. lsqm also plans a second time, cages what is foreign and keeps evidence; `--bare`
takes the re-plan's seconds out of the sum, so that equal work is compared with equal work. One JSON object on stdout.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from lsqm.adapters.cages.choose import choose_cage
from lsqm.adapters.clock import SystemClock
from lsqm.adapters.docker_engine import Engine
from lsqm.adapters.emulators.docker import DockerEmulator, DockerOptions
from lsqm.adapters.owner import this_process
from lsqm.adapters.python_environment import own_environment
from lsqm.adapters.subprocesses import LocalCommandRunner
from lsqm.adapters.terraform_tools import TerraformTools, find_tools
from lsqm.model.app import App, AppRecord, Generator, Proof, Rung
from lsqm.model.architecture import Architecture, Dialect, Metadata, Origin
from lsqm.model.ids import ArchitectureHash
from lsqm.pipeline.pool import run_all
from lsqm.validate import PhaseDeadlines, Toolchain, TrialRequest, run_trial

TERRAFORM = """
resource "aws_s3_bucket" "b" {
  bucket = "bench-bucket"
}

resource "aws_sns_topic" "t" {
  name = "bench-topic"
}

resource "aws_ssm_parameter" "p" {
  name  = "/bench/p"
  type  = "String"
  value = "x"
}
"""
TEST = """
import boto3

def test_bucket():
    s3 = boto3.client("s3")
    s3.put_object(Bucket="bench-bucket", Key="a", Body=b"x")
    assert s3.get_object(Bucket="bench-bucket", Key="a")["Body"].read() == b"x"
    s3.delete_object(Bucket="bench-bucket", Key="a")

def test_parameter():
    assert boto3.client("ssm").get_parameter(Name="/bench/p")["Parameter"]["Value"] == "x"
"""
PLAIN = r"""
set -eu
dir=$(mktemp -d); cp -r "$SOURCE/." "$dir"; cd "$dir"
id=$(docker run -d -p 127.0.0.1::4566 "$IMAGE")
port=$(docker port "$id" 4566/tcp | head -1 | cut -d: -f2)
until curl -sf "http://127.0.0.1:$port/_localstack/health" >/dev/null; do sleep 0.1; done
export AWS_ENDPOINT_URL=http://127.0.0.1:$port
cd terraform
"$TFLOCAL" init -input=false >/dev/null
"$TFLOCAL" apply -auto-approve -input=false >/dev/null
(cd ../app && PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 "$PYTHON" -m pytest -q -p no:cacheprovider . >/dev/null)
"$TFLOCAL" destroy -auto-approve -refresh=false >/dev/null
docker rm -f "$id" >/dev/null; rm -rf "$dir"
"""


def toolchain(found: TerraformTools) -> Toolchain:
    python = own_environment()
    return Toolchain(
        terraform=found.terraform,
        tflocal=found.tflocal,
        python=python.python,
        cli_config=found.cli_config,
        read_only=(*python.read_only, *((found.mirror,) if found.mirror else ())),
    )


def request(number: int, tools: Toolchain, scratch: Path) -> TrialRequest:
    name = ArchitectureHash(f"{number:064x}")
    origin = Origin(source="bench", repository="", commit="", path=".", url="bench")
    metadata = Metadata(
        hash=name,
        name="bench",
        dialect=Dialect.TERRAFORM,
        origin=origin,
        services=(),
        resource_count=3,
        resource_types={},
    )
    record = AppRecord(
        architecture=name, generator=Generator.BUILTIN, rules="1", digest="", proof=Proof(rung=Rung.PARSES)
    )
    return TrialRequest(
        architecture=Architecture(metadata=metadata, files={"main.tf": TERRAFORM.encode()}),
        app=App(record=record, files={"conftest.py": "", "app.py": "", "test_app.py": TEST, "requirements.txt": ""}),
        run="20260101T000000Z-be0c40",
        tools=tools,
        scratch=scratch,
        deadlines=PhaseDeadlines(start=300, apply=900, replan=600, destroy=600, tests=600, init=600),
        owner=this_process().text,
    )


def with_lsqm(count: int, parallel: int, image: str, tools: Toolchain) -> dict[str, object]:
    engine, runner, clock = Engine(os.environ), LocalCommandRunner(), SystemClock()
    emulator = DockerEmulator(DockerOptions(image=image), engine=engine, owner=this_process(), clock=clock)
    cage = choose_cage(runner).cage
    with tempfile.TemporaryDirectory(prefix="lsqm-bench-") as scratch:
        items = [request(number, tools, Path(scratch)) for number in range(count)]
        started = time.monotonic()
        pooled = run_all(
            lambda item: run_trial(item, emulator=emulator, cage=cage, clock=clock, on_step=lambda _: None),
            items,
            parallel=parallel,
            cost=lambda _: 0.0,
            cancel=threading.Event(),
        )
        seconds = time.monotonic() - started
    engine.close()
    results = [trial.result for _, trial in pooled.done]
    phases: dict[str, float] = {}
    for result in results:
        for phase in result.phases:
            phases[phase.name] = phases.get(phase.name, 0.0) + phase.seconds
    return {
        "seconds": round(seconds, 1),
        "statuses": sorted({str(result.status) for result in results}),
        "cage": cage.name,
        "phase_seconds_mean": {name: round(total / count, 2) for name, total in phases.items()},
        "replan_seconds": round(phases.get("re-plan", 0.0), 1),
        "peak_child_rss_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
    }


def with_bash(count: int, parallel: int, image: str, found: TerraformTools) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="lsqm-bench-") as folder:
        for name, text in (("terraform/main.tf", TERRAFORM), ("app/test_app.py", TEST)):
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        env = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "DOCKER_HOST") if name in os.environ},
            "SOURCE": folder,
            "IMAGE": image,
            "TFLOCAL": str(found.tflocal),
            "PYTHON": sys.executable,
            "TF_CLI_CONFIG_FILE": str(found.cli_config),
            "S3_HOSTNAME": "127.0.0.1",
            "GOGC": "400",
            "CHECKPOINT_DISABLE": "1",
            "DISABLE_DEPRECATION_NOTICE": "1",
            **dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "test"),
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        started = time.monotonic()
        done = subprocess.run(
            ["xargs", f"-P{parallel}", "-I{}", "bash", "-c", PLAIN, "{}"],
            input="\n".join(map(str, range(count))),
            text=True,
            env=env,
            capture_output=True,
            check=False,
        )
        return {
            "seconds": round(time.monotonic() - started, 1),
            "exit_code": done.returncode,
            "stderr": done.stderr[-300:],
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-k", type=int, default=4)
    parser.add_argument("-p", type=int, default=4)
    parser.add_argument("--image", default="localstack/localstack:4.14.0")
    options = parser.parse_args()
    if not shutil.which("docker"):
        raise SystemExit("this bench needs Docker")
    found = find_tools(folder=Path(".tools").resolve(), environment=os.environ)
    ours = with_lsqm(options.k, options.p, options.image, toolchain(found))
    plain = with_bash(options.k, options.p, options.image, found)
    print(
        json.dumps(
            {
                "architectures": options.k,
                "parallel": options.p,
                "load_average": round(os.getloadavg()[0], 1),
                "lsqm": ours,
                "bash": plain,
                "bash_over_lsqm": round(float(str(plain["seconds"])) / float(str(ours["seconds"])), 2),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
