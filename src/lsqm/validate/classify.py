"""From what was observed to (status, cause, signature): the bridge between failure and data. Pure."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from lsqm.model.result import Cause, Status, TestOutcome, TestResult
from lsqm.ports.cage import ENDED_FOR_MEMORY
from lsqm.validate.api_calls import service_name
from lsqm.validate.signature import of_call, of_phase
from lsqm.validate.terraform import Trouble
from lsqm.validate.testing import Failure, TestReport

_SDK_ERROR = re.compile(r"operation error (?P<service>[^:]+): (?P<operation>\w+), (?P<rest>[^\n]*)")
_PREAMBLE = re.compile(r"^.*(?:StatusCode: \d+|RequestID: [^,]*|HostID: [^,]*),\s*|^.*\bapi error ")
_CODE = re.compile(r"^(?P<code>[\w.]+): (?P<message>.*)$")
_STATUS = re.compile(r"StatusCode: (\d+)")
_BOTO_ERROR = re.compile(
    r"An error occurred \((?P<code>[^)]+)\) when calling the (?P<operation>\w+) operation[^:]*: ?(?P<message>.*)"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Symptom:
    """One row of symptoms.toml."""

    id: str
    phases: frozenset[str]
    pattern: re.Pattern[str]
    cause: Cause
    fair: bool
    example: str
    reason: str
    advice: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a result says in one line."""

    status: Status
    cause: Cause | None
    signature: str
    message: str


PASSED = Verdict(status=Status.PASSED, cause=None, signature="", message="")

_DOUBTED = frozenset({Cause.PARITY, Cause.UNKNOWN})
"""Causes that rest on the test alone. Where the emulator itself says what is wrong, the test need not be proven."""
_SHORT_OF_MEMORY = "the cage's memory limit was hit"


@cache
def symptoms() -> tuple[Symptom, ...]:
    """The table, in order."""
    rows = tomllib.loads((files(__package__) / "symptoms.toml").read_text(encoding="utf-8"))["symptom"]
    return tuple(
        Symptom(
            id=row["id"],
            phases=frozenset(row["phases"]),
            pattern=re.compile(row["pattern"], re.MULTILINE),
            cause=Cause(row["cause"]),
            fair=row["fair"],
            example=row["example"],
            reason=row["reason"],
            advice=row.get("advice", ""),
        )
        for row in rows
    )


def find_symptom(phase: str, text: str) -> Symptom | None:
    """The first row that fits."""
    return next((row for row in symptoms() if phase in row.phases and row.pattern.search(text)), None)


def of_terraform(phase: str, troubles: Sequence[Trouble], output: str = "") -> Verdict:
    """A Terraform command that failed: the first trouble that names an operation speaks for all, else the first."""
    verdict = _of_troubles(phase, troubles, output)
    if ENDED_FOR_MEMORY in output:  # its provider, most likely; of that Terraform knows only that it is gone
        message = f"{_SHORT_OF_MEMORY}; {verdict.message}"
        return replace(verdict, cause=Cause.OUT_OF_MEMORY, message=message)
    return verdict


def _of_troubles(phase: str, troubles: Sequence[Trouble], output: str) -> Verdict:
    if not troubles:
        text = output.strip().splitlines()[-1] if output.strip() else "no reason given"
        return _judge(phase, output or text, of_phase(phase, text), text)
    chosen = next((t for t in troubles if _SDK_ERROR.search(t.text)), troubles[0])
    call = _SDK_ERROR.search(chosen.text)
    if call is None:
        signature = of_phase(phase, chosen.summary)
    else:
        status = _STATUS.search(chosen.text)
        operation = f"{service_name(call['service'])}.{call['operation']}"
        rest = _PREAMBLE.sub("", call["rest"]).removeprefix("api error ")
        typed = _CODE.match(rest)
        code, message = (typed["code"], typed["message"]) if typed else ("", rest)
        signature = of_call(operation, status[1] if status else "", code, message)
    where = f"{chosen.address}: " if chosen.address else ""
    return _judge(phase, chosen.text, signature, f"{where}{_first_line(chosen.summary)}")


def of_tests(report: TestReport) -> Verdict:
    """The test phase after a good apply."""
    tests = report.tests
    short = f"{_SHORT_OF_MEMORY}; " if report.out_of_memory else ""
    if report.defect:  # pytest itself may have been what was ended
        return Verdict(
            status=Status.ERROR,
            cause=Cause.OUT_OF_MEMORY if short else Cause.TEST_DEFECT,
            signature=of_phase("test", report.defect),
            message=short + report.defect,
        )
    passed = [t for t in tests if t.outcome is TestOutcome.PASSED]
    failed = [t for t in tests if t.outcome in {TestOutcome.FAILED, TestOutcome.ERROR}]
    late = [t for t in tests if t.outcome is TestOutcome.TIMEOUT]
    if not failed and not late:
        return PASSED
    unproven = all(test.unproven for test in (*failed, *late))
    speaker = next((test for test in (*failed, *late) if not test.unproven), (failed or late)[0])
    verdict = _of_failing_test(speaker, report.failures)
    if verdict.status is Status.ERROR:
        return verdict
    if report.outran_total or (late and not failed and not passed):
        status = Status.TIMEOUT
    else:
        status = Status.PARTIAL if passed else Status.FAILED
    cause = Cause.TIMEOUT if status is Status.TIMEOUT else verdict.cause
    if unproven and cause in _DOUBTED:
        cause = Cause.UNPROVEN_TEST
    if short:  # whatever the tests saw of it, it was theirs
        cause = Cause.OUT_OF_MEMORY
    doubt = ", none of them proven" if unproven else ""
    number = f"{short}{len(failed) + len(late)} of {len(tests)} tests failed{doubt}; first "
    return Verdict(status=status, cause=cause, signature=verdict.signature, message=number + verdict.message)


def _of_failing_test(test: TestResult, failures: Sequence[Failure]) -> Verdict:
    known = next((f for f in failures if f.test == test.id), Failure(test=test.id))
    text = test.message or "failed"
    if test.outcome is TestOutcome.TIMEOUT:
        text = f"Timeout: {test.message}"
    boto = _BOTO_ERROR.search(text)
    if boto is not None:
        operation = known.operation if known.operation.endswith(f".{boto['operation']}") else boto["operation"]
        signature = of_call(operation, known.status, boto["code"], boto["message"])
        searched = f"StatusCode: {known.status}\n{text}" if known.status else text
    else:
        # pytest shortens what it compares in the first line; the lines below have it whole.
        signature, searched = of_phase("test", text), known.message if text.startswith("AssertionError") else text
    return _judge("test", searched or text, signature, f"{test.id}: {text}")


def _judge(phase: str, text: str, signature: str, message: str) -> Verdict:
    symptom = find_symptom(phase, text)
    fair = symptom.fair if symptom else True
    if phase == "init":
        fair = False  # nothing was asked of the emulator yet
    return Verdict(
        status=Status.FAILED if fair else Status.ERROR,
        cause=symptom.cause if symptom else Cause.UNKNOWN,
        signature=signature,
        message=f"{symptom.advice}: {message}" if symptom and symptom.advice else message,
    )


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else ""
