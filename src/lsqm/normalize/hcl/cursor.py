"""A place in HCL text, and the small steps every reader of it takes."""

import re

from lsqm.errors import DataError

_DEPTH = 90
"""Nesting beyond this is nobody's infrastructure; it also keeps Python's stack safe."""

_SPACE = re.compile(r"(?:[ \t\r]+|#[^\n]*|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_SPACE_NEWLINES = re.compile(r"(?:[ \t\r\n]+|#[^\n]*|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_IDENT = re.compile(r"[^\W\d][\w-]*")


class HclError(DataError):
    """Not HCL: `location` is `file:line:column`."""

    def __init__(self, file: str, text: str, position: int, problem: str) -> None:
        line = text.count("\n", 0, position) + 1
        column = position - (text.rfind("\n", 0, position) + 1) + 1
        self.location = f"{file}:{line}:{column}"
        super().__init__(f"{self.location}: {problem}", hint="Fix the Terraform syntax there.")


class Cursor:
    """Text, a position in it, and whether a line break is space here (`multiline`)."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.position = 0
        self.limit = len(text)
        self.multiline = False
        self.depth = 0

    def enter(self) -> None:
        self.depth += 1
        if self.depth > _DEPTH:
            raise self.error(f"nested deeper than {_DEPTH} levels")

    def error(self, problem: str) -> HclError:
        return HclError(self.file, self.text, min(self.position, len(self.text)), problem)

    def space(self) -> None:
        match = (_SPACE_NEWLINES if self.multiline else _SPACE).match(self.text, self.position, self.limit)
        if match:
            self.position = match.end()

    def at(self, symbol: str) -> bool:
        return self.position + len(symbol) <= self.limit and self.text.startswith(symbol, self.position)

    def take(self, symbol: str) -> bool:
        if self.at(symbol):
            self.position += len(symbol)
            return True
        return False

    def expect(self, symbol: str) -> None:
        self.space()
        if not self.take(symbol):
            raise self.error(f"expected `{symbol}`")

    def at_ident(self) -> bool:
        return _IDENT.match(self.text, self.position, self.limit) is not None

    def ident(self) -> str:
        match = _IDENT.match(self.text, self.position, self.limit)
        if match is None:
            raise self.error("expected a name")
        self.position = match.end()
        return match.group()

    def keyword(self, word: str) -> bool:
        """Take `word` if it stands here as a whole word."""
        match = _IDENT.match(self.text, self.position, self.limit)
        if match and match.group() == word:
            self.position = match.end()
            return True
        return False
