"""From a model's reply to four files: a strict grammar, no salvage. What does not keep to it is not saved."""

import json
from collections.abc import Mapping

from lsqm.model.app import APP_FILES

MOST_BYTES = {"conftest.py": 20_000, "app.py": 60_000, "test_app.py": 100_000, "requirements.txt": 2_000}
"""Per file. A person could not read more."""
_MOST_NAMED = 4

SCHEMA: Mapping[str, object] = {
    "type": "object",
    "properties": {
        "app.py": {"type": "string", "description": "Client code; every function takes its clients as arguments."},
        "test_app.py": {"type": "string", "description": "The tests."},
        "conftest.py": {"type": "string", "description": "Further fixtures only; empty if none are needed."},
        "requirements.txt": {"type": "string", "description": "Package names, one a line, from the allowed ones."},
    },
    "required": list(APP_FILES),
    "additionalProperties": False,
}
"""What structured output is asked for."""


class Malformed(Exception):
    """The reply is not four files; the text says why, in words that can be sent back."""


def extract(text: str) -> dict[str, str]:
    """The four files of a reply: one JSON object, bare or in a single code fence. Raises Malformed."""
    limit = 4 * sum(MOST_BYTES.values())
    if len(text) > limit:
        raise Malformed(f"the reply has {len(text)} characters, more than {limit}")
    body = text.strip()
    if body.startswith("```") and body.endswith("```") and "\n" in body:
        body = body[body.index("\n") : -3]
    try:
        found = json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"the reply is not one JSON object: {error}") from error
    if not isinstance(found, dict):
        raise Malformed(f"the reply is a JSON {type(found).__name__}, not an object")
    if set(found) != set(APP_FILES):
        missing = ", ".join(sorted(set(APP_FILES) - set(found))) or "none"
        others = sorted(set(found) - set(APP_FILES))
        strange = ", ".join(ascii(name)[:60] for name in others[:_MOST_NAMED]) or "none"
        if len(others) > _MOST_NAMED:
            strange = f"{strange} and {len(others) - _MOST_NAMED} more"
        raise Malformed(f"wrong files: missing {missing}; not asked for {strange}")
    for name in APP_FILES:
        _check(name, found[name])
    return {name: found[name] for name in APP_FILES}


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise Malformed("the reply names a file twice")
    return dict(pairs)


def _check(name: str, content: object) -> None:
    if not isinstance(content, str):
        raise Malformed(f"{name} is not a string")
    try:
        size = len(content.encode())
    except UnicodeEncodeError as error:
        raise Malformed(f"{name} is not valid Unicode") from error
    if size > MOST_BYTES[name]:
        raise Malformed(f"{name} has {size} bytes, more than {MOST_BYTES[name]}")
    if "\0" in content:
        raise Malformed(f"{name} contains a NUL character")
