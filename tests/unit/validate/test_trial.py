"""A whole trial with Terraform, pytest and emulator played from a script: what each phase makes of what the others did."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from lsqm.adapters.clock import SystemClock
from lsqm.model.emulator import EmulatorIdentity, EmulatorKind
from lsqm.model.result import Phase, Result
from lsqm.ports.cage import Access
from lsqm.ports.commands import Command, CommandResult
from lsqm.ports.emulator import Answer, Question, StartRequest
from lsqm.validate import Toolchain, TrialRequest, run_trial
from tests.samples import an_app, an_architecture, an_emulator

STATE = json.dumps(
    {
        "version": 4,
        "resources": [{"mode": "managed", "type": "aws_sqs_queue", "name": "jobs", "instances": [{"attributes": {}}]}],
    }
)
TEST = "test_app.py::test_queue_exists"
STORY = [
    {"event": "collected", "test": TEST},
    {"event": "start", "test": TEST},
    {"event": "finish", "test": TEST, "outcome": "passed", "seconds": 0.1, "message": "", "details": "", "calls": {}},
    {"event": "end", "exit": 0, "finished": 1},
    {"event": "exit", "code": 0},
]
DESTROYING = {"type": "apply_start", "hook": {"resource": {"addr": "aws_sqs_queue.jobs"}, "action": "delete"}}
SAID = "deleting SQS Queue (jobs): refused"
REFUSED = {"type": "diagnostic", "diagnostic": {"severity": "error", "summary": SAID}}

NOT_EMPTY = {
    "type": "diagnostic",
    "diagnostic": {
        "severity": "error",
        "summary": "deleting S3 Bucket (b): operation error S3: DeleteBucket, https response error StatusCode: 409, "
        "RequestID: r, api error BucketNotEmpty: The bucket you tried to delete is not empty",
    },
}


def lines(*messages: object) -> bytes:
    return b"\n".join(json.dumps(message).encode() for message in messages)


class ScriptedCage:
    """All goes well, but for the commands of Terraform that `said` has an answer for."""

    name = "scripted"

    def __init__(self, said: Mapping[str, CommandResult]) -> None:
        self._said = said

    def run(self, command: Command, access: Access) -> CommandResult:
        words = [word for word in command.argv if word in {"init", "apply", "plan", "destroy"}]
        done = CommandResult(exit_code=0, stdout=lines(*STORY), stderr=b"", seconds=1)
        if not words:
            return done
        state = command.cwd / "terraform.tfstate"
        result = self._said.get(words[0], replace(done, stdout=b""))
        if words[0] == "apply":
            state.write_text(STATE)
        elif words[0] == "destroy" and result.ok:
            state.write_text("{}")
        return result

    def inner_endpoint(self, endpoint: str) -> str:
        return endpoint

    def probe(self) -> tuple[str, ...]:
        return ()


class Standing:
    """An emulator that answers and knows nothing."""

    kind = EmulatorKind.EMBEDDED
    endpoint, network = "http://127.0.0.1:9", ""

    @property
    def identity(self) -> EmulatorIdentity:
        return an_emulator()

    def check(self) -> EmulatorIdentity:
        return an_emulator()

    def start(self, request: StartRequest) -> "Standing":
        return self

    def is_alive(self) -> bool:
        return True

    def ask(self, question: Question) -> Answer | None:
        return None

    def logs(self) -> bytes:
        return b""

    def stop(self) -> None:
        """Nothing to stop."""

    close = stop


def tried(tmp_path: Path, **said: CommandResult) -> Result:
    app = an_app()
    test = "def test_queue_exists():\n    assert 1 + 1 == 2\n"
    tools = Toolchain(terraform=Path("/t/terraform"), tflocal=Path("/t/tflocal"), python=Path("/t/python"))
    request = TrialRequest(
        architecture=an_architecture(),
        app=replace(app, files={**app.files, "test_app.py": test}),
        run="20260104T000000Z-3f9a2c",
        tools=tools,
        scratch=tmp_path,
    )
    cage = ScriptedCage(said)
    trial = run_trial(request, emulator=Standing(), cage=cage, clock=SystemClock(), on_step=lambda _: None)
    assert not list(tmp_path.iterdir())
    assert trial.result.status == "PASSED", trial.result
    return trial.result


def phase(result: Result, name: str) -> Phase:
    return next(phase for phase in result.phases if phase.name == name)


def test_a_trial_in_which_all_goes_well(tmp_path: Path) -> None:
    result = tried(tmp_path)
    assert {phase.outcome for phase in result.phases} == {"ok"}
    assert (result.plan_is_empty, result.leaks) == (True, ())


def test_what_a_destroy_could_not_finish_in_time_is_no_leak(tmp_path: Path) -> None:
    late = CommandResult(exit_code=None, stdout=lines(DESTROYING), stderr=b"", seconds=120, timed_out=True)
    result = tried(tmp_path, destroy=late)
    assert result.leaks == ()
    destroy, check = phase(result, "destroy"), phase(result, "leak-check")
    assert destroy.outcome == "timeout"
    assert destroy.message == "stopped at its deadline after 120 s; waiting for aws_sqs_queue.jobs"
    assert (check.outcome, check.message) == (
        "skipped",
        "destroy outran its deadline, so what is left says nothing",
    )


@pytest.mark.parametrize(("errors", "message"), [((REFUSED,), SAID), ((), "destroy failed")])
def test_what_the_emulator_refuses_to_destroy_is_a_leak(
    tmp_path: Path, errors: tuple[object, ...], message: str
) -> None:
    result = tried(tmp_path, destroy=CommandResult(exit_code=1, stdout=lines(*errors), stderr=b"", seconds=1))
    assert result.leaks == ("aws_sqs_queue.jobs",)
    assert (phase(result, "destroy").outcome, phase(result, "destroy").message) == ("failed", message)
    assert phase(result, "leak-check").outcome == "failed"


@pytest.mark.parametrize(("errors", "leaks"), [((NOT_EMPTY,), ()), ((NOT_EMPTY, REFUSED), ("aws_sqs_queue.jobs",))])
def test_a_bucket_that_something_was_delivered_to_is_no_leak(
    tmp_path: Path, errors: tuple[object, ...], leaks: tuple[str, ...]
) -> None:
    """A stream of events goes on delivering after the tests; AWS would not delete the bucket either."""
    result = tried(tmp_path, destroy=CommandResult(exit_code=1, stdout=lines(*errors), stderr=b"", seconds=1))
    assert result.leaks == leaks
    assert phase(result, "destroy").outcome == "failed"
    assert phase(result, "leak-check").outcome == ("failed" if leaks else "skipped")
