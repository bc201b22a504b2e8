import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from lsqm.adapters.clock import SystemClock
from lsqm.adapters.emulators.external import ExternalEmulator
from lsqm.adapters.emulators.health import ask, wait_until_healthy
from lsqm.errors import Unavailable, UsageError
from lsqm.ports.emulator import EmulatorFailed, StartRequest

GOOD = {"services": {"s3": "available"}, "version": "4.14.0", "edition": "community"}


class Page:
    """A real HTTP server whose health page a test can change."""

    def __init__(self) -> None:
        self.body: Any = GOOD
        self.status = 200
        page = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = page.body if isinstance(page.body, bytes) else json.dumps(page.body).encode()
                self.send_response(page.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None: ...

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()


@pytest.fixture
def page() -> Iterator[Page]:
    page = Page()
    yield page
    page.server.shutdown()
    page.server.server_close()


def test_a_healthy_emulator(page):
    health = ask(page.url)
    assert health is not None
    assert (health.version, health.edition, health.services) == ("4.14.0", "community", {"s3": "available"})


@pytest.mark.parametrize("body", [b"", b"<html>", [], {}, {"services": 1}])
def test_what_is_no_health_page_is_not_healthy(page, body):
    page.body = body
    assert ask(page.url) is None


def test_an_error_page_is_not_healthy(page):
    page.status = 503
    assert ask(page.url) is None


def test_start_up_scripts_are_waited_for(page):
    page.body = {**GOOD, "init": {"completed": {"READY": False}}}
    waited = wait_until_healthy(page.url, clock=SystemClock(), deadline_seconds=0.3, is_alive=lambda: True)
    assert waited is None


def test_the_dead_are_not_waited_for(page):
    page.status = 503
    assert wait_until_healthy(page.url, clock=SystemClock(), deadline_seconds=60, is_alive=lambda: False) is None


def test_an_external_emulator_is_described(page):
    identity = ExternalEmulator(page.url).check()
    assert (identity.product, identity.version, identity.image) == ("localstack", "4.14.0", page.url)


def test_an_external_emulator_that_does_not_answer():
    with pytest.raises(Unavailable, match="no emulator answers at http://127.0.0.1:9/"):
        ExternalEmulator("http://127.0.0.1:9").check()
    with pytest.raises(EmulatorFailed) as failure:
        ExternalEmulator("http://127.0.0.1:9").start(StartRequest(run="r", architecture="a", deadline_seconds=1))
    assert failure.value.whole_run


@pytest.mark.parametrize("url", ["ftp://x", "x", "http://", "http://u:p@host", "http://host/path", "http://host:x"])
def test_what_is_no_emulator_url_is_a_usage_error(url):
    with pytest.raises(UsageError, match="not an emulator's URL"):
        ExternalEmulator(url)
