"""`summary.md`: for the GitHub step summary and for comments. Worst first, and never longer than either allows."""

from collections.abc import Iterable, Sequence

from lsqm.report.clusters import Cluster
from lsqm.report.history import Since
from lsqm.report.text import code, day, for_markdown, one_line, percent, plural, points, signed
from lsqm.report.view import View

LIMIT = 60_000
"""Bytes. A comment may have 65,536, a step summary 1 MiB."""

_SIGNS = {"regressed": "🔴", "suspected": "🟡", "calm": "🟢", "unknown": "⚪"}


def render_markdown(view: View) -> bytes:
    """Sections in order of importance; what does not fit is cut from the end and said."""
    parts = [
        _head(view),
        _regressions(view),
        _causes(view),
        _services(view),
        _failures(view),
        _skipped(view),
        _self_check(view),
    ]
    foot = f"\n<sub>lsqm {for_markdown(view.given.run.lsqm_version)}, run {code(view.given.run.run)}</sub>\n"
    notice = "\n_Cut here: the rest does not fit. See index.html or summary.json._\n"
    text = ""
    room = LIMIT - len(foot.encode()) - len(notice.encode())
    for line in "\n".join(part for part in parts if part).splitlines(keepends=True):
        size = len(line.encode())
        if size > room:
            return (text + notice + foot).encode()
        text += line
        room -= size
    return (text + "\n" + foot).encode()


def _head(view: View) -> str:
    delta = ""
    if view.pass_rate_delta is not None and view.previous:
        delta = f" ({points(view.pass_rate_delta)} points against {day(view.previous.started_at)})"
    lines = [
        f"## {_SIGNS[view.headline.mood]} {for_markdown(view.headline.title)}",
        "",
        for_markdown(view.headline.text, 600),
        "",
    ]
    lines += [
        f"> ⚠️ {for_markdown(caution, 600)}\n" for caution in (view.headline.caution, *view.given.notices) if caution
    ]
    lines.append(
        f"**Pass rate {percent(view.counts.pass_rate)}**{delta} on {for_markdown(view.emulator or 'no emulator')}. "
        f"{for_markdown(view.headline.undecided, 300)}"
    )
    lines.append("")
    lines += _table(
        [tile.label for tile in view.tiles],
        [[f"{tile.count:,}" + (f" ({signed(tile.delta)})" if tile.delta else "") for tile in view.tiles]],
    )
    if view.links.report:
        lines += ["", f"[Open the report]({view.links.report})"]
    return "\n".join(lines) + "\n"


def _regressions(view: View) -> str:
    if not view.regressions:
        return ""
    names = {row.architecture: row for row in view.rows}
    body = []
    for record in view.regressions[:50]:
        row = names.get(record.architecture)
        issue = view.links.issues.get(record.architecture)
        before = one_line(record.before.emulator, 60) if record.before else ""
        body.append(
            [
                for_markdown(row.name if row else record.architecture[:12], 60)
                + (f" ([issue]({issue}))" if issue else ""),
                code(record.architecture[:12]),
                f"{record.before.status if record.before else '–'} → {record.after.status if record.after else '–'}",
                code(record.after.signature if record.after else "", 120),
                for_markdown(before),
            ]
        )
    return "### Confirmed regressions\n\n" + _text(
        ["Architecture", "Hash", "Change", "Signature", "Last good on"], body, len(view.regressions)
    )


def _causes(view: View) -> str:
    if not view.clusters:
        return ""
    body = [
        [f"{len(cluster.architectures):,}", code(cluster.signature), _cause(cluster), _since(cluster.since)]
        for cluster in view.clusters[:15]
    ]
    return "### Root causes\n\n" + _text(["Blocks", "Signature", "Cause", "Since"], body, len(view.clusters))


def _cause(cluster: Cluster) -> str:
    return cluster.cause + (" (not the emulator)" if cluster.lies_outside else "")


def _since(since: Since | None) -> str:
    if since is None:
        return "–"
    if since.is_now:
        return "this run"
    return ("at least " if since.at_least else "") + for_markdown(
        " · ".join(filter(None, (since.emulator, day(since.started_at))))
    )


def _services(view: View) -> str:
    worst = [row for row in view.services if row.now.pass_rate is not None and row.now.pass_rate < 1]
    if not worst:
        return ""
    body = [
        [
            for_markdown(row.now.service, 60),
            percent(row.now.pass_rate),
            points(row.delta) or "–",
            f"{row.now.passed} of {row.now.fair}",
        ]
        for row in worst[:20]
    ]
    return "### Services with failures\n\n" + _text(["Service", "Pass rate", "Change", "Passed"], body, len(worst))


def _failures(view: View) -> str:
    failing = [row for row in view.rows if row.status != "PASSED" and row.change != "regressed"]
    if not failing:
        return ""
    body = [
        [row.status, for_markdown(row.name, 60), code(row.architecture[:12]), code(row.signature or row.message, 120)]
        for row in failing[:100]
    ]
    return (
        f"<details><summary>{plural(len(failing), 'other architecture')} that did not pass</summary>\n\n"
        + _text(["Status", "Architecture", "Hash", "Why"], body, len(failing))
        + "\n</details>\n"
    )


def _skipped(view: View) -> str:
    if not view.skips:
        return ""
    reasons = ", ".join(f"{group.reason.value} {group.count:,}" for group in view.skips)
    return f"Skipped before testing: {reasons}.\n"


def _self_check(view: View) -> str:
    measured = view.given.self_check
    if measured is None:
        return ""
    return f"Self-check, one version against itself (run {code(measured.second)}): {measured.sentence}.\n"


def _text(head: Sequence[str], body: Sequence[Sequence[str]], total: int) -> str:
    more = f"\nand {total - len(body):,} more\n" if total > len(body) else ""
    return "\n".join(_table(head, body)) + "\n" + more


def _table(head: Sequence[str], body: Iterable[Sequence[str]]) -> list[str]:
    return [_line(head), _line(["---"] * len(head)), *(_line(row) for row in body)]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
