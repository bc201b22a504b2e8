"""A scripted text model and what it usually says."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from lsqm.model.app import Usage
from lsqm.model.event import Event
from lsqm.ports.text_model import ModelStatus, StopReason, TextModelClosed, TextReply, TextRequest

GOOD_TEST = """def test_it_is_there(client, resources):
    sns = client("sns")
    for topic in resources("aws_sns_topic.t"):
        assert sns.get_topic_attributes(TopicArn=topic["arn"])["Attributes"]["TopicArn"] == topic["arn"]
"""


def answer(**files: str) -> str:
    """A reply in the asked-for form."""
    usual = {
        "app.py": '"""Client."""\n',
        "test_app.py": GOOD_TEST,
        "conftest.py": "",
        "requirements.txt": "boto3\npytest\n",
    }
    return json.dumps(
        {**usual, **{name.replace("_py", ".py").replace("_txt", ".txt"): text for name, text in files.items()}}
    )


def good(text: str | None = None, *, tokens: int = 1000, stop: StopReason = StopReason.END) -> TextReply:
    return TextReply(text=answer() if text is None else text, stop=stop, usage=Usage(input=500, output=tokens))


class ScriptedModel:
    """Answers what its script says; counts 500 tokens for any input."""

    def __init__(self, script: Callable[[TextRequest, int], TextReply], *, closed: str = "") -> None:
        self.script = script
        self.closed = closed
        self.requests: list[TextRequest] = []
        self.lock = threading.Lock()

    def check(self, model: str) -> ModelStatus:
        if self.closed:
            raise TextModelClosed(self.closed, hint="pay")
        return ModelStatus(id=model)

    def count(self, request: TextRequest) -> int:
        return 500

    def ask(self, request: TextRequest) -> TextReply:
        with self.lock:
            self.requests.append(request)
            number = len(self.requests) - 1
        return self.script(request, number)

    def stop(self) -> None:
        """Scripts end by themselves."""


class StillClock:
    """A moment that lasts."""

    def now(self) -> datetime:
        return datetime(2026, 1, 4, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here waits")

    def entropy(self, size: int) -> bytes:
        return bytes(size)


class Listener:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def on(self, event: Event) -> None:
        self.events.append(event)
