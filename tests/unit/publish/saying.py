"""A run that has something to say, for tests of issues and messages."""

from collections.abc import Mapping

from lsqm.compare.confirm import as_repeat
from lsqm.compare.verdict import movement
from lsqm.compare.view import side
from lsqm.model.comparison import Change, ChangeRecord, Comparison
from lsqm.model.issue import IssueState
from lsqm.model.result import Result
from lsqm.publish.plan import queued
from lsqm.publish.wording import Case, Occasion
from tests.unit.compare.cases import OLD, a_hash, a_run, broken, trial

TERRAFORM = 'resource "aws_sqs_queue" "jobs" {\n  name = "jobs"\n}\n'


def occasion(run: int = 2) -> Occasion:
    return Occasion(run=a_run(run), compared=40, report_url="https://reports.example/latest/")


def a_case(number: int = 1, run: int = 2, **more: object) -> Case:
    """An architecture that could be applied and no longer can."""
    before = trial(digest=OLD, number=number)
    after = broken(number=number, signature=str(more.pop("signature", "")), message=str(more.pop("message", "")))
    record = ChangeRecord(
        architecture=a_hash(number),
        change=Change.REGRESSED,
        reason="PASSED → FAILED; confirmed",
        before=side(a_run(run - 1), before),
        after=side(a_run(run), after),
        tests=movement(before, after).tests,
        evidence=(
            as_repeat(frozenset(), after, on_baseline=False),
            as_repeat(frozenset(), before, on_baseline=True),
        ),
    )
    fields: Mapping[str, object] = {"name": f"queue-{number}", "files": {"main.tf": TERRAFORM}, **more}
    return Case(record=record, result=after, **fields)  # type: ignore[arg-type]


def after_run(state: IssueState, run: int, *cases: Case, passing: tuple[int, ...] = ()) -> IssueState:
    """The state after a run in which `cases` regressed and the numbers in `passing` passed."""
    results: dict = {case.record.architecture: case.result for case in cases}
    results |= {a_hash(number): trial(number=number) for number in passing}
    fixed = tuple(_fixed(run, trial(number=number)) for number in passing)
    comparison = Comparison(
        baseline=a_run(run - 1), candidate=a_run(run), changes=(*(case.record for case in cases), *fixed)
    )
    return queued(state, comparison, cases, results, occasion(run))


def _fixed(run: int, result: Result) -> ChangeRecord:
    return ChangeRecord(
        architecture=result.architecture,
        change=Change.FIXED,
        reason="FAILED → PASSED",
        before=side(a_run(run - 1), broken()),
        after=side(a_run(run), result),
    )
