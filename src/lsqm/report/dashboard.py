"""The view as one self-contained HTML file: no request to anywhere, no script but its own, foreign text stays text."""

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from lsqm.report import text
from lsqm.report.bundles import bundles
from lsqm.report.charts import charts, sparkline
from lsqm.report.headline import Mood
from lsqm.report.view import View

_ICONS = {Mood.REGRESSED: "#c0291f", Mood.SUSPECTED: "#b27a00", Mood.CALM: "#17805a", Mood.UNKNOWN: "#6d757f"}


def render_dashboard(view: View) -> bytes:
    """`index.html`. The same view gives the same bytes."""
    css, script = _inline("dashboard.css"), _inline("dashboard.js")
    packed = bundles(view.given, view.rows)
    trend = [point.counts.pass_rate for point in view.history.shown]
    page = _environment().get_template("dashboard.html.j2")
    html = page.render(
        view=view,
        policy=_policy(css, script),
        icon=_icon(view.headline.mood),
        css=Markup(css),  # noqa: S704  our own file
        js=Markup(script),  # noqa: S704  our own file
        data=Markup(text.for_script(_data(view))),  # noqa: S704  for_script leaves nothing that ends a script element
        charts=charts(view.history.shown),
        rate_line=sparkline(trend, f"Pass rate of the last {len(trend)} runs") if len(trend) > 1 else "",
        sparklines={
            row.now.service: sparkline(row.trend, f"Pass rate of {row.now.service} over {len(row.trend)} runs")
            for row in view.services
        },
        bundles=packed.items,
        without_logs=packed.without_logs,
    )
    # Pure ASCII: no doubt about the encoding, and browsers read it markedly faster.
    return html.encode("ascii", "xmlcharrefreplace")


def _data(view: View) -> dict[str, Any]:
    """What `dashboard.js` needs to draw its tables: columns once, then one list per row."""
    places = {cluster.signature: place for place, cluster in enumerate(view.clusters)}
    return {
        "run": view.given.run.run,
        "signatures": [cluster.signature for cluster in view.clusters],
        "rows": _table(
            "hash name status change cause signature message services source dialect resources seconds strip since",
            (
                (
                    row.architecture,
                    row.name,
                    row.status,
                    row.change,
                    row.cause,
                    places.get(row.signature, -1),
                    row.message,
                    row.services,
                    row.source,
                    row.dialect,
                    row.resources,
                    row.seconds,
                    row.strip,
                    row.since,
                )
                for row in view.rows
            ),
        ),
        "operations": _table(
            "operation architectures calls client server before blocks",
            (
                (
                    row.now.operation,
                    row.now.architectures,
                    row.now.calls,
                    row.now.client_errors,
                    row.now.server_errors,
                    row.server_errors_before,
                    row.blocks,
                )
                for row in view.coverage.rows
            ),
        ),
    }


def _table(columns: str, lines: Iterable[tuple[object, ...]]) -> dict[str, Any]:
    return {"columns": columns.split(), "lines": [list(line) for line in lines]}


def _policy(css: str, script: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_digest(script)}",
            f"style-src {_digest(css)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _digest(content: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode() + "'"


def _icon(mood: Mood) -> str:
    drawing = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>"
        f"<rect width='16' height='16' rx='4' fill='{_ICONS[mood]}'/></svg>"
    )
    return "data:image/svg+xml;base64," + base64.b64encode(drawing.encode()).decode()


@cache
def _asset(name: str) -> str:
    return (files("lsqm.report") / "templates" / name).read_text(encoding="utf-8")


@cache
def _inline(name: str) -> str:
    """A script or style sheet in ASCII; every other character in them stands in a string or a comment."""
    escape = "\\{:06x}" if name.endswith(".css") else "\\u{:04x}"
    return "".join(letter if letter.isascii() else escape.format(ord(letter)) for letter in _asset(name))


@cache
def _environment() -> Environment:
    names = ("dashboard.html.j2", "macros.html.j2")
    environment = Environment(
        loader=DictLoader({name: _asset(name) for name in names}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        line=text.one_line,
        percent=text.percent,
        points=text.points,
        signed=text.signed,
        plural=text.plural,
        duration=text.duration,
        day=text.day,
        minute=text.minute,
    )
    return environment
