"""What `parse` makes of HCL: expressions, attributes, blocks, each with the span of text it came from.

Spans are offsets into the decoded text, so that one place can be edited and everything else left as it was written.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, `true`, `false` or `null`."""

    value: int | float | bool | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Interpolation:
    """`${expr}` in a template; the flags say whether a `~` trims the text beside it."""

    expr: "Expr"
    trim_before: bool = False
    trim_after: bool = False


@dataclass(frozen=True, slots=True)
class Directive:
    """`%{if …}`, `%{else}`, `%{endif}`, `%{for … in …}`, `%{endfor}`: kept flat, in order."""

    keyword: str
    names: tuple[str, ...]
    exprs: tuple["Expr", ...]
    trim_before: bool = False
    trim_after: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """A quoted string or a heredoc: unescaped text, interpolations and directives."""

    parts: "tuple[str | Interpolation | Directive, ...]"
    start: int
    end: int
    heredoc: bool = False

    @property
    def text(self) -> str | None:
        """The string, when nothing in it has to be computed."""
        return "".join(str(part) for part in self.parts) if all(isinstance(part, str) for part in self.parts) else None


@dataclass(frozen=True, slots=True)
class Tuple:
    """`[a, b]`."""

    items: "tuple[Expr, ...]"
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Item:
    """`key = value` in an object; a bare word key is a string, `(key)` is computed."""

    key: "str | Expr"
    value: "Expr"
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Object:
    """`{ key = value }`."""

    items: tuple[Item, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Call:
    """`name(arguments...)`."""

    name: str
    arguments: "tuple[Expr, ...]"
    start: int
    end: int
    expand: bool = False


@dataclass(frozen=True, slots=True)
class Name:
    """A bare word: the root of a reference, a loop variable, or a type keyword."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Access:
    """`.name`, `[index]`, `.*` or `[*]` on something. `key` is the attribute, the index expression, or `*`."""

    target: "Expr"
    key: "str | Expr"
    kind: str
    """`attribute`, `index`, `attribute-splat` or `splat`."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Operation:
    """A unary (one operand), binary (two) or conditional (`?`, three) operation."""

    operator: str
    operands: "tuple[Expr, ...]"
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class For:
    """`[for k, v in source : result if condition]`, or with braces and `key => result...`."""

    names: tuple[str, ...]
    source: "Expr"
    key: "Expr | None"
    result: "Expr"
    condition: "Expr | None"
    grouped: bool
    braces: bool
    start: int
    end: int


Expr = Literal | Template | Tuple | Object | Call | Name | Access | Operation | For


@dataclass(frozen=True, slots=True)
class Attribute:
    """`name = expr`."""

    name: str
    expr: Expr
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """`type "label" { … }`."""

    type: str
    labels: tuple[str, ...]
    body: "Body"
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Body:
    """The attributes and blocks of a file or a block, in order."""

    attributes: tuple[Attribute, ...] = ()
    blocks: tuple[Block, ...] = field(default=())

    def attribute(self, name: str) -> Attribute | None:
        """The attribute called `name`."""
        return next((attribute for attribute in self.attributes if attribute.name == name), None)

    def expr(self, name: str) -> Expr | None:
        """The expression of the attribute called `name`."""
        found = self.attribute(name)
        return found.expr if found else None

    def of_type(self, *types: str) -> Iterator[Block]:
        """The direct blocks of these types."""
        return (block for block in self.blocks if block.type in types)


def walk(expr: Expr) -> Iterator[Expr]:
    """`expr` and every expression in it, outside in."""
    yield expr
    for child in children(expr):
        yield from walk(child)


def children(expr: Expr) -> Iterator[Expr]:
    """The expressions directly in `expr`."""
    match expr:
        case Template(parts=parts):
            for part in parts:
                if isinstance(part, Interpolation):
                    yield part.expr
                elif isinstance(part, Directive):
                    yield from part.exprs
        case Tuple(items=items):
            yield from items
        case Object(items=entries):
            for item in entries:
                if not isinstance(item.key, str):
                    yield item.key
                yield item.value
        case Call(arguments=operands) | Operation(operands=operands):
            yield from operands
        case Access(target=target, key=key):
            yield target
            if not isinstance(key, str):
                yield key
        case For():
            yield expr.source
            if expr.key is not None:
                yield expr.key
            yield expr.result
            if expr.condition is not None:
                yield expr.condition
        case _:
            return


def expressions(body: Body) -> Iterator[Expr]:
    """Every expression below `body`, nested blocks included, outermost first."""
    for attribute in body.attributes:
        yield from walk(attribute.expr)
    for block in body.blocks:
        yield from expressions(block.body)


def blocks(body: Body) -> Iterator[Block]:
    """Every block below `body`, outside in."""
    for block in body.blocks:
        yield block
        yield from blocks(block.body)


def reference(expr: Expr) -> tuple[str, ...]:
    """`("aws_s3_bucket", "logs", "arn")` for `aws_s3_bucket.logs[0].arn`: names and attributes up to what is computed.

    Indexes and splats are passed over; anything that is no reference gives `()`.
    """
    names: list[str] = []
    while isinstance(expr, Access):
        if expr.kind == "attribute":
            names.append(str(expr.key))
        expr = expr.target
    if not isinstance(expr, Name):
        return ()
    return (expr.name, *reversed(names))
