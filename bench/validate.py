"""What lsqm's validation costs against a plain bash script that does the same steps, and what a slot needs.

    python bench/validate.py [-k ARCHITECTURES] [-p PARALLEL ...] [--image IMAGE] [--tuned]

All run the same architecture K times on fresh LocalStack containers: `docker run`, health loop, tflocal init, apply,
pytest, destroy, `docker rm`; the script under `xargs -P`. lsqm also plans a second time, cages what is foreign, asks
for leaks and keeps evidence. `--tuned` gives the script lsqm's settings for Terraform (GOGC, `-refresh=false`), which
tells what the rest costs. Both run one after the other, so on a shared machine only their ratio means anything; the
load is printed with it. One JSON object on stdout.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Self

from lsqm.adapters.cages.choose import choose_cage
from lsqm.adapters.clock import SystemClock
from lsqm.adapters.docker_engine import Engine
from lsqm.adapters.emulators.docker import DockerEmulator, DockerOptions
from lsqm.adapters.memory import available_bytes
from lsqm.adapters.owner import this_process
from lsqm.adapters.python_environment import own_environment
from lsqm.adapters.subprocesses import LocalCommandRunner
from lsqm.adapters.terraform_tools import TerraformTools, find_tools
from lsqm.model.app import App, AppRecord, Generator, Proof, Rung
from lsqm.model.architecture import Architecture, Dialect, Metadata, Origin
from lsqm.model.ids import ArchitectureHash
from lsqm.pipeline.pool import run_all
from lsqm.pipeline.slots import Turns, ahead
from lsqm.validate import PhaseDeadlines, Toolchain, TrialRequest, run_trial

RUN = "20260101T000000Z-be0c40"
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
id=; dir=$(mktemp -d)
trap '[ -z "$id" ] || docker rm -f "$id" >/dev/null; rm -rf "$dir"' EXIT
cp -r "$SOURCE/." "$dir"; cd "$dir"
id=$(docker run -d -p 127.0.0.1::4566 "$IMAGE")
port=$(docker port "$id" 4566/tcp | head -1 | cut -d: -f2)
until curl -sf "http://127.0.0.1:$port/_localstack/health" >/dev/null; do sleep 0.1; done
export AWS_ENDPOINT_URL=http://127.0.0.1:$port
cd terraform
"$TFLOCAL" init -input=false >/dev/null
"$TFLOCAL" apply -auto-approve -input=false >/dev/null
(cd ../app && PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 "$PYTHON" -m pytest -q -p no:cacheprovider . >/dev/null)
"$TFLOCAL" destroy -auto-approve $DESTROY >/dev/null
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
        run=RUN,
        tools=tools,
        scratch=scratch,
        deadlines=PhaseDeadlines(start=300, apply=900, replan=600, destroy=600, tests=600, init=600),
        owner=this_process().text,
    )


class Memory:
    """Samples what our children and our containers hold, while it is open."""

    def __init__(self) -> None:
        self.peak_mib = {"programs": 0, "containers": 0}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._over.wait(2):
            for name, now in (("programs", _programs_mib()), ("containers", _containers_mib())):
                self.peak_mib[name] = max(self.peak_mib[name], now)


def _programs_mib() -> int:
    """Proportional share of memory of everything that descends from this process."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    ours, total = {os.getpid()}, 0
    for pid in sorted(parents):
        if parents[pid] in ours:
            ours.add(pid)
            try:
                found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
                total += int(found[1]) // 1024 if found else 0
            except OSError:
                continue
    return total


def _containers_mib() -> int:
    ids = subprocess.run(
        ["docker", "ps", "-q", "--filter", f"label=lsqm.run={RUN}"], capture_output=True, text=True, check=False
    ).stdout.split()
    if not ids:
        return 0
    stats = ["docker", "stats", "--no-stream", "--format", "{{.MemUsage}}", *ids]
    used = subprocess.run(stats, capture_output=True, text=True, check=False).stdout
    units = {"KiB": 1 / 1024, "MiB": 1.0, "GiB": 1024.0}
    found = re.findall(r"([\d.]+)([KMG]iB) /", used)
    return int(sum(float(number) * units[unit] for number, unit in found))


def with_lsqm(count: int, parallel: int, image: str, tools: Toolchain) -> dict[str, object]:
    engine, runner, clock = Engine(os.environ), LocalCommandRunner(), SystemClock()
    emulator = DockerEmulator(DockerOptions(image=image), engine=engine, owner=this_process(), clock=clock)
    cage = choose_cage(runner).cage
    with tempfile.TemporaryDirectory(prefix="lsqm-bench-") as scratch:
        items = [request(number, tools, Path(scratch)) for number in range(count)]
        cancel = threading.Event()
        turns = Turns(parallel, cancel)
        started = time.monotonic()
        with Memory() as memory:
            pooled = run_all(
                lambda item: run_trial(
                    item, emulator=emulator, cage=cage, clock=clock, on_step=lambda _: None, turn=turns.take
                ),
                items,
                parallel=parallel + ahead(parallel, "docker", available_bytes()),
                cost=lambda _: 0.0,
                cancel=cancel,
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
        "peak_mib_per_slot": {name: peak // parallel for name, peak in memory.peak_mib.items()},
    }


def with_bash(count: int, parallel: int, image: str, found: TerraformTools, *, tuned: bool) -> dict[str, object]:
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
            **({"GOGC": "400"} if tuned else {}),
            "DESTROY": "-refresh=false" if tuned else "",
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
            "stderr": done.stderr[-3000:],
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-k", type=int, default=4)
    parser.add_argument("-p", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--image", default="localstack/localstack:4.14.0")
    parser.add_argument("--tuned", action="store_true")
    options = parser.parse_args()
    if not shutil.which("docker"):
        raise SystemExit("this bench needs Docker")
    found = find_tools(folder=Path(".tools").resolve(), environment=os.environ)
    tools = toolchain(found)
    rounds = []
    for parallel in options.p:
        load = os.getloadavg()[0]
        plain = with_bash(options.k, parallel, options.image, found, tuned=options.tuned)
        ours = with_lsqm(options.k, parallel, options.image, tools)
        ratio = round(float(str(plain["seconds"])) / float(str(ours["seconds"])), 2)
        rounds.append(
            {
                "parallel": parallel,
                "load_before_and_after": [round(load, 1), round(os.getloadavg()[0], 1)],
                "bash_over_lsqm": ratio,
                "lsqm": ours,
                "bash": plain,
            }
        )
    summary: dict[str, object] = {"architectures": options.k, "tuned_bash": options.tuned, "rounds": rounds}
    walls = {number: float(str(done["lsqm"]["seconds"])) for number, done in zip(options.p, rounds, strict=True)}
    if 1 in walls and len(walls) > 1:
        summary["parallel_efficiency"] = {
            number: round(walls[1] / (number * wall), 2) for number, wall in walls.items() if number > 1
        }
    print(json.dumps(summary, indent=2))


if __name__ == "__main__":
    main()
