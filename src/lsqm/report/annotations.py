"""Workflow commands for GitHub Actions: the worst news first, within what GitHub shows of one step."""

from collections.abc import Sequence

from lsqm.report.rows import Row
from lsqm.report.text import one_line
from lsqm.report.view import View

PER_LEVEL = 10
"""GitHub keeps ten errors, ten warnings and ten notices of a step and drops the rest without a word."""

_ERRORS = frozenset({"regressed"})
_WARNINGS = frozenset({"unconfirmed", "flaky"})
_NOTICES = frozenset({"fixed"})


def render_annotations(view: View) -> str:
    """One line per annotation; the last of a full level says how many more there are."""
    rows = view.rows
    levels = (
        ("error", [row for row in rows if row.change in _ERRORS], "confirmed regression"),
        ("warning", [row for row in rows if row.change in _WARNINGS or _is_unfair(row)], "undecided"),
        ("notice", [row for row in rows if row.change in _NOTICES], "fixed"),
    )
    lines = []
    for level, chosen, word in levels:
        fitting = chosen if len(chosen) <= PER_LEVEL else chosen[: PER_LEVEL - 1]
        lines += [_line(level, _title(row), _text(row)) for row in fitting]
        if len(fitting) < len(chosen):
            lines.append(_more(level, word, chosen[len(fitting) :]))
    return "".join(f"{line}\n" for line in lines)


def _is_unfair(row: Row) -> bool:
    return row.status == "ERROR" and row.change not in _ERRORS


def _title(row: Row) -> str:
    return f"{one_line(row.name, 60)}: {row.change or row.status}"


def _text(row: Row) -> str:
    why = one_line(row.signature or row.message, 200)
    since = f" (failing since {row.since[:10]})" if row.since else ""
    return f"{row.status}{f' [{row.cause}]' if row.cause else ''}{f': {why}' if why else ''}{since}"


def _more(level: str, word: str, rest: Sequence[Row]) -> str:
    return _line(level, f"{len(rest)} more {word}", "They are in the step summary and in the report.")


def _line(level: str, title: str, text: str) -> str:
    """Nothing that was mined or logged can end the command, add a property or begin another one."""
    data = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    shown = title.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A").replace(":", "%3A").replace(",", "%2C")
    return f"::{level} title={shown}::{data}"
