"""Strings: quoted and heredoc, with their interpolations and directives."""

import re
from abc import abstractmethod

from lsqm.normalize.hcl.cursor import Cursor
from lsqm.normalize.hcl.tree import Directive, Expr, Interpolation, Template

_QUOTED_TEXT = re.compile(r'[^"\\$%\n]+')
_HEREDOC_TEXT = re.compile(r"[^$%]+")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_UNICODE = re.compile(r"\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})")
_DIRECTIVES = frozenset({"if", "else", "endif", "for", "endfor"})


class TemplateParser(Cursor):
    """Reads templates; what is in `${…}` is read by `expression`."""

    @abstractmethod
    def expression(self) -> Expr:
        """Read one expression."""

    def quoted(self) -> Template:
        start = self.position
        self.position += 1
        parts = self.template(_QUOTED_TEXT, quoted=True)
        if not self.take('"'):
            raise self.error("a string is never closed")
        return Template(parts, start, self.position)

    def heredoc(self, opening: "re.Match[str]") -> Template:
        start = self.position
        tag = opening.group(2)
        closing = re.compile(rf"^[ \t]*{re.escape(tag)}[ \t]*\r?$", re.MULTILINE)
        found = closing.search(self.text, opening.end(), self.limit)
        if found is None:
            raise self.error(f"heredoc `{tag}` is never closed")
        outer_limit, self.limit = self.limit, found.start()
        self.position = opening.end()
        parts = self.template(_HEREDOC_TEXT, quoted=False)
        if self.position != self.limit:
            raise self.error("an interpolation runs past the end of its heredoc")
        self.limit = outer_limit
        self.position = found.end() - (1 if found.group().endswith("\r") else 0)
        return Template(_dedent(parts) if opening.group(1) else parts, start, self.position, heredoc=True)

    def template(self, plain: "re.Pattern[str]", *, quoted: bool) -> tuple[str | Interpolation | Directive, ...]:
        parts: list[str | Interpolation | Directive] = []
        buffer: list[str] = []
        while self.position < self.limit:
            if match := plain.match(self.text, self.position, self.limit):
                buffer.append(match.group())
                self.position = match.end()
                continue
            if quoted and self.at('"'):
                break
            if quoted and self.at("\n"):
                raise self.error("a quoted string cannot span lines")
            if self.at("$${") or self.at("%%{"):
                buffer.append(self.text[self.position + 1 : self.position + 3])
                self.position += 3
            elif self.at("${") or self.at("%{"):
                if buffer:
                    parts.append("".join(buffer))
                    buffer = []
                parts.append(self.sequence())
            elif quoted and self.at("\\"):
                buffer.append(self.escape())
            else:
                buffer.append(self.text[self.position])
                self.position += 1
        if buffer:
            parts.append("".join(buffer))
        return tuple(parts)

    def escape(self) -> str:
        if match := _UNICODE.match(self.text, self.position, self.limit):
            code = int(match.group(1) or match.group(2), 16)
            if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
                raise self.error("not a Unicode character")
            self.position = match.end()
            return chr(code)
        symbol = self.text[self.position + 1 : self.position + 2]
        if symbol not in _ESCAPES:
            raise self.error(f"unknown escape `\\{symbol}`")
        self.position += 2
        return _ESCAPES[symbol]

    def sequence(self) -> Interpolation | Directive:
        control = self.at("%{")
        self.position += 2
        trim_before = self.take("~")
        outer, self.multiline = self.multiline, True
        self.space()
        made: Interpolation | Directive
        if control:
            keyword = self.ident()
            if keyword not in _DIRECTIVES:
                raise self.error(f"unknown template directive `{keyword}`")
            names: list[str] = []
            exprs: list[Expr] = []
            if keyword == "for":
                self.space()
                names.append(self.ident())
                self.space()
                if self.take(","):
                    self.space()
                    names.append(self.ident())
                    self.space()
                if not self.keyword("in"):
                    raise self.error("expected `in`")
            if keyword in {"if", "for"}:
                exprs.append(self.expression())
            self.space()
            made = Directive(keyword, tuple(names), tuple(exprs), trim_before, self.take("~"))
        else:
            expr = self.expression()
            self.space()
            made = Interpolation(expr, trim_before, self.take("~"))
        self.multiline = outer
        if not self.take("}"):
            raise self.error("an interpolation is never closed")
        return made


def _dedent(parts: tuple[str | Interpolation | Directive, ...]) -> tuple[str | Interpolation | Directive, ...]:
    """`<<-`: take the smallest indentation off every line, as Terraform does."""
    indents: list[int] = []
    fresh = True
    for part in parts:
        if not isinstance(part, str):
            if fresh:
                indents.append(0)
            fresh = False
            continue
        lines = part.split("\n")
        for number, line in enumerate(lines):
            begins = fresh if number == 0 else True
            last = number == len(lines) - 1
            if begins and (line.strip() or (last and part is not parts[-1])):
                indents.append(len(line) - len(line.lstrip(" \t")))
        fresh = part.endswith("\n")
        if lines[-1] and lines[-1].isspace() and part is not parts[-1]:
            fresh = False
    cut = min(indents, default=0)
    if not cut:
        return parts
    done: list[str | Interpolation | Directive] = []
    fresh = True
    for part in parts:
        if isinstance(part, str):
            lines = part.split("\n")
            lines = [line[cut:] if (fresh or number) else line for number, line in enumerate(lines)]
            done.append("\n".join(lines))
            fresh = part.endswith("\n")
        else:
            done.append(part)
            fresh = False
    return tuple(done)
