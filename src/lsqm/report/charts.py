"""Inline SVG: sparklines, history strips and the four charts of the last runs. Colours are classes of dashboard.css."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from lsqm.model.trend import RunPoint
from lsqm.report.text import day, duration, moment, percent

WIDTH, HEIGHT = 300, 180
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 12, 24
PLOT_WIDTH, PLOT_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

STACK = ("passed", "partial", "failed", "timeout", "error")


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """One figure: the drawing, what it says in words, and its numbers as a table."""

    key: str
    title: str
    unit: str
    summary: str
    svg: Markup
    head: tuple[str, ...]
    body: tuple[tuple[str, ...], ...]


def charts(points: Sequence[RunPoint]) -> tuple[Chart, ...]:
    """Pass rate, counts by status, corpus growth and duration over `points`, oldest first; at least one."""
    return (_pass_rate(points), _statuses(points), _corpus(points), _durations(points))


def sparkline(values: Sequence[float | None], label: str) -> Markup:
    """A small line of shares between 0 and 1, the last value marked; gaps where there is none."""
    width, height = 96, 22
    known = [value for value in values if value is not None]
    if not known:
        return Markup('<span class="muted">–</span>')
    low, high = min(known), max(known)
    span = max(high - low, 0.04)
    middle = (high + low) / 2
    step = (width - 8) / max(len(values) - 1, 1)
    spots = [
        None
        if value is None
        else (4 + place * step if len(values) > 1 else width / 2, height / 2 - (value - middle) / span * (height - 8))
        for place, value in enumerate(values)
    ]
    lines = Markup("").join(
        Markup('<polyline points="{}"/>').format(" ".join(f"{x:.1f},{y:.1f}" for x, y in piece))
        for piece in _pieces(spots)
        if len(piece) > 1
    )
    last = next(spot for spot in reversed(spots) if spot)
    return Markup(
        '<svg class="spark" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{label}">{lines}'
        '<circle cx="{x}" cy="{y}" r="2.6"/></svg>'
    ).format(w=width, h=height, label=label, lines=lines, x=f"{last[0]:.1f}", y=f"{last[1]:.1f}")


def _pieces(spots: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    pieces: list[list[tuple[float, float]]] = [[]]
    for spot in spots:
        if spot is None:
            pieces.append([])
        else:
            pieces[-1].append(spot)
    return [piece for piece in pieces if piece]


def nice_ticks(low: float, high: float, count: int = 4) -> list[float]:
    """About `count` round numbers that span `low` to `high`, which must not be equal."""
    raw = (high - low) / count
    magnitude = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * magnitude for factor in (1, 2, 2.5, 5, 10) if factor * magnitude >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(step * place, 10) for place in range(first, last + 1)]


def _pass_rate(points: Sequence[RunPoint]) -> Chart:
    rates = [point.counts.pass_rate for point in points]
    known = [rate for rate in rates if rate is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    ticks = [tick for tick in nice_ticks(max(0.0, low - 0.03), min(1.0, high + 0.03)) if 0 <= tick <= 1.0]
    scale = _scale(ticks)
    xs = _centres(len(points))
    spots = [None if rate is None else (x, scale(rate)) for x, rate in zip(xs, rates, strict=True)]
    marks = Markup("").join(
        Markup('<polyline class="line" points="{}"/>').format(" ".join(f"{x:.1f},{y:.1f}" for x, y in piece))
        for piece in _pieces(spots)
        if len(piece) > 1
    )
    for spot, point in zip(spots, points, strict=True):
        if spot:
            marks += _mark(spot, point)
    tips = [
        (percent(rate), f"{point.regressed} confirmed regressions" if point.regressed else "")
        for rate, point in zip(rates, points, strict=True)
    ]
    return Chart(
        key="pass-rate",
        title="Pass rate",
        unit="of fair trials",
        summary=_summary("Pass rate", [percent(rate) for rate in rates]),
        svg=_frame(points, ticks, scale, lambda tick: f"{tick * 100:g}%", marks, tips, "Pass rate by run"),
        head=("Run", "Pass rate", "Confirmed regressions"),
        body=tuple(
            (day(point.started_at), percent(rate), str(point.regressed))
            for point, rate in zip(points, rates, strict=True)
        ),
    )


def _mark(spot: tuple[float, float], point: RunPoint) -> Markup:
    x, y = spot
    if point.regressed:
        shape = f"M{x:.1f} {y + 5.5:.1f}l-5.5 -9.5h11z"
        return Markup('<path class="mark regressed" d="{}"/>').format(shape)
    return Markup('<circle class="mark{}" cx="{}" cy="{}" r="3.2"/>').format(
        "" if point.complete else " hollow", f"{x:.1f}", f"{y:.1f}"
    )


def _statuses(points: Sequence[RunPoint]) -> Chart:
    totals = [sum(getattr(point.counts, key) for key in STACK) for point in points]
    ticks = nice_ticks(0, max(*totals, 4))
    scale = _scale(ticks)
    width = _bar_width(len(points))
    marks = Markup("")
    for x, point in zip(_centres(len(points)), points, strict=True):
        base = 0
        for key in STACK:
            count = getattr(point.counts, key)
            if count:
                marks += _bar(x, width, scale(base), scale(base + count), f"s-{key}")
            base += count
    tips = [
        (
            f"{total:,} tested",
            ", ".join(f"{getattr(point.counts, key):,} {key}" for key in STACK if getattr(point.counts, key)),
        )
        for total, point in zip(totals, points, strict=True)
    ]
    return Chart(
        key="statuses",
        title="Results by status",
        unit="architectures",
        summary=_summary("Architectures tested", [f"{total:,}" for total in totals]),
        svg=_frame(points, ticks, scale, lambda tick: f"{tick:,g}", marks, tips, "Results by status and run"),
        head=("Run", *(key.capitalize() for key in STACK)),
        body=tuple((day(point.started_at), *(f"{getattr(point.counts, key):,}" for key in STACK)) for point in points),
    )


def _corpus(points: Sequence[RunPoint]) -> Chart:
    sizes = [point.corpus for point in points]
    ticks = nice_ticks(0, max(*sizes, 4))
    scale = _scale(ticks)
    spots = [(x, scale(size)) for x, size in zip(_centres(len(points)), sizes, strict=True)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    floor = f"{scale(0):.1f}"
    marks = Markup('<polygon class="area" points="{},{} {} {},{}"/><polyline class="line accent" points="{}"/>').format(
        f"{spots[0][0]:.1f}", floor, path, f"{spots[-1][0]:.1f}", floor, path
    )
    for x, y in spots:
        marks += Markup('<circle class="mark accent" cx="{}" cy="{}" r="2.6"/>').format(f"{x:.1f}", f"{y:.1f}")
    tips = [
        (f"{size:,} architectures", f"{point.counts.new:,} new" if point.counts.new else "")
        for size, point in zip(sizes, points, strict=True)
    ]
    return Chart(
        key="corpus",
        title="Corpus",
        unit="architectures known",
        summary=_summary("Architectures known", [f"{size:,}" for size in sizes]),
        svg=_frame(points, ticks, scale, lambda tick: f"{tick:,g}", marks, tips, "Corpus size by run"),
        head=("Run", "Architectures", "New"),
        body=tuple((day(point.started_at), f"{point.corpus:,}", f"{point.counts.new:,}") for point in points),
    )


def _durations(points: Sequence[RunPoint]) -> Chart:
    longest = max(point.seconds for point in points)
    divisor, unit = (3600, "hours") if longest >= 5400 else (60, "minutes") if longest >= 90 else (1, "seconds")
    values = [point.seconds / divisor for point in points]
    ticks = nice_ticks(0, max(*values, 0.1))
    scale = _scale(ticks)
    width = _bar_width(len(points))
    marks = Markup("").join(
        _bar(x, width, scale(0), scale(value), "accent-fill" if point.complete else "accent-fill hollow")
        for x, value, point in zip(_centres(len(points)), values, points, strict=True)
        if value
    )
    tips = [(duration(point.seconds), "" if point.complete else "did not finish") for point in points]
    return Chart(
        key="duration",
        title="Duration",
        unit=unit,
        summary=_summary("Duration", [duration(point.seconds) for point in points]),
        svg=_frame(points, ticks, scale, lambda tick: f"{tick:g}", marks, tips, "Duration by run"),
        head=("Run", "Duration", "Finished"),
        body=tuple(
            (day(point.started_at), duration(point.seconds), "yes" if point.complete else "no") for point in points
        ),
    )


def _summary(what: str, values: Sequence[str]) -> str:
    if len(values) == 1:
        return f"{what}: {values[0]}. One run so far; the line begins with the next."
    return f"{what} over the last {len(values)} runs: from {values[0]} to {values[-1]}."


def _centres(count: int) -> list[float]:
    slot = PLOT_WIDTH / count
    return [LEFT + slot * (place + 0.5) for place in range(count)]


def _bar_width(count: int) -> float:
    return min(22.0, PLOT_WIDTH / count * 0.66)


def _bar(x: float, width: float, bottom: float, top: float, css: str) -> Markup:
    return Markup('<rect class="bar {}" x="{}" y="{}" width="{}" height="{}"/>').format(
        css, f"{x - width / 2:.1f}", f"{top:.2f}", f"{width:.1f}", f"{max(bottom - top, 0.6):.2f}"
    )


def _scale(ticks: Sequence[float]) -> Callable[[float], float]:
    low, high = ticks[0], ticks[-1]
    return lambda value: TOP + PLOT_HEIGHT * (1 - (value - low) / ((high - low) or 1))


def _frame(
    points: Sequence[RunPoint],
    ticks: Sequence[float],
    scale: Callable[[float], float],
    label: Callable[[float], str],
    marks: Markup,
    tips: Sequence[tuple[str, str]],
    name: str,
) -> Markup:
    """Axes, grid and the invisible columns that carry hover values, around `marks`."""
    grid = Markup("").join(
        Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
            LEFT, WIDTH - RIGHT, f"{scale(tick):.1f}", f"{scale(tick):.1f}"
        )
        + Markup('<text class="tick" x="{}" y="{}" text-anchor="end">{}</text>').format(
            LEFT - 6, f"{scale(tick) + 3.5:.1f}", label(tick)
        )
        for tick in ticks
    )
    slot = PLOT_WIDTH / len(points)
    columns = Markup("")
    for place, (point, (value, more)) in enumerate(zip(points, tips, strict=True)):
        x = LEFT + slot * place
        when = moment(point.started_at)
        if _is_labelled(place, len(points)) and when:
            columns += Markup('<text class="tick" x="{}" y="{}" text-anchor="middle">{}</text>').format(
                f"{x + slot / 2:.1f}", HEIGHT - 7, f"{when.day} {when:%b}"
            )
        columns += Markup(
            '<rect class="hit" x="{}" y="{}" width="{}" height="{}" data-when="{}" data-value="{}" data-more="{}"/>'
        ).format(
            f"{x:.1f}",
            TOP,
            f"{slot:.1f}",
            PLOT_HEIGHT,
            f"{day(point.started_at)} · {point.emulator}",
            value,
            more + ("" if point.complete else " (run did not finish)"),
        )
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" tabindex="0" aria-label="{}">{}{}{}</svg>').format(
        WIDTH, HEIGHT, escape(name), grid, marks, columns
    )


def _is_labelled(place: int, count: int) -> bool:
    every = max(1, math.ceil(count / 4))
    return (count - 1 - place) % every == 0
