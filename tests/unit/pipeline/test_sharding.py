"""Shares are about equal in time, the same on every machine, and together exactly the selection."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsqm.artifacts.store import ArtifactStore, index_entry
from lsqm.cli.planning import advice
from lsqm.model.app import Generator, Usage
from lsqm.model.architecture import Index
from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.result import Status
from lsqm.model.run import StageTiming
from lsqm.model.shard import Shard, parse_shard
from lsqm.pipeline.planning import PlanOptions, plan_run
from lsqm.pipeline.selection import UNKNOWN_SECONDS, History
from lsqm.pipeline.sharding import balanced, expected_seconds, makespan
from tests.samples import a_manifest, a_result, an_app, an_architecture

OLD, NEW = RunId("20260104T000000Z-000000"), RunId("20260111T000000Z-000000")
OPTIONS = PlanOptions(shards=2, slots=2, deadline=10_800, growth=10)


def key(number: int) -> ArchitectureHash:
    return ArchitectureHash(f"{number:064x}")


@given(st.lists(st.floats(0.1, 500), max_size=60), st.integers(1, 9), st.randoms())
def test_every_architecture_is_in_one_share_whatever_order_it_came_in(times: list[float], shards: int, random) -> None:
    seconds = {key(number): value for number, value in enumerate(times)}
    order = list(seconds)
    random.shuffle(order)
    found = balanced(order, seconds, shards)
    assert sorted(one for share in found for one in share) == sorted(order)
    assert {frozenset(share) for share in found} == {
        frozenset(share) for share in balanced(list(seconds), seconds, shards)
    }
    assert all(list(share) == [one for one in order if one in set(share)] for share in found), "most important first"
    loads = [sum(seconds[one] for one in share) for share in found]
    assert max(loads) - min(loads) <= max(times, default=0) + 1e-6, "no share is behind by more than one trial"


def test_what_never_ran_costs_the_median_and_spreads_even_without_history() -> None:
    keys = [key(number) for number in range(5)]
    assert set(expected_seconds(keys, {}).values()) == {UNKNOWN_SECONDS}
    past = {
        one: History(last_run=OLD, last_status=Status.PASSED, seconds=value)
        for one, value in zip(keys, [1, 5, 90], strict=False)
    }
    assert expected_seconds(keys, past)[keys[4]] == 5
    assert sorted(len(share) for share in balanced(keys, dict.fromkeys(keys, 0.0), 3)) == [1, 2, 2]


def test_makespan_is_that_of_greedy_workers() -> None:
    assert makespan([5, 4, 3, 3, 3], 2) == 10
    assert makespan([], 4) == 0


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/0", "a/b", "1/257", "-1/2", "1/3/4"])
def test_a_shard_is_read_strictly(text: str) -> None:
    with pytest.raises(ValueError, match="not a shard"):
        parse_shard(text)
    assert parse_shard("2/3") == Shard(2, 3)


@pytest.fixture
def store(tmp_path) -> ArtifactStore:
    store = ArtifactStore(tmp_path)
    store.initialise()
    entry = index_entry(an_architecture().metadata)
    store.save_index(Index(architectures={key(number): entry for number in range(6)}))
    for number in range(4):
        app = an_app()
        record = replace(
            app.record, architecture=key(number), generator=Generator.CLAUDE, usage=Usage(input=1000), cost_usd=0.5
        )
        store.save_app(replace(app, record=record))
    return store


def a_finished_run(store: ArtifactStore, *, seconds: float, validate: float) -> None:
    stage = StageTiming(stage="validate", started_at="", finished_at="", seconds=validate)
    store.save_manifest(
        replace(a_manifest(), run=OLD, configuration={"parallel": "1"}, stages=(stage,), seconds=seconds, complete=True)
    )
    for number in range(4):
        store.save_result(OLD, replace(a_result(), architecture=key(number), seconds=100.0), {})


def test_a_plan_tells_time_and_cost_from_history(store: ArtifactStore) -> None:
    a_finished_run(store, seconds=560, validate=500)
    plan = plan_run(store, NEW, replace(OPTIONS, minute_price=0.06, token_budget=10_000))
    assert plan.architectures == 4
    assert plan.never_ran == 0
    assert plan.without_app == 2
    assert plan.factor == 1.25, "the stage took 500 s for 400 s of trials on one slot"
    assert [share.expected_seconds for share in plan.shares] == [125, 125]
    assert plan.total_seconds == 185
    assert plan.machine_minutes == round((125 + 125 + 60) / 60, 1)
    assert plan.machine_cost == 0.31
    assert (plan.tokens, plan.token_cost) == (2000, 1.0)
    assert plan_run(store, NEW, replace(OPTIONS, generator="builtin", token_budget=10_000)).tokens == 0
    assert plan_run(store, NEW, replace(OPTIONS, token_budget=1000)).token_cost == 0.5, "no more than the budget"


def test_growth_says_when_the_deadline_is_too_short_and_how_many_shards_help(store: ArtifactStore) -> None:
    a_finished_run(store, seconds=460, validate=400)
    growth = plan_run(store, NEW, replace(OPTIONS, shards=1, slots=1)).growth
    # 60 s around, 400 s of trials, 1000 s more each week: 10,800 s hold ten more weeks.
    assert growth.seconds_each == 100
    assert growth.weeks_left == 11
    assert growth.shards_for_a_year == 5
    enough = plan_run(store, NEW, replace(OPTIONS, shards=5, slots=1)).growth
    assert enough.weeks_left is not None
    assert enough.weeks_left > 52
    hopeless = plan_run(store, NEW, replace(OPTIONS, deadline=90)).growth
    assert hopeless.shards_for_a_year is None
    assert hopeless.weeks_left == 0
    assert "one trial alone" in advice(hopeless, replace(OPTIONS, deadline=90))
    flooded = plan_run(store, NEW, replace(OPTIONS, growth=50_000)).growth
    assert flooded.shards_for_a_year is None
    assert "for a year not even 256 shards are" in advice(flooded, OPTIONS), "trials are short, only too many"
    assert plan_run(store, NEW, replace(OPTIONS, growth=0)).growth.weeks_left is None
