"""Reads a CloudFormation or SAM template, YAML or JSON, into plain values and the places they came from.

The parser's events are consumed one by one, so that depth, size and alias expansion have bounds: a YAML bomb or a
deep nest costs one sentence. Short forms such as `!Sub` become `{"Fn::Sub": …}`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from lsqm.errors import DataError
from lsqm.model.diagnostic import Diagnostic, Location, Severity

MAX_BYTES = 4_000_000
MAX_DEPTH = 120
MAX_NODES = 400_000

Path = tuple[str | int, ...]


class TemplateError(DataError):
    """The input is not a template that can be converted at all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A loaded template."""

    file: str
    template: dict[str, Any]
    positions: Mapping[Path, tuple[int, int]] = field(default_factory=dict)
    """Path of a value → line and column of its key or item, from 1."""
    diagnostics: tuple[Diagnostic, ...] = ()

    def locate(self, path: Path) -> Location:
        """The place of a value, or of the nearest thing around it that the file has."""
        for length in range(len(path), 0, -1):
            if place := self.positions.get(path[:length]):
                return Location(file=self.file, line=place[0], column=place[1])
        return Location(file=self.file)


def load(data: bytes, *, file: str) -> Source:
    """Parse a template.

    Raises:
        TemplateError: it is not text, YAML, JSON or a mapping, or it is too large, too deep or grows without bound.
    """
    text = _decode(data, file)
    is_json = text.lstrip().startswith("{")
    reader = _Reader(file)
    try:
        value = reader.read(_whitened(text) if is_json else text)
    except yaml.YAMLError as error:
        value = _plain_json(text, file) if is_json else None
        if value is None:
            raise TemplateError(
                f"{file}: not valid {'JSON' if is_json else 'YAML'}: {_explain(error)}",
                hint="Mend the syntax at that place; `aws cloudformation validate-template` names it too.",
            ) from None
    if not isinstance(value, dict):
        raise TemplateError(
            f"{file}: a template is a mapping with Resources, this is {_kind(value)}",
            hint="Give the CloudFormation or SAM template itself.",
        )
    return Source(file=file, template=value, positions=reader.positions, diagnostics=tuple(reader.diagnostics))


def _decode(data: bytes, file: str) -> str:
    if len(data) > MAX_BYTES:
        raise TemplateError(
            f"{file}: {len(data)} bytes is more than a template may have ({MAX_BYTES})",
            hint="Split the template into nested stacks; CloudFormation itself takes 1 MB.",
        )
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise TemplateError(
            f"{file}: not UTF-8 text (byte {error.start})", hint="Save the template as UTF-8 and try again."
        ) from None
    if not text.strip():
        raise TemplateError(f"{file}: the file is empty", hint="Give a template with a Resources section.")
    return text


def _whitened(text: str) -> str:
    """JSON may be indented with tabs, YAML may not; raw tabs never stand inside JSON strings."""
    return text.replace("\t", " ")


def _plain_json(text: str, file: str) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    _bounded(value, file)
    return value


_SURROGATE = re.compile("[\ud800-\udfff]")


def _bounded(value: Any, file: str) -> None:
    stack: list[tuple[Any, int]] = [(value, 0)]
    seen = 0
    while stack:
        item, depth = stack.pop()
        seen += 1
        if depth > MAX_DEPTH or seen > MAX_NODES:
            raise _too_big(file, depth > MAX_DEPTH)
        if isinstance(item, dict):
            stack.extend((inner, depth + 1) for pair in item.items() for inner in pair)
        elif isinstance(item, list):
            stack.extend((inner, depth + 1) for inner in item)
        elif isinstance(item, str) and _SURROGATE.search(item):
            raise TemplateError(
                f"{file}: {item[:40]!a} has half of a surrogate pair, which is no character",
                hint="Write the character itself, or both halves.",
            )


def _too_big(file: str, deep: bool) -> TemplateError:  # noqa: FBT001 - one private caller, two words
    what = (
        f"nested more than {MAX_DEPTH} levels deep" if deep else f"more than {MAX_NODES} values once aliases are open"
    )
    return TemplateError(f"{file}: {what}", hint="No real template is like this; it was not read further.")


def _kind(value: Any) -> str:
    return {list: "a list", str: "a piece of text", type(None): "nothing"}.get(type(value), f"a {type(value).__name__}")


def _explain(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or error).splitlines()[0]
    return f"{problem} (line {mark.line + 1}, column {mark.column + 1})" if mark else problem


_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+)")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_PLAIN_TAGS = frozenset({"str", "int", "float", "bool", "null", "map", "seq", "timestamp", "binary", "omap", "set"})
_WITHOUT_FN = frozenset({"Ref", "Condition"})


def _scalar(text: str, tag: str | None, plain: bool) -> Any:  # noqa: FBT001
    if tag is not None and tag.startswith("tag:yaml.org,2002:"):
        plain = not tag.endswith((":str", ":binary", ":timestamp"))
    if not plain:
        return text
    lower = text.lower()
    if lower in _WORDS and text in {lower, lower.capitalize(), lower.upper()}:
        return _WORDS[lower]
    if _INTEGER.fullmatch(text) and len(text) < 20:
        return int(text)
    if _FLOAT.fullmatch(text) and len(text) < 25:
        return float(text)
    return text


def _short_form(tag: str | None) -> str:
    """`!Sub` → `Fn::Sub`; empty for ordinary tags."""
    if not tag or tag.startswith("tag:yaml.org,2002:") or tag == "!":
        return ""
    name = tag.lstrip("!")
    if not re.fullmatch(r"[A-Za-z:]+", name) or name in _PLAIN_TAGS:
        return ""
    return name if name in _WITHOUT_FN else "Fn::" + name.removeprefix("Fn::")


def _wrap(function: str, value: Any) -> Any:
    if not function:
        return value
    if function == "Fn::GetAtt" and isinstance(value, str):
        value = list(value.split(".", 1))
    return {function: value}


@dataclass(slots=True)
class _Frame:
    """An open mapping or list."""

    value: Any
    path: Path
    function: str = ""
    anchor: str | None = None
    key: Any = None
    waiting_for_value: bool = False
    merge: list[Any] = field(default_factory=list)


class _Reader:
    """Builds values from parser events."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.positions: dict[Path, tuple[int, int]] = {}
        self.diagnostics: list[Diagnostic] = []
        self._anchors: dict[str, Any] = {}
        self._nodes = 0
        self._stack: list[_Frame] = []
        self._root: Any = None
        self._done = False

    def read(self, text: str) -> Any:
        for event in self._events(text):
            if self._done:
                break
            self._take(event)
        return self._root

    @staticmethod
    def _events(text: str) -> Iterator[Any]:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        parser = loader(text)
        try:
            while parser.check_event():
                yield parser.get_event()
        finally:
            parser.dispose()

    def _take(self, event: Any) -> None:
        match event:
            case yaml.ScalarEvent():
                function = _short_form(event.tag)
                plain = bool(event.implicit[0]) and not function and event.style in {None, ""}
                value = _wrap(function, _scalar(event.value, event.tag, plain))
                self._anchor(event, value)
                self._put(value, event, is_text=not function)
            case yaml.AliasEvent():
                if event.anchor not in self._anchors:
                    raise _refused(f"undefined alias {event.anchor!r}", event.start_mark)
                value = self._anchors[event.anchor]
                self._count(_size(value, MAX_NODES - self._nodes))
                self._put(value, event)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                if len(self._stack) >= MAX_DEPTH:
                    raise _too_big(self.file, deep=True)
                path = self._next_path(event)
                empty: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
                function = _short_form(event.tag)
                inner = (*path, function) if function else path
                self._stack.append(_Frame(value=empty, path=inner, function=function, anchor=event.anchor))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                frame = self._stack.pop()
                for merged in frame.merge:
                    if isinstance(merged, dict):
                        frame.value.update({key: value for key, value in merged.items() if key not in frame.value})
                value = _wrap(frame.function, frame.value)
                if frame.anchor:
                    self._anchors[frame.anchor] = value
                self._put(value, event, placed=True)
            case _:
                return

    def _anchor(self, event: Any, value: Any) -> None:
        if event.anchor:
            self._anchors[event.anchor] = value

    def _count(self, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise _too_big(self.file, deep=False)

    def _next_path(self, event: Any) -> Path:
        """Path of the value that begins here; remembers where list items stand."""
        if not self._stack:
            return ()
        frame = self._stack[-1]
        if isinstance(frame.value, list):
            path = (*frame.path, len(frame.value))
            self.positions[path] = (event.start_mark.line + 1, event.start_mark.column + 1)
            return path
        if not frame.waiting_for_value:
            raise _refused("a mapping cannot be a key", event.start_mark)
        return (*frame.path, frame.key)

    def _put(self, value: Any, event: Any, *, placed: bool = False, is_text: bool = False) -> None:
        self._count(1)
        if not self._stack:
            self._root, self._done = value, True
            return
        frame = self._stack[-1]
        if isinstance(frame.value, list):
            if not placed:
                self._next_path(event)
            frame.value.append(value)
        elif frame.waiting_for_value:
            frame.waiting_for_value = False
            if frame.key == "<<":
                frame.merge.extend(value if isinstance(value, list) else [value])
            else:
                frame.value[frame.key] = value
        else:
            if not is_text:
                raise _refused("a key must be plain text", event.start_mark)
            self._key(frame, event)

    def _key(self, frame: _Frame, event: Any) -> None:
        key = event.value
        place = (event.start_mark.line + 1, event.start_mark.column + 1)
        if key in frame.value and key != "<<":
            self.diagnostics.append(
                Diagnostic(
                    code="duplicate-key",
                    severity=Severity.WARNING,
                    message=f"{key} stands twice in the same mapping",
                    location=Location(file=self.file, line=place[0], column=place[1]),
                    subject=str(key),
                    effect="The last one counts.",
                )
            )
        self.positions[*frame.path, key] = place
        frame.key = key
        frame.waiting_for_value = True


def _refused(problem: str, mark: Any) -> yaml.YAMLError:
    return yaml.composer.ComposerError(None, None, problem, mark)


def _size(value: Any, limit: int) -> int:
    """Number of values inside, counted no further than `limit`."""
    stack, seen = [value], 0
    while stack and seen <= limit:
        item = stack.pop()
        seen += 1
        if isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
    return seen
