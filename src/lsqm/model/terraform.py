"""Terraform as values: what the converters build and the emitter writes. Order of mappings is order of output."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Reference:
    """`address` of a block, such as `aws_sqs_queue.jobs` or `data.aws_region.current`, and a path into it."""

    address: str
    path: str = ""
    """What follows the address, with its dot or bracket: `.arn`, `[0].id`."""

    def __str__(self) -> str:
        return self.address + self.path


@dataclass(frozen=True, slots=True)
class Raw:
    """An expression written out, for what has no node of its own; `uses` are the addresses in it."""

    text: str
    uses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """Text with expressions in it. Strings are literal text, anything else is interpolated."""

    parts: tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function call."""

    name: str
    arguments: tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class Index:
    """One element of a list or map."""

    value: "Value"
    key: "str | int"


@dataclass(frozen=True, slots=True)
class Conditional:
    """`condition ? yes : no`."""

    condition: "Value"
    yes: "Value"
    no: "Value"


Expression = Reference | Raw | Template | Call | Index | Conditional
EXPRESSIONS = (Reference, Raw, Template, Call, Index, Conditional)
Value = str | int | float | bool | None | list["Value"] | dict[Any, "Value"] | Expression
"""A right-hand side. Keys of a dict are text or expressions."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """One block; its attributes and blocks are filled by whoever builds it and not changed afterwards."""

    type: str
    labels: tuple[str, ...] = ()
    attributes: dict[str, Value] = field(default_factory=dict)
    blocks: list["Block"] = field(default_factory=list)
    comment: str = ""
    """Written above the block, one `#` line per line."""

    @property
    def address(self) -> str:
        """`aws_sqs_queue.jobs`, `data.aws_region.current`, `local`, …: what references to it begin with."""
        kind = "" if self.type == "resource" else self.type
        return ".".join(part for part in (kind, *self.labels) if part)


def references(value: Value) -> Iterator[str]:
    """Addresses that an expression uses, in order, repeats included."""
    match value:
        case Reference():
            yield value.address
        case Raw():
            yield from value.uses
        case Template(parts=items) | Call(arguments=items):
            for item in items:
                yield from references(item)
        case Index():
            yield from references(value.value)
        case Conditional():
            for item in (value.condition, value.yes, value.no):
                yield from references(item)
        case dict():
            for key, item in value.items():
                yield from references(key)
                yield from references(item)
        case list():
            for item in value:
                yield from references(item)
        case _:
            return


def block_references(block: Block) -> Iterator[str]:
    """Addresses used anywhere in a block."""
    for value in block.attributes.values():
        yield from references(value)
    for inner in block.blocks:
        yield from block_references(inner)
