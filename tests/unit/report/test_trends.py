from lsqm.model.result import Result, Status
from lsqm.model.trend import OperationPoint, RunTrend, Trends
from lsqm.report import update_trends
from lsqm.report.trends import KEPT_OPERATION_RUNS, KEPT_SERVICE_RUNS
from tests.unit.report.make import entry, hash_of, history, index_of, manifest, result, run_of

NAMES = ("a", "b")


def add(trends: Trends, number: int, results: list[Result], names: tuple[str, ...] = NAMES) -> Trends:
    by_hash = {item.architecture: item for item in results}
    return update_trends(trends, run=manifest(number, by_hash), results=by_hash, index=index_of(names), comparison=None)


def test_the_same_run_twice_changes_nothing():
    once = add(history([1, 2], NAMES), 3, [result("a"), result("b", Status.FAILED)])
    assert add(once, 3, [result("a"), result("b", Status.FAILED)]) == once


def test_the_order_in_which_runs_are_added_does_not_matter():
    forward, backward = Trends(), Trends()
    runs = {1: [result("a")], 2: [result("a", Status.TIMEOUT), result("b")], 3: [result("b", Status.ERROR)]}
    for number in (1, 2, 3):
        forward = add(forward, number, runs[number])
    for number in (3, 1, 2):
        backward = add(backward, number, runs[number])
    assert forward == backward
    assert forward.runs.histories == {hash_of("a"): "PT-", hash_of("b"): "-PE"}


def test_a_run_again_replaces_what_it_said():
    trends = add(Trends(), 1, [result("a", Status.FAILED)])
    trends = add(trends, 1, [result("a")])
    assert trends.runs.histories == {hash_of("a"): "P"}
    assert trends.runs.points[0].counts.passed == 1
    assert trends.runs.points[0].signatures == {}


def test_runs_that_are_no_longer_there_stay_known():
    old = history(range(10), NAMES)
    new = add(old, 60, [result("a")])
    assert new.runs.points[:10] == old.runs.points
    assert {point.run for point in old.services.points} <= {point.run for point in new.services.points}


def test_details_are_bounded_but_run_points_are_not():
    trends = history(range(KEPT_SERVICE_RUNS + 3), ["a"])
    assert len(trends.runs.points) == KEPT_SERVICE_RUNS + 3
    assert min(point.run for point in trends.services.points) == run_of(3)
    assert min(point.run for point in trends.operations.points) == run_of(KEPT_SERVICE_RUNS + 3 - KEPT_OPERATION_RUNS)


def test_an_operation_that_is_called_no_more_is_not_forgotten():
    trends = Trends()
    for number in (1, 2):
        trends = add(trends, number, [result("a", api_calls={"qldb.CreateLedger": {"501": number}})])
    for number in range(3, 3 + KEPT_OPERATION_RUNS):
        trends = add(trends, number, [result("a", api_calls={"s3.CreateBucket": {"200": 1}})])
    ledger = [point for point in trends.operations.points if point.operation == "qldb.CreateLedger"]
    assert [(point.run, point.server_errors) for point in ledger] == [(run_of(2), 2)]


def test_services_count_an_architecture_once_for_each_of_its_services():
    index = index_of([])
    index = type(index)(architectures={hash_of("a"): entry("a", ("s3", "sqs", "s3"))})
    results = {hash_of("a"): result("a", Status.PARTIAL)}
    trends = update_trends(Trends(), run=manifest(1, results), results=results, index=index, comparison=None)
    assert [(point.service, point.partial, point.fair) for point in trends.services.points] == [
        ("s3", 1, 1),
        ("sqs", 1, 1),
    ]


def test_operations_tell_4xx_from_5xx():
    calls = {"s3.HeadBucket": {"404": 2, "200": 1}, "s3.PutBucketPolicy": {"501": 3}}
    trends = add(Trends(), 1, [result("a", api_calls=calls), result("b", api_calls={"s3.HeadBucket": {"200": 1}})])
    run = run_of(1)
    assert trends.operations.points == (
        OperationPoint(run=run, operation="s3.HeadBucket", architectures=2, calls=4, client_errors=2),
        OperationPoint(run=run, operation="s3.PutBucketPolicy", architectures=1, calls=3, server_errors=3),
    )


def test_an_empty_run_still_has_a_point():
    trends = add(Trends(), 1, [], names=())
    assert trends.runs == RunTrend(points=trends.runs.points, histories={})
    assert trends.runs.points[0].counts.pass_rate is None


def test_an_old_run_is_counted_with_what_was_known_then():
    entries = {
        hash_of("old"): entry("old", discovered_at="2026-01-02T00:00:00Z"),
        hash_of("then"): entry("then", discovered_at=manifest(1).started_at),
        hash_of("later"): entry("later", discovered_at="2027-01-02T00:00:00+00:00"),
    }
    index = type(index_of([]))(architectures=entries)
    trends = update_trends(Trends(), run=manifest(1), results={}, index=index, comparison=None)
    assert (trends.runs.points[0].corpus, trends.runs.points[0].counts.new) == (2, 1)
