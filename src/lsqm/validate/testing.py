"""The test phase: run the app under the supervisor, then decide what of its story may be believed."""

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lsqm.model.python_source import parse_python
from lsqm.model.result import TestOutcome, TestResult
from lsqm.ports.cage import ENDED_FOR_MEMORY, Access
from lsqm.ports.commands import Command
from lsqm.ports.emulator import RunningEmulator
from lsqm.validate.api_calls import ApiCalls, merge
from lsqm.validate.request import TrialRequest
from lsqm.validate.terraform import tool_paths
from lsqm.validate.workdir import WorkDirectory

_SUPERVISOR_SLACK_SECONDS = 20.0
_OUTPUT_LIMIT = 8 << 20
_OUTCOMES = {outcome.value: outcome for outcome in TestOutcome}


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """What is known about one failing test beyond its result."""

    test: str
    error_type: str = ""
    operation: str = ""
    """`service.Operation` of the last AWS call that failed inside it."""
    status: str = ""
    code: str = ""
    message: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TestReport:
    """All that the supervisor told."""

    __test__ = False

    tests: tuple[TestResult, ...]
    calls: ApiCalls
    failures: tuple[Failure, ...] = ()
    defect: str = ""
    """Why the story cannot be believed, one sentence; empty when it can."""
    outran_total: bool = False
    exit_codes: tuple[int, ...] = ()
    out_of_memory: bool = False
    """Whether the cage ended some of its processes for what they held."""


@dataclass(slots=True)
class _Story:
    collected: dict[str, None] = field(default_factory=dict)
    results: dict[str, TestResult] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    calls: list[ApiCalls] = field(default_factory=list)
    open_test: str = ""
    defect: str = ""
    ended: bool = False
    shot: bool = False
    outran_total: bool = False
    exit_codes: list[int] = field(default_factory=list)

    def complain(self, sentence: str) -> None:
        self.defect = self.defect or sentence


@dataclass(frozen=True, kw_only=True, slots=True)
class Collection:
    """What collecting alone found."""

    tests: tuple[str, ...]
    errors: tuple[str, ...]


def command(request: TrialRequest, work: WorkDirectory, endpoint: str, *, only_collect: bool = False) -> Command:
    """The supervisor with the app, in an environment without a secret."""
    deadlines = request.deadlines
    python = str(request.tools.python)
    arguments = [str(deadlines.each_test), str(deadlines.tests), str(work.app), str(work.plugin)]
    if only_collect:
        arguments.append("--collect-only")
    return Command(
        argv=[python, "-I", str(work.plugin / "supervisor.py"), *arguments],
        cwd=work.app,
        env={
            "PATH": request.tools.path,
            "HOME": str(work.home),
            "TMPDIR": str(work.home),
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "AWS_ENDPOINT_URL": endpoint,
            "LOCALSTACK_ENDPOINT": endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": str(work.plugin / "aws-config"),
            "LSQM_STATE": str(work.state_document),
            "LSQM_OUTPUTS": str(work.outputs_document),
        },
        deadline_seconds=deadlines.tests + _SUPERVISOR_SLACK_SECONDS,
        output_limit_bytes=_OUTPUT_LIMIT,
    )


def access(request: TrialRequest, work: WorkDirectory, running: RunningEmulator) -> Access:
    """What the app may see: Python, its own files as a throw-away copy, the emulator."""
    return Access(
        endpoint=running.endpoint,
        network=running.network,
        read_only=(*tool_paths(request.tools), work.plugin),
        copied=(work.app, work.home),
        limits=request.test_limits,
    )


def read_collection(stdout: bytes) -> Collection:
    """The events of a supervisor that only collected."""
    tests: list[str] = []
    errors: list[str] = []
    for line in stdout.splitlines():
        try:
            event = json.loads(line)
            if event["event"] == "collected":
                tests.append(str(event["test"]))
            elif event["event"] == "collect-error":
                errors.append(f"{event['where'] or 'the app'} cannot be collected:\n{event['message']}")
            elif event["event"] == "timeout":
                errors.append("the app hangs outside its tests")
        except (ValueError, KeyError, TypeError):
            errors.append("the test report is garbled")
    return Collection(tests=tuple(tests), errors=tuple(errors))


def read_story(stdout: bytes, app_files: Mapping[str, str], stderr: bytes = b"") -> TestReport:
    """Turn the supervisor's events into results, and look for everything that makes them unbelievable."""
    story = _Story()
    for line in stdout.splitlines():
        try:
            event = json.loads(line)
            _take(story, event)
        except (ValueError, KeyError, TypeError, AttributeError):
            story.complain("the test report is garbled")
    if story.open_test:
        _close(story, story.open_test, TestOutcome.ERROR, "the test ended the whole process")
        story.complain(f"{story.open_test} ended the whole process (sys.exit, os._exit or a crash)")
    for test in story.collected:
        if test not in story.results:
            outcome = TestOutcome.TIMEOUT if story.outran_total else TestOutcome.SKIPPED
            _close(story, test, outcome, "it never ran")
            if not story.outran_total:
                story.complain(f"{test} was collected but never ran")
    ran = [r for r in story.results.values() if r.outcome is not TestOutcome.SKIPPED]
    if not story.collected:
        story.complain("no test was collected")
    elif not ran:
        story.complain("every test was skipped")
    elif not story.ended and not story.shot and not story.outran_total:
        story.complain("pytest ended before it was done")
    elif asserts_nothing(app_files):
        story.complain("the app asserts nothing")
    missing = declared_tests(app_files) - {function_of(test) for test in story.results}
    if missing and not story.outran_total:
        story.complain(f"test {min(missing)} of test_app.py was never collected")
    return TestReport(
        tests=tuple(story.results.values()),
        calls=merge(*story.calls),
        failures=tuple(story.failures),
        defect=story.defect,
        outran_total=story.outran_total,
        exit_codes=tuple(story.exit_codes),
        out_of_memory=ENDED_FOR_MEMORY.encode() in stderr,
    )


def mark_unproven(report: TestReport, proven: Mapping[str, bool]) -> TestReport:
    """The report with every test marked that the app's proof says is unproven; a test it does not know is not."""
    tests = tuple(replace(test, unproven=not proven.get(test.id, True)) for test in report.tests)
    return replace(report, tests=tests)


def _take(story: _Story, event: dict[str, Any]) -> None:
    match event["event"]:
        case "collected":
            story.collected[event["test"]] = None
        case "collect-error":
            message = str(event["message"])
            last = next((line for line in reversed(message.splitlines()) if line.strip()), "")
            story.complain(f"{event['where'] or 'the app'} cannot be collected: {last.strip()}"[:500])
        case "start":
            if story.open_test:
                story.complain(f"{event['test']} began before {story.open_test} ended")
            story.open_test = event["test"]
        case "finish":
            if event["test"] != story.open_test or event["test"] in story.results:
                story.complain(f"the report of {event['test']} is forged")
                return
            story.open_test = ""
            story.calls.append(event["calls"])
            _close(
                story, event["test"], _OUTCOMES[event["outcome"]], event["message"], event["details"], event["seconds"]
            )
            if event["outcome"] in {"failed", "error"}:
                story.failures.append(_failure(event))
        case "timeout":
            story.shot = True
            story.outran_total = story.outran_total or bool(event["total"])
            if event["test"]:
                _close(
                    story,
                    event["test"],
                    TestOutcome.TIMEOUT,
                    f"stopped after {event['seconds']:.0f} s",
                    seconds=event["seconds"],
                )
                story.failures.append(Failure(test=event["test"], error_type="Timeout"))
            elif not event["total"]:
                story.complain("the app hangs outside its tests")
            story.open_test = ""
        case "end":
            story.ended = True
        case "exit":
            story.exit_codes.append(int(event["code"]))
        case _:
            story.complain("the test report is garbled")


def _close(
    story: _Story, test: str, outcome: TestOutcome, message: str, details: str = "", seconds: float = 0.0
) -> None:
    first = message.splitlines()[0] if message.strip() else ""
    story.results[test] = TestResult(id=test, outcome=outcome, seconds=seconds, message=first, details=details)


def _failure(event: dict[str, Any]) -> Failure:
    calls = event.get("failed_calls") or [{}]
    return Failure(
        test=event["test"],
        error_type=str(event.get("type", "")),
        operation=str(calls[-1].get("call", "")),
        status=str(calls[-1].get("status", "")),
        code=str(calls[-1].get("code", "")),
        message=str(event["message"]),
    )


def declared_tests(app_files: Mapping[str, str]) -> frozenset[str]:
    """Names of the test functions that `test_app.py` defines at its top level or in Test classes."""
    try:
        tree = parse_python(app_files.get("test_app.py", ""))
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()
    bodies = [tree.body, *(n.body for n in tree.body if isinstance(n, ast.ClassDef) and n.name.startswith("Test"))]
    return frozenset(
        node.name
        for body in bodies
        for node in body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
    )


def asserts_nothing(app_files: Mapping[str, str]) -> bool:
    """Whether nowhere in the app anything is asserted, expected to raise, or failed on purpose."""
    for name, text in app_files.items():
        if not name.endswith(".py"):
            continue
        try:
            tree = parse_python(text)
        except (SyntaxError, ValueError, RecursionError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Assert | ast.Raise):
                return False
            if isinstance(node, ast.Attribute) and node.attr in {"raises", "fail", "assert_called"}:
                return False
    return True


def function_of(test: str) -> str:
    """Name of the function of a test id; a parameter may hold anything, `::` of an ARN too."""
    return test.partition("[")[0].rpartition("::")[2]
