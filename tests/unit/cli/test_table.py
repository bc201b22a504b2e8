"""The table of results on a terminal."""

from dataclasses import replace

from lsqm.cli import run
from lsqm.model.result import TestOutcome, TestResult
from tests.unit.report.make import result


def test_tests_that_were_skipped_do_not_count_as_tests_that_failed():
    outcomes = {"a": TestOutcome.PASSED, "b": TestOutcome.FAILED, "c": TestOutcome.SKIPPED}
    tests = tuple(TestResult(id=name, outcome=outcome, seconds=0) for name, outcome in outcomes.items())
    assert run.tests_cell(replace(result("x"), tests=tests)) == "1/2 +1 skipped"
    assert run.tests_cell(replace(result("x"), tests=tests[:2])) == "1/2"
