"""Reading an OpenAPI document strictly: any key that no table names ends the attempt."""

from collections.abc import Collection, Mapping
from typing import Any

from lsqm.model.terraform import EXPRESSIONS, Value
from lsqm.normalize.cloudformation.coercion import Coercion
from lsqm.normalize.cloudformation.inference import yields_list
from lsqm.normalize.cloudformation.parameters import text
from lsqm.normalize.provider_schema import resource_schema

_COERCION = Coercion(lambda value: yields_list(value, resource_schema))
_UPPER = frozenset(
    {"type", "integration_http_method", "passthrough_behavior", "content_handling", "connection_type",
     "integration_type", "integration_method", "authorizer_type", "api_key_source"}
)  # fmt: skip
"""Arguments whose words API Gateway takes in any case at an import, and Terraform in capitals."""
_ARNS = ("_arn", "_arns", "authorizer_credentials")


class NotUnderstood(Exception):
    """Something in the document has no certain counterpart; the message says what."""


def mapping(value: Any, where: str, known: Collection[str] | None = None) -> Mapping[str, Any]:
    """`value` as a mapping whose keys are all `known` (any, when None); an absent one is empty.

    Raises:
        NotUnderstood: it is none, or has other keys.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise NotUnderstood(f"{where} is not a mapping")
    for key in value:
        if not isinstance(key, str) or (known is not None and key not in known):
            raise NotUnderstood(f"{where}: {key!s}")
    return value


def listed(value: Any, where: str) -> list[Any]:
    """`value` as a list; an absent one is empty. Raises NotUnderstood."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise NotUnderstood(f"{where} is not a list")
    return value


def word(value: Any, where: str) -> str:
    """Text that must be known before apply. Raises NotUnderstood."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)) or value == "":
        raise NotUnderstood(f"{where} is not known")
    return text(value)


def arguments(type_: str, names: Mapping[str, str], given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """`given` as arguments of the resource type, in the order of `names`, which maps the document's keys to them.

    Raises:
        NotUnderstood: a key has no argument, or its value is not of the argument's type.
    """
    given = mapping(given, where, names)
    return {names[key]: argument(type_, names[key], given[key], f"{where}.{key}") for key in names if key in given}


def argument(type_: str, path: str, value: Any, where: str) -> Value:
    """`value` as the provider wants it for the argument at `path` (`block.argument`). Raises NotUnderstood."""
    schema = resource_schema(type_)
    *blocks, name = path.split(".")
    for block in blocks:
        nested = schema.blocks.get(block) if schema is not None else None
        schema = nested.body if nested is not None else None
    known = schema.argument(name) if schema is not None else None
    if known is None or not _complete(value):
        raise NotUnderstood(where)
    flat = known.kind == "map" and isinstance(value, Mapping) and not any(_has_parts(item) for item in value.values())
    if (known.kind == "map" and not flat) or (known.kind not in {"map", "list", "set"} and _has_parts(value)):
        raise NotUnderstood(f"{where} does not fit {name}")
    made = _COERCION.coerce(value, known.type)
    if made is None or made == "":
        raise NotUnderstood(f"{where} does not fit {name}")
    if name.endswith(_ARNS):
        for each in made if isinstance(made, list) else [made]:
            if isinstance(each, str) and each.count(":") < 5:
                raise NotUnderstood(f"{where} is no ARN")
    return made.upper() if isinstance(made, str) and name in _UPPER else made


def _complete(value: Any) -> bool:
    """Whether there is a value wherever one is due: a null means something else to each reader."""
    if isinstance(value, Mapping):
        return all(_complete(item) for item in value.values())
    if isinstance(value, list):
        return all(_complete(item) for item in value)
    return value is not None


def _has_parts(value: Any) -> bool:
    return isinstance(value, (Mapping, list))


def is_known(value: Any) -> bool:
    """Whether nothing in the value waits for the apply."""
    if isinstance(value, Mapping):
        return all(is_known(item) for item in value.values())
    if isinstance(value, list):
        return all(is_known(item) for item in value)
    return not isinstance(value, EXPRESSIONS)


def follow(node: Any, document: Mapping[str, Any], where: str) -> Any:
    """What stands at the node's `$ref` inside the document, or the node itself. Raises NotUnderstood."""
    for _ in range(8):
        if not isinstance(node, Mapping) or "$ref" not in node:
            return node
        target = node["$ref"]
        if len(node) != 1 or not isinstance(target, str) or not target.startswith("#/"):
            raise NotUnderstood(f"{where}: $ref {target}")
        found: Any = document
        for step in target[2:].split("/"):
            step = step.replace("~1", "/").replace("~0", "~")  # noqa: PLW2901
            if not isinstance(found, Mapping) or step not in found:
                raise NotUnderstood(f"{where}: $ref {target}")
            found = found[step]
        node = found
    raise NotUnderstood(f"{where}: $ref in a circle")


def said(*nodes: Mapping[str, Any]) -> str:
    """The documentation at these places, a line each, none twice."""
    texts = [node.get(key) for node in nodes for key in ("summary", "description")]
    return "\n".join(dict.fromkeys(each.strip() for each in texts if isinstance(each, str)))
