"""Small conversions that hooks share."""

from collections.abc import Mapping
from typing import Any

from lsqm.model.terraform import EXPRESSIONS, Call, Value
from lsqm.normalize.cloudformation.coercion import document
from lsqm.normalize.cloudformation.parameters import text


def encoded(value: Any) -> Value:
    """A policy document as `jsonencode`."""
    if isinstance(value, (Mapping, list)):
        return Call("jsonencode", (dict(value) if isinstance(value, Mapping) else value,))
    return document(value) if isinstance(value, str) else value


def as_list(value: Any) -> list[Any]:
    """A list, also of one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def as_value(value: Any) -> Value:
    """A resolved mapping or list as a value of its own."""
    return dict(value) if isinstance(value, Mapping) else value


def plain(value: Any) -> Value:
    """A boolean or a whole number that was written as text."""
    lowered = text(value).lower() if not isinstance(value, EXPRESSIONS) else ""
    if lowered in {"true", "false"}:
        return lowered == "true"
    return int(lowered) if lowered.isdigit() else value


def respelled(node: Any, names: Mapping[str, str]) -> Any:
    """The same with other keys, however deep."""
    if isinstance(node, list):
        return [respelled(item, names) for item in node]
    if isinstance(node, Mapping):
        return {names.get(key, key): respelled(value, names) for key, value in node.items()}
    return node


def port(value: Any) -> Value:
    """A port that was written as text is a number."""
    if isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    return value  # type: ignore[no-any-return]
