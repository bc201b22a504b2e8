"""No secret gets into a log line, whatever the way in; failures keep their traceback in a file."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from lsqm.cli import logs
from lsqm.cli.logs import REDACTED, Redactor

Lsqm = Callable[..., subprocess.CompletedProcess[str]]


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=4).filter(lambda text: text not in REDACTED),
    st.recursive(
        st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
    ),
)
def test_a_known_secret_is_in_no_value(secret: str, value: object) -> None:
    redacted = Redactor([secret]).value({"a": f"before{secret}after", "b": [secret], "c": value, "d": {"x": secret}})

    def strings(item: object) -> list[str]:
        match item:
            case str():
                return [item]
            case dict():
                return [text for inner in item.values() for text in strings(inner)]
            case list():
                return [text for inner in item for text in strings(inner)]
            case _:
                return []

    assert all(secret not in text.replace(REDACTED, "\0") for text in strings(redacted))


@pytest.mark.parametrize(
    "text",
    [
        "token ghp_abcdefghijklmnopqrstuvwxyz0123",
        "key sk-ant-api03-abcdefghijkl",
        "url https://hooks.slack.com/services/T0/B0/xyz",
        "clone https://user:hunter2@github.com/a/b",
        "id AKIAIOSFODNN7EXAMPLE",
    ],
)
def test_well_known_shapes_are_removed_without_knowing_the_value(text: str) -> None:
    assert REDACTED in Redactor().text(text)
    assert "hunter2" not in Redactor().text(text)


def test_keys_that_name_secrets_lose_their_value_but_token_counts_stay() -> None:
    value = {"github_token": "abc", "Authorization": "Bearer x", "tokens_spent": 12, "tokens": 3, "password": "p"}
    assert Redactor().value(value) == {
        "github_token": REDACTED,
        "Authorization": REDACTED,
        "tokens_spent": 12,
        "tokens": 3,
        "password": REDACTED,
    }


def test_json_lines_carry_context_and_failures_refer_to_their_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(
        redactor=Redactor(["s3cret-value"]),
        as_json=True,
        verbose=False,
        traceback_folder=lambda: tmp_path / "tracebacks",
    )
    logs.log_files.open(tmp_path / "run.jsonl")
    with structlog.contextvars.bound_contextvars(run_id="r1", stage="validate", architecture="abc"):
        try:
            raise ValueError("bad s3cret-value")
        except ValueError as error:
            structlog.get_logger("x").error("validate.failed", exc_info=error)
    logs.log_files.close()
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert line == json.loads((tmp_path / "run.jsonl").read_text().splitlines()[-1])
    assert (line["run_id"], line["stage"], line["architecture"]) == ("r1", "validate", "abc")
    assert (line["error_type"], line["error_message"]) == ("ValueError", f"bad {REDACTED}")
    kept = Path(line["traceback"]).read_text()
    assert "ValueError" in kept
    assert "s3cret-value" not in kept


@pytest.mark.parametrize(("wanted", "as_json"), [("console", False), ("json", True), ("auto", True)])
def test_the_format_in_the_configuration_file_counts(tmp_path: Path, lsqm: Lsqm, wanted: str, as_json: bool) -> None:
    (tmp_path / "lsqm.toml").write_text(f'log_format = "{wanted}"\nworkspace = "{tmp_path}/w"\n')
    done = lsqm("sync")
    assert done.returncode == 0
    assert done.stderr.startswith("{") is as_json, done.stderr
