"""Writes Terraform the way `terraform fmt` would leave it, and the same text for the same blocks every time."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, assert_never

from lsqm.model.terraform import (
    EXPRESSIONS,
    Block,
    Call,
    Conditional,
    Index,
    Raw,
    Reference,
    Template,
    Value,
)

_WIDTH = 100
"""Lists longer than this are written one item per line."""
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_KEYWORDS = frozenset({"true", "false", "null", "for", "if", "in", "each", "self"})
_META_FIRST = ("count", "for_each", "provider", "source")


def emit(blocks: Iterable[Block]) -> str:
    """The text of a file with these top-level blocks, separated by empty lines."""
    return "\n".join("\n".join(_block(block, 0)) + "\n" for block in blocks)


def _block(block: Block, depth: int) -> list[str]:
    pad = "  " * depth
    head = " ".join([block.type, *(f'"{label}"' for label in block.labels)])
    lines = [f"{pad}# {line}".rstrip() for line in block.comment.splitlines()]
    if not block.attributes and not block.blocks:
        return [*lines, f"{pad}{head} {{}}"]
    lines.append(f"{pad}{head} {{")
    first = {name: block.attributes[name] for name in _META_FIRST if name in block.attributes}
    rest = {name: value for name, value in block.attributes.items() if name not in first and name != "depends_on"}
    groups = [_assignments(first, depth + 1)] if "count" in first or "for_each" in first else []
    groups.append(_assignments(rest if groups else {**first, **rest}, depth + 1))
    groups.extend(_block(inner, depth + 1) for inner in block.blocks)
    if "depends_on" in block.attributes:
        groups.append(_assignments({"depends_on": block.attributes["depends_on"]}, depth + 1))
    for position, group in enumerate(group for group in groups if group):
        if position:
            lines.append("")
        lines.extend(group)
    lines.append(f"{pad}}}")
    return lines


def _assignments(items: dict[str, Value], depth: int) -> list[str]:
    """Lines of `name = value`, their equal signs aligned over runs of one-line values as `terraform fmt` does."""
    return _aligned([(name, _expression(value, depth, alone=True)) for name, value in items.items()], depth)


def _aligned(items: Sequence[tuple[str, str]], depth: int) -> list[str]:
    pad = "  " * depth
    lines: list[str] = []
    run: list[tuple[str, str]] = []

    def flush() -> None:
        width = max((len(name) for name, _ in run), default=0)
        lines.extend(f"{pad}{name:<{width}} = {text}" for name, text in run)
        run.clear()

    for name, text in items:
        opens = text.split("\n", 1)[0]
        if "\n" in text and not opens.startswith("<<"):
            flush()
            lines.append(f"{pad}{name} = {text}")
        else:
            run.append((name, text))
    flush()
    return lines


def _expression(value: Value, depth: int, *, alone: bool = False) -> str:
    """HCL for a value; `alone` when it is the whole right-hand side, where a heredoc may stand."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return _number(value)
        case str():
            return _text((value,), depth, alone=alone)
        case Template():
            return _text(value.parts, depth, alone=alone)
        case Reference():
            return str(value)
        case Raw():
            return value.text
        case Call():
            return _call(value, depth)
        case Index():
            key = value.key if isinstance(value.key, int) else _quote(value.key)
            return f"{_operand(value.value, depth)}[{key}]"
        case Conditional():
            parts = [_operand(part, depth) for part in (value.condition, value.yes, value.no)]
            return f"{parts[0]} ? {parts[1]} : {parts[2]}"
        case dict():
            return _object(value, depth)
        case list():
            return _list(value, depth)
    assert_never(value)


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    if value != value or value in {float("inf"), float("-inf")}:  # noqa: PLR0124 - the test for NaN
        return "null"
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, "f").rstrip("0")


def _operand(value: Value, depth: int) -> str:
    text = _expression(value, depth)
    return f"({text})" if isinstance(value, Conditional) else text


def _call(call: Call, depth: int) -> str:
    texts = [_expression(argument, depth) for argument in call.arguments]
    if len(texts) == 1 and isinstance(call.arguments[0], (dict, list)):
        return f"{call.name}({texts[0]})"
    return f"{call.name}({', '.join(texts)})"


def _object(value: dict[Any, Value], depth: int) -> str:
    if not value:
        return "{}"
    pad = "  " * depth
    items = [(_key(key), _expression(item, depth + 1, alone=True)) for key, item in value.items()]
    return "{\n" + "\n".join(_aligned(items, depth + 1)) + f"\n{pad}}}"


def _key(key: Any) -> str:
    if isinstance(key, Template):
        return _text(key.parts, 0, alone=False)
    if isinstance(key, EXPRESSIONS):
        return f"({_inline(_expression(key, 0))})"
    if not isinstance(key, str):  # a document in JSON or YAML may hold numbers as keys
        return _quote("true" if key is True else "false" if key is False else str(key))
    return key if _IDENTIFIER.fullmatch(key) and key not in _KEYWORDS else _quote(key)


def _list(value: list[Value], depth: int) -> str:
    if not value:
        return "[]"
    if not any(isinstance(item, (dict, list)) and item for item in value):
        texts = [_expression(item, depth) for item in value]
        line = "[" + ", ".join(texts) + "]"
        if "\n" not in line and (len(line) <= _WIDTH or len(texts) == 1):
            return line
    pad = "  " * depth
    if len(value) == 1 and isinstance(value[0], dict):
        return f"[{_expression(value[0], depth)}]"
    inner = "  " * (depth + 1)
    return "[\n" + "".join(f"{inner}{_expression(item, depth + 1)},\n" for item in value) + f"{pad}]"


def _text(parts: Sequence[Value], depth: int, *, alone: bool) -> str:
    literal = "".join(part for part in parts if isinstance(part, str))
    if alone and _reads_as_document(literal):
        return _heredoc(_interpolate(parts, depth, _escape_template), depth)
    if len(parts) == 1 and isinstance(parts[0], EXPRESSIONS):
        return _expression(parts[0], depth)
    return '"' + _interpolate(parts, depth, _escape) + '"'


def _interpolate(parts: Sequence[Value], depth: int, escape: Callable[[str], str]) -> str:
    out = ""
    for part in parts:
        if isinstance(part, str):
            out += escape(part)
        else:
            if out.endswith(("$", "%")):  # `$${` would be an escaped brace
                out = f'{out[:-1]}${{"{out[-1]}"}}'
            out += "${" + _inline(_expression(part, depth)) + "}"
    return out


def _reads_as_document(literal: str) -> bool:
    """Several lines of ordinary text: a script or a document, which a heredoc carries without escapes."""
    return (
        literal.count("\n") >= 2
        and literal.endswith("\n")
        and not re.search(r"[^\n\t\x20-\x7e\xa0-\ud7ff\ue000-\uffff]|[\u2028\u2029\ufeff]", literal)
    )


def _inline(text: str) -> str:
    """An expression inside a quoted template must stay on one line."""
    return re.sub(r"\n\s*", " ", text) if "\n" in text else text


def _heredoc(body: str, depth: int) -> str:
    lines = body[:-1].split("\n")
    marker = "EOT"
    while any(line.strip() == marker for line in lines):
        marker += "_"
    pad = "  " * depth
    indents = [len(line) - len(line.lstrip(" ")) for line in lines if line]
    if min(indents, default=0) == 0 and not any(line and not line.strip() for line in lines):
        shifted = [f"{pad}  {line}" if line else "" for line in lines]
        return f"<<-{marker}\n" + "\n".join(shifted) + f"\n{pad}{marker}"
    return f"<<{marker}\n" + "\n".join(lines) + f"\n{marker}"


def _escape_template(text: str) -> str:
    return text.replace("${", "$${").replace("%{", "%%{")


def _quote(text: str) -> str:
    return '"' + _escape(text) + '"'


def _escape(text: str) -> str:
    out = text.replace("\\", "\\\\").replace('"', '\\"')
    out = out.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    out = out.replace("${", "$${").replace("%{", "%%{")
    return re.sub(r"[\x00-\x1f\x7f\u2028\u2029\ufeff\ud800-\udfff]", lambda m: f"\\u{ord(m.group()):04x}", out)
