"""A model that writes text to order: Claude, or a script in a test."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from lsqm.errors import Unavailable
from lsqm.model.app import Usage


class StopReason(StrEnum):
    """Why the model stopped writing. Only `END` makes a reply that may be used."""

    END = "end"
    MAX_TOKENS = "max-tokens"
    REFUSAL = "refusal"
    CONTEXT = "context-window-exceeded"
    OTHER = "other"


class Role(StrEnum):
    """Who said it."""

    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """One message of the conversation."""

    role: Role
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TextRequest:
    """One question. The system prompt is the same for all questions and worth caching; the turns are not."""

    model: str
    system: str
    turns: tuple[Turn, ...]
    max_tokens: int
    """Most tokens it may write, thinking included."""
    schema: Mapping[str, Any]
    """JSON schema that the reply must keep to."""
    effort: str = "medium"


@dataclass(frozen=True, kw_only=True, slots=True)
class TextReply:
    """What came back and what it cost."""

    text: str
    stop: StopReason
    usage: Usage
    thinking_tokens: int = 0
    """Part of `usage.output`."""
    request_id: str = ""


class TextModelClosed(Unavailable):
    """The account may not ask (401, 402, 403) or the model does not exist: the whole stage stops at once."""


class TextModelFailed(Exception):
    """This question got no answer, after all retries. `usage` is what was consumed before it broke off."""

    def __init__(self, message: str, *, usage: Usage | None = None, request_id: str = "") -> None:
        super().__init__(message)
        self.usage = usage or Usage()
        self.request_id = request_id


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelStatus:
    """What the service says about a model."""

    id: str
    known: bool = True
    """False when the service could not be asked."""
    max_tokens: int | None = None
    advice: str = ""
    """A sentence when the model is on its way out."""
    names: tuple[str, ...] = field(default=())


class TextModel(Protocol):
    """Writes text. Safe to use from several threads."""

    def check(self, model: str) -> ModelStatus:
        """Look the model up. Raises TextModelClosed when it does not exist, is retired, or the key is refused."""
        ...

    def count(self, request: TextRequest) -> int:
        """Input tokens of a request. Raises TextModelClosed or TextModelFailed."""
        ...

    def ask(self, request: TextRequest) -> TextReply:
        """Send it. Raises TextModelClosed or TextModelFailed."""
        ...

    def stop(self) -> None:
        """Answer nothing any more: what waits for an answer, now or later, gets TextModelFailed at once."""
        ...
