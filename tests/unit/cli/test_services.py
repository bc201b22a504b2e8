"""`lsqm services`: the table in use, and what an emulator or a coverage page says of it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from lsqm.cli.main import cli
from lsqm.normalize.services import supported

PAGE = """
| Service | Plan | x | Details |
|---|---|---|---|
| SQS | Hobby | y | [sqs](/services/sqs.json) |
| Sockets | Base | y | [new](/services/brandnew.json) |
"""


@pytest.fixture
def emulator() -> Iterator[str]:
    """Serves a health page."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"services": {"sqs": "running", "brandnew": "available", "gone": "disabled"}}).encode()
            self.send_response(200 if self.path == "/_localstack/health" else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(cli, list(arguments))
    assert result.exit_code == code, result.output
    return result.output


def test_show_is_the_table_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shown = json.loads(run("services", "show", "--plan", "base", "--json"))
    assert shown["plan"] == "base"
    assert shown["services"] == sorted(supported("base"))
    assert "unknown LocalStack plan 'gold'" in run("services", "--plan", "gold", code=2)


def test_a_coverage_page_is_compared_plan_by_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "coverage.md").write_text(PAGE)
    plans = json.loads(run("services", "refresh", "--coverage", "coverage.md", "--json"))["plans"]
    assert plans["hobby"]["services"] == ["sqs"]
    assert plans["base"]["added"] == ["brandnew"]
    assert "s3" in plans["base"]["removed"]
    assert '[hobby]\ntitle = "LocalStack hobby"' in run("services", "refresh", "--coverage", "coverage.md", "--toml")


def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "none.md cannot be read" in run("services", "refresh", "--coverage", "none.md", code=2)
    (tmp_path / "empty.md").write_text("nothing")
    assert "no table of services" in run("services", "refresh", "--coverage", "empty.md", code=2)


def test_a_running_emulator_is_asked_for_its_health(emulator: str) -> None:
    found = json.loads(run("--emulator", emulator, "services", "refresh", "--json"))
    assert found["read_from"] == f"{emulator}/_localstack/health"
    assert found["plans"]["hobby"]["services"] == ["brandnew", "sqs"]
    assert found["plans"]["hobby"]["added"] == ["brandnew"]
