"""A local Messages API: real HTTP, real shapes, no model. The real SDK talks to it on the loopback interface.

It is faithful where a client can notice: required headers and fields, streaming events, usage with caching, `max_tokens`
that cut a reply short, error bodies with request ids, rate limits with Retry-After, connections that break mid-stream.
By itself it drops none: many may connect at once, and an error in a script fails the test, not only a connection.
Counting and billing use the same function, so a budget can be checked to the token.
"""

import itertools
import json
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self

KEY = "test-key"
_CACHEABLE_TOKENS = 1024

ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}


def tokens(text: str) -> int:
    """This API's tokenizer."""
    return (len(text.encode()) + 3) // 4


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the next question gets: a text, an error status, or a connection that breaks."""

    text: str = ""
    status: int = 200
    message: str = "scripted"
    stop_reason: str = "end_turn"
    thinking_tokens: int = 0
    retry_after: str = ""
    break_after: int | None = None
    """End the stream in good order after so many characters, but without the events that end a reply."""
    error_in_stream: str = ""
    cut: str = ""
    """`headers`: reset the connection instead of answering. `stream`: close it at `break_after`, in mid-stream. `reset`:
    reset it there, which may take back what was sent before."""
    raw: tuple[str, bytes] | None = None
    """Content type and body to send instead of all this, as a strange gateway does."""


@dataclass
class Model:
    """One entry of the models endpoint."""

    id: str
    lifecycle: str = "active"
    retires_at: str | None = None
    max_tokens: int = 128_000

    def page(self) -> dict[str, Any]:
        return {
            "type": "model",
            "id": self.id,
            "display_name": self.id,
            "created_at": "2026-01-01T00:00:00Z",
            "deprecated_at": None,
            "retires_at": self.retires_at,
            "lifecycle": self.lifecycle,
            "line": None,
            "capabilities": None,
            "max_input_tokens": 1_000_000,
            "max_tokens": self.max_tokens,
        }


@dataclass
class MessagesApi:
    """The server. `script` gets the request's JSON and its number (from 0) and says what to answer."""

    script: Callable[[Mapping[str, Any], int], Answer]
    models: list[Model] = field(default_factory=lambda: [Model("claude-sonnet-5-5"), Model("claude-haiku-5-5")])
    key: str = KEY
    absent: frozenset[str] = frozenset()
    """What this gateway lacks: `models`, `count_tokens`, `streaming`."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    """Questions that reached a model, in order."""
    calls: list[str] = field(default_factory=list)
    """Every `METHOD /path`, retries included."""
    billed: list[dict[str, int]] = field(default_factory=list)
    """Usage of every answered question: what the account would be charged."""
    most_parallel: int = 0
    cut_unread: bool = False
    """Reset connections while a question is still being sent."""
    instead: tuple[str, bytes] | None = None
    """Content type and body that every endpoint answers with, as the login page of a network does."""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._cached: set[str] = set()
        self._ids = itertools.count(1)
        self._numbers = itertools.count()
        self._active = 0
        handler = type("Handler", (_Handler,), {"api": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
        assert not self._server.crashes, self._server.crashes

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def billed_tokens(self) -> int:
        return sum(sum(usage.values()) for usage in self.billed)

    def next_id(self) -> str:
        return f"req_{next(self._ids):06d}"

    def answer(self, body: dict[str, Any]) -> Answer:
        with self._lock:
            number = next(self._numbers)
        answer = self.script(body, number)
        if answer.status == 200:
            with self._lock:
                self.requests.append(body)
        return answer

    def enter(self) -> None:
        with self._lock:
            self._active += 1
            self.most_parallel = max(self.most_parallel, self._active)

    def leave(self) -> None:
        with self._lock:
            self._active -= 1

    def input_usage(self, body: Mapping[str, Any]) -> dict[str, int]:
        """Input side of the usage; a long system block that asks for it is written to the cache, then read from it."""
        system = body.get("system") or []
        blocks = system if isinstance(system, list) else [{"type": "text", "text": system}]
        usage = {"input_tokens": 0, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
        for block in blocks:
            size = tokens(block["text"])
            if "cache_control" in block and size >= _CACHEABLE_TOKENS:
                with self._lock:
                    kind = "cache_read_input_tokens" if block["text"] in self._cached else "cache_creation_input_tokens"
                    self._cached.add(block["text"])
                usage[kind] += size
            else:
                usage["input_tokens"] += size
        usage["input_tokens"] += _conversation_tokens(body)
        return usage

    def bill(self, usage: dict[str, int]) -> None:
        with self._lock:
            self.billed.append(usage)


def _conversation_tokens(body: Mapping[str, Any]) -> int:
    return sum(tokens(json.dumps(message["content"])) + 3 for message in body["messages"])


def _system_tokens(body: Mapping[str, Any]) -> int:
    system = body.get("system") or []
    return tokens(system) if isinstance(system, str) else sum(tokens(block["text"]) for block in system)


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.crashes: list[str] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep what went wrong here; a client that went away is no error."""
        error = sys.exception()
        if not isinstance(error, ConnectionError):
            self.crashes.append(repr(error))


class _Handler(BaseHTTPRequestHandler):
    api: ClassVar[MessagesApi]
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Silence."""

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        self.api.calls.append(f"GET {path}")
        if not self._admitted() or self._answered_instead():
            return
        if "models" in self.api.absent:
            self._error(404, "no such endpoint")
            return
        if path == "/v1/models":
            pages = [model.page() for model in self.api.models]
            self._send(200, {"data": pages, "has_more": False, "first_id": None, "last_id": None})
            return
        found = [model for model in self.api.models if path == f"/v1/models/{model.id}"]
        if found:
            self._send(200, found[0].page())
        else:
            self._error(404, f"model: {path.rsplit('/', 1)[-1]}")

    def do_POST(self) -> None:
        path = self.path.split("?")[0]
        self.api.calls.append(f"POST {path}")
        if self.api.cut_unread:
            self._reset()
            return
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
        if not self._admitted() or self._answered_instead():
            return
        if path.rsplit("/", 1)[-1] in self.api.absent:
            self._error(404, "no such endpoint")
        elif problem := _problem(body, self.api.models, counting=path.endswith("count_tokens")):
            self._error(*problem)
        elif path == "/v1/messages/count_tokens":
            self._send(200, {"input_tokens": _system_tokens(body) + _conversation_tokens(body)})
        elif path == "/v1/messages":
            self.api.enter()
            try:
                self._message(body)
            finally:
                self.api.leave()
        else:
            self._error(404, "no such endpoint")

    def _admitted(self) -> bool:
        if self.api.key not in (
            self.headers.get("x-api-key"),
            self.headers.get("authorization", "").removeprefix("Bearer "),
        ):
            self._error(401, "invalid API key")
            return False
        if not self.headers.get("anthropic-version"):
            self._error(400, "anthropic-version: header is required")
            return False
        return True

    def _answered_instead(self) -> bool:
        if self.api.instead:
            self._send_bytes(200, *self.api.instead)
        return self.api.instead is not None

    def _message(self, body: dict[str, Any]) -> None:
        answer = self.api.answer(body)
        if answer.status != 200:
            self._error(answer.status, answer.message, answer.retry_after)
            return
        if answer.cut == "headers":
            self._reset()
            return
        if answer.raw is not None:
            self._send_bytes(200, *answer.raw)
            return
        room = max(0, body["max_tokens"] - answer.thinking_tokens)
        text, stop = answer.text, answer.stop_reason
        if tokens(text) > room:
            text, stop = text.encode()[: room * 4].decode(errors="ignore"), "max_tokens"
        output = min(body["max_tokens"], tokens(text) + answer.thinking_tokens)
        usage = self.api.input_usage(body)
        if body.get("stream") and "streaming" not in self.api.absent:
            self._stream(answer, text, stop, usage, output)
            return
        self.api.bill({**usage, "output_tokens": output})
        self._send(200, _message(text, stop, body["model"], {**usage, **_output(output, answer)}))

    def _stream(self, answer: Answer, text: str, stop: str, usage: dict[str, int], output: int) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("request-id", self.api.next_id())
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        first = _message("", None, "claude", {**usage, "output_tokens": 1})
        first["content"] = []
        self._event("message_start", message=first)
        self._event("content_block_start", index=0, content_block={"type": "text", "text": ""})
        self._event("ping")
        broken = answer.break_after is not None or bool(answer.error_in_stream)
        for piece in _pieces(text[: answer.break_after] if broken else text):
            self._event("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
        if broken:
            self.api.bill({**usage, "output_tokens": 1})
            if answer.error_in_stream:
                self._event("error", error={"type": answer.error_in_stream, "message": "in the middle"})
            if answer.cut == "reset":
                self._reset()
            elif answer.cut == "stream":
                self.close_connection = True
            else:
                self._chunk(b"")
            return
        self._event("content_block_stop", index=0)
        self.api.bill({**usage, "output_tokens": output})
        self._event(
            "message_delta",
            delta={"stop_reason": stop, "stop_sequence": None},
            usage={**usage, **_output(output, answer)},
        )
        self._event("message_stop")
        self._chunk(b"")

    def _event(self, kind: str, **values: Any) -> None:
        data = json.dumps({"type": kind, **values})
        self._chunk(f"event: {kind}\ndata: {data}\n\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def _reset(self) -> None:
        """Close so that the other side gets a reset instead of an end."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _error(self, status: int, message: str, retry_after: str = "") -> None:
        request_id = self.api.next_id()
        body = {"type": "error", "error": {"type": ERRORS.get(status, "api_error"), "message": message}}
        extra = {"retry-after": retry_after} if retry_after else {}
        self._send(status, {**body, "request_id": request_id}, request_id=request_id, extra=extra)

    def _send(self, status: int, body: Any, *, request_id: str = "", extra: Mapping[str, str] | None = None) -> None:
        self._send_bytes(status, "application/json", json.dumps(body).encode(), request_id=request_id, extra=extra)

    def _send_bytes(
        self, status: int, kind: str, data: bytes, *, request_id: str = "", extra: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.send_header("request-id", request_id or self.api.next_id())
        for name, value in (extra or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


def _output(output: int, answer: Answer) -> dict[str, Any]:
    return {"output_tokens": output, "output_tokens_details": {"thinking_tokens": answer.thinking_tokens}}


def _message(text: str, stop: str | None, model: str, usage: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": "msg_01",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{"type": "text", "text": text}],
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": usage,
    }


def _pieces(text: str, size: int = 400) -> Iterator[str]:
    return (text[at : at + size] for at in range(0, len(text), size))


def _problem(body: Mapping[str, Any], models: list[Model], *, counting: bool) -> tuple[int, str] | None:
    """What the real API refuses, as (status, message)."""
    needed = ("model", "messages") if counting else ("model", "messages", "max_tokens")
    for name in needed:
        if name not in body:
            return 400, f"{name}: Field required"
    found = [model for model in models if model.id == body["model"] and model.lifecycle != "retired"]
    if not found:
        return 404, f"model: {body['model']}"
    roles = [message["role"] for message in body["messages"]]
    if not roles or roles[0] != "user":
        return 400, "messages: first message must use the user role"
    if roles[-1] == "assistant":
        return 400, "This model does not support assistant message prefill."
    if counting and "max_tokens" in body:
        return 400, "max_tokens: Extra inputs are not permitted"
    if not counting and not 1 <= body["max_tokens"] <= found[0].max_tokens:
        return 400, f"max_tokens: {body['max_tokens']} > {found[0].max_tokens}"
    schema = (body.get("output_config") or {}).get("format", {}).get("schema", {})
    if schema and schema.get("additionalProperties") is not False:
        return 400, "output_config.format.schema: additionalProperties must be false"
    return None
