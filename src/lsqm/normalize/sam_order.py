"""The order that a person wrote, after a SAM transform that keeps mappings in the order of another Python.

The transform hashes the definitions of APIs as Python 2 would have, and leaves the whole template shuffled. What the
template says comes back in its order, and what the transform makes of a resource stands behind that resource.
"""

from collections.abc import Mapping
from typing import Any

_NEXT = (
    "AWS::IAM::Role",
    "AWS::Lambda::Version",
    "AWS::Lambda::Alias",
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::Stage",
    "AWS::ApiGatewayV2::Stage",
)
"""Types of what the transform makes, in the order in which they read best; any other comes after them."""
_DOCUMENT = ("swagger", "openapi", "info", "title", "version")
"""Members that begin an OpenAPI document."""
_RENAMED = {"Body": "DefinitionBody", "DefinitionString": "Definition"}
"""Property that the transform makes → what the template called it."""


def in_order(written: Mapping[str, Any], transformed: Mapping[str, Any]) -> dict[str, Any]:
    """`transformed`, in the order of the template that it was made of."""
    out = dict(_like(written, {key: value for key, value in transformed.items() if key != "Resources"}))
    sources, made = written["Resources"], transformed.get("Resources")
    if not isinstance(made, Mapping):
        return {**out, "Resources": made}
    places = {name: position for position, name in enumerate(sources)}
    ordered = sorted(made, key=lambda name: _place(name, made[name], places))
    out["Resources"] = {name: _resource(sources.get(name), made[name]) for name in ordered}
    return out


def _place(name: str, body: Any, places: Mapping[str, int]) -> tuple[int, int, str]:
    """Behind the resource that it was made of, which is the one whose name begins its own."""
    owner = max((each for each in places if name.startswith(each)), key=len, default="")
    if name == owner:
        return places[owner], -1, name
    kind = body.get("Type") if isinstance(body, Mapping) else None
    if not owner and name in {"ServerlessRestApi", "ServerlessHttpApi"}:
        return len(places), -1, name
    return places.get(owner, len(places)), _NEXT.index(kind) if kind in _NEXT else len(_NEXT), name


def _resource(source: Any, made: Any) -> Any:
    if not isinstance(made, Mapping):
        return made
    out = _like(source, made)
    properties = out.get("Properties")
    given = source.get("Properties") if isinstance(source, Mapping) else None
    if isinstance(properties, dict):
        for name, old in _RENAMED.items():
            if isinstance(given, Mapping) and old in given and name in properties:
                properties[name] = _like(given[old], properties[name])
            elif name == "Body" and isinstance(properties.get(name), Mapping):
                properties[name] = _document(properties[name])
    return out


def _like(source: Any, made: Any) -> Any:
    """`made` with the members of its mappings in the order of `source`, what is new last."""
    if isinstance(made, list):
        pairs = source if isinstance(source, list) and len(source) == len(made) else [None] * len(made)
        return [_like(old, item) for old, item in zip(pairs, made, strict=True)]
    if not isinstance(made, Mapping):
        return made
    old = source if isinstance(source, Mapping) else {}
    keys = [key for key in old if key in made] + [key for key in made if key not in old]
    return {key: _like(old.get(key), made[key]) for key in keys}


def _document(body: Mapping[str, Any]) -> dict[str, Any]:
    """An OpenAPI document that begins as such documents do."""
    keys = sorted(body, key=lambda key: _DOCUMENT.index(key) if key in _DOCUMENT else len(_DOCUMENT))
    return {
        key: _document(body[key]) if key == "info" and isinstance(body[key], Mapping) else body[key] for key in keys
    }
