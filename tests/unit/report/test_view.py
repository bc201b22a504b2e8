"""The numbers: since when, root causes, services, operations, differences."""

import pytest

from lsqm.model.comparison import Change
from lsqm.model.result import Cause, Status
from lsqm.model.trend import Trends
from lsqm.report import update_trends
from lsqm.report.view import build_view
from tests.unit.report.make import (
    comparison,
    emulator,
    entry,
    error,
    given,
    hash_of,
    history,
    index_of,
    manifest,
    record,
    result,
    skip,
)

NAMES = ("a", "b", "c")


def past(*weeks: tuple[int, dict[str, Status], str]) -> Trends:
    trends = Trends()
    for number, statuses, version in weeks:
        results = {hash_of(name): result(name, status) for name, status in statuses.items()}
        run = manifest(number, results, emulator=emulator(version))
        trends = update_trends(trends, run=run, results=results, index=index_of(statuses), comparison=None)
    return trends


def test_a_cause_is_as_old_as_its_unbroken_series():
    trends = past(
        (40, {"a": Status.FAILED}, "2026.7.0"),
        (41, {"a": Status.PASSED}, "2026.8.0"),
        (42, {"a": Status.FAILED}, "2026.9.0"),
        (43, {"b": Status.PASSED}, "2026.9.1"),  # a was not tried: the series goes on
        (44, {"a": Status.ERROR}, "2026.10.0"),  # no fair trial: likewise
    )
    view = build_view(given(result("a", Status.FAILED), names=NAMES, trends=trends))
    since = view.clusters[0].since
    assert since is not None
    assert (since.emulator, since.at_least, since.is_now) == ("LocalStack 2026.9.0", False, False)
    assert view.rows[0].since == manifest(42).started_at


def test_a_cause_that_was_always_there_is_at_least_that_old():
    trends = history([43, 44], NAMES, failing=["a"])
    since = build_view(given(result("a", Status.FAILED), names=NAMES, trends=trends)).clusters[0].since
    assert since is not None
    assert since.at_least
    assert since.runs == 3


def test_a_cause_seen_for_the_first_time_is_new():
    view = build_view(given(result("a", Status.FAILED), names=NAMES, trends=history([43, 44], NAMES)))
    since = view.clusters[0].since
    assert since is not None
    assert (since.is_now, since.at_least) == (True, False)


def test_causes_come_in_order_of_concern():
    wide = [result(name, Status.FAILED, signature="sqs.SendMessage 500", cause=Cause.EMULATOR_CRASH) for name in "abcd"]
    engine = [error(name) for name in "efghij"]
    regressed = result("k", Status.PARTIAL, signature="sns.Publish 400")
    changes = comparison(record("k", Change.REGRESSED))
    found = build_view(given(*wide, *engine, regressed, names="abcdefghijk", comparison=changes)).clusters
    assert [(cluster.signature, len(cluster.architectures)) for cluster in found] == [
        ("sns.Publish 400", 1),
        ("sqs.SendMessage 500", 4),
        ("start: engine", 6),
    ]
    assert [cluster.blames_emulator for cluster in found] == [True, True, False]
    assert found[1].service == "sqs"


def test_unproven_tests_stand_behind_and_blame_nobody_unless_they_passed_before():
    unproven = [result(name, Status.PARTIAL, signature="test: x", cause=Cause.UNPROVEN_TEST) for name in "abc"]
    proven = result("d", Status.PARTIAL, signature="sns.Publish 400")
    found = build_view(given(*unproven, proven, names="abcd")).clusters
    assert [(cluster.signature, cluster.blames_emulator, cluster.lies_outside) for cluster in found] == [
        ("sns.Publish 400", True, False),
        ("test: x", False, False),
    ]
    changes = comparison(record("a", Change.REGRESSED))
    assert build_view(given(*unproven, proven, names="abcd", comparison=changes)).clusters[0].blames_emulator


def test_a_failure_without_signature_is_grouped_by_what_it_says():
    found = build_view(
        given(result("a", Status.TIMEOUT, signature="", message="apply outran its deadline"), names=["a"])
    )
    assert found.clusters[0].signature == "apply outran its deadline"


def test_operations_carry_what_they_block_and_how_they_answered_before():
    trends = past((44, {"a": Status.FAILED, "b": Status.PASSED}, "2026.10.0"))
    coverage = build_view(given(result("a", Status.FAILED), result("b"), names=NAMES, trends=trends)).coverage
    worst = coverage.rows[0]
    assert worst.now.operation == "s3.PutBucketPolicy"
    assert (worst.now.architectures, worst.now.calls, worst.now.server_errors) == (2, 4, 3)
    assert (worst.blocks, worst.server_errors_before) == (1, 3)
    assert (coverage.calls, coverage.failing) == (6, 1)


def test_an_infrastructure_failure_blocks_no_operation():
    failing = result("a", Status.ERROR, cause=Cause.NETWORK, signature="s3.PutBucketPolicy 503 no route")
    assert build_view(given(failing, names=["a"])).coverage.rows[0].blocks == 0


def test_services_are_worst_first_with_difference_and_trend():
    trends = past((44, {"a": Status.PASSED, "b": Status.PASSED}, "2026.10.0"))
    index = index_of([])
    index = type(index)(
        architectures={
            hash_of("a"): entry("a", ("s3",)),
            hash_of("b"): entry("b", ("s3", "sqs")),
            hash_of("c"): entry("c", ("iam",)),
        }
    )
    report = given(result("a", Status.FAILED), result("b"), error("c"), index=index, trends=trends)
    found = build_view(report).services
    assert [(row.now.service, row.now.pass_rate) for row in found] == [("s3", 0.5), ("sqs", 1.0), ("iam", None)]
    assert found[0].delta == pytest.approx(-0.5)
    assert found[0].trend == (1.0, 0.5)
    assert [row.is_new for row in found] == [False, True, True]


def test_growth_of_the_corpus_is_told_apart_from_change():
    trends = past((44, {"a": Status.PASSED, "b": Status.FAILED}, "2026.10.0"))
    view = build_view(
        given(result("a"), result("b", Status.FAILED), result("c"), result("d"), names="abcd", trends=trends)
    )
    assert view.pass_rate_delta == pytest.approx(0.25)
    assert view.same == (2, 0.0)


def test_the_baseline_is_what_differences_are_measured_against():
    trends = past((42, {"a": Status.FAILED}, "2026.9.0"), (44, {"a": Status.PASSED}, "2026.10.0"))
    changes = comparison(record("a", Change.FIXED), baseline=42)
    view = build_view(given(result("a"), names=["a"], trends=trends, comparison=changes))
    assert view.previous is not None
    assert view.previous.emulator == "LocalStack 2026.9.0"
    assert view.pass_rate_delta == 1.0


def test_tiles_count_everything_once():
    run = manifest(45, not_run={hash_of("x"): "the run's time was up"})
    skips = {item.origin.url: item for item in (skip("p"), skip("q"))}
    index = index_of("abx", skipped=skips)
    view = build_view(given(result("a"), result("b", Status.TIMEOUT), error("c"), index=index, run=run))
    assert {tile.key: tile.count for tile in view.tiles} == {
        "passed": 1,
        "partial": 0,
        "failed": 0,
        "timeout": 1,
        "error": 1,
        "not_run": 1,
        "skipped": 2,
        "new": 0,
    }
    assert sum(tile.share for tile in view.tiles) == pytest.approx(1.0)
    assert [(row.status, row.message) for row in view.rows if row.status == "NOT RUN"] == [
        ("NOT RUN", "the run's time was up")
    ]


def test_skips_are_grouped_and_unsupported_services_ranked():
    items = [
        skip("p"),
        skip("q", details=("sagemaker", "qldb")),
        skip("r", details=("qldb",)),
        skip("s", details=("qldb",)),
    ]
    view = build_view(given(result("a"), index=index_of("a", skipped={item.origin.url: item for item in items})))
    assert [(group.reason.value, group.count) for group in view.skips] == [("unsupported-services", 4)]
    assert view.skips[0].services == (("qldb", 3), ("sagemaker", 2))
