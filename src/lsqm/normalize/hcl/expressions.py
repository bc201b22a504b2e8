"""Expressions, by precedence climbing."""

import re
from dataclasses import replace

from lsqm.normalize.hcl.templates import TemplateParser
from lsqm.normalize.hcl.tree import Access, Call, Expr, For, Item, Literal, Name, Object, Operation, Template, Tuple

_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_DIGITS = re.compile(r"\d+")
_BINARY = re.compile(r"\|\||&&|==|!=|<=|>=|[<>+\-*/%]")
_LEVELS = (("||",), ("&&",), ("==", "!="), ("<", ">", "<=", ">="), ("+", "-"), ("*", "/", "%"))
_PRECEDENCE = {operator: level for level, operators in enumerate(_LEVELS, 1) for operator in operators}
_HEREDOC = re.compile(r"<<(-?)([^\W\d][\w-]*)[ \t]*\r?\n")


class ExpressionParser(TemplateParser):
    """Reads expressions."""

    def expression(self) -> Expr:
        self.enter()
        self.space()
        start = self.position
        expr = self.binary(1)
        self.space()
        if self.take("?"):
            then = self.expression()
            self.expect(":")
            expr = Operation("?", (expr, then, self.expression()), start, self.position)
        self.depth -= 1
        return expr

    def binary(self, minimum: int) -> Expr:
        self.space()
        start = self.position
        left = self.unary()
        while True:
            self.space()
            match = _BINARY.match(self.text, self.position, self.limit)
            if match is None or _PRECEDENCE[match.group()] < minimum:
                return left
            self.position = match.end()
            right = self.binary(_PRECEDENCE[match.group()] + 1)
            left = Operation(match.group(), (left, right), start, right.end)

    def unary(self) -> Expr:
        start = self.position
        if self.at("!") or self.at("-"):
            operator = self.text[start]
            self.position += 1
            self.enter()
            self.space()
            operand = self.unary()
            self.depth -= 1
            return Operation(operator, (operand,), start, operand.end)
        return self.accesses(self.primary())

    def accesses(self, target: Expr) -> Expr:
        start = target.start
        while True:
            before = self.position
            self.space()
            if self.at(".") and not self.at("..."):
                self.position += 1
                self.space()
                if self.take("*"):
                    target = Access(target, "*", "attribute-splat", start, self.position)
                elif digits := _DIGITS.match(self.text, self.position, self.limit):
                    self.position = digits.end()
                    index = Literal(int(digits.group()), digits.start(), digits.end())
                    target = Access(target, index, "index", start, self.position)
                else:
                    name = self.ident()
                    target = Access(target, name, "attribute", start, self.position)
            elif self.at("["):
                self.position += 1
                target = self.bracketed(target, start)
            else:
                self.position = before
                return target

    def bracketed(self, target: Expr, start: int) -> Access:
        outer, self.multiline = self.multiline, True
        self.space()
        index: Expr | None = None
        if self.at("*") and re.compile(r"\*\s*\]").match(self.text, self.position):
            self.position += 1
        else:
            index = self.expression()
        self.expect("]")
        self.multiline = outer
        if index is None:
            return Access(target, "*", "splat", start, self.position)
        return Access(target, index, "index", start, self.position)

    def primary(self) -> Expr:
        start = self.position
        if start >= self.limit:
            raise self.error("expected an expression")
        symbol = self.text[start]
        if symbol == '"':
            return self.quoted()
        if symbol == "(":
            self.position += 1
            outer, self.multiline = self.multiline, True
            expr = self.expression()
            self.expect(")")
            self.multiline = outer
            return replace(expr, start=start, end=self.position)
        if symbol == "[":
            return self.collection("]")
        if symbol == "{":
            return self.collection("}")
        if heredoc := _HEREDOC.match(self.text, start, self.limit):
            return self.heredoc(heredoc)
        if number := _NUMBER.match(self.text, start, self.limit):
            self.position = number.end()
            digits = number.group()
            return Literal(int(digits) if digits.isdigit() else float(digits), start, self.position)
        if self.at_ident():
            return self.word()
        raise self.error("expected an expression")

    def word(self) -> Expr:
        start = self.position
        name = self.ident()
        while self.at("::"):
            self.position += 2
            name = f"{name}::{self.ident()}"
        end = self.position
        self.space()
        if self.at("("):
            return self.call(name, start)
        self.position = end
        match name:
            case "true" | "false":
                return Literal(name == "true", start, end)
            case "null":
                return Literal(None, start, end)
            case _:
                return Name(name, start, end)

    def call(self, name: str, start: int) -> Call:
        self.position += 1
        outer, self.multiline = self.multiline, True
        arguments: list[Expr] = []
        expand = False
        self.space()
        while not self.at(")"):
            arguments.append(self.expression())
            self.space()
            expand = self.take("...")
            self.space()
            if not self.take(","):
                break
            self.space()
        self.expect(")")
        self.multiline = outer
        return Call(name, tuple(arguments), start, self.position, expand)

    def collection(self, close: str) -> Expr:
        start = self.position
        self.position += 1
        outer, self.multiline = self.multiline, True
        self.space()
        if self.keyword("for"):
            if not self.at("=") and not self.at(":"):
                expr: Expr = self.comprehension(start, close)
                self.multiline = outer
                return expr
            self.position -= len("for")
        expr = self.items(start) if close == "]" else self.entries(start)
        self.multiline = outer
        return expr

    def items(self, start: int) -> Tuple:
        found: list[Expr] = []
        while not self.at("]"):
            found.append(self.expression())
            self.space()
            if not self.take(","):
                break
            self.space()
        self.expect("]")
        return Tuple(tuple(found), start, self.position)

    def entries(self, start: int) -> Object:
        found: list[Item] = []
        while not self.at("}"):
            begin = self.position
            computed = self.at("(")
            self.multiline = False
            written = self.expression()
            key = written if computed else _plain_key(written)
            self.space()
            if not (self.take("=") or self.take(":")):
                raise self.error("expected `=` after an object key")
            value = self.expression()
            found.append(Item(key, value, begin, self.position))
            self.space()
            separated = self.at("\n") or self.take(",")
            self.multiline = True
            self.space()
            if not separated and not self.at("}"):
                raise self.error("expected a new line or a comma between object items")
        self.expect("}")
        return Object(tuple(found), start, self.position)

    def comprehension(self, start: int, close: str) -> For:
        self.space()
        names = [self.ident()]
        self.space()
        if self.take(","):
            self.space()
            names.append(self.ident())
            self.space()
        if not self.keyword("in"):
            raise self.error("expected `in`")
        source = self.expression()
        self.expect(":")
        key: Expr | None = None
        result = self.expression()
        self.space()
        if close == "}":
            if not self.take("=>"):
                raise self.error("expected `=>`")
            key, result = result, self.expression()
            self.space()
        grouped = self.take("...")
        self.space()
        condition = self.expression() if self.keyword("if") else None
        self.expect(close)
        return For(tuple(names), source, key, result, condition, grouped, close == "}", start, self.position)


def _plain_key(key: Expr) -> str | Expr:
    """An object key as written: bare words and constant strings are strings."""
    if isinstance(key, Name):
        return key.name
    if isinstance(key, Template) and key.text is not None:
        return key.text
    return key
