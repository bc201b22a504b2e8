"""Foreign text made harmless for each place it goes to. Everything mined, generated or logged passes through here."""

import html
import json
import re
from datetime import UTC, datetime

_ANSI = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[PX^_][^\x1b\n]*(?:\x1b\\)?|[ -/]*[0-~])"
)
# All that XML 1.0 forbids, and C1 controls; newline and tab stay.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Characters that reorder what a reader sees; isolated or not, source and logs have no business with them.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~&])")
_AUTOLINK = re.compile(r"(?<=@)|(?<=www)(?=\.)|(?<=:)(?=//)")
_BREAK = "\N{ZERO WIDTH SPACE}"
_SECRETS = re.compile(
    r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|sk-ant-[\w-]{16,}|xox[abprs]-[\w-]{10,}|ls-[A-Za-z0-9-]{30,})"
    r"|https://hooks\.slack\.com/services/[\w/]+"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)
REDACTED = "[redacted]"


def clean(text: str, limit: int = 0) -> str:
    """`text` without terminal codes, control characters, reordering marks and anything that looks like a credential.

    Values were redacted where they were stored; this is the second net. With `limit`, the end is cut and says so.
    """
    text = _ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    text = _BIDI.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    text = _SECRETS.sub(REDACTED, text)
    return shorten(text, limit) if limit else text


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, the last one an ellipsis when something was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def one_line(text: str, limit: int = 300) -> str:
    """`clean`, on a single line."""
    return shorten(" ".join(clean(text[: limit * 8]).split()), limit)


def for_script(value: object) -> str:
    """`value` as JSON that can stand inside a script element: no character in it can end the element or the string."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def for_markdown(text: str, limit: int = 120) -> str:
    """`text` as inert Markdown on one line: no markup, no HTML, no mention, no link, no cell of its own."""
    return _AUTOLINK.sub(_BREAK, _MARKDOWN.sub(r"\\\1", one_line(text, limit)))


def code(text: str, limit: int = 160) -> str:
    """`text` as an inline code element; HTML, because backticks cannot hold every text in a table."""
    escaped = html.escape(one_line(text, limit), quote=False)
    return "<code>" + escaped.replace("|", "&#124;").replace("`", "&#96;").replace("@", "&#64;") + "</code>"


def safe_url(text: str) -> str:
    """`text` when it is a plain http(s) URL, else nothing: no `javascript:`, no credentials, no blanks."""
    return text if re.fullmatch(r"https?://[^\s\"'<>@\\]+", text) and text.isprintable() else ""


def plural(count: int, noun: str, plural_noun: str = "") -> str:
    """`1 architecture`, `1,204 architectures`."""
    return f"{count:,} {noun if count == 1 else plural_noun or noun + 's'}"


def percent(share: float | None, digits: int = 1) -> str:
    """`78.4%`; a dash when there is nothing to take a share of. Never rounds up to 100 or down to 0."""
    if share is None:
        return "–"
    rounded = round(share * 100, digits)
    step = 10**-digits
    if rounded >= 100 and share < 1:
        rounded = 100 - step
    if rounded <= 0 < share:
        rounded = step
    return f"{rounded:.{digits}f}%" if rounded not in {0, 100} else f"{rounded:.0f}%"


def points(delta: float | None) -> str:
    """A difference of two shares in percentage points, signed: `+1.2`; empty when unknown."""
    if delta is None:
        return ""
    value = round(delta * 100, 1)
    return "±0" if value == 0 else f"{value:+.1f}".replace("-", "\N{MINUS SIGN}")


def signed(delta: int | None) -> str:
    """`+3`, `−2`, `±0`; empty when unknown."""
    if delta is None:
        return ""
    return "±0" if delta == 0 else f"{delta:+,}".replace("-", "\N{MINUS SIGN}")


def duration(seconds: float) -> str:
    """`48 s`, `12 min`, `2 h 05 min`."""
    if seconds < 1:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def moment(iso: str) -> datetime | None:
    """The time `iso` names, in UTC; None when it names none."""
    try:
        found = datetime.fromisoformat(iso)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def day(iso: str) -> str:
    """`15 Nov 2026`, or the text itself when it is no time."""
    found = moment(iso)
    return f"{found.day} {found:%b %Y}" if found else one_line(iso, 40)


def minute(iso: str) -> str:
    """`15 Nov 2026, 00:04 UTC`, or the text itself when it is no time."""
    found = moment(iso)
    return f"{found.day} {found:%b %Y, %H:%M} UTC" if found else one_line(iso, 40)
