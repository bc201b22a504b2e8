"""Claude through the official SDK: streaming, cached system prompt, structured output, errors in the port's words."""

import contextlib
import contextvars
import json
import threading
from collections.abc import Iterator, Mapping
from multiprocessing.pool import ThreadPool
from typing import Any, NoReturn

import anthropic
import httpx2
from anthropic.types import Message

from lsqm.model.app import Usage
from lsqm.ports.text_model import (
    ModelStatus,
    StopReason,
    TextModelClosed,
    TextModelFailed,
    TextReply,
    TextRequest,
)

_STOPS = {
    "end_turn": StopReason.END,
    "max_tokens": StopReason.MAX_TOKENS,
    "refusal": StopReason.REFUSAL,
    "model_context_window_exceeded": StopReason.CONTEXT,
}
_TIMEOUT_SECONDS = 600.0
_LOOK_SECONDS = 0.2
"""How often a question that waits looks whether lsqm is being stopped."""
_STOPPED = "lsqm was stopped before Claude had answered"
_NO_SUCH_ENDPOINT = {404, 405, 501}
_LEAST_BYTES_PER_TOKEN = 2
"""English and code take three to four bytes a token; a bound has to be safe for anything."""
_OVERHEAD_TOKENS = 500
"""What the service adds around a conversation and its schema."""
_UNREADABLE = (ValueError, TypeError, AttributeError, LookupError, AssertionError, RuntimeError)
"""What the SDK, which builds its objects unchecked, raises on what is no reply of this API, such as a login page."""
_BROKEN = (anthropic.APIError, httpx2.RequestError, *_UNREADABLE)


class ClaudeTextModel:
    """Implements `TextModel`. The SDK itself retries 408, 409, 429, 5xx and lost connections, honouring Retry-After."""

    def __init__(self, *, api_key: str, base_url: str, max_retries: int = 2, http_client: Any = None) -> None:
        self._client = anthropic.Anthropic(
            api_key=api_key,
            base_url=base_url,
            max_retries=max_retries,
            timeout=_TIMEOUT_SECONDS,
            http_client=http_client,
        )
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Let all who wait for an answer go, with TextModelFailed. The service may charge for what it still writes."""
        self._stopped.set()

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def check(self, model: str) -> ModelStatus:
        """Look the model up; when the service cannot be asked, say so and let the first question decide."""
        try:
            found = self._client.models.retrieve(model)
            known, lifecycle = found.id, found.lifecycle
        except anthropic.NotFoundError as error:
            others = self._active()
            if not others:  # a gateway without the models endpoint says 404 to every name
                return ModelStatus(id=model, known=False, advice=f"the models page could not be read: {_say(error)}")
            raise TextModelClosed(
                f"there is no Claude model named {model}{_id(error)}",
                hint=f"choose another with --model: {', '.join(others)}",
            ) from error
        except (
            anthropic.AuthenticationError,
            anthropic.PaymentRequiredError,
            anthropic.PermissionDeniedError,
        ) as error:
            _closed(error)
        except _BROKEN as error:
            return ModelStatus(id=model, known=False, advice=f"the models page could not be read: {_why(error)}")
        if lifecycle == "retired":
            raise TextModelClosed(
                f"the Claude model {model} is retired",
                hint=f"choose another with --model: {', '.join(self._active())}",
            )
        advice = ""
        if lifecycle == "deprecated":
            day = f" on {found.retires_at:%Y-%m-%d}" if found.retires_at else ""
            advice = f"{model} will be retired{day}; choose another with --model: {', '.join(self._active())}"
        return ModelStatus(id=known or model, max_tokens=found.max_tokens, advice=advice)

    def count(self, request: TextRequest) -> int:
        """Ask the counting endpoint, which is free; where a gateway has none, a bound that no text exceeds."""
        arguments = _arguments(request)
        del arguments["max_tokens"]
        with _errors():
            try:
                return int(self._client.messages.count_tokens(**arguments).input_tokens)
            except anthropic.APIStatusError as error:
                if error.status_code not in _NO_SUCH_ENDPOINT:
                    raise
        text = request.system + "".join(turn.text for turn in request.turns) + json.dumps(dict(request.schema))
        return len(text.encode()) // _LEAST_BYTES_PER_TOKEN + _OVERHEAD_TOKENS

    def ask(self, request: TextRequest) -> TextReply:
        """Stream the reply: long answers need it, and what a broken stream has consumed is known.

        It is asked in a thread that nobody has to wait for, not even at exit: nothing else ends a read that blocks.
        """
        if self._stopped.is_set():
            raise TextModelFailed(_STOPPED)
        pool = ThreadPool(1)
        answer = pool.apply_async(contextvars.copy_context().run, (self._stream, request))
        pool.close()
        while not answer.ready():
            if self._stopped.is_set():
                raise TextModelFailed(_STOPPED)
            answer.wait(_LOOK_SECONDS)
        reply: TextReply = answer.get()
        return reply

    def _stream(self, request: TextRequest) -> TextReply:
        usage = Usage()
        try:
            with _errors(), self._client.messages.stream(**_arguments(request)) as stream:
                if not _is_stream(stream.response.headers):
                    # A gateway that does not stream answers with the whole message at once.
                    return _reply(Message.model_validate_json(stream.response.read()), stream.request_id or "")
                for event in stream:
                    if event.type in {"message_start", "message_delta"}:
                        usage = _usage(stream.current_message_snapshot.usage)
                request_id = stream.request_id or ""
                message = stream.get_final_message()
        except TextModelFailed as error:
            error.usage = usage
            raise
        if message.stop_reason is None:
            raise TextModelFailed("Claude: the stream ended before the reply did", usage=usage, request_id=request_id)
        return _reply(message, request_id)

    def _active(self) -> list[str]:
        with contextlib.suppress(*_BROKEN):
            return [model.id for model in self._client.models.list(limit=20) if model.lifecycle == "active"][:8]
        return []


def _is_stream(headers: Mapping[str, str]) -> bool:
    return not headers.get("content-type", "").startswith("application/json")


def _reply(message: Message, request_id: str) -> TextReply:
    details = message.usage.output_tokens_details
    return TextReply(
        text="".join(block.text for block in message.content if block.type == "text"),
        stop=_STOPS.get(message.stop_reason or "", StopReason.OTHER),
        usage=_usage(message.usage),
        thinking_tokens=details.thinking_tokens if details else 0,
        request_id=request_id,
    )


def _arguments(request: TextRequest) -> dict[str, Any]:
    return {
        "model": request.model,
        "max_tokens": request.max_tokens,
        "system": [{"type": "text", "text": request.system, "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": turn.role.value, "content": turn.text} for turn in request.turns],
        "output_config": {
            "effort": request.effort,
            "format": {"type": "json_schema", "schema": dict(request.schema)},
        },
    }


def _usage(usage: Any) -> Usage:
    return Usage(
        input=usage.input_tokens or 0,
        cache_creation=usage.cache_creation_input_tokens or 0,
        cache_read=usage.cache_read_input_tokens or 0,
        output=usage.output_tokens or 0,
    )


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    """The SDK's errors as the port's: closed for all questions, or failed for this one."""
    try:
        yield
    except (anthropic.AuthenticationError, anthropic.PaymentRequiredError, anthropic.PermissionDeniedError) as error:
        _closed(error)
    except anthropic.NotFoundError as error:
        raise TextModelClosed(f"Claude: {_say(error)}", hint="check --model and ANTHROPIC_BASE_URL") from error
    except anthropic.APIError as error:
        raise TextModelFailed(f"Claude: {_say(error)}", request_id=getattr(error, "request_id", "") or "") from error
    except httpx2.RequestError as error:  # the SDK wraps these while it sends, not while it reads a stream
        raise TextModelFailed(f"Claude: the connection broke off: {_why(error)}") from error
    except _UNREADABLE as error:
        raise TextModelFailed(f"Claude: not a reply of the Messages API: {_why(error)}") from error


def _closed(error: anthropic.APIStatusError) -> NoReturn:
    hint = {
        401: "check ANTHROPIC_API_KEY",
        402: "add credit to the account, or use --generator builtin",
        403: "this key may not use the Messages API or this model; ask the account's owner",
    }.get(error.status_code, "see the account's console")
    raise TextModelClosed(f"Claude refuses to work for this key: {_say(error)}", hint=hint) from error


def _why(error: BaseException) -> str:
    if isinstance(error, anthropic.APIError):
        return _say(error)
    return f"{type(error).__name__}: {error}".splitlines()[0].removesuffix(": ")[:300]


def _say(error: anthropic.APIError) -> str:
    if isinstance(error, anthropic.APIConnectionError) and error.__cause__ is not None:
        return f"{str(error).removesuffix('.')}: {_why(error.__cause__)}"
    status = f"{error.status_code} " if isinstance(error, anthropic.APIStatusError) else ""
    body = error.body if isinstance(error.body, dict) else {}
    inner = body.get("error")
    message = inner.get("message") if isinstance(inner, dict) else None
    return f"{status}{str(message or error)[:300]}{_id(error)}"


def _id(error: anthropic.APIError) -> str:
    request_id = getattr(error, "request_id", None)
    return f" (request {request_id})" if request_id else ""
