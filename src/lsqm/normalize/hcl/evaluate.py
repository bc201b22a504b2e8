"""The value of an expression, as far as it can be known without Terraform: literals, references with a known value, and
the functions that paths and validations are made of. Whatever else there is, is `UNKNOWN`; nothing is guessed.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lsqm.normalize.hcl.tree import (
    Access,
    Call,
    Expr,
    For,
    Interpolation,
    Literal,
    Name,
    Object,
    Operation,
    Template,
    Tuple,
)


class Unknown:
    """The one value that is not known."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()

Value = Any
"""str, int, float, bool, None, list, dict, or UNKNOWN."""

_LARGEST = 10_000
"""Lists longer than this are nobody's input."""
_LONGEST = 1_000_000
"""Nor are strings."""
_STEPS = 200_000
_RUNAWAY = re.compile(r"[+*}]\)?[+*{]|\([^)]*[+*][^)]*\)[+*{]")
"""Nested repetitions, which may take Python's `re` for ever."""


class _Failed(Exception):
    """The expression is wrong for these values: what `can` and `try` are there for."""


class _TooMuch(Exception):
    """More work than any real expression makes; nothing in the expression can catch it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """What names stand for."""

    names: Mapping[str, Value] = field(default_factory=dict)
    """Root name → value: `{"var": {...}, "path": {...}}`; a missing name or attribute is UNKNOWN."""
    functions: Mapping[str, Callable[..., Value]] = field(default_factory=dict)
    """Further functions, such as `file`."""
    steps: list[None] = field(default_factory=list)
    """One entry for each step taken: what would take more than `_STEPS` is not worked out."""

    def with_names(self, names: Mapping[str, Value]) -> "Scope":
        """The same with more names."""
        return Scope(names={**self.names, **names}, functions=self.functions, steps=self.steps)


def evaluate(expr: Expr, scope: Scope) -> Value:
    """The value, or UNKNOWN, also for what Terraform would call an error."""
    scope.steps.clear()
    try:
        return _value(expr, scope)
    except (_Failed, _TooMuch, RecursionError):
        return UNKNOWN


def _value(expr: Expr, scope: Scope) -> Value:
    scope.steps.append(None)
    if len(scope.steps) > _STEPS:
        raise _TooMuch
    match expr:
        case Literal(value=value):
            return value
        case Template():
            return _template(expr, scope)
        case Tuple(items=items):
            return [_value(item, scope) for item in items]
        case Object(items=items):
            made = {}
            for item in items:
                key = item.key if isinstance(item.key, str) else _value(item.key, scope)
                if isinstance(key, Unknown):
                    return UNKNOWN
                made[_text(key)] = _value(item.value, scope)
            return made
        case Name(name=name):
            return scope.names.get(name, UNKNOWN)
        case Access():
            return _access(expr, scope)
        case Call():
            return _call(expr, scope)
        case Operation():
            return _operation(expr, scope)
        case For():
            return _for(expr, scope)


def _template(template: Template, scope: Scope) -> Value:
    parts = template.parts
    if len(parts) == 1 and isinstance(parts[0], Interpolation):
        return _value(parts[0].expr, scope)
    texts = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
            continue
        if not isinstance(part, Interpolation) or part.trim_before or part.trim_after:
            return UNKNOWN
        value = _value(part.expr, scope)
        if not isinstance(value, str | int | float):
            return UNKNOWN
        texts.append(_text(value))
    return _short("".join(texts))


def _short(value: Value) -> Value:
    return UNKNOWN if isinstance(value, str | list) and len(value) > _LONGEST else value


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _access(expr: Access, scope: Scope) -> Value:
    target = _value(expr.target, scope)
    if isinstance(target, Unknown):
        return UNKNOWN
    if expr.kind in {"splat", "attribute-splat"}:
        return target if isinstance(target, list) else UNKNOWN
    key = expr.key if isinstance(expr.key, str) else _value(expr.key, scope)
    if isinstance(key, Unknown):
        return UNKNOWN
    if isinstance(target, dict):
        known_root = isinstance(expr.target, Name)
        if _text(key) not in target:
            if known_root:
                return UNKNOWN
            raise _Failed
        return target[_text(key)]
    if isinstance(target, list):
        if isinstance(expr.target, Access) and expr.target.kind.endswith("splat"):
            return [item.get(key, UNKNOWN) if isinstance(item, dict) else UNKNOWN for item in target]
        if isinstance(key, int) and 0 <= key < len(target):
            return target[key]
    raise _Failed


def _operation(expr: Operation, scope: Scope) -> Value:
    operands = expr.operands
    if expr.operator == "?":
        condition = _value(operands[0], scope)
        return UNKNOWN if not isinstance(condition, bool) else _value(operands[1 if condition else 2], scope)
    if expr.operator in {"&&", "||"}:
        left, right = (_value(operand, scope) for operand in operands)
        decisive = expr.operator == "||"
        if left is decisive or right is decisive:
            return decisive
        return UNKNOWN if isinstance(left, Unknown) or isinstance(right, Unknown) else not decisive
    values = [_value(operand, scope) for operand in operands]
    if any(isinstance(value, Unknown) for value in values):
        return UNKNOWN
    try:
        return _apply(expr.operator, values)
    except (TypeError, ArithmeticError) as error:
        raise _Failed from error


def _apply(operator: str, values: list[Value]) -> Value:
    match operator, values:
        case "!", [bool() as value]:
            return not value
        case "-", [value]:
            return -value
        case "==", [left, right]:
            return isinstance(left, bool) is isinstance(right, bool) and left == right
        case "!=", [left, right]:
            return isinstance(left, bool) is not isinstance(right, bool) or left != right
        case (("<" | ">" | "<=" | ">="), [left, right]):
            left, right = _numeric(left), _numeric(right)
            return {"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[operator]
        case (("+" | "-" | "*" | "/" | "%"), [left, right]):
            left, right = _numeric(left), _numeric(right)
            result = {"+": left + right, "-": left - right, "*": left * right}.get(operator)
            if result is None:
                result = left / right if operator == "/" else math.fmod(left, right)
            return int(result) if isinstance(result, float) and result.is_integer() else result
        case _:
            raise _Failed


def _numeric(value: Value) -> int | float:
    if isinstance(value, bool) or value is None:
        raise _Failed
    if isinstance(value, str):
        try:
            return int(value) if value.lstrip("-").isdigit() else float(value)
        except ValueError as error:
            raise _Failed from error
    if isinstance(value, int | float):
        return value
    raise _Failed


def _for(expr: For, scope: Scope) -> Value:
    source = _value(expr.source, scope)
    if isinstance(source, dict):
        pairs = list(source.items())
    elif isinstance(source, list) and len(source) <= _LARGEST:
        pairs = list(enumerate(source))
    else:
        return UNKNOWN
    results: list[Value] = []
    keyed: dict[str, Value] = {}
    for key, item in pairs:
        names = {expr.names[0]: item} if len(expr.names) == 1 else dict(zip(expr.names, (key, item), strict=True))
        inner = scope.with_names(names)
        if expr.condition is not None:
            wanted = _value(expr.condition, inner)
            if not isinstance(wanted, bool):
                return UNKNOWN
            if not wanted:
                continue
        result = _value(expr.result, inner)
        if expr.key is None:
            results.append(result)
            continue
        name = _value(expr.key, inner)
        if isinstance(name, Unknown):
            return UNKNOWN
        if expr.grouped:
            keyed.setdefault(_text(name), []).append(result)
        else:
            keyed[_text(name)] = result
    return results if expr.key is None else keyed


def _call(expr: Call, scope: Scope) -> Value:
    if expr.name == "can":
        try:
            value = _value(expr.arguments[0], scope)
        except _Failed:
            return False
        return UNKNOWN if isinstance(value, Unknown) else True
    if expr.name == "try":
        for argument in expr.arguments:
            try:
                return _value(argument, scope)
            except _Failed:
                continue
        raise _Failed
    function = scope.functions.get(expr.name) or _FUNCTIONS.get(expr.name)
    arguments = [_value(argument, scope) for argument in expr.arguments]
    if expr.expand and arguments and isinstance(arguments[-1], list):
        arguments = [*arguments[:-1], *arguments[-1]]
    if function is None or any(_contains_unknown(argument) for argument in arguments):
        return UNKNOWN
    try:
        return _short(function(*arguments))
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, re.error) as error:
        raise _Failed from error


def _contains_unknown(value: Value) -> bool:
    match value:
        case Unknown():
            return True
        case list():
            return any(_contains_unknown(item) for item in value)
        case dict():
            return any(_contains_unknown(item) for item in value.values())
        case _:
            return False


def _regex(pattern: str, text: str) -> Value:
    """Terraform's `regex`: the match, its groups as a list, or its named groups as a map. Fails when there is none."""
    if len(pattern) > 1000 or (len(str(text)) > 24 and _RUNAWAY.search(pattern)):
        return UNKNOWN
    match = re.search(pattern, str(text))
    if match is None:
        raise _Failed
    return match.groupdict() or list(match.groups()) or match.group()


def _unique(values: list[Value]) -> list[Value]:
    return [value for number, value in enumerate(values) if value not in values[:number]]


def _coalesce(*values: Value) -> Value:
    # Terraform fails when there is none, and so does the index.
    return [value for value in values if value is not None and value != ""][0]  # noqa: RUF015  next() would not


def _merge(*maps: dict[str, Value]) -> dict[str, Value]:
    return {key: value for each in maps for key, value in (each or {}).items()}


def _format(spec: str, *values: Value) -> str:
    if re.search(r"%(?![sdvq%])", spec):
        raise _Failed
    return re.sub(r"%[dvq]", "%s", spec) % tuple(_text(value) for value in values)


def _substr(text: str, offset: int, length: int) -> str:
    return text[offset:] if length < 0 else text[offset : offset + length]


def _replace(text: str, old: str, new: str) -> str:
    if len(old) > 1 and old.startswith("/") and old.endswith("/"):
        return re.sub(old[1:-1], new, text)
    return text.replace(old, new)


def _range(*bounds: int) -> list[int]:
    values = range(*bounds)
    if len(values) > _LARGEST:
        raise _Failed
    return list(values)


_FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "abs": abs,
    "alltrue": lambda values: all(value is True or value == "true" for value in values),
    "anytrue": lambda values: any(value is True or value == "true" for value in values),
    "basename": lambda path: path.rstrip("/").rpartition("/")[2],
    "ceil": math.ceil,
    "chomp": lambda text: text.rstrip("\r\n"),
    "coalesce": _coalesce,
    "compact": lambda values: [value for value in values if value],
    "concat": lambda *lists: [item for each in lists for item in each],
    "contains": lambda values, value: value in values,
    "dirname": lambda path: path.rpartition("/")[0] or ".",
    "distinct": _unique,
    "element": lambda values, index: values[index % len(values)],
    "endswith": lambda text, end: text.endswith(end),
    "flatten": lambda values: [i for value in values for i in (value if isinstance(value, list) else [value])],
    "floor": math.floor,
    "format": _format,
    "join": lambda separator, *lists: separator.join(_text(item) for each in lists for item in each),
    "keys": lambda each: sorted(each.keys()),
    "length": len,
    "lookup": lambda each, key, *default: each[key] if key in each else default[0],
    "lower": lambda text: text.lower(),
    "max": max,
    "merge": _merge,
    "min": min,
    "pathexpand": lambda path: path,
    "range": _range,
    "regex": _regex,
    "replace": _replace,
    "reverse": lambda values: values[::-1],
    "slice": lambda values, start, end: values[start:end],
    "sort": sorted,
    "split": lambda separator, text: text.split(separator),
    "startswith": lambda text, start: text.startswith(start),
    "strcontains": lambda text, part: part in text,
    "substr": _substr,
    "title": lambda text: text.title(),
    "tobool": lambda value: {"true": True, "false": False}[_text(value)],
    "tolist": list,
    "tomap": dict,
    "tonumber": _numeric,
    "toset": _unique,
    "tostring": _text,
    "trim": lambda text, cut: text.strip(cut),
    "trimprefix": lambda text, prefix: text.removeprefix(prefix),
    "trimspace": lambda text: text.strip(),
    "trimsuffix": lambda text, suffix: text.removesuffix(suffix),
    "upper": lambda text: text.upper(),
    "values": lambda each: [each[key] for key in sorted(each)],
    "zipmap": lambda keys, values: dict(zip(keys, values, strict=True)),
}
