"""Three versions of one document → one. Pure; which paths are documents and what git thinks is not known here.

Two runs that push at once have each added keys to the same files: index entries, ledger lines, trend points, issue
numbers. A line merge would leave conflict markers; merging by key cannot.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

_IDENTITIES = (
    *(("run", "service"), ("run", "operation"), ("run",), ("run_id",), ("id",), ("hash",)),
    *(("architecture",), ("fingerprint",), ("key",), ("name",)),
)
"""What tells the elements of a list of objects apart, best first."""

_NOT_RUN = "-"


class _Missing:
    """Not there, which is something else than null."""


_MISSING = _Missing()


def merge_json(base: bytes | None, ours: bytes, theirs: bytes) -> bytes:
    """Merge a JSON document by key; ours stays where both changed a value. Broken input loses to sound input."""
    our_value, their_value, base_value = _parse(ours), _parse(theirs), _parse(base) if base is not None else _MISSING
    if isinstance(our_value, _Missing):
        return theirs
    if isinstance(their_value, _Missing):
        return ours
    merged = _folded(_merge(*(_unfolded(value) for value in (base_value, our_value, their_value))))
    return (json.dumps(merged, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode(errors="backslashreplace")


def merge_lines(ours: bytes, theirs: bytes, base: bytes = b"") -> bytes:
    """Merge a JSON-lines ledger: the union by `run`, sorted; nothing is ever removed.

    Where both have a line of a run, the side that changed it wins; where both did, that of a complete run, then ours.
    """
    before, our_lines, lines = _lines(base), _lines(ours), _lines(theirs)
    for run, line in our_lines.items():
        known = lines.get(run)
        if known is None or (line != before.get(run) and (known == before.get(run) or _rank(line) >= _rank(known))):
            lines[run] = line
    return b"".join(lines[run] + b"\n" for run in sorted(lines))


def _lines(ledger: bytes) -> dict[str, bytes]:
    """Run → its line; what is no line of a run is left out."""
    values = ((_parse(line), line) for line in ledger.splitlines())
    return {
        value["run"]: line for value, line in values if isinstance(value, dict) and isinstance(value.get("run"), str)
    }


def _rank(line: bytes) -> bool:
    return _parse(line).get("complete", True) is True


def runs_in(ledger: bytes) -> frozenset[str]:
    """The runs a ledger knows."""
    return frozenset(_lines(ledger))


def _parse(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return _MISSING


def _merge(base: Any, ours: Any, theirs: Any) -> Any:
    if theirs in (ours, base):
        return ours
    if ours == base:
        return theirs
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return _merge_objects(base if isinstance(base, dict) else {}, ours, theirs)
    if isinstance(ours, list) and isinstance(theirs, list):
        return _merge_lists(base if isinstance(base, list) else [], ours, theirs)
    return theirs if isinstance(ours, _Missing) else ours


def _merge_objects(base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    merged = {}
    for key in [*theirs, *(key for key in ours if key not in theirs)]:
        value = _merge(base.get(key, _MISSING), ours.get(key, _MISSING), theirs.get(key, _MISSING))
        if not isinstance(value, _Missing):
            merged[key] = value
    return merged


def _merge_lists(base: Sequence[Any], ours: Sequence[Any], theirs: Sequence[Any]) -> list[Any]:
    sides = (base, ours, theirs)
    identity = _identity(sides)
    if identity:
        merged = _merge_objects(*({_key(element, identity): element for element in side} for side in sides))
        keys = list(merged)
        if all(_is_sorted([_key(element, identity) for element in side]) for side in (ours, theirs)):
            keys.sort()
        return [merged[key] for key in keys]
    if all(isinstance(element, str) for side in sides for element in side):
        kept = [element for element in theirs if element in ours or element not in base]
        kept += [element for element in ours if element not in theirs and element not in base]
        return sorted(kept) if _is_sorted(ours) and _is_sorted(theirs) else kept
    return list(ours)


def _identity(sides: Sequence[Sequence[Any]]) -> tuple[str, ...]:
    """The fields that name every element and tell all of one side apart; empty when there are none."""
    elements = [element for side in sides for element in side]
    if not elements or not all(isinstance(element, dict) for element in elements):
        return ()
    for names in _IDENTITIES:
        if all(isinstance(element.get(name), str) for element in elements for name in names) and all(
            len({_key(element, names) for element in side}) == len(side) for side in sides
        ):
            return names
    return ()


def _key(element: Mapping[str, Any], names: Sequence[str]) -> str:
    return "\n".join(element[name] for name in names)


def _unfolded(value: Any) -> Any:
    """A trend whose histories have one letter per point, as run → letter, so that points can be put between."""
    if not (isinstance(value, dict) and isinstance(value.get("histories"), dict) and "points" in value):
        return value
    runs = [point["run"] for point in value["points"]]
    return value | {"histories": {key: dict(zip(runs, text, strict=False)) for key, text in value["histories"].items()}}


def _folded(value: Any) -> Any:
    if not (isinstance(value, dict) and isinstance(value.get("histories"), dict) and "points" in value):
        return value
    runs = [point["run"] for point in value["points"]]
    folded = {key: "".join(known.get(run, _NOT_RUN) for run in runs) for key, known in value["histories"].items()}
    return value | {"histories": folded}


def _is_sorted(values: Sequence[str]) -> bool:
    return all(first <= second for first, second in pairwise(values))
