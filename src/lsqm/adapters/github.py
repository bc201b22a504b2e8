"""The reading half of GitHub's REST API, for github.com, GitHub Enterprise and stand-ins."""

import contextlib
import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from lsqm.adapters.http import HttpClient, HttpError, Reply
from lsqm.ports.code_host import CodeHostError, HostedRepository, HostedTree, RepositoryPage

_ACCEPT = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_SHA_ACCEPT = {**_ACCEPT, "Accept": "application/vnd.github.sha"}


@dataclass(frozen=True, kw_only=True, slots=True)
class GitHub:
    """The `CodeHost` port."""

    http: HttpClient
    api_url: str = "https://api.github.com"
    server_url: str = "https://github.com"

    @property
    def host(self) -> str:
        """`github.com` also for a mirror on this machine, so that origins do not change with its port."""
        return public_host(self.server_url, "github.com")

    def owner_page(self, owner: str, *, follows: str = "", etag: str = "") -> RepositoryPage:
        """One page of an organisation's or, if there is none of that name, a user's repositories."""
        path = follows or f"orgs/{quote(owner, safe='')}/repos?type=public&sort=pushed&direction=desc&per_page=100"
        with _converted():
            reply = self._get(path, etag=etag, fine=(404,))
            if reply.status == 404 and path.startswith("orgs/"):
                reply = self._get("users/" + path.removeprefix("orgs/").replace("type=public&", ""))
            elif reply.status == 404:
                raise HttpError(f"{reply.url}: HTTP 404", url=reply.url, status=404)
            return self._page(reply, etag)

    def repository(self, name: str, *, etag: str = "") -> RepositoryPage:
        """One repository, as a page of one."""
        with _converted():
            reply = self._get(f"repos/{name}", etag=etag)
            return (
                RepositoryPage(unchanged=True, etag=etag)
                if reply.status == 304
                else RepositoryPage(repositories=(_repository(reply.json()),), etag=reply.etag)
            )

    def head(self, name: str, branch: str) -> str:
        """The commit of a branch, by the cheapest question that the host answers."""
        ref = quote(branch, safe="/")
        with _converted():
            reply = self._get(f"repos/{name}/commits/{ref}", headers=_SHA_ACCEPT, fine=(404, 409, 422))
            if reply.status == 200:
                text = reply.body.decode(errors="replace").strip()
                return text if len(text) in (40, 64) else str(reply.json().get("sha", ""))
            reply = self._get(f"repos/{name}/git/ref/heads/{ref}", fine=(404, 409, 422))
            return str(reply.json().get("object", {}).get("sha", "")) if reply.status == 200 else ""

    def tree(self, name: str, commit: str) -> HostedTree:
        """The recursive tree: one request, whatever its size; GitHub cuts it at 100,000 entries."""
        with _converted():
            document = self._get(f"repos/{name}/git/trees/{quote(commit, safe='/')}?recursive=1").json()
            blobs = {
                str(entry["path"]): str(entry["sha"])
                for entry in document.get("tree", ())
                if entry.get("type") == "blob"
            }
            return HostedTree(blobs=blobs, truncated=bool(document.get("truncated")))

    def tarball(self, name: str, commit: str, into: Path, *, limit_bytes: int) -> None:
        """Follows the redirect to where archives are served; the token stays here."""
        with _converted():
            url = self._url(f"repos/{name}/tarball/{quote(commit, safe='/')}")
            self.http.download(url, into, limit_bytes=limit_bytes, headers=_ACCEPT)

    def _get(
        self, path: str, *, etag: str = "", headers: dict[str, str] = _ACCEPT, fine: tuple[int, ...] = ()
    ) -> Reply:
        return self.http.get(self._url(path), etag=etag, headers=headers, fine=fine)

    def _url(self, path: str) -> str:
        return f"{self.api_url.rstrip('/')}/{path}"

    def _page(self, reply: Reply, etag: str) -> RepositoryPage:
        if reply.status == 304:
            return RepositoryPage(unchanged=True, etag=etag)
        return RepositoryPage(
            repositories=tuple(_repository(item) for item in reply.json()),
            etag=reply.etag,
            follows=self._relative(reply.links.get("next", "")),
        )

    def _relative(self, url: str) -> str:
        """A next-page link without the host, so that cursors outlive a moved mirror; foreign ones are dropped."""
        base = urlsplit(self.api_url)
        parts = urlsplit(url)
        if not url or (parts.netloc and parts.hostname != base.hostname):
            return ""
        path = parts.path.removeprefix(base.path.rstrip("/")).lstrip("/")
        return path + (f"?{parts.query}" if parts.query else "")


def public_host(url: str, stands_for: str) -> str:
    """The host of `url`, or what it stands for when it is on this machine."""
    host = urlsplit(url).hostname or stands_for
    if host == "localhost" or host.endswith(".localhost"):
        return stands_for
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return stands_for
    return host


def _repository(item: dict[str, Any]) -> HostedRepository:
    reasons = {"fork": "a fork", "disabled": "disabled", "private": "private"}
    return HostedRepository(
        name=str(item["full_name"]),
        branch=str(item.get("default_branch") or "HEAD"),
        pushed_at=str(item.get("pushed_at") or ""),
        size_kilobytes=int(item.get("size") or 0),
        licence=_licence(item.get("license")),
        left_out=next((reason for key, reason in reasons.items() if item.get(key)), ""),
    )


def _licence(value: Any) -> str:
    spdx = value.get("spdx_id") if isinstance(value, dict) else ""
    return "" if spdx in (None, "NOASSERTION") else str(spdx)


@contextlib.contextmanager
def _converted() -> Iterator[None]:
    try:
        yield
    except HttpError as error:
        exhausted = error.retry_at is not None
        hint = "; set GITHUB_TOKEN for a higher limit" if exhausted else ""
        raise CodeHostError(f"{error}{hint}", missing=error.status == 404, exhausted=exhausted) from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise CodeHostError(f"the code host answered in an unknown form: {error!r}") from error
