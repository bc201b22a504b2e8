"""Small, complete values of the model for tests. Each function gives a fresh, valid one; tests `replace` what matters."""

from lsqm.model.app import APP_FILES, App, AppRecord, Generator, Proof, Rung
from lsqm.model.architecture import Architecture, Dialect, Metadata, Origin
from lsqm.model.emulator import EmulatorIdentity, EmulatorKind
from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.result import Phase, PhaseName, PhaseOutcome, Pins, Result, Status, TestOutcome, TestResult
from lsqm.model.run import Counts, RunManifest

HASH = ArchitectureHash("0123456789abcdef" * 4)
RUN = RunId("20260104T000000Z-3f9a2c")


def an_origin() -> Origin:
    return Origin(
        source="starter", repository="starter", commit="c0ffee", path="queue-worker", url="starter//queue-worker"
    )


def an_architecture() -> Architecture:
    return Architecture(
        metadata=Metadata(
            hash=HASH,
            name="queue-worker",
            dialect=Dialect.TERRAFORM,
            origin=an_origin(),
            services=("sqs",),
            resource_count=1,
            resource_types={"aws_sqs_queue": 1},
            discovered_at="2026-01-04T00:00:00Z",
        ),
        files={"main.tf": b'resource "aws_sqs_queue" "jobs" {}\n', "modules/x/main.tf": b""},
    )


def an_app() -> App:
    return App(
        record=AppRecord(
            architecture=HASH, generator=Generator.BUILTIN, rules="1", digest="d", proof=Proof(rung=Rung.PARSES)
        ),
        files={name: f"# {name}\n" for name in APP_FILES},
    )


def an_emulator() -> EmulatorIdentity:
    return EmulatorIdentity(kind=EmulatorKind.EMBEDDED, product="ministack", version="1.5.33", digest="sha256:1")


def a_result() -> Result:
    return Result(
        architecture=HASH,
        status=Status.PASSED,
        cause=None,
        signature="",
        phases=(
            Phase(
                name=PhaseName.APPLY,
                outcome=PhaseOutcome.OK,
                started_at="2026-01-04T00:00:01Z",
                seconds=1.5,
                deadline_seconds=300,
                exit_code=0,
            ),
        ),
        tests=(TestResult(id="test_app.py::test_queue_exists", outcome=TestOutcome.PASSED, seconds=0.1),),
        api_calls={"sqs.CreateQueue": {"200": 1}},
        plan_is_empty=True,
        emulator=an_emulator(),
        pins=Pins(terraform="1.11.4", tflocal="0.27.0", providers={"hashicorp/aws": "5.100.0"}, app="d"),
        started_at="2026-01-04T00:00:00Z",
        seconds=3.0,
    )


def a_manifest() -> RunManifest:
    return RunManifest(
        run=RUN,
        started_at="2026-01-04T00:00:00Z",
        lsqm_version="2026.11.0",
        configuration={"parallel": "4"},
        emulator=an_emulator(),
        counts=Counts(total=1, passed=1, new=1),
        finished_at="2026-01-04T00:01:00Z",
        seconds=60.0,
        complete=True,
    )
