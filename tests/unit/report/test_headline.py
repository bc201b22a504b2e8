"""What the first sentence says in every situation a run can be in."""

from dataclasses import replace

import pytest

from lsqm.model.comparison import Change
from lsqm.model.result import Status
from lsqm.report.headline import Headline, Mood
from lsqm.report.view import build_view
from tests.unit.report.make import (
    comparison,
    emulator,
    error,
    given,
    hash_of,
    history,
    manifest,
    record,
    result,
)


def say(*results, **more) -> Headline:
    return build_view(given(*results, names=["a", "b"], **({"trends": history([44], ["a", "b"])} | more))).headline


def test_confirmed_regressions_name_their_number_and_the_version_they_came_after():
    found = say(
        result("a", Status.FAILED),
        result("b"),
        comparison=comparison(record("a", Change.REGRESSED), record("b", Change.UNCHANGED)),
    )
    assert found.mood is Mood.REGRESSED
    assert found.title == "1 confirmed regression since LocalStack 2026.10.0"
    assert found.undecided == "All 2 results are decided."


def test_regressions_are_not_drowned_by_anything_else():
    changes = comparison(record("a", Change.REGRESSED), record("b", Change.UNCONFIRMED))
    assert say(result("a", Status.FAILED), error("b"), comparison=changes).mood is Mood.REGRESSED


def test_a_calm_run_is_calm_and_still_counts_what_is_open():
    found = say(
        result("a"),
        result("b", Status.FAILED),
        comparison=comparison(record("a", Change.UNCHANGED), record("b", Change.FLAKY)),
    )
    assert found.mood is Mood.CALM
    assert found.title == "No regression since LocalStack 2026.10.0"
    assert found.undecided == "1 of 2 undecided: 1 flaky."


def test_suspicion_is_no_accusation():
    found = say(
        result("a", Status.FAILED),
        result("b"),
        comparison=comparison(record("a", Change.UNCONFIRMED), record("b", Change.UNCHANGED)),
    )
    assert found.mood is Mood.SUSPECTED
    assert found.title == "No confirmed regression since LocalStack 2026.10.0, 1 suspected"
    assert "accuse" in found.text


def test_the_same_build_again_says_that_differences_are_noise():
    found = say(
        result("a"),
        trends=history([44], ["a"], version="2026.11.0"),
        comparison=comparison(record("a", Change.UNCHANGED)),
    )
    assert found.title == "No regression since 8 Nov 2026"
    assert "same build" in found.text


def test_only_errors_are_no_verdict():
    found = say(error("a"), error("b"), comparison=comparison())
    assert found.mood is Mood.UNKNOWN
    assert found.title == "No verdict: not one fair trial"
    assert found.undecided == "2 of 2 undecided: 2 errors."


def test_nothing_comparable_is_no_verdict():
    changes = comparison(record("a", Change.NOT_COMPARABLE), record("b", Change.NEW))
    assert say(result("a"), result("b"), comparison=changes).title == "No verdict: nothing was comparable"


def test_no_results_is_no_verdict():
    assert say(comparison=comparison()).title == "No architecture was tested"


def test_a_first_run_lays_the_baseline():
    from lsqm.model.trend import Trends

    found = say(result("a"), trends=Trends(), comparison=comparison(record("a", Change.NEW), baseline=None))
    assert found.title == "First run: the baseline is laid"
    assert found.mood is Mood.UNKNOWN


def test_without_a_comparison_nothing_is_judged():
    assert say(result("a")).title == "Not compared with an earlier run"


def test_fixed_architectures_are_told_beside_regressions_and_calm():
    changes = comparison(record("a", Change.FIXED), record("b", Change.UNCHANGED))
    assert say(result("a"), result("b"), comparison=changes).text.startswith("1 architecture was fixed.")


def test_an_interrupted_run_says_what_it_does_not_know():
    run = manifest(45, complete=False, finished_at="", seconds=0.0, not_run={hash_of("b"): "interrupted"})
    found = say(result("a"), run=run, comparison=comparison(record("a", Change.UNCHANGED)))
    assert found.title == "No regression since LocalStack 2026.10.0 so far"
    assert found.caution.startswith("This run did not finish: 1 of 2 selected architectures have a result.")
    assert found.undecided == "1 of 2 undecided: 1 not run."


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (Change.UNCONFIRMED, "unconfirmed"),
        (Change.FLAKY, "flaky"),
        (Change.SPURIOUS, "spurious"),
        (Change.NOT_COMPARABLE, "not comparable"),
    ],
)
def test_every_open_word_is_counted_once(change, word):
    found = say(result("a", Status.FAILED), result("b"), comparison=comparison(record("a", change)))
    assert found.undecided == f"1 of 2 undecided: 1 {word}."


def test_an_error_that_is_also_spurious_is_counted_once():
    found = say(error("a"), result("b"), comparison=comparison(record("a", Change.SPURIOUS)))
    assert found.undecided == "1 of 2 undecided: 1 error."


def test_later_runs_do_not_speak_in_the_report_of_an_earlier_one():
    trends = history([44, 45, 46, 47], ["a", "b"], failing=["a"])
    changes = comparison(record("a", Change.UNCHANGED))
    view = build_view(
        replace(
            given(result("a"), names=["a"], trends=trends, comparison=changes), run=manifest(45, emulator=emulator())
        )
    )
    assert [point.run for point in view.history.points] == [point.run for point in trends.runs.points[:2]]
