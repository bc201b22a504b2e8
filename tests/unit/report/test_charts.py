from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from lsqm.report.charts import HEIGHT, charts, nice_ticks, sparkline
from lsqm.report.history import History
from tests.unit.report.make import history, run_of


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 7), (0.93, 1.0), (0, 1234), (0.0, 0.03), (0, 99999)])
def test_ticks_are_few_round_and_span_the_values(low, high):
    ticks = nice_ticks(low, high)
    assert ticks[0] <= low
    assert ticks[-1] >= high
    assert 2 <= len(ticks) <= 7
    steps = {round(after - before, 9) for before, after in pairwise(ticks)}
    assert len(steps) == 1


@pytest.mark.parametrize("runs", [1, 2, 12])
def test_every_chart_is_well_formed_and_stays_inside(runs):
    trends = history(range(45 - runs, 45), ["a", "b", "c"], failing=["a"])
    points = History.until(trends, run_of(44)).shown
    found = charts(points)
    assert [chart.key for chart in found] == ["pass-rate", "statuses", "corpus", "duration"]
    for chart in found:
        svg = ET.fromstring(str(chart.svg))
        hits = [part for part in svg.iter("rect") if part.get("class") == "hit"]
        assert len(hits) == runs == len(chart.body)
        assert all(part.get("data-value") for part in hits)
        for bar in svg.iter("rect"):
            assert float(bar.get("y", "0")) >= 0
            assert float(bar.get("y", "0")) + float(bar.get("height", "0")) <= HEIGHT
        assert len(chart.head) == len(chart.body[0])


def test_at_most_twelve_runs_are_shown():
    trends = history(range(10, 45), ["a"])
    assert len(History.until(trends, run_of(44)).shown) == 12


def test_a_sparkline_leaves_gaps_where_there_is_nothing():
    svg = ET.fromstring(str(sparkline((0.5, None, 0.7, 0.9), "label")))
    assert len(svg.findall("polyline")) == 1
    assert svg.get("aria-label") == "label"


def test_a_sparkline_of_nothing_is_a_dash():
    assert "–" in sparkline((None, None), "label")
