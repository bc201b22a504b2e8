"""The Terraform Registry's module protocol over repositories called `terraform-PROVIDER-NAME` with version tags."""

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lsqm.adapters.hub.answer import Answer, Question
from lsqm.adapters.hub.repositories import BareRepository, Shelf

_MODULE = re.compile(r"terraform-(?P<provider>[a-z0-9]+)-(?P<name>[a-z0-9_-]+)", re.IGNORECASE)
_PROVIDER = re.compile(r"(?P<name>\w+)\s*=\s*\{(?P<body>[^{}]*)\}")
_CONSTRAINT = re.compile(r"version\s*=\s*\"(?P<version>[^\"]*)\"")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Module:
    repository: BareRepository
    name: str
    provider: str
    versions: dict[str, str]

    @property
    def id(self) -> str:
        return f"{self.repository.owner}/{self.name}/{self.provider}"

    def listed(self, base: str, version: str = "") -> dict[str, Any]:
        shown = version or next(iter(self.versions))
        return {
            "id": f"{self.id}/{shown}",
            "namespace": self.repository.owner,
            "name": self.name,
            "provider": self.provider,
            "version": shown,
            "source": f"{base}/{self.repository.full_name}",
            "published_at": self.repository.pushed_at,
            "downloads": 0,
            "verified": True,
        }


def answer(question: Question, rest: tuple[str, ...], shelf: Shelf, *, as_archive: bool) -> Answer:
    """Answer a request below `/v1/modules`."""
    match rest:
        case ():
            return _listing(question, _modules(shelf, shelf.owners()))
        case ("search",):
            words = question.query.get("q", "").lower().split()
            found = [
                module for module in _modules(shelf, shelf.owners()) if all(word in module.id.lower() for word in words)
            ]
            return _listing(question, found)
        case (namespace,):
            return _listing(question, _modules(shelf, [namespace]))
        case (namespace, name, provider, *more):
            module = _find(shelf, namespace, name, provider)
            return _module(question, module, tuple(more), as_archive=as_archive) if module else Answer.missing()
        case _:
            return Answer.missing()


def _module(question: Question, module: _Module, more: tuple[str, ...], *, as_archive: bool) -> Answer:
    latest = next(iter(module.versions))
    match more:
        case ():
            document = module.listed(question.base) | {"versions": list(reversed(module.versions))}
            return Answer.json(document)
        case ("versions",):
            versions = [_version(module.repository, version, commit) for version, commit in module.versions.items()]
            return Answer.json({"modules": [{"source": module.id, "versions": versions}]})
        case ("download",):
            target = f"{question.base}/v1/modules/{module.id}/{latest}/download"
            return Answer(status=302, headers={"Location": target})
        case (version, "download") if version in module.versions:
            commit, full = module.versions[version], module.repository.full_name
            got = f"git::{question.base}/{full}?ref={commit}"
            if as_archive:
                prefix = f"{module.repository.owner}-{module.repository.name}-{commit[:7]}"
                got = f"{question.base}/codeload/{full}/tar.gz/{commit}//{prefix}?archive=tar.gz"
            return Answer(status=204, headers={"X-Terraform-Get": got})
        case (version,) if version in module.versions:
            return Answer.json(module.listed(question.base, version))
        case _:
            return Answer.missing()


def _listing(question: Question, modules: list[_Module]) -> Answer:
    provider = question.query.get("provider")
    wanted = [module for module in modules if provider in (None, "", module.provider)]
    size = question.number("limit", 15, most=100) or 15
    offset = question.number("offset", 0)
    meta: dict[str, Any] = {"limit": size, "current_offset": offset}
    if offset + size < len(wanted):
        meta["next_offset"] = offset + size
    shown = [module.listed(question.base) for module in wanted[offset : offset + size]]
    return Answer.json({"meta": meta, "modules": shown})


def _modules(shelf: Shelf, owners: list[str]) -> list[_Module]:
    found = []
    for owner in owners:
        for repository in shelf.repositories(owner):
            match = _MODULE.fullmatch(repository.name)
            if match and (versions := repository.versions()):
                found.append(
                    _Module(repository=repository, name=match["name"], provider=match["provider"], versions=versions)
                )
    return sorted(found, key=lambda module: module.id)


def _find(shelf: Shelf, namespace: str, name: str, provider: str) -> _Module | None:
    repository = shelf.find(namespace, f"terraform-{provider}-{name}")
    versions = repository.versions() if repository else {}
    return (
        _Module(repository=repository, name=name, provider=provider, versions=versions)
        if (repository and versions)
        else None
    )


def _version(repository: BareRepository, version: str, commit: str) -> dict[str, Any]:
    return {"version": version, "root": {"providers": _providers(repository.path, commit), "dependencies": []}}


@functools.lru_cache(maxsize=4096)
def _providers(path: Path, commit: str) -> list[dict[str, str]]:
    text = BareRepository(owner="", name="", path=path).read(commit, "versions.tf")
    found = []
    for match in _PROVIDER.finditer(text.partition("required_providers")[2]):
        constraint = _CONSTRAINT.search(match["body"])
        found.append({"name": match["name"], "version": constraint["version"] if constraint else ""})
    return found
