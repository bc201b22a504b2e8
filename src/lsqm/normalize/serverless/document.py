"""Reading YAML as the framework does: YAML 1.2 scalars, CloudFormation tags, line numbers kept aside.

Dates stay strings, `yes` and `on` are words, `!GetAtt a.b` becomes `{"Fn::GetAtt": ["a", "b"]}`.
"""

import json
import re
from collections.abc import Hashable
from typing import Any

import yaml

from lsqm.errors import DataError
from lsqm.normalize.serverless.report import Path

_TAGS = frozenset(
    {"And", "Base64", "Cidr", "Condition", "Equals", "FindInMap", "GetAtt", "GetAZs", "If", "ImportValue", "Join"}
    | {"Length", "Not", "Or", "Ref", "Select", "Split", "Sub", "ToJsonString", "Transform"}
)


class ServerlessFileError(DataError):
    """A Serverless configuration, or a file that it includes, that cannot be read."""


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  as PyYAML declares it


def _scalars() -> None:
    """The scalars of YAML 1.2 as JavaScript's js-yaml resolves them; PyYAML's own are YAML 1.1."""
    rules = (
        ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
        ("null", r"~|null|Null|NULL|", "~nN\0"),
        ("int", r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0o[0-7_]+|[0-9][0-9_]*)", "-+0123456789"),
        (
            "float",
            r"[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?|\.[0-9_]+(?:[eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan",
            "-+0123456789.",
        ),
        ("merge", "<<", "<"),
    )
    for name, pattern, first in rules:
        letters: list[str | None] = ["" if letter == "\0" else letter for letter in first]
        _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{name}", re.compile(rf"(?:{pattern})\Z"), letters)


def _integer(loader: yaml.SafeLoader, node: yaml.Node) -> int:
    text = str(loader.construct_scalar(node)).replace("_", "") if isinstance(node, yaml.ScalarNode) else ""
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text.lstrip("+"))
    base = {"0b": 2, "0x": 16, "0o": 8}.get(digits[:2], 10)
    return sign * int(digits[2:] if base != 10 else digits, base)


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    if suffix not in _TAGS:
        msg = f"unknown tag !{suffix}"
        raise yaml.constructor.ConstructorError(None, None, msg, node.start_mark)
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1) if "." in value else [value, ""]
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    """Keys become strings, as JavaScript's object keys are."""
    loader.flatten_mapping(node)
    pairs = ((loader.construct_object(key, deep=True), value) for key, value in node.value)
    return {_key(key): loader.construct_object(value, deep=True) for key, value in pairs}


def _key(key: Any) -> str:
    if isinstance(key, bool):
        return "true" if key else "false"
    return "null" if key is None else str(key)


_scalars()
_Loader.add_constructor("tag:yaml.org,2002:int", _integer)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_multi_constructor("!", _intrinsic)


def load_yaml(content: bytes, *, file: str) -> Any:
    """The value of a YAML document. Raises ServerlessFileError with file and line."""
    return _parse(content, file=file)[0]


def load_yaml_with_lines(content: bytes, *, file: str) -> tuple[Any, dict[Path, int]]:
    """The value of a YAML document and the line on which each of its keys stands."""
    value, node = _parse(content, file=file)
    lines: dict[Path, int] = {}
    _index(node, (), lines)
    return value, lines


def load_json(content: bytes, *, file: str) -> Any:
    """The value of a JSON document. Raises ServerlessFileError."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ServerlessFileError(f"{file} is not valid JSON: {error}", hint="mend the file, or skip it") from error


def _parse(content: bytes, *, file: str) -> tuple[Any, yaml.Node | None]:
    hint = "mend the file, or skip it"
    try:
        loader = _Loader(content.decode("utf-8-sig"))
        try:
            node = loader.get_single_node()
            return (None if node is None else loader.construct_document(node)), node
        finally:
            loader.dispose()
    except UnicodeDecodeError as error:
        raise ServerlessFileError(f"{file} is not UTF-8 text: {error}", hint=hint) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{file}:{mark.line + 1}" if mark else file
        raise ServerlessFileError(f"{place} is not valid YAML: {error.problem or error.context}", hint=hint) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ServerlessFileError(f"{file} is not valid YAML: {error}", hint=hint) from error


def _index(node: yaml.Node | None, path: Path, lines: dict[Path, int]) -> None:
    if len(path) > 12:  # deep enough to name any event or property
        return
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            lines.setdefault(here, key.start_mark.line + 1)
            _index(value, here, lines)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            lines.setdefault((*path, number), item.start_mark.line + 1)
            _index(item, (*path, number), lines)
