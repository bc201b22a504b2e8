"""The Terraform Registry over HTTP: service discovery, search, versions, and the download protocol."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from lsqm.adapters.github import public_host
from lsqm.adapters.http import HttpClient, HttpError
from lsqm.ports.module_registry import ModuleListing, ModulePage, ModuleVersion, RegistryError

PUBLIC = "https://registry.terraform.io"
_PAGE = 100


@dataclass(kw_only=True, slots=True)
class TerraformRegistry:
    """The `ModuleRegistry` port. Answers are kept for the life of the object: one run asks each question once."""

    http: HttpClient
    url: str = PUBLIC
    _modules_url: str = ""
    _answers: dict[str, Any] = field(default_factory=dict)
    _down: str = ""
    """Why the registry could not be asked: said again at once, not found out again with every listing."""

    @property
    def host(self) -> str:
        """`registry.terraform.io` also for a mirror on this machine."""
        return public_host(self.url, "registry.terraform.io")

    def search(self, words: str, *, offset: int = 0) -> ModulePage:
        """Verified AWS modules that match."""
        query = urlencode({"q": words, "provider": "aws", "verified": "true", "limit": _PAGE, "offset": offset})
        return self._page(f"search?{query}")

    def namespace(self, name: str, *, offset: int = 0) -> ModulePage:
        """AWS modules of one publisher."""
        query = urlencode({"provider": "aws", "limit": _PAGE, "offset": offset})
        return self._page(f"{quote(name, safe='')}?{query}")

    def versions(self, module: str) -> tuple[ModuleVersion, ...]:
        """Every version, with what its root module asks of providers where the registry tells."""
        with _converted():
            (listed,) = self._json(f"{module}/versions")["modules"]
            return tuple(
                ModuleVersion(
                    version=str(item["version"]),
                    providers={
                        str(provider["name"]): str(provider.get("version") or "")
                        for provider in (item.get("root") or {}).get("providers") or ()
                    },
                )
                for item in listed["versions"]
            )

    def location(self, module: str, version: str) -> str:
        """The `X-Terraform-Get` header (or `location` in the body), with relative ones resolved."""
        with _converted():
            url = self._absolute(f"{module}/{quote(version, safe='')}/download")
            reply = self.http.get(url)
            found = reply.headers.get("x-terraform-get", "")
            if not found and reply.body:
                found = str(reply.json().get("location") or "")
            if not found:
                raise RegistryError(f"{url}: no X-Terraform-Get in the answer")
            return urljoin(reply.url, found) if found.startswith(("/", "./", "../")) else found

    def _page(self, path: str) -> ModulePage:
        if self._down:
            raise RegistryError(self._down)
        try:
            return self._read_page(path)
        except RegistryError as error:
            self._down = "" if error.missing else str(error)
            raise

    def _read_page(self, path: str) -> ModulePage:
        with _converted():
            document = self._json(path)
            following = document.get("meta", {}).get("next_offset")
            return ModulePage(
                modules=tuple(_listing(item) for item in document.get("modules", ())),
                next_offset=following if isinstance(following, int) else None,
            )

    def _json(self, path: str) -> Any:
        if path not in self._answers:
            self._answers[path] = self.http.get(self._absolute(path)).json()
        return self._answers[path]

    def _absolute(self, path: str) -> str:
        if not self._modules_url:
            self._modules_url = self._discovered()
        return urljoin(self._modules_url, path)

    def _discovered(self) -> str:
        """Where the module API is. The public registry's place is known and costs no question."""
        usual = self.url.rstrip("/") + "/v1/modules/"
        if self.url.rstrip("/") == PUBLIC:
            return usual
        reply = self.http.get(self.url.rstrip("/") + "/.well-known/terraform.json", fine=range(400, 500))
        said = ""
        if reply.status == 200:
            with contextlib.suppress(HttpError):
                said = str(reply.json().get("modules.v1") or "")
        found = urljoin(reply.url, said) if said else usual
        return found if urlsplit(found).scheme in ("http", "https") else usual


def _listing(item: dict[str, Any]) -> ModuleListing:
    return ModuleListing(
        id=f"{item['namespace']}/{item['name']}/{item['provider']}",
        version=str(item.get("version") or ""),
        verified=bool(item.get("verified")),
        downloads=int(item.get("downloads") or 0),
    )


@contextlib.contextmanager
def _converted() -> Iterator[None]:
    try:
        yield
    except HttpError as error:
        raise RegistryError(str(error), missing=error.status == 404) from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise RegistryError(f"the registry answered in an unknown form: {error!r}") from error
