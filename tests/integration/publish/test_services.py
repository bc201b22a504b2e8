"""The adapters against GitHub and Slack as they answer over HTTP, in good times and bad."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from lsqm.adapters.github_issues import GitHubIssues
from lsqm.adapters.http import HttpClient, Patience
from lsqm.adapters.slack import SlackWebhook
from lsqm.model.issue import IssueDraft, IssueState
from lsqm.ports.notifier import NotifierError
from lsqm.publish.filing import file_issues
from lsqm.publish.slack_message import message
from tests.fakes.github_issues import TOKEN, FakeGitHub, Repository
from tests.fakes.slack import PATH, FakeSlack
from tests.fakes.web import Trouble
from tests.integration.publish.places import StillClock
from tests.unit.publish.saying import a_case, after_run
from tests.unit.publish.test_slack_message import FACTS

NAME = "acme/emulator"


CLIENTS: list[HttpClient] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while CLIENTS:
        CLIENTS.pop().close()


def a_client(**more: Any) -> HttpClient:
    CLIENTS.append(HttpClient(patience=Patience(read_seconds=5), **more))
    return CLIENTS[-1]


def tracker(github: FakeGitHub, name: str = NAME, clock: StillClock | None = None, token: str = TOKEN) -> GitHubIssues:
    client = a_client(clock=clock or StillClock(), tokens={github.url: token})
    return GitHubIssues(name=name, client=client, api_url=github.url)


def a_draft(number: int, body: str = "") -> IssueDraft:
    outbox = after_run(IssueState(), 2, a_case(number, signature=f"s3.Op{number} 500")).outbox
    draft = next(iter(outbox.values())).draft
    return replace(draft, body=body) if body else draft


def test_an_issue_opened_is_found_again_across_pages_and_asking_again_costs_nothing():
    with FakeGitHub(Repository(NAME)) as github:
        issues = tracker(github)
        assert issues.probe().usable
        for number in range(105):
            issues.open(a_draft(number))
        listed = issues.issues()
        assert [issue.number for issue in listed] == list(range(1, 106))
        before = len(github.requests)
        assert issues.issues() == listed
        assert [request.headers.get("if-none-match", "")[:1] for request in github.requests[before:]] == ['"', '"']
        issues.close(3)
        assert not issues.issues()[2].is_open
        issues.reopen(3)
        issues.comment(3, "hello")
        assert issues.comments(3) == ("hello",)
        assert issues.issue(999) is None


def test_where_labels_are_dropped_the_visible_fingerprint_finds_the_issue():
    with FakeGitHub(Repository(NAME, can_label=False)) as github:
        state = after_run(IssueState(), 2, a_case(1))
        for _ in range(2):
            file_issues(state, tracker=tracker(github), save=lambda _: None)
        assert len(github.repositories[NAME].issues) == 1


@pytest.mark.parametrize(
    ("repository", "token", "reason"),
    [
        (Repository(NAME, archived=True), TOKEN, "archived"),
        (Repository(NAME, has_issues=False), TOKEN, "disabled"),
        (Repository("acme/other"), TOKEN, "does not exist"),
        (Repository(NAME), "ghp_wrong", "not valid"),
    ],
)
def test_the_probe_says_why_not(repository: Repository, token: str, reason: str):
    with FakeGitHub(repository) as github:
        health = tracker(github, token=token).probe()
        assert not health.usable
        assert health.lasting
        assert reason in health.reason
        assert token not in health.reason


@pytest.mark.parametrize("trouble", [Trouble.SECONDARY, Trouble.SECONDARY_SILENT, Trouble.TOO_MANY])
def test_a_secondary_limit_is_waited_for(trouble: Trouble):
    with FakeGitHub(Repository(NAME)) as github:
        clock = StillClock()
        github.trouble[2] = trouble
        outcome = file_issues(
            after_run(IssueState(), 2, a_case(1)), tracker=tracker(github, clock=clock), save=lambda _: None
        )
        assert len(outcome.opened) == len(github.repositories[NAME].issues) == 1
        assert sum(clock.slept) >= 3


def test_a_used_up_primary_limit_leaves_the_rest_in_the_outbox():
    with FakeGitHub(Repository(NAME)) as github:
        cases = [a_case(number, signature=f"s3.Op{number}") for number in range(4)]
        for call in range(4, 30):
            github.trouble[call] = Trouble.PRIMARY
        outcome = file_issues(after_run(IssueState(), 2, *cases), tracker=tracker(github), save=lambda _: None)
        assert len(outcome.opened) == 1
        assert len(outcome.state.outbox) == 3
        assert len(github.requests) == 5


@pytest.mark.parametrize("trouble", [Trouble.BEFORE, Trouble.AFTER, Trouble.CUT, Trouble.GARBAGE])
def test_whichever_call_goes_wrong_two_runs_later_there_is_one_issue_and_one_comment(trouble: Trouble):
    for victim in count():
        while CLIENTS:
            CLIENTS.pop().close()
        with FakeGitHub(Repository(NAME)) as github:
            github.trouble[victim] = trouble
            state = IssueState()
            for run, cases, passing in ((2, [a_case(1)], ()), (3, [], (1,)), (4, [], (1,))):
                state = after_run(state, run, *cases, passing=passing)
                state = file_issues(state, tracker=tracker(github), save=lambda _: None).state
            repository = github.repositories[NAME]
            assert len(repository.issues) == 1, victim
            assert not state.is_waiting, victim
            assert sum(map(len, repository.comments.values())) == 1, victim
            if victim >= len(github.requests):
                return


def slack(service: FakeSlack, clock: StillClock | None = None) -> SlackWebhook:
    return SlackWebhook(url=service.webhook, client=a_client(clock=clock or StillClock()))


def test_slack_takes_the_message():
    with FakeSlack() as service:
        slack(service).post(message(FACTS))
        assert len(service.messages) == 1


@pytest.mark.parametrize("trouble", [Trouble.TOO_MANY, Trouble.BEFORE, Trouble.CUT])
def test_slack_is_asked_again_as_it_wishes(trouble: Trouble):
    with FakeSlack() as service:
        clock = StillClock()
        service.trouble[0] = trouble
        slack(service, clock).post(message(FACTS))
        assert service.messages
        assert sum(clock.slept) >= (3 if trouble is Trouble.TOO_MANY else 0.5)


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ((404, b"no_service"), "revoked"),
        ((400, b"invalid_blocks"), "understand"),
        ((410, b"channel_is_archived"), "archived"),
    ],
)
def test_a_failed_post_says_why_and_never_the_secret_url(says: tuple[int, bytes], reason: str):
    with FakeSlack() as service:
        service.says = says
        with pytest.raises(NotifierError, match=reason) as caught:
            slack(service).post(message(FACTS))
        assert PATH not in f"{caught.value!r} {caught.value.__cause__} {slack(service)!r}"


def test_an_unreachable_slack_is_a_plain_error_without_the_url():
    with FakeSlack() as service:
        service.always = Trouble.BEFORE
        with pytest.raises(NotifierError, match="HTTP 500") as caught:
            slack(service).post(message(FACTS))
        assert "s3cret" not in str(caught.value)
        assert caught.value.__suppress_context__
