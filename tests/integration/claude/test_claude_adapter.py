"""The Claude adapter: the real SDK against a local Messages API."""

import json
import time
from collections.abc import Iterator

import pytest

from lsqm.adapters.claude import ClaudeTextModel
from lsqm.model.app import Usage
from lsqm.ports.text_model import Role, StopReason, TextModelClosed, TextModelFailed, TextRequest, Turn
from tests.fakes.messages_api import KEY, Answer, MessagesApi, Model, tokens

SCHEMA = {"type": "object", "properties": {}, "additionalProperties": False}


def request(text: str = "hello", *, system: str = "be brief", max_tokens: int = 1000) -> TextRequest:
    turn = Turn(role=Role.USER, text=text)
    return TextRequest(model="claude-sonnet-5-5", system=system, turns=(turn,), max_tokens=max_tokens, schema=SCHEMA)


class Service:
    """A scripted API and an adapter that talks to it."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.models: list[ClaudeTextModel] = []
        self.api = MessagesApi(lambda _body, number: self.answers[min(number, len(self.answers) - 1)])

    def model(self, *, key: str = KEY, max_retries: int = 0) -> ClaudeTextModel:
        made = ClaudeTextModel(api_key=key, base_url=self.api.url, max_retries=max_retries)
        self.models.append(made)
        return made


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    with made.api:
        yield made
        for model in made.models:
            model.close()


def test_a_reply_is_text_with_its_usage(service):
    service.answers = [Answer(text='{"a": "' + "x" * 3000 + '"}', thinking_tokens=50)]
    model = service.model()
    reply = model.ask(request())
    assert json.loads(reply.text)["a"] == "x" * 3000
    assert reply.stop is StopReason.END
    assert reply.usage.output == tokens(reply.text) + 50
    assert reply.thinking_tokens == 50
    assert reply.request_id.startswith("req_")
    assert service.api.requests[0]["stream"] is True
    assert service.api.requests[0]["output_config"]["format"]["type"] == "json_schema"


def test_counting_agrees_with_what_is_billed(service):
    service.answers = [Answer(text="{}")]
    model = service.model()
    asked = request(system="s" * 9000)
    counted = model.count(asked)
    first, second = model.ask(asked).usage, model.ask(asked).usage
    assert first.total - first.output == counted == second.total - second.output
    assert (first.cache_creation, first.cache_read) == (tokens("s" * 9000), 0)
    assert (second.cache_creation, second.cache_read) == (0, tokens("s" * 9000))


@pytest.mark.parametrize(
    ("answer", "stop"),
    [
        (Answer(text="x" * 10_000), StopReason.MAX_TOKENS),
        (Answer(text="no", stop_reason="refusal"), StopReason.REFUSAL),
        (Answer(text="{", stop_reason="model_context_window_exceeded"), StopReason.CONTEXT),
        (Answer(text="", stop_reason="pause_turn"), StopReason.OTHER),
    ],
)
def test_why_it_stopped_is_told(service, answer, stop):
    service.answers = [answer]
    model = service.model()
    assert model.ask(request()).stop is stop


@pytest.mark.parametrize("status", [402, 403])
def test_an_account_that_may_not_ask_closes_the_service(service, status):
    service.answers = [Answer(status=status, message="your credit balance is too low")]
    model = service.model(max_retries=2)
    with pytest.raises(TextModelClosed, match="credit balance") as caught:
        model.ask(request())
    assert caught.value.hint
    assert service.api.calls == ["POST /v1/messages"]


def test_a_wrong_key_closes_the_service_and_is_not_in_the_message(service):
    model = service.model(key="sk-wrong")
    with pytest.raises(TextModelClosed, match="401") as caught:
        model.check("claude-sonnet-5-5")
    assert "ANTHROPIC_API_KEY" in caught.value.hint
    assert "sk-wrong" not in str(caught.value)


def test_rate_limits_and_overload_are_retried_by_the_sdk(service):
    service.answers = [
        Answer(status=429, retry_after="0.01"),
        Answer(status=529, retry_after="0.01"),
        Answer(text="{}"),
    ]
    model = service.model(max_retries=2)
    assert model.ask(request()).text == "{}"
    assert len(service.api.calls) == 3


@pytest.mark.parametrize("status", [400, 413, 429, 500, 529])
def test_what_stays_broken_fails_this_question_only(service, status):
    service.answers = [Answer(status=status, message="not now", retry_after="0.01")]
    model = service.model(max_retries=1)
    with pytest.raises(TextModelFailed, match=f"{status} not now") as caught:
        model.ask(request())
    assert caught.value.request_id.startswith("req_")
    assert caught.value.usage == Usage()


@pytest.mark.parametrize("answer", [Answer(text="x" * 2000, error_in_stream="overloaded_error", break_after=500)])
def test_a_stream_that_breaks_off_is_paid_for(service, answer):
    service.answers = [answer]
    model = service.model()
    with pytest.raises(TextModelFailed) as caught:
        model.ask(request())
    assert caught.value.usage.total == service.api.billed_tokens > 0


def test_a_stream_that_ends_without_an_end_is_no_reply(service):
    service.answers = [Answer(text='{"a": 1}', break_after=4)]
    model = service.model()
    with pytest.raises(TextModelFailed, match="the stream ended before the reply did") as caught:
        model.ask(request())
    assert caught.value.usage.total == service.api.billed_tokens > 0
    assert caught.value.request_id.startswith("req_")


def test_a_connection_that_is_cut_in_mid_stream_fails_this_question_and_is_paid_for(service):
    service.answers = [Answer(text="x" * 3000, cut="stream", break_after=1000), Answer(text="{}")]
    model = service.model()
    with pytest.raises(TextModelFailed, match="the connection broke off: RemoteProtocolError: ") as caught:
        model.ask(request())
    assert caught.value.usage.total == service.api.billed_tokens > 0
    assert model.ask(request()).text == "{}", "the next question gets its answer"


def test_a_connection_that_is_reset_in_mid_stream_fails_this_question(service):
    service.answers = [Answer(text="x" * 3000, cut="reset", break_after=1000)]
    model = service.model()
    with pytest.raises(TextModelFailed, match="Claude: (the connection broke off|Connection error): ReadError"):
        model.ask(request())


@pytest.mark.parametrize("retries", [0, 2])
def test_a_connection_that_is_cut_before_any_reply_costs_nothing(service, retries):
    service.answers = [Answer(cut="headers")]
    model = service.model(max_retries=retries)
    with pytest.raises(TextModelFailed, match="Connection error: (ReadError|RemoteProtocolError)") as caught:
        model.ask(request())
    assert caught.value.usage == Usage()
    assert len(service.api.calls) == 1 + retries


def test_a_connection_that_is_reset_while_the_question_is_sent_costs_nothing(service):
    service.api.cut_unread = True
    model = service.model()
    with pytest.raises(TextModelFailed, match="Connection error: ") as caught:
        model.ask(request("x" * 20_000_000))
    assert caught.value.usage == Usage()
    assert service.api.requests == []


def event(kind: str, **values: object) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **values})}\n\n".encode()


START = event("message_start", message={"id": "m", "content": [], "usage": {"input_tokens": 9, "output_tokens": 1}})


@pytest.mark.parametrize(
    ("kind", "data", "used"),
    [
        ("text/html", b"<html>Log in to the network</html>", 0),
        ("application/json", b"<html>Log in to the network</html>", 0),
        ("application/json", b"[]", 0),
        ("text/event-stream", b"", 0),
        ("text/event-stream", b"event: message_start\ndata: {nope\n\n", 0),
        ("text/event-stream", b"event: message_start\ndata: \xff\xfe\n\n", 0),
        ("text/event-stream", event("message_start", message={"id": "m"}), 0),
        ("text/event-stream", event("message_delta", delta={}, usage={}), 0),
        ("text/event-stream", START + event("content_block_delta", index=3, delta={"type": "text_delta"}), 10),
    ],
    ids=range(9),
)
def test_what_is_no_reply_of_this_api_fails_this_question_only(service, kind, data, used):
    service.answers = [Answer(raw=(kind, data))]
    model = service.model()
    with pytest.raises(TextModelFailed, match="not a reply of the Messages API: ") as caught:
        model.ask(request())
    assert caught.value.usage.total == used


@pytest.mark.parametrize(
    ("kind", "data"), [("text/html", b"<html>"), ("application/json", b"<html>"), ("application/json", b"[]")]
)
def test_a_login_page_in_place_of_the_other_endpoints_is_said_to_be_none(service, kind, data):
    service.api.instead = (kind, data)
    model = service.model()
    status = model.check("claude-sonnet-5-5")
    assert not status.known
    assert "the models page could not be read" in status.advice
    with pytest.raises(TextModelFailed, match="not a reply of the Messages API: "):
        model.count(request())


def test_models_that_are_gone_or_going_are_named_with_others_to_choose(service):
    service.api.models = [
        Model("claude-sonnet-5-5"),
        Model("claude-old", lifecycle="deprecated", retires_at="2026-12-31T00:00:00Z"),
        Model("claude-gone", lifecycle="retired"),
    ]
    model = service.model()
    assert model.check("claude-sonnet-5-5").advice == ""
    assert "2026-12-31" in model.check("claude-old").advice
    for name in ("claude-gone", "claude-typo"):
        with pytest.raises(TextModelClosed) as caught:
            model.check(name)
        assert "claude-sonnet-5-5" in caught.value.hint


def test_a_service_that_is_not_there_fails_soon():
    model = ClaudeTextModel(api_key=KEY, base_url="http://127.0.0.1:9", max_retries=0)
    started = time.monotonic()
    with pytest.raises(TextModelFailed):
        model.count(request())
    status = model.check("claude-sonnet-5-5")
    model.close()
    assert not status.known
    assert time.monotonic() - started < 30


def test_a_gateway_that_only_answers_messages_is_enough(service):
    service.api.absent = frozenset({"models", "count_tokens", "streaming"})
    service.answers = [Answer(text='{"a": 1}', thinking_tokens=7)]
    model = service.model()
    status = model.check("claude-sonnet-5-5")
    assert not status.known
    assert "models page" in status.advice
    asked = request("x" * 999)
    counted = model.count(asked)
    reply = model.ask(asked)
    assert json.loads(reply.text) == {"a": 1}
    assert reply.stop is StopReason.END
    assert reply.thinking_tokens == 7
    assert counted >= reply.usage.total - reply.usage.output > 0
