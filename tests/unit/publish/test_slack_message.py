"""The Slack message says what the spec asks for and is accepted whatever happened."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from lsqm.model.run import Counts
from lsqm.publish.slack_message import RegressionLine, SlackFacts, length, message
from tests.fakes.slack import complaint_about
from tests.unit.compare.cases import a_run

FACTS = SlackFacts(
    run=a_run(2),
    emulator="localstack 2026.11.0",
    counts=Counts(total=50, passed=40, partial=4, failed=5, timeout=1, error=2, not_run=3, new=12),
    previous_pass_rate=0.82,
    report_url="https://reports.example/latest/",
)


def text_of(facts: SlackFacts) -> str:
    made = message(facts)
    assert complaint_about(made) == ""
    return str(made)


def test_summary_delta_new_undecided_and_link_are_there():
    text = text_of(replace(FACTS, unconfirmed=1))
    for part in ("80.0% (-2.0 points)", "40 passed", "*New architectures*\\n12", "6 (2 errors, 3 not run, 1 unconf"):
        assert part in text
    assert "<https://reports.example/latest/|Open the report>" in text
    assert "no confirmed regressions" in text


def test_regressions_are_an_alert_with_their_issues():
    lines = [RegressionLine(signature="sqs.SendMessage 500", architectures=3, issue_url="https://t.example/1")]
    text = text_of(replace(FACTS, regressions=lines))
    assert "3 confirmed regressions (1 root cause)" in text
    assert "`sqs.SendMessage 500` 3× <https://t.example/1|issue>" in text


def test_a_first_run_and_a_run_without_a_fair_trial_say_so():
    assert "(first run)" in text_of(replace(FACTS, previous_pass_rate=None))
    assert "nothing could be judged" in text_of(replace(FACTS, counts=Counts(total=3, error=3)))
    assert "incomplete" in text_of(replace(FACTS, complete=False))


def test_foreign_text_wakes_nobody():
    lines = [RegressionLine(signature="<!channel> & <@U1> `x`", architectures=1)]
    made = message(replace(FACTS, regressions=lines, notices=["<!here>"], emulator="<!channel>"))
    # The header is plain text, in which nothing is special.
    text = str(made["blocks"][1:]) + made["text"]
    assert "<!" not in text
    assert "<@" not in text


def test_a_url_that_is_none_is_no_link():
    assert "javascript" not in text_of(replace(FACTS, report_url="javascript:alert(1)"))


@given(
    st.lists(st.text(max_size=4000), max_size=200),
    st.lists(st.text(max_size=3000), max_size=9),
    st.text(max_size=400),
    st.text(max_size=1500),
)
def test_whatever_happened_slack_takes_it(signatures: list[str], notices: list[str], emulator: str, url: str):
    lines = [
        RegressionLine(signature=text, architectures=1, issue_url=f"https://t.example/{url}") for text in signatures
    ]
    facts = replace(FACTS, regressions=lines, notices=notices, emulator=emulator, report_url=f"https://x/{url}")
    made = message(facts)
    assert complaint_about(made) == ""
    assert length(made["blocks"]) <= 12_000
