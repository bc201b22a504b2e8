"""Every pair of results has a word, and the word accuses nobody without evidence."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsqm.compare.baseline import against, choose
from lsqm.compare.comparing import compare, suspects
from lsqm.compare.confirm import ConfirmOptions, decide, focus, needed_repeats
from lsqm.compare.verdict import lost_tests, movement
from lsqm.compare.view import RunView
from lsqm.model.comparison import Change
from lsqm.model.emulator import EmulatorKind
from lsqm.model.result import Cause, Result, Status
from tests.unit.compare.cases import (
    NEW,
    OLD,
    a_hash,
    a_run,
    an_emulator,
    broken,
    partial,
    repeats,
    trial,
    view,
)

LITERAL = ConfirmOptions(total=2)
"""Two of two and two of two, exactly as DESIGN words it."""


def word(before: Result, after: Result) -> Change:
    return movement(before, after).change


def test_passing_before_and_failing_now_waits_for_confirmation():
    assert word(trial(digest=OLD), broken()) is Change.UNCONFIRMED


def test_a_previously_passing_test_that_fails_is_a_loss_though_others_still_fail_and_one_is_fixed():
    before = trial("PARTIAL", tests="a+ b- c+", digest=OLD)
    after = trial("PARTIAL", tests="a- b+ c+")
    moved = movement(before, after)
    assert moved.change is Change.UNCONFIRMED
    assert dict(moved.tests) == {"test_app.py::test_a": Change.REGRESSED, "test_app.py::test_b": Change.FIXED}


def test_partial_that_can_no_longer_be_applied_is_a_loss():
    assert word(partial(digest=OLD), broken()) is Change.UNCONFIRMED


@pytest.mark.parametrize("cause", [cause for cause in Cause if cause.is_spurious])
@pytest.mark.parametrize("status", ["FAILED", "TIMEOUT", "PARTIAL", "ERROR"])
def test_a_spurious_cause_is_never_a_regression(cause: Cause, status: str):
    assert word(trial(digest=OLD), trial(status, tests="a+ b-", cause=cause)) is Change.SPURIOUS


@pytest.mark.parametrize("cause", list(Cause))
def test_passed_to_error_is_never_a_regression_whatever_the_cause(cause: Cause):
    assert word(trial(digest=OLD), trial("ERROR", tests="", cause=cause)) is Change.SPURIOUS


def test_a_skipped_test_that_fails_now_is_no_loss():
    assert word(trial(tests="a+ b~", digest=OLD), trial("PARTIAL", tests="a+ b-")) is Change.UNCHANGED


def test_failing_before_and_passing_now_is_fixed():
    assert word(broken(digest=OLD), trial()) is Change.FIXED


def test_failed_then_timed_out_is_unchanged():
    assert word(broken(digest=OLD), trial("TIMEOUT", tests="")) is Change.UNCHANGED


PINS = trial().pins


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"emulator": an_emulator(kind=EmulatorKind.EMBEDDED)}, "emulator kind docker → embedded"),
        ({"emulator": an_emulator(product="ministack")}, "emulator localstack → ministack"),
        ({"pins": replace(PINS, app="other")}, "app d → other"),
        ({"pins": replace(PINS, terraform="1.12.0")}, "terraform 1.11.4 → 1.12.0"),
        ({"pins": replace(PINS, providers={"hashicorp/aws": "6.0.0"})}, "provider hashicorp/aws 5.100.0 → 6.0.0"),
        ({"number": 2}, "architecture"),
    ],
)
def test_whatever_else_differs_makes_the_pair_not_comparable_and_is_named(change: dict, named: str):
    moved = movement(trial(digest=OLD), broken(**change))
    assert moved.change is Change.NOT_COMPARABLE
    assert named in moved.reason


def test_a_pin_that_one_side_never_learned_is_no_difference():
    assert word(trial(digest=OLD), broken(pins=replace(PINS, packages="", app=""))) is Change.UNCONFIRMED


def test_compare_covers_new_removed_and_not_run_architectures():
    candidate = replace(view(2, trial(number=1), trial(number=2)), not_run={a_hash(4): "the run's deadline"})
    baselines = against(view(1, trial(number=1, digest=OLD), trial(number=3), trial(number=4)))
    comparison = compare(candidate, baselines)
    assert {record.architecture[-1]: record.change for record in comparison.changes} == {
        "1": Change.UNCHANGED,
        "2": Change.NEW,
        "3": Change.REMOVED,
        "4": Change.NOT_COMPARABLE,
    }
    assert comparison.baseline == a_run(1)
    assert compare(view(2), {}).baseline is None


def confirmed(before: Result, after: Result, new: list[Result], old: list[Result]) -> Change:
    evidence = repeats(focus(before, after), new, old)
    comparison = compare(
        view(2, after), against(view(1, before)), evidence={after.architecture: evidence}, options=LITERAL
    )
    return comparison.changes[0].change


def old(status: str = "PASSED", **more: object) -> Result:
    return trial(status, digest=OLD, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("new", "baseline", "expected"),
    [
        ([broken(), broken()], [old(), old()], Change.REGRESSED),
        ([broken(), broken()], [old()], Change.UNCONFIRMED),
        ([broken()], [old(), old()], Change.UNCONFIRMED),
        ([broken(), trial()], [], Change.FLAKY),
        ([trial(), trial()], [], Change.FLAKY),
        ([broken(), broken()], [old(), broken(digest=OLD)], Change.FLAKY),
        ([broken(), broken()], [broken(digest=OLD), broken(digest=OLD)], Change.SPURIOUS),
        ([broken(), broken(signature="other")], [old(), old()], Change.UNCONFIRMED),
        ([broken(), trial("ERROR", tests="")], [old(), old()], Change.UNCONFIRMED),
        ([broken(), trial("ERROR", tests=""), broken()], [old(), old()], Change.REGRESSED),
        ([broken(), broken()], [old(), old("ERROR", tests="")], Change.UNCONFIRMED),
    ],
)
def test_the_verdict_follows_the_repeats(new: list[Result], baseline: list[Result], expected: Change):
    assert confirmed(old(), broken(), new, baseline) is expected


def test_only_the_lost_test_counts_when_confirming():
    before, after = old("PARTIAL", tests="a+ b+ c-"), trial("PARTIAL", tests="a+ b- c-")
    again, then = trial("PARTIAL", tests="a- b- c-"), old("PARTIAL", tests="a- b+ c-")
    assert lost_tests(before, after) == {"test_app.py::test_b"}
    assert confirmed(before, after, [again, again], [then, then]) is Change.REGRESSED


def test_the_same_emulator_build_never_regresses():
    before, after = trial(digest=NEW), broken()
    assert confirmed(before, after, [broken()] * 9, [trial()] * 9) is Change.SPURIOUS
    assert confirmed(before, after, [trial()], []) is Change.FLAKY


def test_a_loss_behind_a_provider_bump_is_found_by_repeats_with_equal_pins():
    before = old(pins=replace(PINS, providers={"hashicorp/aws": "5.99.0"}))
    assert confirmed(before, broken(), [], []) is Change.NOT_COMPARABLE
    assert confirmed(before, broken(), [broken()] * 2, [broken(digest=OLD)] * 2) is Change.NOT_COMPARABLE
    assert confirmed(before, broken(), [broken()] * 2, [old()] * 2) is Change.REGRESSED


def test_a_root_cause_gets_eight_repeats_shared_by_those_who_show_it():
    counts = [needed_repeats(cluster, ConfirmOptions()) for cluster in (0, 1, 2, 3, 4, 9)]
    assert counts == [8, 8, 4, 3, 2, 2]
    assert needed_repeats(1, LITERAL) == 2


def test_suspects_come_in_order_of_how_widespread_they_are():
    after = [broken(number=1, signature="lonely"), *(broken(number=n, signature="wide") for n in (2, 3, 4))]
    before = [trial(number=n, digest=OLD) for n in (1, 2, 3, 4)]
    found = suspects(view(2, *after), against(view(1, *before)), hopeful=True)
    assert [suspect.architecture for suspect in found] == [a_hash(n) for n in (2, 3, 4, 1)]
    assert found[0].needed < found[3].needed


# -- which baseline


def test_the_baseline_is_the_last_fair_settled_trial_on_the_same_kind():
    history = [
        view(1, old()),
        view(2, broken(digest=OLD), changes={1: Change.UNCONFIRMED}),
        view(3, trial("ERROR", tests="")),
        view(4, trial(emulator=an_emulator(kind=EmulatorKind.EMBEDDED))),
        view(5),
        view(9, trial()),
    ]
    chosen = choose([a_hash(1), a_hash(2)], history, an_emulator(), before=a_run(8))
    assert {key: found.run for key, found in chosen.items()} == {a_hash(1): a_run(1)}


# -- laws

RESULTS = [
    trial(status, tests=tests, cause=cause, digest=digest, pins=pins)
    for status, tests, cause, digest, pins in [
        *product(["FAILED", "TIMEOUT", "ERROR"], ["", "a- b-"], [Cause.PARITY, Cause.NETWORK], [OLD, NEW], [PINS]),
        *product(["PARTIAL"], ["a+ b-", "a- b+", "a+ b- c~"], [Cause.PARITY, Cause.TEST_DEFECT], [OLD, NEW], [PINS]),
        *product(["PASSED"], ["a+ b+", "a+", "a+ b~"], [None], [OLD, NEW], [PINS, replace(PINS, app="e")]),
    ]
]
MIRROR = {Change.UNCONFIRMED: Change.FIXED, Change.FIXED: Change.UNCONFIRMED}


@given(st.sampled_from(RESULTS), st.sampled_from(RESULTS))
def test_swapping_two_fair_results_swaps_loss_and_fix(before: Result, after: Result):
    there, back = word(before, after), word(after, before)
    if Status.ERROR in {before.status, after.status} or (lost_tests(before, after) and lost_tests(after, before)):
        return
    assert MIRROR.get(there, there) is back


@given(st.sampled_from(RESULTS))
def test_a_result_against_itself_never_moved(result: Result):
    assert word(result, result) in {Change.UNCHANGED, Change.NOT_COMPARABLE}


@given(
    st.dictionaries(st.integers(0, 5), st.sampled_from(RESULTS)),
    st.dictionaries(st.integers(0, 5), st.sampled_from(RESULTS)),
)
def test_compare_is_total_and_without_evidence_accuses_nobody(before: dict, after: dict):
    def run(number: int, results: dict) -> RunView:
        return view(number, *(replace(result, architecture=a_hash(key)) for key, result in results.items()))

    comparison = compare(run(2, after), against(run(1, before)))
    assert {record.architecture for record in comparison.changes} == {a_hash(key) for key in {*before, *after}}
    assert not comparison.regressions
    assert all(record.reason for record in comparison.changes)


@given(
    st.lists(st.sampled_from([broken(), trial(), trial("ERROR", tests="")]), max_size=5),
    st.lists(st.sampled_from([old(), old(), broken(digest=OLD), trial("ERROR", tests="")]), max_size=5),
    st.integers(1, 3),
)
def test_nothing_but_steady_failure_and_steady_passing_is_a_regression(new: list, baseline: list, needed: int):
    evidence = repeats(frozenset(), new, baseline)
    verdict = decide(broken().signature, evidence, needed=needed, same_emulator=False)
    shown = [repeat.reproduces for repeat in evidence if not repeat.on_baseline and repeat.reproduces is not None]
    gone = [repeat.reproduces for repeat in evidence if repeat.on_baseline and repeat.reproduces is not None]
    steady = all(shown) and not any(gone) and min(len(shown), len(gone)) >= needed
    assert (verdict.change is Change.REGRESSED) == steady
