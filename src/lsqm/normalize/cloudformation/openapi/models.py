"""The schemas of a document as models of a REST API, and what operations say of them."""

import re
from collections.abc import Mapping
from typing import Any

from lsqm.model.terraform import Call, Template
from lsqm.normalize.cloudformation.circles import find_circle
from lsqm.normalize.cloudformation.openapi.parts import API, Link, Part
from lsqm.normalize.cloudformation.openapi.reading import NotUnderstood, mapping

_JSON = "application/json"
_PLACES = ("#/definitions/", "#/components/schemas/")
_NAME = re.compile(r"[A-Za-z0-9]{1,128}")
_GIVEN = {
    "Empty": {"type": "object", "title": "Empty Schema"},
    "Error": {"type": "object", "title": "Error Schema", "properties": {"message": {"type": "string"}}},
}
"""Models that every API has from the start."""


class Models:
    """The models of one API; operations add those of schemas that have no name."""

    def __init__(self, schemas: Mapping[str, Any]) -> None:
        """Take in the schemas with names. Raises NotUnderstood."""
        self.parts: list[Part] = []
        self._named = {name: _references(schema) for name, schema in schemas.items()}
        if find_circle(self._named):
            raise NotUnderstood("schemas need each other")
        for name in self._in_order():
            schema = mapping(schemas[name], f"the schema {name}")
            if name in _GIVEN and schema in (_GIVEN[name], {"type": "object"} if name == "Empty" else None):
                continue
            if name in _GIVEN or not _NAME.fullmatch(name) or not schema:
                raise NotUnderstood(f"the schema {name} cannot be a model")
            self._add(name, schema)

    def of_content(self, content: Any, where: str, owner: str) -> dict[str, Any]:
        """Content type → model of OpenAPI 3's `content`; `owner` names models of schemas without one."""
        found: dict[str, Any] = {}
        for kind, entry in mapping(content, where).items():
            schema = mapping(entry, where, ("schema", "example", "examples")).get("schema")
            if schema is not None:
                found[kind] = self.of(schema, where, owner)
        return found

    def of(self, schema: Any, where: str, owner: str) -> Any:
        """The name of the schema's model. Raises NotUnderstood."""
        reference = mapping(schema, where).get("$ref")
        if reference is None:
            if not schema:
                raise NotUnderstood(f"{where}: an empty schema")
            name = _wanted(owner)
            if name not in self._named:
                self._named[name] = _references(schema)
                self._add(name, schema)
                return Link(_key(name), "name")
            raise NotUnderstood(f"{where}: two schemas would be {name}")
        name = _target(reference)
        if name not in self._named and name not in _GIVEN:
            raise NotUnderstood(f"{where}: $ref {reference}")
        return name if name in _GIVEN else Link(_key(name), "name")

    def _add(self, name: str, schema: Mapping[str, Any]) -> None:
        attributes = {
            "rest_api_id": Link(API),
            "name": name,
            "content_type": _JSON,
            "schema": Call("jsonencode", (_aimed(schema),)),
        }
        after = tuple(_key(other) for other in self._named[name] if other not in _GIVEN)
        self.parts.append(
            Part(key=_key(name), type="aws_api_gateway_model", name=name, attributes=attributes, after=after)
        )

    def _in_order(self) -> list[str]:
        """Names, each after those that it needs."""
        done: dict[str, None] = {}
        for start in self._named:
            waiting = [start]
            while waiting:
                name = waiting[-1]
                open_ = [other for other in self._named[name] if other not in done and other in self._named]
                if open_:
                    waiting.extend(open_)
                else:
                    done.setdefault(waiting.pop())
        for name in self._named:
            if any(other not in self._named and other not in _GIVEN for other in self._named[name]):
                raise NotUnderstood(f"the schema {name} refers to one that is not there")
        return list(done)


def _key(name: str) -> str:
    return f"model {name}"


def _wanted(owner: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in re.findall(r"[A-Za-z0-9]+", owner))[:128]


def _target(reference: Any) -> str:
    for place in _PLACES:
        if isinstance(reference, str) and reference.startswith(place) and "/" not in reference[len(place) :]:
            return reference[len(place) :]
    raise NotUnderstood(f"$ref {reference}")


def _references(schema: Any) -> list[str]:
    """Names of the schemas that a schema refers to, each once."""
    found: dict[str, None] = {}
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            if isinstance(node.get("$ref"), str):
                found[_target(node["$ref"])] = None
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    return list(found)


def _aimed(node: Any) -> Any:
    """The schema with references as a model spells them: by the URL of the other model."""
    if isinstance(node, Mapping):
        return {
            key: _url(value) if key == "$ref" and isinstance(value, str) else _aimed(value)
            for key, value in node.items()
        }
    return [_aimed(item) for item in node] if isinstance(node, list) else node


def _url(reference: str) -> Template:
    return Template(
        ("https://apigateway.amazonaws.com/restapis/", Link(API), f"/models/{_target(reference)}")  # type: ignore[arg-type]
    )
