"""Finds `${…}` and `{{resolve:…}}` in text, in time linear in it."""

import re
from collections.abc import Iterator

PLACEHOLDER = re.compile(r"\$\{")
DYNAMIC = re.compile(r"\{\{resolve:[a-z-]+:")


def spans(text: str, opening: re.Pattern[str], closing: str) -> Iterator[tuple[int, int]]:
    """Where `opening` stands with `closing` at the next brace; in time linear in the text."""
    position, brace = 0, -1
    for match in opening.finditer(text):
        if match.start() < position:
            continue
        if brace < match.end():
            brace = text.find("}", match.end())
        if brace < 0:
            return
        if text.startswith(closing, brace):
            position = brace + len(closing)
            yield match.start(), position
