"""Type coercion: a resolved value becomes what the provider's schema wants for an argument."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lsqm.model.terraform import EXPRESSIONS, Call, Template, Value
from lsqm.normalize.cloudformation.names import candidates
from lsqm.normalize.cloudformation.parameters import text

DOCUMENT = re.compile(r"policy|document|definition|pattern|body|schema|mappings|task_settings|content|template|json")
"""Arguments whose text may be a JSON document."""


class Coercion:
    """Values as Terraform's types."""

    def __init__(self, is_list: Callable[[Value], bool]) -> None:
        self._is_list = is_list

    def coerce(self, value: Any, kind: Any, name: str = "") -> Value:
        """`value` as Terraform's type `kind`; None when it cannot be."""
        outer, inner = (kind[0], kind[1]) if isinstance(kind, list) else (kind, None)
        match outer:
            case "string":
                return self.string(value, name)
            case "number":
                return _number(value)
            case "bool":
                return _bool(value)
            case "list" | "set":
                return self._sequence(value, inner)
            case "map":
                return self._map(value, inner)
            case "object":
                return self._record(value, inner or {})
            case _:
                return value if not isinstance(value, Mapping) else dict(value)

    def string(self, value: Any, name: str) -> Value:
        """`value` as text for the argument `name`."""
        if isinstance(value, Call) and value.name == "base64encode" and name == "user_data":
            return _ended(self.string(value.arguments[0], ""))
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], (str, *EXPRESSIONS)):
            return value[0]
        if isinstance(value, (list, Mapping)):
            return Call("jsonencode", (_plain(value),))
        if isinstance(value, EXPRESSIONS):
            return Call("join", (",", value)) if self._is_list(value) else value
        if isinstance(value, str) and DOCUMENT.search(name):
            return document(value)
        return text(value)

    def _sequence(self, value: Any, inner: Any) -> Value:
        if isinstance(value, Mapping) and set(value) == {"Quantity", "Items"}:
            value = value["Items"]
        if isinstance(value, EXPRESSIONS):
            return value if self._is_list(value) else [value]
        items = value if isinstance(value, list) else [value]
        if isinstance(value, str) and "," in value and inner == "string":
            items = [part.strip() for part in value.split(",")]
        out: list[Value] = []
        spread = False
        for item in items:
            if isinstance(item, list) and inner == "string":
                out.extend(text(each) if not isinstance(each, EXPRESSIONS) else each for each in item)
                continue
            if isinstance(item, EXPRESSIONS) and self._is_list(item) and inner == "string":
                spread = True
                out.append(item)
                continue
            coerced = self.coerce(item, inner)
            if coerced is not None:
                out.append(coerced)
        if spread:
            parts = [item if isinstance(item, EXPRESSIONS) and self._is_list(item) else [item] for item in out]
            return parts[0] if len(parts) == 1 else Call("concat", tuple(parts))
        return out

    def _map(self, value: Any, inner: Any) -> Value:
        if isinstance(value, EXPRESSIONS):
            return value
        if isinstance(value, list):
            return _pairs(value, lambda item: self.coerce(item, inner))
        if not isinstance(value, Mapping):
            return None
        return {str(key): self.coerce(item, inner) for key, item in value.items()}

    def _record(self, value: Any, members: Mapping[str, Any]) -> Value:
        if not isinstance(value, Mapping):
            return value if isinstance(value, EXPRESSIONS) else None
        out: dict[str, Value] = {}
        for key, item in value.items():
            name = next((name for name in candidates(str(key)) if name in members), None)
            if name:
                out[name] = self.coerce(item, members[name])
        return out


def strangers(value: Any, kind: Any) -> Iterator[str]:
    """Members of a mapping that a value of Terraform's type `kind` has no place for."""
    if isinstance(kind, list) and kind[0] in {"list", "set"}:
        for item in value if isinstance(value, list) else [value]:
            yield from strangers(item, kind[1])
    elif isinstance(kind, list) and kind[0] == "object" and isinstance(value, Mapping):
        for key, item in value.items():
            name = next((name for name in candidates(str(key)) if name in kind[1]), None)
            yield from (f"{key}.{rest}" for rest in strangers(item, kind[1][name])) if name else (str(key),)


def _ended(script: Value) -> Value:
    """A script whose last line is ended like the others, so that it can stand as a heredoc."""
    if isinstance(script, str) and "\n" in script and not script.endswith("\n"):
        return script + "\n"
    if isinstance(script, Template) and any(isinstance(part, str) and "\n" in part for part in script.parts):
        last = script.parts[-1]
        if not isinstance(last, str):
            return Template((*script.parts, "\n"))
        return script if last.endswith("\n") else Template((*script.parts[:-1], last + "\n"))
    return script


def _plain(value: Any) -> Value:
    return dict(value) if isinstance(value, Mapping) else value


def document(value: str) -> Value:
    """JSON text as `jsonencode` of what it says, other text as it is."""
    stripped = value.strip()
    if stripped[:1] in {"{", "["}:
        try:
            parsed = json.loads(stripped)
        except (ValueError, RecursionError):
            return value
        if isinstance(parsed, (dict, list)) and parsed:
            return Call("jsonencode", (parsed,))
    return value


def _number(value: Any) -> Value:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float, *EXPRESSIONS)):
        return value
    if isinstance(value, str):
        try:
            number = float(value.strip())
        except ValueError:
            return None
        return int(number) if number.is_integer() else number
    return None


def _bool(value: Any) -> Value:
    if isinstance(value, (bool, *EXPRESSIONS)):
        return value
    lower = text(value).lower() if isinstance(value, (str, int)) else ""
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(lower)


def _pairs(items: list[Any], convert: Callable[[Any], Value]) -> Value:
    """`[{Key: a, Value: b}]` as a map."""
    out: dict[Any, Value] = {}
    for item in items:
        if not isinstance(item, Mapping):
            return None
        lowered = {str(key).lower(): each for key, each in item.items()}
        key = next(
            (lowered[word] for word in ("key", "name", "parameterkey", "parametername") if word in lowered), None
        )
        if key is None or isinstance(key, (list, Mapping)):
            return None
        value = next((lowered[word] for word in ("value", "parametervalue") if word in lowered), "")
        out[key if isinstance(key, EXPRESSIONS) else text(key)] = convert(value)
    return out


def is_of(value: float | str, kind: str) -> bool:
    """Whether a constant is what Terraform takes for an argument of this kind."""
    match kind:
        case "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case "bool":
            return isinstance(value, bool)
        case "string" | "dynamic":
            return True
        case _:
            return False
