"""An issue says what a maintainer needs, wakes nobody, links to nothing by accident, and fits."""

import re
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lsqm.model.comparison import Change
from lsqm.model.result import TestOutcome, TestResult
from lsqm.publish.markup import ISSUE_BODY_LIMIT, ISSUE_TITLE_LIMIT, around, code, fenced, title
from lsqm.publish.plan import clusters
from lsqm.publish.wording import draft, fingerprint_line, umbrella
from tests.unit.compare.cases import a_run
from tests.unit.publish.saying import TERRAFORM, a_case, occasion


def test_an_issue_says_what_broke_since_when_how_far_how_to_see_it_and_how_sure_we_are():
    made = draft([a_case(1, message="apply failed"), a_case(2)], occasion())
    assert made.title == "[lsqm] sqs.SendMessage: 500 InternalError boom (regression in localstack 2026.11.0)"
    for part in (
        "sqs.SendMessage 500 InternalError boom",
        "localstack 2026.10.0 sha256:0ld",
        "localstack 2026.11.0 sha256:new",
        "2 of 40 architectures compared",
        "queue-1",
        "docker run --rm -d -p 4566:4566",
        "tflocal init && tflocal apply -auto-approve",
        TERRAFORM.strip(),
        f"lsqm replay {a_run(2)} {made.architectures[0]}",
        "| new | `localstack 2026.11.0`",
        "| baseline | `localstack 2026.10.0`",
        "[full report](https://reports.example/latest/)",
        fingerprint_line(made.fingerprint),
    ):
        assert part in made.body, part
    assert made.labels == ("lsqm", f"lsqm:fp-{made.fingerprint}")


def titled(signature: str, *, calls: tuple[str, ...] = (), **more: Any) -> str:
    """What stands between `[lsqm]` and the version."""
    case = a_case(1, signature=signature, **more)
    case = replace(case, result=replace(case.result, api_calls={name: {"200": 1} for name in calls}))
    return draft([case], occasion()).title.removeprefix("[lsqm] ").partition(" (regression")[0]


def test_the_title_names_the_service_though_the_failing_test_speaks_plain_http():
    bare = "GetParameters 400 ValidationException broken"
    assert titled(bare, calls=("ssm.GetParameters", "s3.ListBuckets")) == (
        "ssm.GetParameters: 400 ValidationException broken"
    )
    assert titled(bare, services=("ssm",)) == "ssm.GetParameters: 400 ValidationException broken"
    asserted = "test: AssertionError: assert 3 == 4"
    assert titled(asserted, new_errors=("sqs.SendMessage", "sqs.GetQueueUrl"), services=("s3", "sqs")) == (
        f"sqs: {asserted}"
    )
    assert titled(asserted, services=("dynamodb",)) == f"dynamodb: {asserted}"


def test_no_service_is_guessed_where_two_could_be_meant():
    asserted = "test: AssertionError: assert 3 == 4"
    assert titled(asserted, services=("s3", "sqs"), calls=("s3.ListBuckets", "sqs.SendMessage")) == asserted
    assert titled("Tag 400 no", calls=("sns.Tag", "sqs.Tag")) == "Tag: 400 no"
    first, second = (a_case(number, signature=asserted, services=("s3", name)) for number, name in ((1, "a"), (2, "b")))
    assert draft([first, second], occasion()).title.startswith("[lsqm] s3: test:"), "what all of them use"


def test_a_lost_test_is_named_with_what_it_said():
    case = a_case(1)
    failed = TestResult(id="test_app.py::test_send", outcome=TestOutcome.FAILED, seconds=0.1, message="no @message")
    lost = {failed.id: Change.REGRESSED}
    case = replace(case, result=replace(case.result, tests=(failed,)), record=replace(case.record, tests=lost))
    body = draft([case], occasion()).body
    assert "- `test_app.py::test_send`: `no @message`" in body
    assert "the failure shows in the tests" in body


def test_the_smallest_terraform_is_the_reproduction():
    made = draft([a_case(1, files={"main.tf": "# long\n" * 50}), a_case(2)], occasion())
    assert "# long" not in made.body


def test_the_fingerprint_depends_on_the_signature_only():
    first, second = draft([a_case(1)], occasion(2)), draft([a_case(7)], occasion(9))
    assert first.fingerprint == second.fingerprint
    assert draft([a_case(1, signature="else")], occasion()).fingerprint != first.fingerprint


def test_a_huge_log_is_cut_around_the_failure_and_the_fingerprint_stays():
    log = "noise\n" * 40_000 + "sqs.SendMessage => 500 (InternalError)\n" + "more\n" * 40_000
    files = {f"{number}.tf": "x" * 60_000 for number in range(9)}
    made = draft([a_case(number, log=log, files=files) for number in range(200)], occasion())
    assert len(made.body) <= ISSUE_BODY_LIMIT
    assert "sqs.SendMessage => 500" in made.body
    assert "and 170 more" in made.body
    assert made.body.endswith(fingerprint_line(made.fingerprint))


NASTY = "cc @alice @acme/team see acme/emulator#12 GH-7 https://github.com/acme/emulator/issues/3 ``` ` | <b> \x1b[31m\u202e"
_CODE = re.compile(
    r"(?P<fence>^`{3,})[^\n]*\n.*?\n(?P=fence)$|(?P<span>`+)(?!`).*?(?<!`)(?P=span)(?!`)", re.DOTALL | re.MULTILINE
)


def outside_code(markdown: str) -> str:
    return _CODE.sub("", markdown)


def test_foreign_text_mentions_nobody_and_links_to_nothing():
    nasty = a_case(
        1, signature=NASTY, message=NASTY, name=NASTY, origin=NASTY, log=NASTY, files={NASTY: f"{NASTY}\n```\n@bob\n"}
    )
    made = draft([nasty], occasion())
    left = outside_code(made.body)
    for bad in ("@alice", "@bob", "#12", "GH-7", "issues/3", "<b>", "\x1b", "\u202e"):
        assert bad not in left, left
    assert "@alice" not in made.title
    assert "#12" not in made.title


@given(st.text())
def test_no_text_escapes_from_its_code(text: str):
    assert "@" not in outside_code(code(text + "@a"))
    assert "@" not in outside_code(fenced(text + "@a"))
    assert len(title(text * 50)) <= ISSUE_TITLE_LIMIT


@given(st.text(max_size=400), st.integers(60, 200))
def test_an_excerpt_never_exceeds_its_limit_by_more_than_its_marks(text: str, limit: int):
    assert len(around(text, ("a",), limit)) <= limit + 8


def test_an_umbrella_carries_every_fingerprint_and_fits():
    drafts = [draft([a_case(1, signature=f"s3.Get{number} " + "x" * 400)], occasion()) for number in range(300)]
    made = umbrella(drafts, a_run(2))
    assert len(made.body) <= ISSUE_BODY_LIMIT
    assert all(fingerprint_line(each.fingerprint) in made.body for each in drafts)


def test_only_regressed_cases_make_clusters_and_the_widest_comes_first():
    lonely, wide = a_case(1, signature="lonely"), [a_case(number) for number in (2, 3)]
    innocent = replace(wide[0], record=replace(wide[0].record, change=Change.UNCONFIRMED))
    assert [len(group) for group in clusters([lonely, *wide])] == [2, 1]
    assert clusters([innocent]) == ()
