"""Foreign text in GitHub Markdown: nobody is mentioned, nothing is linked, no fence is escaped from."""

import re

ISSUE_BODY_LIMIT = 65_536
ISSUE_TITLE_LIMIT = 256
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def clean(text: str) -> str:
    """Without terminal colours, control characters and direction overrides."""
    return _CONTROL.sub("", _ANSI.sub("", text)).encode(errors="replace").decode()


def one_line(text: str, limit: int) -> str:
    """A single line of at most `limit` characters."""
    flat = " ".join(clean(text).split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def code(text: str, limit: int = 300) -> str:
    """An inline code span: mentions, issue numbers and links are dead in it."""
    flat = one_line(text, limit).replace("|", "\u00a6")  # a bar would end a table cell even inside code
    ticks = "`" * (_longest_run(flat) + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") or not flat else ""
    return f"{ticks}{pad}{flat}{pad}{ticks}"


def fenced(text: str, language: str = "") -> str:
    """A code block whose fence is longer than any in the text."""
    body = clean(text).strip("\n")
    fence = "`" * max(3, _longest_run(body) + 1)
    return f"{fence}{language}\n{body}\n{fence}"


def title(text: str) -> str:
    """An issue title: no mention, no cross-reference, within the limit."""
    harmless = clean(text).replace("@", "@\u200b").replace("#", "#\u200b")
    return one_line(harmless, ISSUE_TITLE_LIMIT - 1)


def folded(summary: str, content: str) -> str:
    """A section that opens on a click. `summary` is ours, never foreign."""
    return f"<details><summary>{summary}</summary>\n\n{content}\n\n</details>"


def head_and_tail(text: str, limit: int) -> str:
    """At most about `limit` characters: the beginning and the end, and a line that says what is missing."""
    if len(text) <= limit:
        return text
    head, tail = text[: limit // 3], text[-(limit - limit // 3) :]
    return f"{head}\n[… {len(text) - len(head) - len(tail)} characters left out …]\n{tail}"


def around(text: str, needles: tuple[str, ...], limit: int) -> str:
    """At most `limit` characters of a log around the last line that has one of `needles`; else its end."""
    cleaned = clean(text)
    if len(cleaned) <= limit:
        return cleaned
    places = [cleaned.rfind(needle) for needle in needles if needle]
    place = max(places, default=-1)
    if place < 0:
        return "[…]\n" + cleaned[-limit:]
    start = max(0, min(place - limit // 3, len(cleaned) - limit))
    excerpt = cleaned[start : start + limit]
    return ("[…]\n" if start else "") + excerpt + ("\n[…]" if start + limit < len(cleaned) else "")


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
