"""The syntax of `${…}`: which sources a variable names, without looking anything up."""

import re
from dataclasses import dataclass
from typing import Any

_SOURCE = re.compile(r"([a-z][A-Za-z0-9-]*)(?:\((.*)\))?(?::(.*))?", re.DOTALL)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One place to look: `file(./a.yml):key` is type `file`, parameters `./a.yml`, address `key`.

    Parameters and address may hold further variables.
    """

    type: str
    parameters: str | None = None
    address: str | None = None

    def __str__(self) -> str:
        parameters = "" if self.parameters is None else f"({self.parameters})"
        return self.type + parameters + ("" if self.address is None else f":{self.address}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Literal:
    """A fall-back written out: `'dev'`, `true`, `3`, `null`, or text that holds variables of its own."""

    value: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Variable:
    """Sources to try in turn."""

    sources: tuple[Source | Literal, ...]


def parse(text: str) -> list[str | Variable]:
    """Split a string into plain text and variables; CloudFormation's own `${Name}` and `${AWS::Region}` stay text."""
    parts: list[str | Variable] = []
    plain, at = "", 0
    while at < len(text):
        start = text.find("${", at)
        if start < 0:
            break
        if start > 0 and text[start - 1] == "\\":
            plain += text[at : start - 1] + "${"
            at = start + 2
            continue
        end = _closing(text, start + 2)
        variable = _variable(text[start + 2 : end]) if end >= 0 else None
        if variable is None:
            plain += text[at : start + 2]
            at = start + 2
            continue
        plain += text[at:start]
        if plain:
            parts.append(plain)
        parts.append(variable)
        plain, at = "", end + 1
    plain += text[at:]
    return [*parts, plain] if plain or not parts else parts


def _closing(text: str, at: int) -> int:
    """Index of the brace that closes a variable whose inside begins at `at`, or -1."""
    depth, quote = 0, ""
    for index in range(at, len(text)):
        letter = text[index]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"" and _opens_literal(text, index):
            quote = letter
        elif letter == "{":
            depth += 1
        elif letter == "}":
            if not depth:
                return index
            depth -= 1
    return -1


def _opens_literal(text: str, index: int) -> bool:
    """A quote begins a literal only after a comma or an opening bracket; elsewhere it is an apostrophe."""
    return text[:index].rstrip()[-1:] in {",", "(", "{"}


def _variable(inside: str) -> Variable | None:
    chunks = _split(inside)
    sources = [_source(chunk) for chunk in chunks]
    first = sources[0]
    if not isinstance(first, Source) or (first.parameters is None and first.address is None):
        return None
    return Variable(sources=tuple(sources))


def _split(inside: str) -> list[str]:
    """At the commas that stand outside brackets and quotes."""
    chunks, depth, quote, start = [], 0, "", 0
    for index, letter in enumerate(inside):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"" and (not inside[start:index].strip() or _opens_literal(inside, index)):
            quote = letter
        elif letter in "({":
            depth += 1
        elif letter in ")}":
            depth -= 1
        elif letter == "," and not depth:
            chunks.append(inside[start:index].strip())
            start = index + 1
    return [*chunks, inside[start:].strip()]


def _source(chunk: str) -> Source | Literal:
    if len(chunk) > 1 and chunk[0] in "'\"" and chunk[-1] == chunk[0]:
        return Literal(value=chunk[1:-1])
    if chunk in {"true", "false", "null", ""}:
        return Literal(value={"true": True, "false": False}.get(chunk))
    if _NUMBER.fullmatch(chunk):
        return Literal(value=float(chunk) if "." in chunk else int(chunk))
    match = _SOURCE.fullmatch(chunk)
    if match is None or (match[2] is None and match[3] is None):
        return Literal(value=chunk)
    if match[3] is not None and match[3].startswith(":"):  # `aws::Name` is no source
        return Literal(value=chunk)
    return Source(type=match[1], parameters=match[2], address=match[3])
