"""A local HTTP server for fakes, and the ways in which a call to it can go wrong."""

import http.server
import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Self


class Trouble(Enum):
    """What happens to one call."""

    BEFORE = "500 and nothing was done"
    AFTER = "it was done, then 500"
    CUT = "it was done, then the connection broke"
    SECONDARY = "403, secondary rate limit, Retry-After"
    SECONDARY_SILENT = "403, secondary rate limit, no header"
    PRIMARY = "403, X-RateLimit-Remaining: 0"
    TOO_MANY = "429, Retry-After"
    GARBAGE = "200 and no JSON, nothing was done"


@dataclass(frozen=True, kw_only=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, kw_only=True)
class Response:
    status: int = 200
    content: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def data(self) -> bytes:
        return self.content if isinstance(self.content, bytes) else json.dumps(self.content).encode()


class FakeService:
    """Answers requests by `answer`; `trouble` maps the number of a call (from 0) to what goes wrong with it."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.trouble: dict[int, Trouble] = {}
        self.always: Trouble | None = None
        self._lock = threading.Lock()
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request(method=self.command, path=self.path, headers=headers, body=self.rfile.read(size))
                response = service.handle(request)
                if response is None:
                    # A reset instead of a tidy end, as a dying proxy gives it.
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.close_connection = True
                    return
                data = b"" if response.status == 304 else response.data()
                self.send_response(response.status)
                for name, value in response.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PATCH = _serve  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, request: Request) -> Response:
        raise NotImplementedError

    def handle(self, request: Request) -> Response | None:
        with self._lock:
            number = len(self.requests)
            self.requests.append(request)
            trouble = self.trouble.get(number, self.always)
            if trouble is None:
                return self.answer(request)
            return _go_wrong(trouble, lambda: self.answer(request))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _go_wrong(trouble: Trouble, answer: Callable[[], Response]) -> Response | None:
    match trouble:
        case Trouble.BEFORE:
            return Response(status=500, content={"message": "Server Error"})
        case Trouble.AFTER:
            answer()
            return Response(status=500, content={"message": "Server Error"})
        case Trouble.CUT:
            answer()
            return None
        case Trouble.SECONDARY:
            return Response(status=403, content={"message": SECONDARY}, headers={"Retry-After": "7"})
        case Trouble.SECONDARY_SILENT:
            return Response(status=403, content={"message": SECONDARY})
        case Trouble.PRIMARY:
            headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4102444800"}
            return Response(status=403, content={"message": "API rate limit exceeded"}, headers=headers)
        case Trouble.TOO_MANY:
            return Response(status=429, content=b"rate_limited", headers={"Retry-After": "3"})
        case Trouble.GARBAGE:
            return Response(content=b"<html>")


SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
