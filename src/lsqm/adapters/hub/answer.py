"""An answer of the hub, before it is sent."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A request, taken apart."""

    path: tuple[str, ...]
    """Decoded parts."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    base: str
    """`http://HOST:PORT` as the client wrote it."""

    def number(self, name: str, default: int, *, most: int = 10**9) -> int:
        """A query parameter that is a count."""
        text = self.query.get(name, "")
        return min(int(text), most) if text.isdigit() else default


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """Status, headers and body."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, document: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> "Answer":
        """A document with its ETag."""
        body = json.dumps(document).encode()
        etag = f'W/"{hashlib.sha256(body).hexdigest()}"'
        return cls(
            status=status,
            body=body,
            headers={"Content-Type": "application/json; charset=utf-8", "ETag": etag, **(headers or {})},
        )

    @classmethod
    def missing(cls) -> "Answer":
        """404 as GitHub words it."""
        return cls.json({"message": "Not Found", "status": "404"}, status=404)
