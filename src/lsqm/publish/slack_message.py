"""The one Slack message of a run (FR-046 to FR-050) as Block Kit, inside Slack's limits whatever happened. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lsqm.model.ids import RunId
from lsqm.model.run import Counts
from lsqm.publish.markup import one_line

HEADER_LIMIT, SECTION_LIMIT, FIELD_LIMIT = 150, 3_000, 2_000
TOTAL_LIMIT = 12_000
"""Characters over all blocks. Slack refuses about 13,200 (`msg_blocks_too_long`), which its documentation omits."""
_LISTED = 15


@dataclass(frozen=True, kw_only=True, slots=True)
class RegressionLine:
    """One confirmed root cause."""

    signature: str
    architectures: int
    issue_url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SlackFacts:
    """What the message is about."""

    run: RunId
    emulator: str
    """`localstack 2026.11.0`."""
    counts: Counts
    previous_pass_rate: float | None
    """Of the last complete run on the same kind of emulator; None for a first run."""
    regressions: Sequence[RegressionLine] = ()
    fixed: int = 0
    unconfirmed: int = 0
    """Losses that could not be confirmed in time."""
    report_url: str = ""
    notices: Sequence[str] = ()
    """Sentences people must see: what waits in the outbox, what was not pushed."""
    complete: bool = True


def message(facts: SlackFacts) -> dict[str, Any]:
    """The payload for the webhook."""
    headline = _headline(facts)
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": one_line(headline, HEADER_LIMIT), "emoji": True}},
        {"type": "section", "fields": [_text(text, FIELD_LIMIT) for text in _fields(facts)]},
    ]
    if facts.regressions:
        blocks.append({"type": "section", "text": _text(_alert(facts.regressions), SECTION_LIMIT)})
    if facts.notices:
        lines = "\n".join(f":warning: {escape(one_line(notice, 400))}" for notice in facts.notices[:5])
        blocks.append({"type": "section", "text": _text(lines, SECTION_LIMIT)})
    if _is_link(facts.report_url):
        blocks.append({"type": "section", "text": _text(f"<{facts.report_url}|Open the report>", SECTION_LIMIT)})
    blocks.append({"type": "context", "elements": [_text(f"lsqm run {escape(facts.run)}", FIELD_LIMIT)]})
    link = f" {facts.report_url}" if _is_link(facts.report_url) else ""
    return {"text": escape(one_line(headline, 300)) + link, "blocks": _within_total(blocks)}


def escape(text: str) -> str:
    """Slack's three: without it `<!channel>` in a signature would wake everybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def length(blocks: Sequence[Mapping[str, Any]]) -> int:
    """Characters of text over all blocks."""
    total = 0
    for block in blocks:
        parts = [block.get("text"), *block.get("fields", ()), *block.get("elements", ())]
        total += sum(len(part["text"]) for part in parts if part)
    return total


def _headline(facts: SlackFacts) -> str:
    count = len(facts.regressions)
    if count:
        affected = sum(line.architectures for line in facts.regressions)
        causes = f"{count} root cause{'s' * (count != 1)}"
        mark, what = ":rotating_light:", f"{affected} confirmed regression{'s' * (affected != 1)} ({causes})"
    elif facts.counts.pass_rate is None:
        mark, what = ":grey_question:", "nothing could be judged"
    elif not facts.complete:
        mark, what = ":warning:", "no confirmed regressions, but the run is incomplete"
    else:
        mark, what = ":white_check_mark:", "no confirmed regressions"
    return f"{mark} {facts.emulator}: {what}"


def _fields(facts: SlackFacts) -> list[str]:
    counts = facts.counts
    rate = counts.pass_rate
    shown = "none judged" if rate is None else f"{rate:.1%}{_delta(rate, facts.previous_pass_rate)}"
    undecided = counts.error + counts.not_run + facts.unconfirmed
    statuses = f"{counts.passed} passed, {counts.partial} partial, {counts.failed} failed, {counts.timeout} timed out"
    return [
        f"*Pass rate*\n{shown}",
        f"*Architectures*\n{statuses}",
        f"*New architectures*\n{counts.new}",
        f"*Fixed*\n{facts.fixed}",
        f"*Undecided*\n{undecided} ({counts.error} errors, {counts.not_run} not run, {facts.unconfirmed} unconfirmed)",
    ]


def _delta(now: float, before: float | None) -> str:
    if before is None:
        return " (first run)"
    points = round((now - before) * 100, 1)
    return " (unchanged)" if not points else f" ({points:+.1f} points)"


def _alert(regressions: Sequence[RegressionLine]) -> str:
    ordered = sorted(regressions, key=lambda line: (-line.architectures, line.signature))
    rows = []
    for line in ordered[:_LISTED]:
        issue = f" <{line.issue_url}|issue>" if _is_link(line.issue_url) else ""
        # A backtick would end the code span.
        signature = escape(one_line(line.signature.replace("`", "'"), 110))
        rows.append(f"• `{signature}` {line.architectures}×{issue}")
    if len(ordered) > _LISTED:
        rows.append(f"and {len(ordered) - _LISTED} more")
    return "*Confirmed regressions*\n" + "\n".join(rows)


def _text(text: str, limit: int) -> dict[str, str]:
    return {"type": "mrkdwn", "text": _cut(text, limit)}


def _cut(text: str, limit: int) -> str:
    """Whole lines as far as they fit, so that no link or entity is cut in two."""
    if len(text) <= limit:
        return text
    kept = ""
    for line in text.split("\n"):
        if len(kept) + len(line) + 2 > limit:
            break
        kept += line + "\n"
    return kept + "…"


def _is_link(url: str) -> bool:
    return url.startswith(("https://", "http://")) and not set(url) & set("|<> \n") and len(url) <= 1_000


def _within_total(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Drop from the middle what does not fit: header, numbers and link stay."""
    kept = list(blocks)
    while length(kept) > TOTAL_LIMIT and len(kept) > 4:
        del kept[-3]
    return kept
