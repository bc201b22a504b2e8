"""Asking an emulator whether it is well (FR-025), and what it is."""

import http.client
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lsqm.ports.clock import Clock
from lsqm.ports.emulator import Answer, Question

_INTERVAL_SECONDS = 0.1
_PAGE_LIMIT = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """What `/_localstack/health` says."""

    version: str
    edition: str
    services: Mapping[str, str]
    """Service → `available`, `running`, `error`, `disabled`, …"""
    init_pending: bool = False
    """Whether a start-up script has not finished."""


def send(endpoint: str, question: Question, *, timeout: float = 15.0) -> Answer | None:
    """Ask the emulator at `endpoint`; None when nothing usable answers."""
    parts = urlsplit(endpoint)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout)
    try:
        connection.request(question.method, question.path, question.body or None, dict(question.headers))
        answer = connection.getresponse()
        return Answer(status=answer.status, body=answer.read(_PAGE_LIMIT))
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def get_json(endpoint: str, path: str, *, timeout: float = 2.0) -> dict[str, Any] | None:
    """The JSON object at `endpoint`/`path`, or None when nothing usable answers."""
    answer = send(endpoint, Question(method="GET", path=path, headers={}), timeout=timeout)
    if answer is None or answer.status != http.client.OK:
        return None
    try:
        document = json.loads(answer.body)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def ask(endpoint: str) -> Health | None:
    """The emulator's health, or None while it does not answer."""
    page = get_json(endpoint, "/_localstack/health")
    if page is None or not isinstance(page.get("services"), dict):
        return None
    ready = (page.get("init") or {}).get("completed") if isinstance(page.get("init"), dict) else None
    return Health(
        version=str(page.get("version", "")),
        edition=str(page.get("edition", "")),
        services={str(name): str(state) for name, state in page["services"].items()},
        init_pending=isinstance(ready, dict) and ready.get("READY") is False,
    )


def wait_until_healthy(
    endpoint: str, *, clock: Clock, deadline_seconds: float, is_alive: Callable[[], bool]
) -> Health | None:
    """Ask until it is well. Returns None when the deadline passes or `is_alive` says that it died."""
    until = clock.monotonic() + deadline_seconds
    while clock.monotonic() < until and is_alive():
        health = ask(endpoint)
        if health is not None and not health.init_pending:
            return health
        clock.sleep(_INTERVAL_SECONDS)
    return None
