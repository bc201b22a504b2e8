"""Takes comments out of HCL: they are text from strangers and worth no tokens."""

import re

_TOKEN = re.compile(
    r"""
    (?P<heredoc><<-?\s*(?P<word>[A-Za-z_]\w*)[^\n]*\n(?:.*?\n)?[ \t]*(?P=word)[ \t]*(?=\n|\Z))
  | (?P<comment>\#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))
  | (?P<quote>")
  | (?P<other>[^"#/<]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)


def strip_comments(text: str) -> str:
    """The same HCL without comments, trailing spaces and runs of empty lines. Strings and heredocs stay as they are."""
    parts: list[str] = []
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        assert token is not None, "the last alternative matches any character"
        if token.lastgroup == "quote" or token["quote"]:
            end = _end_of_string(text, at)
            parts.append(text[at:end])
            at = end
            continue
        if not token["comment"]:
            parts.append(token[0])
        at = token.end()
    lines = "".join(parts).split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip("\n") + "\n"


def _end_of_string(text: str, start: int) -> int:
    """Where the string that begins at `start` ends; a template inside it may hold strings of its own."""
    at, depth = start + 1, 0
    while at < len(text):
        here = text[at]
        if here == "\\":
            at += 2
            continue
        if text.startswith(("${", "%{"), at) and not text.startswith(("$${", "%%{"), at - 1):
            depth += 1
            at += 2
            continue
        if depth:
            if here == '"':
                at = _end_of_string(text, at)
                continue
            depth += (here == "{") - (here == "}")
        elif here == '"':
            return at + 1
        elif here == "\n":
            return at
        at += 1
    return at
