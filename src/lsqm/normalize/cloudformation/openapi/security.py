"""Who may call an operation: `security` and the schemes that it names, the same for both kinds of API."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lsqm.normalize.cloudformation.openapi.reading import NotUnderstood, is_known, listed, mapping, word

AUTHORIZER = "x-amazon-apigateway-authorizer"
_AUTHTYPE = "x-amazon-apigateway-authtype"
_SCHEME = frozenset(
    {
        "type",
        "name",
        "in",
        "description",
        "flows",
        "flow",
        "scopes",
        "authorizationUrl",
        "tokenUrl",
        AUTHORIZER,
        _AUTHTYPE,
    }
)
_OPEN = "NONE"
"""What SAM writes for an operation that its API's default authorizer does not guard."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Guard:
    """What an operation asks of its caller."""

    authorizer: str = ""
    """Name of the scheme with an authorizer; empty when there is none."""
    scopes: tuple[Any, ...] = ()
    iam: bool = False
    key: bool = False
    """Whether it takes an API key."""


def guard(security: Any, schemes: Mapping[str, Any], where: str) -> Guard:
    """What `security` of an operation asks for.

    Raises:
        NotUnderstood: it asks for two authorizers, or for something that API Gateway does not enforce.
    """
    authorizer, scopes, iam, key = "", (), False, False
    for name, wanted in _requirements(security, where):
        kind = _kind(name, schemes)
        if kind == "open":
            continue
        if kind in {"iam", "key"}:
            iam, key = iam or kind == "iam", key or kind == "key"
        elif authorizer in {"", name}:
            authorizer, scopes = name, tuple(wanted)
        else:
            raise NotUnderstood(f"{where}: {authorizer} or {name}")
    if authorizer and iam:
        raise NotUnderstood(f"{where}: {authorizer} or IAM")
    return Guard(authorizer=authorizer, scopes=scopes, iam=iam, key=key)


def _requirements(security: Any, where: str) -> Iterator[tuple[str, list[Any]]]:
    for requirement in listed(security, where):
        for name, wanted in mapping(requirement, where).items():
            yield name, listed(wanted, f"{where} {name}")


def _kind(name: str, schemes: Mapping[str, Any]) -> str:
    if name not in schemes:
        if name == _OPEN:
            return "open"
        raise NotUnderstood(f"the security scheme {name} is not there")
    scheme = mapping(schemes[name], f"the security scheme {name}", _SCHEME)
    if AUTHORIZER in scheme:
        return "authorizer"
    if str(scheme.get(_AUTHTYPE, "")).lower() == "awssigv4":
        return "iam"
    if (scheme.get("type"), str(scheme.get("name")).lower(), scheme.get("in")) == ("apiKey", "x-api-key", "header"):
        return "key"
    raise NotUnderstood(f"API Gateway does not enforce the security scheme {name}")


def authorizers(schemes: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Name, scheme and authorizer of every scheme that has one. Raises NotUnderstood."""
    for name, scheme in schemes.items():
        where = f"the security scheme {name}"
        if not is_known(name):
            raise NotUnderstood(where)
        if isinstance(scheme, Mapping) and AUTHORIZER in scheme:
            yield name, mapping(scheme, where, _SCHEME), mapping(scheme[AUTHORIZER], where)
        elif any(key.startswith("x-") and key != _AUTHTYPE for key in mapping(scheme, where)):
            raise NotUnderstood(where)


def header(scheme: Mapping[str, Any], where: str) -> str:
    """The header that a scheme reads. Raises NotUnderstood."""
    if scheme.get("in") != "header":
        raise NotUnderstood(f"{where} reads no header")
    return word(scheme.get("name"), where)
