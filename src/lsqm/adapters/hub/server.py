"""The hub's HTTP server: routing, conditional requests, rate limits, faults, and a list of what was asked."""

import http.server
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from lsqm.adapters.hub import git_http, github_api, registry_api
from lsqm.adapters.hub.answer import Answer, Question
from lsqm.adapters.hub.faults import Fault
from lsqm.adapters.hub.repositories import Shelf

API_PATH = "api"


@dataclass(kw_only=True, slots=True)
class Hub:
    """GitHub and a Terraform Registry on one port. A context manager; `start` and `wait` for the foreground."""

    folder: Path
    """Holds OWNER/NAME.git."""
    host: str = "127.0.0.1"
    port: int = 0
    """0: any free one."""
    rate_limit: int = 5000
    """API requests until X-RateLimit-Remaining is 0; 304 answers are free."""
    rate_window_seconds: float = 3600.0
    tree_limit: int = github_api.TREE_LIMIT
    archive_modules: bool = False
    """Answer module downloads with an archive URL instead of a git one."""
    now: Callable[[], float] = time.time
    faults: list[Fault] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """`METHOD path?query` of every request, in order."""
    _server: http.server.ThreadingHTTPServer | None = None
    _thread: threading.Thread | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _used: int = 0
    _reset: float = 0.0

    @property
    def url(self) -> str:
        """Where it is. Raises AssertionError before it was started."""
        assert self._server, "the hub was not started"
        return f"http://{self.host}:{self._server.server_address[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that send lsqm here."""
        return {
            "GITHUB_API_URL": f"{self.url}/{API_PATH}",
            "GITHUB_SERVER_URL": self.url,
            "LSQM_TERRAFORM_REGISTRY_URL": self.url,
        }

    def start(self) -> Self:
        """Open the port and answer in the background."""
        hub = self
        Shelf(folder=self.folder).owners()

        class Handler(_Handler):
            def answer(self, method: str, body: bytes) -> Answer:
                return hub.answer(method, self.path, {key.lower(): value for key, value in self.headers.items()}, body)

            def fault(self, method: str) -> Fault | None:
                return hub.fault(method, self.path)

        self._server = _Server((self.host, self.port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close the port."""
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def wait(self) -> None:
        """Block until interrupted, then close the port."""
        assert self._thread, "the hub was not started"
        try:
            self._thread.join()
        finally:
            self.stop()

    def fault(self, method: str, target: str) -> Fault | None:
        """Take note of a request; the fault to answer it with, if any."""
        with self._lock:
            self.asked.append(f"{method} {target}")
            return next((fault for fault in self.faults if fault.takes(target)), None)

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """Answer one request."""
        parts = urlsplit(target)
        question = Question(
            path=tuple(unquote(part) for part in parts.path.split("/") if part),
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers=headers,
            base=f"http://{headers.get('host', '')}",
        )
        answer = self._route(method, question, body)
        etag = answer.headers.get("ETag")
        if answer.status == HTTPStatus.OK and etag and headers.get("if-none-match") == etag:
            return Answer(
                status=304, headers={key: value for key, value in answer.headers.items() if key != "Content-Type"}
            )
        return answer

    def _route(self, method: str, question: Question, body: bytes) -> Answer:
        shelf = Shelf(folder=self.folder)
        match question.path:
            case (first, *rest) if first == API_PATH:
                inner = Question(path=tuple(rest), query=question.query, headers=question.headers, base=question.base)
                return self._metered(inner, shelf)
            case ("codeload", owner, name, "legacy.tar.gz" | "tar.gz", *ref):
                return github_api.archive(shelf, owner, name, "/".join(ref))
            case (".well-known", "terraform.json"):
                return Answer.json({"modules.v1": "/v1/modules/"})
            case ("v1", "modules", *rest):
                return registry_api.answer(question, tuple(rest), shelf, as_archive=self.archive_modules)
            case _:
                return git_http.answer(question, shelf, method, body)

    def _metered(self, question: Question, shelf: Shelf) -> Answer:
        with self._lock:
            now = self.now()
            if now >= self._reset:
                self._used, self._reset = 0, now + self.rate_window_seconds
            exhausted = self._used >= self.rate_limit
        if exhausted:
            document = {"message": "API rate limit exceeded for 127.0.0.1."}
            return _with(Answer.json(document, status=403), self._limits())
        answer = github_api.answer(question, shelf, tree_limit=self.tree_limit)
        if question.headers.get("if-none-match") != answer.headers.get("ETag", "none"):
            with self._lock:
                self._used += 1
        return _with(answer, self._limits())

    def _limits(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.rate_limit),
            "X-RateLimit-Remaining": str(max(0, self.rate_limit - self._used)),
            "X-RateLimit-Used": str(self._used),
            "X-RateLimit-Reset": str(int(self._reset)),
            "X-RateLimit-Resource": "core",
        }


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news; anything else is told as usual."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, method: str, body: bytes) -> Answer:
        raise NotImplementedError

    def fault(self, method: str) -> Fault | None:
        raise NotImplementedError

    def do_GET(self) -> None:
        self._serve("GET", b"")

    def do_HEAD(self) -> None:
        self._serve("HEAD", b"")

    def do_POST(self) -> None:
        self._serve("POST", self._body())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class calls it so
        """Say nothing: what was asked is in `Hub.asked`."""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            whole = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                whole += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return whole
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _serve(self, method: str, body: bytes) -> None:
        fault = self.fault(method)
        if fault and fault.cut_after_bytes is None:
            answer = Answer.json({"message": fault.message}, status=fault.status, headers=fault.headers)
        else:
            answer = self.answer(method, body)
        content = answer.body
        self.send_response(answer.status)
        for key, value in answer.headers.items():
            self.send_header(key, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if method == "HEAD" or answer.status in (204, 304):
            return
        if fault and fault.cut_after_bytes is not None:
            self.wfile.write(content[: fault.cut_after_bytes])
            self.close_connection = True
            return
        self.wfile.write(content)


def _with(answer: Answer, headers: dict[str, str]) -> Answer:
    return replace(answer, headers={**answer.headers, **headers})
