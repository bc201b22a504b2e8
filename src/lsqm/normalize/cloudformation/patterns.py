"""Regular expressions of strangers: whether a text fits, and a text that fits, in bounded time whatever they say.

Python's own matcher backtracks, so that `(a+)+$` can keep it busy for years. This one follows all the places where a
match can stand at once and takes time linear in the text.
"""

import importlib
import re
import warnings
from collections.abc import Callable, Iterable
from typing import Any

MAX_TEXT = 4096
_MAX_PATTERN = 4000
_MAX_STEPS = 200_000
"""Per expression, over all the texts that it is tried on."""

_parser: Any = importlib.import_module("re._parser")
_codes: Any = importlib.import_module("re._constants")
_CLASSES: dict[Any, Callable[[str], bool]] = {
    _codes.CATEGORY_DIGIT: str.isdigit, _codes.CATEGORY_NOT_DIGIT: lambda c: not c.isdigit(),
    _codes.CATEGORY_SPACE: str.isspace, _codes.CATEGORY_NOT_SPACE: lambda c: not c.isspace(),
    _codes.CATEGORY_WORD: lambda c: c.isalnum() or c == "_",
    _codes.CATEGORY_NOT_WORD: lambda c: not (c.isalnum() or c == "_"),
}  # fmt: skip
_REPEATS = {_codes.MAX_REPEAT, _codes.MIN_REPEAT, _codes.POSSESSIVE_REPEAT}


class _Beyond(Exception):
    """The expression uses what is not followed here, or takes too many steps."""


class Pattern:
    """A regular expression, read once."""

    def __init__(self, pattern: str) -> None:
        self._parsed: Any = None
        self._steps = _MAX_STEPS
        if len(pattern) <= _MAX_PATTERN:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # `[[` may change its meaning one day
                    self._parsed = _parser.parse(pattern)
            except (re.error, RecursionError, OverflowError):
                self._parsed = None

    def accepts(self, text: str) -> bool:
        """Whether it matches the whole text; True where that cannot be told."""
        if self._parsed is None:
            return True
        match = _Match(text, self._parsed, self._steps)
        try:
            return len(text) in match.ends(self._parsed, {0})
        except (_Beyond, RecursionError):
            return True
        finally:
            self._steps = match.steps

    def example(self) -> str:
        """A short text made from its parts, which need not match."""
        try:
            return "" if self._parsed is None else _example(self._parsed)
        except RecursionError:
            return ""


class _Match:
    """Follows one text through one expression."""

    def __init__(self, text: str, parsed: Any, steps: int) -> None:
        self.steps = steps
        """How many are left."""
        self._text = text
        self._folded = bool(parsed.state.flags & re.IGNORECASE)

    def ends(self, tokens: Iterable[tuple[Any, Any]], starts: set[int]) -> set[int]:
        """Where the tokens can end when they begin at one of `starts`."""
        for code, value in tokens:
            self.steps -= 1 + len(starts)
            if self.steps < 0:
                raise _Beyond
            starts = self._token(code, value, starts)
            if not starts:
                break
        return starts

    def _token(self, code: Any, value: Any, starts: set[int]) -> set[int]:
        if code in {_codes.LITERAL, _codes.NOT_LITERAL, _codes.ANY, _codes.IN}:
            return {at + 1 for at in starts if at < len(self._text) and self._fits(code, value, self._text[at])}
        if code is _codes.BRANCH:
            return set().union(*(self.ends(branch, starts) for branch in value[1]))
        if code is _codes.SUBPATTERN:
            return self.ends(value[-1], starts)
        if code is _codes.ATOMIC_GROUP:
            return self.ends(value, starts)
        if code in _REPEATS:
            least, most, inner = value
            return self._repeat(least, most, inner, starts)
        if code is _codes.AT:
            return {at for at in starts if self._stands(value, at)}
        if code in {_codes.ASSERT, _codes.ASSERT_NOT} and value[0] == 1:
            return {at for at in starts if bool(self.ends(value[1], {at})) is (code is _codes.ASSERT)}
        raise _Beyond

    def _repeat(self, least: int, most: int, tokens: Any, starts: set[int]) -> set[int]:
        for _ in range(least):
            following = self.ends(tokens, starts)
            if following == starts or not following:
                starts = following
                break
            starts = following
        seen, new = set(starts), starts
        for _ in range(min(most - least, len(self._text) + 1)):
            new = self.ends(tokens, new) - seen
            if not new:
                break
            seen |= new
        return seen

    def _fits(self, code: Any, value: Any, char: str) -> bool:
        if self._folded and char.lower() != char.upper():
            return any(self._is(code, value, each) for each in (char.lower(), char.upper()))
        return self._is(code, value, char)

    @staticmethod
    def _is(code: Any, value: Any, char: str) -> bool:
        if code is _codes.ANY:
            return char != "\n"
        if code is _codes.LITERAL:
            return bool(ord(char) == value)
        if code is _codes.NOT_LITERAL:
            return bool(ord(char) != value)
        negated, found = False, False
        for kind, what in value:
            negated |= kind is _codes.NEGATE
            found |= (
                (kind is _codes.LITERAL and ord(char) == what)
                or (kind is _codes.RANGE and what[0] <= ord(char) <= what[1])
                or (kind is _codes.CATEGORY and bool(_CLASSES[what](char)))
            )
        return found is not negated

    def _stands(self, where: Any, at: int) -> bool:
        if where in {_codes.AT_BEGINNING, _codes.AT_BEGINNING_STRING}:
            return at == 0
        if where in {_codes.AT_END, _codes.AT_END_STRING}:
            return at == len(self._text)
        if where in {_codes.AT_BOUNDARY, _codes.AT_NON_BOUNDARY}:
            sides = [self._text[place : place + 1] if place >= 0 else "" for place in (at - 1, at)]
            words = [side.isalnum() or side == "_" for side in sides]
            return (words[0] != words[1]) is (where is _codes.AT_BOUNDARY)
        raise _Beyond


def _example(tokens: Any) -> str:
    out = ""
    for code, value in tokens:
        if code is _codes.LITERAL:
            out += chr(value)
        elif code is _codes.ANY:
            out += "a"
        elif code is _codes.IN:
            out += _member(value)
        elif code is _codes.BRANCH:
            out += _example(value[1][0])
        elif code is _codes.SUBPATTERN:
            out += _example(value[-1])
        elif code in _REPEATS:
            low, high, inner = value
            out += _example(inner) * min(max(low, 1 if high else 0), 64)
        out = out[:MAX_TEXT]
    return out


def _member(choices: Any) -> str:
    for code, value in choices:
        if code is _codes.LITERAL:
            return chr(value)
        if code is _codes.RANGE:
            return chr(value[0])
        if code is _codes.CATEGORY:
            return {_codes.CATEGORY_DIGIT: "1", _codes.CATEGORY_SPACE: " "}.get(value, "a")
        if code is _codes.NEGATE:
            return "a"
    return "a"
