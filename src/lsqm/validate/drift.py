"""The re-plan's verdict: what the emulator did not give back as it was asked for, attribute by attribute."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from lsqm.model.result import Drift, DriftKind

_VALUE_LIMIT = 200
_ACTIONS = {
    ("update",): "update",
    ("create",): "create",
    ("delete",): "delete",
    ("read",): "read",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Ignored:
    """One known quirk of the provider: a row of drift_ignore.toml."""

    type: str
    attribute: str
    provider: str
    """Version prefix of hashicorp/aws, empty for all."""
    reason: str


@cache
def ignored() -> tuple[Ignored, ...]:
    """The table of quirks that are the provider's doing and no finding about an emulator."""
    table = tomllib.loads((files(__package__) / "drift_ignore.toml").read_text(encoding="utf-8"))
    return tuple(Ignored(**row) for row in table.get("ignore", []))


def read_plan(document: bytes, provider_version: str = "") -> tuple[Drift, ...] | None:
    """Understand `terraform show -json PLAN`. None when it cannot be read."""
    try:
        plan = json.loads(document)
        found = [
            *(d for change in plan.get("resource_changes", []) for d in _resource(change, provider_version)),
            *_outputs(plan.get("output_changes", {})),
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return tuple(found)


def _resource(change: dict[str, Any], provider_version: str) -> Iterator[Drift]:
    actions = tuple(change["change"]["actions"])
    if actions == ("no-op",) or (actions == ("read",) and change.get("mode") == "data"):
        return
    action = _ACTIONS.get(actions, "+".join(actions))
    before, after = change["change"].get("before"), change["change"].get("after")
    if not isinstance(before, dict) or not isinstance(after, dict):
        yield Drift(kind=DriftKind.RESOURCE, address=change["address"], action=action)
        return
    unknown = change["change"].get("after_unknown") or {}
    secret = {*_marked(change["change"].get("before_sensitive")), *_marked(change["change"].get("after_sensitive"))}
    named = False
    for path, was, wanted in _differences(before, after, unknown):
        top = path.split(".", 1)[0].split("[", 1)[0]
        if _is_ignored(change.get("type", ""), top, provider_version):
            named = True
            continue
        hidden = top in secret
        named = True
        yield Drift(
            kind=DriftKind.RESOURCE,
            address=change["address"],
            action=action,
            attribute=path,
            before="(sensitive)" if hidden else _short(was),
            after="(sensitive)" if hidden else _short(wanted),
        )
    if not named:
        yield Drift(kind=DriftKind.RESOURCE, address=change["address"], action=action)


def _outputs(changes: dict[str, Any]) -> Iterator[Drift]:
    for name, change in changes.items():
        actions = tuple(change["actions"])
        if actions == ("no-op",):
            continue
        hidden = bool(change.get("before_sensitive") or change.get("after_sensitive"))
        yield Drift(
            kind=DriftKind.OUTPUT,
            address=f"output.{name}",
            action=_ACTIONS.get(actions, "+".join(actions)),
            before="(sensitive)" if hidden else _short(change.get("before")),
            after="(sensitive)" if hidden else _short(change.get("after", "(known after apply)")),
        )


def _differences(before: Any, after: Any, unknown: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, dict) and isinstance(after, dict):
        marks = unknown if isinstance(unknown, dict) else {}
        for name in sorted({*before, *after, *(key for key, mark in marks.items() if mark is True)}):
            inner = f"{path}.{name}" if path else name
            if marks.get(name) is True:
                if name in before and before[name] is not None and name not in after:
                    yield inner, before[name], "(known after apply)"
                continue
            yield from _differences(before.get(name), after.get(name), marks.get(name), inner)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        marks_list = unknown if isinstance(unknown, list) else []
        for index, (was, wanted) in enumerate(zip(before, after, strict=True)):
            mark = marks_list[index] if index < len(marks_list) else None
            yield from _differences(was, wanted, mark, f"{path}[{index}]")
    elif before != after and unknown is not True:
        yield path, before, after


def _marked(sensitive: Any) -> set[str]:
    return {name for name, mark in sensitive.items() if mark} if isinstance(sensitive, dict) else set()


def _is_ignored(resource_type: str, attribute: str, provider_version: str) -> bool:
    return any(
        row.type == resource_type and row.attribute == attribute and provider_version.startswith(row.provider)
        for row in ignored()
    )


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
    return text if len(text) <= _VALUE_LIMIT else text[: _VALUE_LIMIT - 1] + "…"
