"""HCL's native syntax to a tree with spans. Reads all that Terraform reads; what it rejects, Terraform rejects too.

Own parser, because the two things intake needs are what generic readers lose: exact places, so that one block can be
taken out and the rest left as its author wrote it, and a meaning independent of layout, so that it can be hashed.
"""

from lsqm.normalize.hcl.cursor import HclError
from lsqm.normalize.hcl.expressions import ExpressionParser
from lsqm.normalize.hcl.tree import Attribute, Block, Body, Expr

__all__ = ["HclError", "decode", "parse", "parse_expression"]


def decode(content: bytes, *, file: str) -> str:
    """The text of a Terraform file: UTF-8, without its byte order mark. Raises HclError for anything else."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise HclError(file, "", 0, f"not UTF-8 text ({error.reason} at byte {error.start})") from error


def parse(text: str, *, file: str = "main.tf") -> Body:
    """Parse a whole file. Raises HclError with the place of the first thing that is not HCL."""
    parser = _Parser(text, file)
    body = parser.body(nested=False)
    if parser.position < len(text):
        raise parser.error("expected an attribute or a block")
    return body


def parse_expression(text: str, *, file: str = "expression") -> Expr:
    """Parse one expression, line breaks allowed."""
    parser = _Parser(text, file)
    parser.multiline = True
    expr = parser.expression()
    parser.space()
    if parser.position < len(text):
        raise parser.error("expected the end of the expression")
    return expr


class _Parser(ExpressionParser):
    def body(self, *, nested: bool) -> Body:
        attributes: list[Attribute] = []
        blocks: list[Block] = []
        names: set[str] = set()
        self.enter()
        while True:
            self.multiline = True
            self.space()
            self.multiline = False
            if self.position >= self.limit or (nested and self.at("}")):
                break
            start = self.position
            name = self.ident()
            self.space()
            if self.at("=") and not self.at("=="):
                self.position += 1
                if name in names:
                    raise self.error(f"`{name}` is set twice in one block")
                names.add(name)
                expr = self.expression()
                attributes.append(Attribute(name, expr, start, self.position))
            else:
                blocks.append(self.block(name, start))
            self.space()
            if self.position < self.limit and not self.at("\n") and not (nested and self.at("}")):
                raise self.error("expected a new line")
        self.depth -= 1
        return Body(tuple(attributes), tuple(blocks))

    def block(self, kind: str, start: int) -> Block:
        labels: list[str] = []
        while not self.at("{"):
            if self.at('"'):
                label = self.quoted().text
                if label is None:
                    raise self.error("a block label cannot be computed")
                labels.append(label)
            elif self.at_ident():
                labels.append(self.ident())
            else:
                raise self.error(f"expected `=`, a label or `{{` after `{kind}`")
            self.space()
        self.position += 1
        body = self.body(nested=True)
        if not self.take("}"):
            raise self.error(f"`{kind}` block is never closed")
        return Block(kind, tuple(labels), body, start, self.position)
