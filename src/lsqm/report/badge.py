"""`badge.json`: the endpoint format of shields badges."""

import json

from lsqm.report.headline import Mood
from lsqm.report.text import percent, plural
from lsqm.report.view import View

_COLOURS = {Mood.REGRESSED: "red", Mood.SUSPECTED: "yellow", Mood.CALM: "brightgreen", Mood.UNKNOWN: "lightgrey"}


def render_badge(view: View) -> bytes:
    """Pass rate, and regressions when there are any; an unfinished run is never green."""
    mood = view.headline.mood
    unfinished = bool(view.headline.caution)
    message = percent(view.counts.pass_rate) if view.counts.pass_rate is not None else "no verdict"
    if view.regressions:
        message += f", {plural(len(view.regressions), 'regression')}"
    elif unfinished:
        message += ", unfinished"
    badge = {
        "schemaVersion": 1,
        "label": view.emulator or "emulator",
        "message": message,
        "color": "lightgrey" if unfinished and mood is Mood.CALM else _COLOURS[mood],
        "isError": mood is Mood.REGRESSED,
    }
    return (json.dumps(badge, indent=2, sort_keys=True) + "\n").encode()
