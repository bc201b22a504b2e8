"""The one HTTP client: deadlines, retries that do what the server asked for, and secrets that never show.

A reply is a value whatever its status, as long as the caller expects that status; everything else is an `HttpError`.
"""

import contextlib
import ipaddress
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from lsqm.ports.clock import Clock

_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
_RATE = frozenset({403, 429})
_BODY_BYTES = 64 * 1024**2
_SECONDARY_SECONDS = 60.0
"""What GitHub asks for at least when it does not say how long to wait."""


class HttpError(Exception):
    """The server said no, or nothing. `status` is None when nothing."""

    def __init__(self, message: str, *, url: str, status: int | None = None, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.url = url
        self.status = status
        self.retry_at = retry_at
        """When a used-up rate limit is refilled."""


class BrokenOff(HttpError):
    """The connection ended in the middle of an answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What came back."""

    status: int
    url: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = b""

    def json(self) -> Any:
        """The body as JSON. Raises HttpError when it is not."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise HttpError(f"{self.url}: not JSON: {error}", url=self.url, status=self.status) from error

    @property
    def etag(self) -> str:
        return self.headers.get("etag", "")

    @property
    def links(self) -> dict[str, str]:
        """Relation → URL of the `Link` header."""
        found = {}
        for part in self.headers.get("link", "").split(","):
            target, _, parameters = part.partition(";")
            if 'rel="' in parameters:
                found[parameters.split('rel="')[1].split('"')[0]] = target.strip(" <>")
        return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How long a request may take, and how long to go on asking."""

    connect_seconds: float = 10.0
    read_seconds: float = 60.0
    download_seconds: float = 900.0
    attempts: int = 5
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 300.0
    """A server that wants more, such as a rate limit with half an hour to go, is given up for this run."""


DEFAULT_PATIENCE = Patience()


@dataclass(kw_only=True, slots=True)
class HttpClient:
    """Sends requests, counts them, retries. Not for use from several threads at once."""

    clock: Clock
    user_agent: str = "lsqm"
    tokens: Mapping[str, str] = field(default_factory=dict)
    """Base URL → bearer token, sent to that scheme, host and port only."""
    patience: Patience = DEFAULT_PATIENCE
    transport: httpx2.BaseTransport | None = None
    requests: int = 0
    """Everything sent, retries and redirects included."""
    downloads: int = 0
    _client: httpx2.Client | None = None
    _closed_until: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    """Host → when its rate limit is refilled, so that a closed door is not knocked at again and again."""

    def get(
        self, url: str, *, etag: str = "", headers: Mapping[str, str] | None = None, fine: Collection[int] = ()
    ) -> Reply:
        """GET; with `etag`, 304 is a normal reply; statuses in `fine` too. Raises HttpError."""
        extra = dict(headers or {}) | ({"If-None-Match": etag} if etag else {})
        return self.request("GET", url, headers=extra, fine={*fine, 304} if etag else fine)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: Any = None,
        fine: Collection[int] = (),
        idempotent: bool = True,
    ) -> Reply:
        """Send JSON `content` (None: nothing). A request that is not idempotent is repeated only if it had no effect.

        Raises HttpError for statuses of 400 and more that are not in `fine`, and when no reply came.
        """
        body = None if content is None else json.dumps(content).encode()
        typed = dict(headers or {}) | ({"Content-Type": "application/json"} if body is not None else {})
        with self._exchange(method, url, typed, body, fine=fine, idempotent=idempotent) as response:
            read = b"".join(_limited(response, _BODY_BYTES, self._shown(url)))
            return Reply(status=response.status_code, url=str(response.url), headers=_lower(response), body=read)

    def download(self, url: str, into: Path, *, limit_bytes: int, headers: Mapping[str, str] | None = None) -> Reply:
        """GET into a file, from the start again when it breaks off.

        Raises HttpError, also when there is more than `limit_bytes` of it or it takes longer than `Patience` says.
        """
        deadline = self.clock.monotonic() + self.patience.download_seconds
        for attempt in range(1, self.patience.attempts):
            with contextlib.suppress(BrokenOff):
                return self._download_once(url, into, limit_bytes, headers or {}, deadline)
            self.clock.sleep(self._backoff(attempt))
        return self._download_once(url, into, limit_bytes, headers or {}, deadline)

    def _download_once(
        self, url: str, into: Path, limit_bytes: int, headers: Mapping[str, str], deadline: float
    ) -> Reply:
        shown = self._shown(url)
        with self._exchange("GET", url, dict(headers), None) as response, into.open("wb") as out:
            for chunk in _limited(response, limit_bytes, shown):
                out.write(chunk)
                if self.clock.monotonic() > deadline:
                    raise HttpError(f"{shown}: no end within {self.patience.download_seconds:g} s", url=shown)
            self.downloads += 1
            return Reply(status=response.status_code, url=str(response.url), headers=_lower(response))

    def close(self) -> None:
        """Close the connections; the client may be used again."""
        if self._client:
            self._client.close()
            self._client = None

    @contextlib.contextmanager
    def _exchange(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        body: bytes | None,
        *,
        fine: Collection[int] = (),
        idempotent: bool = True,
    ) -> Iterator[httpx2.Response]:
        shown = self._shown(url)
        self._refuse_closed(url)
        for attempt in range(1, self.patience.attempts + 1):
            last = attempt == self.patience.attempts
            try:
                response = self._follow(method, url, headers, body)
            except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, httpx2.TooManyRedirects) as error:
                raise HttpError(f"{shown}: {_reason(error)}", url=shown) from error
            except httpx2.TransportError as error:
                unsent = isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)
                if last or not (idempotent or unsent):
                    raise HttpError(f"{shown}: {_reason(error)}", url=shown) from error
                self.clock.sleep(self._backoff(attempt))
                continue
            try:
                if response.status_code < 400 or response.status_code in fine:
                    yield response
                    return
                wait = self._wait(response, attempt, idempotent=idempotent)
                if wait is None or last or wait > self.patience.longest_wait_seconds:
                    raise self._refusal(response, shown, wait)
            except httpx2.TransportError as error:
                raise BrokenOff(f"{shown}: broke off: {_reason(error)}", url=shown) from error
            finally:
                response.close()
            self.clock.sleep(wait)

    def _follow(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> httpx2.Response:
        client = self._opened()
        for _ in range(6):
            self.requests += 1
            sent = headers | self._authorization(url)
            response = client.send(client.build_request(method, url, headers=sent, content=body), stream=True)
            target = response.headers.get("location", "")
            if response.status_code not in {301, 302, 303, 307, 308} or not target:
                return response
            response.close()
            following = str(response.url.join(target))
            if urlsplit(url).scheme == "https" and urlsplit(following).scheme != "https":
                raise httpx2.UnsupportedProtocol(f"redirects from https to {urlsplit(following).scheme}")
            if _is_inner(following) and not _is_inner(url):
                raise httpx2.UnsupportedProtocol(f"redirects to the inner address {urlsplit(following).hostname}")
            url = following
        raise httpx2.TooManyRedirects("more than five redirects")

    def _opened(self) -> httpx2.Client:
        if self._client is None:
            timeout = httpx2.Timeout(self.patience.read_seconds, connect=self.patience.connect_seconds)
            self._client = httpx2.Client(
                headers={"User-Agent": self.user_agent}, timeout=timeout, transport=self.transport
            )
        return self._client

    def _authorization(self, url: str) -> dict[str, str]:
        for base, token in self.tokens.items():
            if token and _origin(base) == _origin(url):
                return {"Authorization": f"Bearer {token}"}
        return {}

    def _wait(self, response: httpx2.Response, attempt: int, *, idempotent: bool) -> float | None:
        """Seconds until it is worth asking again, None when it never is."""
        status = response.status_code
        asked = self._asked_for(response)
        if status in _RATE and asked is not None:
            return asked
        if status in _RATE:
            response.read()
            if status == 429 or b"rate limit" in response.content.lower() or b"abuse" in response.content.lower():
                return max(_SECONDARY_SECONDS, self._backoff(attempt) * _SECONDARY_SECONDS)
            return None
        if status in _TRANSIENT and (idempotent or status == 503):
            return max(asked or 0.0, self._backoff(attempt))
        return None

    def _asked_for(self, response: httpx2.Response) -> float | None:
        after = str(response.headers.get("retry-after", ""))
        if after.isdigit():
            return float(after)
        now = self.clock.now()
        if after:
            with contextlib.suppress(ValueError, TypeError):
                return max(0.0, (parsedate_to_datetime(after) - now).total_seconds())
        reset = str(response.headers.get("x-ratelimit-reset", ""))
        if response.headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
            return max(1.0, float(reset) - now.timestamp() + 1.0)
        return None

    def _refusal(self, response: httpx2.Response, shown: str, wait: float | None) -> HttpError:
        response.read()
        said = _said(response)
        message = f"{shown}: HTTP {response.status_code}" + (f": {said}" if said else "")
        retry_at = None
        if wait is not None and response.status_code in _RATE:
            retry_at = datetime.fromtimestamp(self.clock.now().timestamp() + wait, UTC)
            message = f"{shown}: rate limit used up until {retry_at:%H:%M:%S} UTC"
            self._closed_until[_origin(str(response.url))] = (retry_at, message)
        return HttpError(self._redact(message), url=shown, status=response.status_code, retry_at=retry_at)

    def _refuse_closed(self, url: str) -> None:
        retry_at, message = self._closed_until.get(_origin(url), (None, ""))
        if retry_at is not None and self.clock.now() < retry_at:
            raise HttpError(message, url=self._shown(url), status=429, retry_at=retry_at)

    def _backoff(self, attempt: int) -> float:
        jitter = self.clock.entropy(1)[0] / 255
        return self.patience.first_wait_seconds * float(2 ** (attempt - 1)) * (1 + 0.25 * jitter)

    def _shown(self, url: str) -> str:
        parts = urlsplit(url)
        host = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
        return self._redact(f"{parts.scheme}://{host}{parts.path}" + (f"?{parts.query}" if parts.query else ""))

    def _redact(self, text: str) -> str:
        for token in self.tokens.values():
            if token:
                text = text.replace(token, "***")
        return text


def _limited(response: httpx2.Response, limit_bytes: int, shown: str) -> Iterator[bytes]:
    size = 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > limit_bytes:
            raise HttpError(f"{shown}: larger than {limit_bytes // 1024**2} MiB", url=shown)
        yield chunk


def _lower(response: httpx2.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    return f"{parts.scheme}://{parts.hostname}:{port}"


def _is_inner(url: str) -> bool:
    """Whether the host is an address of this machine or its network."""
    host = urlsplit(url).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _reason(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return text if len(text) < 200 else text[:200] + "…"


def _said(response: httpx2.Response) -> str:
    with contextlib.suppress(ValueError):
        document = json.loads(response.content)
        if isinstance(document, dict):
            said = document.get("message") or "; ".join(map(str, document.get("errors", ())))
            return " ".join(str(said).split())[:200]
    return ""
