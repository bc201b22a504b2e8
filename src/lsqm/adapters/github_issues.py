"""GitHub's issues as an `IssueTracker`. Lists instead of searching: the search index lags behind by seconds or more."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lsqm.adapters.http import HttpClient, HttpError, Reply
from lsqm.model.issue import Issue, IssueDraft
from lsqm.ports.tracker import TrackerError, TrackerHealth

_LABEL = "lsqm"
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_UNLABELLED_PAGES = 20
"""Pages of 100 that are read where our labels may have been dropped."""
_FORBIDDEN = frozenset({403, 404, 410, 451})
_FINGERPRINT = re.compile(r"`lsqm-fingerprint: [0-9a-f]{8}`")


@dataclass(slots=True)
class GitHubIssues:
    """The issues of one repository. The client carries the token."""

    name: str
    client: HttpClient
    api_url: str = "https://api.github.com"
    has_token: bool = True
    _labels_stick: bool = True
    """False when the token may not label: GitHub then drops labels without a word."""
    _pages: dict[str, tuple[str, list[Any], str]] = field(default_factory=dict)
    """URL → ETag, content, next URL: asking again is free while nothing changed."""

    def probe(self) -> TrackerHealth:
        """Whether issues can be filed; never raises."""
        if not self.has_token:
            return TrackerHealth(usable=False, reason="there is no GITHUB_TOKEN", lasting=True)
        try:
            reply = self._send("GET", "", fine={401, 403, 404, 451})
        except TrackerError as error:
            return TrackerHealth(usable=False, reason=str(error))
        if reply.status == 401:
            return TrackerHealth(usable=False, reason="GITHUB_TOKEN is not valid (any more)", lasting=True)
        if reply.status != 200:
            why = f"{self.name} does not exist, or GITHUB_TOKEN may not see it"
            return TrackerHealth(usable=False, reason=why, lasting=True)
        try:
            repository = reply.json()
        except HttpError as error:
            return TrackerHealth(usable=False, reason=str(error))
        if repository.get("archived"):
            return TrackerHealth(usable=False, reason=f"{self.name} is archived and takes no issues", lasting=True)
        if repository.get("disabled") or not repository.get("has_issues", True):
            return TrackerHealth(usable=False, reason=f"issues are disabled in {self.name}", lasting=True)
        rights = repository.get("permissions") or {}
        self._labels_stick = not rights or any(rights.get(right) for right in ("admin", "maintain", "push", "triage"))
        return TrackerHealth(usable=True)

    def issues(self) -> tuple[Issue, ...]:
        """Every issue that lsqm filed, oldest first."""
        query = "/issues?state=all&sort=created&direction=asc&per_page=100"
        if self._labels_stick:
            return self._listed(f"{query}&labels={_LABEL}", limit=0)
        # Newest first, because only so many are read.
        found = self._listed(query.replace("direction=asc", "direction=desc"), limit=_UNLABELLED_PAGES)
        ours = (issue for issue in found if _FINGERPRINT.search(issue.body))
        return tuple(sorted(ours, key=lambda issue: issue.number))

    def issue(self, number: int) -> Issue | None:
        reply = self._send("GET", f"/issues/{number}", fine={404, 410})
        return _issue(reply.json()) if reply.status == 200 else None

    def open(self, draft: IssueDraft) -> Issue:
        content = {"title": draft.title, "body": draft.body, "labels": list(draft.labels)}
        reply = self._send("POST", "/issues", content=content)
        try:
            return _issue(reply.json())
        except (HttpError, KeyError, TypeError) as error:
            raise TrackerError(f"{self.name}: unreadable answer to a new issue: {error}", uncertain=True) from error

    def reopen(self, number: int) -> None:
        self._send("PATCH", f"/issues/{number}", content={"state": "open", "state_reason": "reopened"})

    def close(self, number: int) -> None:
        self._send("PATCH", f"/issues/{number}", content={"state": "closed", "state_reason": "not_planned"})

    def comments(self, number: int) -> tuple[str, ...]:
        return tuple(str(each.get("body") or "") for each in self._pages_of(f"/issues/{number}/comments?per_page=100"))

    def comment(self, number: int, body: str) -> None:
        self._send("POST", f"/issues/{number}/comments", content={"body": body})

    def _listed(self, path: str, *, limit: int) -> tuple[Issue, ...]:
        return tuple(_issue(each) for each in self._pages_of(path, limit=limit) if "pull_request" not in each)

    def _pages_of(self, path: str, *, limit: int = 0) -> list[Any]:
        """All elements of a paginated list; `limit` 0: all pages."""
        url, found, count = self._url(path), [], 0
        while url and (not limit or count < limit):
            count += 1
            etag, content, following = self._pages.get(url, ("", [], ""))
            reply = self._ask("GET", url, etag=etag)
            if reply.status != 304:
                try:
                    content = reply.json()
                except HttpError as error:
                    raise TrackerError(str(error)) from error
                following = reply.links.get("next", "")
                self._pages[url] = (reply.etag, content, following)
            found.extend(content)
            url = following
        return found

    def _url(self, path: str) -> str:
        return f"{self.api_url.rstrip('/')}/repos/{self.name}{path}"

    def _send(self, method: str, path: str, *, content: Any = None, fine: set[int] | None = None) -> Reply:
        return self._ask(method, self._url(path), content=content, fine=fine)

    def _ask(
        self, method: str, url: str, *, content: Any = None, fine: set[int] | None = None, etag: str = ""
    ) -> Reply:
        headers: Mapping[str, str] = _HEADERS | ({"If-None-Match": etag} if etag else {})
        try:
            reply = self.client.request(
                method,
                url,
                headers=headers,
                content=content,
                fine={*(fine or ()), *({304} if etag else ())},
                idempotent=method != "POST",
            )
        except HttpError as error:
            silent = error.status is None or error.status >= 500
            raise TrackerError(
                str(error),
                uncertain=silent and method == "POST",
                exhausted=error.retry_at is not None or error.status == 401,
                refused=method != "GET" and error.retry_at is None and error.status in _FORBIDDEN,
            ) from error
        if method == "POST" and reply.status != 201:
            # A captive portal or a proxy answered in GitHub's place.
            raise TrackerError(f"{self.name}: HTTP {reply.status} where 201 was due", uncertain=True)
        return reply


def _issue(value: Mapping[str, Any]) -> Issue:
    labels = (label if isinstance(label, str) else label.get("name", "") for label in value.get("labels", ()))
    return Issue(
        number=int(value["number"]),
        url=str(value.get("html_url", "")),
        is_open=value.get("state") == "open",
        title=str(value.get("title") or ""),
        body=str(value.get("body") or ""),
        labels=tuple(labels),
    )
