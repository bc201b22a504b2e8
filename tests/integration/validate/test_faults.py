"""Faults in the middle of real trials: the right status and cause, nobody else affected, nothing left."""

import http.server
import json
import threading
import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lsqm.adapters import subprocesses
from lsqm.adapters.clock import SystemClock
from lsqm.adapters.emulators.external import ExternalEmulator
from lsqm.validate import run_trial
from tests.integration.validate.conftest import make_request
from tests.integration.validate.strays import strays
from tests.integration.validate.test_docker import holding_cages

pytestmark = pytest.mark.timeout(900)

PASSES = "def test_one():\n    assert 1 + 1 == 2\n"


class SickHandler(http.server.BaseHTTPRequestHandler):
    """An emulator that says it is well and fails at everything."""

    failures = threading.Semaphore(0)

    def do_GET(self) -> None:
        self._answer(200, {"services": {"ssm": "available"}, "version": "0", "edition": "sick"})

    def do_POST(self) -> None:
        self._answer(500, {"__type": "InternalError", "message": "sick"})
        self.failures.release()

    def _answer(self, status: int, document: dict[str, Any]) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def sick() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), SickHandler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.terraform
def test_an_apply_that_hangs_is_stopped_and_says_where(
    sick: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deadline comes when the provider has been refused often enough, however slow the machine is."""
    ahead = threading.Event()

    def monotonic() -> float:
        return time.monotonic() + (1e6 if ahead.is_set() else 0)

    monkeypatch.setattr(subprocesses, "time", types.SimpleNamespace(monotonic=monotonic, sleep=time.sleep))

    def wait_for_failures() -> None:
        for _ in range(3):
            SickHandler.failures.acquire(timeout=600)
        ahead.set()

    waiting = threading.Thread(target=wait_for_failures)
    waiting.start()
    terraform = 'resource "aws_ssm_parameter" "p" {\n  name  = "/p"\n  type  = "String"\n  value = "x"\n}\n'
    deadlines = {"init": 9000, "apply": 9000, "destroy_ruin": 3}
    request = make_request(tmp_path, terraform, PASSES, deadlines=deadlines)
    cage = holding_cages(docker=False)[0]
    trial = run_trial(request, emulator=ExternalEmulator(sick), cage=cage, clock=SystemClock(), on_step=lambda _: None)
    waiting.join()
    result = trial.result
    assert (result.status, result.cause) == ("TIMEOUT", "timeout"), result
    assert "last failing operation" in result.message, result
    assert " 500" in result.signature, result
    apply = next(phase for phase in result.phases if phase.name == "apply")
    assert (apply.outcome, apply.exit_code) == ("timeout", None)
    assert not strays()
    assert not list(tmp_path.iterdir())
