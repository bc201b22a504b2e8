"""Small conversions that hooks share."""

from collections.abc import Mapping
from typing import Any

from lsqm.model.terraform import Call, Value
from lsqm.normalize.cloudformation.lower import document


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
