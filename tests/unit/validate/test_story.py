import json
from typing import Any

import pytest

from lsqm.ports.cage import ended_for_memory
from lsqm.validate.classify import of_tests
from lsqm.validate.testing import TestReport, asserts_nothing, mark_unproven, read_story

APP = {"test_app.py": "def test_a():\n    assert 1\ndef test_b():\n    assert 1\n"}
A, B = "test_app.py::test_a", "test_app.py::test_b"


def finish(test: str, outcome: str = "passed", **more: Any) -> dict[str, Any]:
    event = {"event": "finish", "test": test, "outcome": outcome, "seconds": 0.1, "message": "", "details": ""}
    return {**event, "calls": {}, **more}


def begun(test: str) -> dict[str, Any]:
    return {"event": "start", "test": test}


COLLECTED: list[dict[str, Any]] = [{"event": "collected", "test": A}, {"event": "collected", "test": B}]
END: list[dict[str, Any]] = [{"event": "end", "exit": 0, "finished": 2}, {"event": "exit", "code": 0}]
GOOD = [*COLLECTED, begun(A), finish(A), begun(B), finish(B), *END]


def tell(*events: Any, app: dict[str, str] | None = None) -> TestReport:
    return read_story(b"\n".join(json.dumps(e).encode() for e in events), APP if app is None else app)


def test_two_passing_tests():
    report = tell(*GOOD)
    assert report.defect == ""
    assert [t.outcome for t in report.tests] == ["passed", "passed"]
    assert of_tests(report).status == "PASSED"


def test_a_parameter_may_hold_what_separates_the_parts_of_an_id():
    test = "test_app.py::test_a[arn:aws:scheduler:::aws-sdk:sqs]"
    events = ({"event": "collected", "test": test}, begun(test), finish(test), *END)
    assert of_tests(tell(*events, app={"test_app.py": "def test_a(arn):\n    assert arn\n"})).status == "PASSED"


def test_some_fail():
    boto = "ClientError: An error occurred (404) when calling the HeadBucket operation: Not Found"
    calls = [{"call": "s3.HeadBucket", "status": "404", "code": "404", "message": "Not Found"}]
    verdict = of_tests(
        tell(*COLLECTED, begun(A), finish(A), begun(B), finish(B, "failed", message=boto, failed_calls=calls), *END)
    )
    assert (verdict.status, verdict.cause) == ("PARTIAL", "parity")
    assert verdict.signature == "s3.HeadBucket 404 404 Not Found"


def test_all_fail():
    failed = {"outcome": "failed", "message": "AssertionError: assert 1 == 2"}
    verdict = of_tests(tell(*COLLECTED, begun(A), finish(A, **failed), begun(B), finish(B, **failed), *END))
    assert (verdict.status, verdict.cause) == ("FAILED", "parity")
    assert verdict.signature == "test: AssertionError: assert 1 == 2"


WRONG = {"outcome": "failed", "message": "AssertionError: assert 1 == 2"}
B_FAILS = (*COLLECTED, begun(A), finish(A), begun(B), finish(B, **WRONG), *END)


def test_a_test_that_never_passed_on_the_reference_accuses_nobody():
    report = mark_unproven(tell(*B_FAILS), {A: True, B: False})
    assert [test.unproven for test in report.tests] == [False, True]
    verdict = of_tests(report)
    assert (verdict.status, verdict.cause) == ("PARTIAL", "unproven-test")
    assert verdict.message.startswith("1 of 2 tests failed, none of them proven; first test_app.py::test_b")
    assert verdict.signature == "test: AssertionError: assert 1 == 2"
    assert of_tests(mark_unproven(tell(*B_FAILS), {A: False, B: True})).cause == "parity"
    assert of_tests(mark_unproven(tell(*B_FAILS), {})).cause == "parity", "an app that nobody tried is believed"


def test_what_the_emulator_says_itself_needs_no_proof():
    boto = "ClientError: An error occurred (InternalFailure) when calling the PutX operation: not yet implemented"
    calls = [{"call": "s3.PutX", "status": "501", "code": "InternalFailure", "message": "not yet implemented"}]
    events = (*COLLECTED, begun(A), finish(A), begun(B), finish(B, "failed", message=boto, failed_calls=calls), *END)
    assert of_tests(mark_unproven(tell(*events), {B: False})).cause == "unsupported-operation"


def test_a_proven_test_speaks_before_an_unproven_one():
    other = {"outcome": "failed", "message": "AssertionError: assert 3 == 4"}
    events = (*COLLECTED, begun(A), finish(A, **WRONG), begun(B), finish(B, **other), *END)
    verdict = of_tests(mark_unproven(tell(*events), {A: False, B: True}))
    assert (verdict.cause, verdict.signature) == ("parity", "test: AssertionError: assert 3 == 4")


def test_a_function_that_outran_its_own_deadline_is_late_and_not_wrong():
    said = "RequestId: 5c1f Error: Task timed out after 3.00 seconds"
    message = f"AssertionError: assert 'RequestId: 5...3.00 seconds' == ''\n\n  + {said}"
    verdict = of_tests(
        tell(
            *COLLECTED, begun(A), finish(A), begun(B), finish(B, "failed", message=message, type="AssertionError"), *END
        )
    )
    assert (verdict.status, verdict.cause) == ("PARTIAL", "timeout")
    assert verdict.message.endswith("AssertionError: assert 'RequestId: 5...3.00 seconds' == ''")


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([], "no test was collected"),
        ([*COLLECTED, begun(A)], "ended the whole process"),
        ([*COLLECTED, begun(A), finish(A)], "never ran"),
        ([*COLLECTED, begun(A), finish(A), begun(B), finish(B)], "ended before it was done"),
        ([*COLLECTED, begun(A), finish(A, "skipped"), begun(B), finish(B, "skipped"), *END], "every test was skipped"),
        ([*COLLECTED, finish(A), finish(B), *END], "forged"),
        ([*COLLECTED, begun(A), finish(A), finish(A), begun(B), finish(B), *END], "forged"),
        ([*COLLECTED, begun(A), begun(B), finish(B), *END], "began before"),
        ([*GOOD, {"event": "garbled"}], "garbled"),
        ([*GOOD, {"event": "finish"}], "garbled"),
        ([*GOOD, ["no", "object"]], "garbled"),
        (
            [{"event": "collect-error", "where": "test_app.py", "message": "x\nE   ImportError: no module y"}],
            "cannot be collected: E   ImportError",
        ),
        ([COLLECTED[0], begun(A), finish(A), *END], "test_b of test_app.py was never collected"),
        ([*COLLECTED, {"event": "timeout", "test": "", "seconds": 30.0, "total": False}], "hangs outside"),
    ],
)
def test_an_unbelievable_story_is_an_error_never_a_pass(events, why):
    report = tell(*events)
    assert why in report.defect
    verdict = of_tests(report)
    assert (verdict.status, verdict.cause) == ("ERROR", "test-defect")


def test_an_app_that_asserts_nothing_is_no_evidence():
    app = {"test_app.py": "def test_a():\n    print(1)\ndef test_b(): ...\n"}
    assert "asserts nothing" in tell(*GOOD, app=app).defect


@pytest.mark.parametrize("body", ["assert 1", "raise ValueError", "pytest.fail('x')", "with pytest.raises(E): f()"])
def test_ways_to_assert(body):
    assert not asserts_nothing({"test_app.py": f"def test_a():\n    {body}\n"})


def shot(test: str, *, total: bool = False) -> dict[str, Any]:
    return {"event": "timeout", "test": test, "seconds": 60.0, "total": total}


def test_one_hanging_test_does_not_hide_the_others():
    report = tell(*COLLECTED, begun(A), shot(A), begun(B), finish(B), *END)
    assert report.defect == ""
    assert [t.outcome for t in report.tests] == ["timeout", "passed"]
    verdict = of_tests(report)
    assert (verdict.status, verdict.cause) == ("PARTIAL", "timeout")


def test_nothing_but_hanging_tests():
    verdict = of_tests(tell(*COLLECTED, begun(A), shot(A), begun(B), shot(B), {"event": "exit", "code": -9}))
    assert (verdict.status, verdict.cause) == ("TIMEOUT", "timeout")


def test_the_deadline_of_all_tests_together():
    verdict = of_tests(tell(*COLLECTED, begun(A), finish(A), begun(B), shot(B, total=True)))
    assert (verdict.status, verdict.cause) == ("TIMEOUT", "timeout")


def short_of_memory(*events: Any) -> TestReport:
    stderr = b"stacks\n" + ended_for_memory(2 << 30)
    return read_story(b"\n".join(json.dumps(e).encode() for e in events), APP, stderr)


def test_what_the_cage_ended_for_its_memory_is_not_held_against_the_emulator():
    failed = {"outcome": "failed", "message": "AssertionError: assert 9 == 0"}
    verdict = of_tests(short_of_memory(*COLLECTED, begun(A), finish(A, **failed), begun(B), finish(B), *END))
    assert (verdict.status, verdict.cause) == ("PARTIAL", "out-of-memory")
    assert verdict.message.startswith("the cage's memory limit was hit; 1 of 2 tests failed")
    assert verdict.signature == "test: AssertionError: assert 9 == 0"


def test_a_pytest_that_was_ended_for_its_memory_says_so():
    verdict = of_tests(short_of_memory(*COLLECTED, begun(A), {"event": "exit", "code": -9}))
    assert (verdict.status, verdict.cause) == ("ERROR", "out-of-memory")
    assert verdict.message.startswith("the cage's memory limit was hit; test_app.py::test_a ended the whole process")


def test_tests_that_pass_in_spite_of_it_have_passed():
    assert of_tests(short_of_memory(*GOOD)).status == "PASSED"
