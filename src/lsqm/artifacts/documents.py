"""Documents of the artifact repository: versioned JSON with sorted keys, for small diffs and old files kept readable.

Every document is the JSON form of one dataclass of `lsqm.model` with a `format` number beside its fields. Older formats
are upgraded step by step when read; newer ones are refused with a sentence that says what to install.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from lsqm.errors import DataError

FORMAT = 1
"""The format this lsqm writes."""

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]

UPGRADES: Mapping[int, Upgrade] = {}
"""Format n → the step from n to n + 1. Empty while there is only format 1."""

T = TypeVar("T")


_adapters: dict[Any, TypeAdapter[Any]] = {}


def adapter(kind: type[T]) -> TypeAdapter[T]:
    """The validator and serializer of one document type, built once per process."""
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def to_json(value: Any) -> bytes:
    """JSON as it is stored: UTF-8, sorted keys, two spaces, newline at the end."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    # A lone surrogate (from a broken log) cannot be written as UTF-8; it is kept visible as an escape.
    return text.encode("utf-8", errors="backslashreplace") + b"\n"


def dump(value: object, **more: object) -> bytes:
    """The stored form of a dataclass value; `more` adds fields beside its own."""
    fields = adapter(type(value)).dump_python(value, mode="json")
    return to_json({"format": FORMAT, **fields, **more})


def parse(data: bytes, path: Path) -> dict[str, Any]:
    """Parse a document and bring it to the current format.

    Raises:
        DataError: not JSON, not an object, no format, or a newer format than this lsqm knows.
    """
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{path} is not valid JSON: {error}",
            hint="Restore it from git (`git checkout -- FILE` in the artifact repository) or delete it and sync again.",
        ) from error
    if not isinstance(value, dict) or not isinstance(value.get("format"), int):
        raise DataError(
            f"{path} is not an lsqm document: it has no number under 'format'",
            hint="Point ARTIFACT_REPO at a repository made by lsqm, or restore the file from git.",
        )
    if value["format"] > FORMAT:
        raise DataError(
            f"{path} has format {value['format']}, and this lsqm reads up to {FORMAT}",
            hint="Install a newer lsqm: the artifact repository was written by one.",
        )
    return upgrade(value, UPGRADES, FORMAT, path)


def upgrade(value: dict[str, Any], upgrades: Mapping[int, Upgrade], target: int, path: Path) -> dict[str, Any]:
    """Apply upgrade steps until `value` has format `target`. Raises DataError when a step is missing."""
    while value["format"] < target:
        step = upgrades.get(value["format"])
        if step is None:
            raise DataError(
                f"{path} has format {value['format']}, which this lsqm cannot upgrade",
                hint="Upgrade the artifact repository with an older lsqm first.",
            )
        value = {**step(value), "format": value["format"] + 1}
    return value


def load(kind: type[T], data: bytes, path: Path) -> T:
    """Read one document.

    Args:
        kind: the dataclass it holds.
        data: the file's content.
        path: the file, for messages.

    Raises:
        DataError: it cannot be read as `kind`; names the file and the first field that is wrong.
    """
    return from_fields(kind, parse(data, path), path)


def from_fields(kind: type[T], fields: dict[str, Any], path: Path) -> T:
    """Make the dataclass from parsed fields; fields it does not know are ignored. Raises DataError."""
    try:
        return adapter(kind).validate_python({key: value for key, value in fields.items() if key != "format"})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        raise DataError(
            f"{path}: {where}: {first['msg']}",
            hint="Restore the file from git, or delete it so that the next run writes it again.",
        ) from error
