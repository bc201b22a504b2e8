"""The unit of work is a picklable request to a plain result; what can go wrong on a cluster is told plainly."""

import pickle
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from typing import Any, ClassVar

import pytest

from lsqm import config
from lsqm.adapters import dask_cluster
from lsqm.adapters.dask_cluster import DaskCluster, WorkerLost
from lsqm.cli import cluster
from lsqm.cli.cluster import ClusterBench, Facts, Place, TrialJob
from lsqm.errors import DataError, Interrupted, LsqmError, Unavailable, UsageError
from lsqm.model.result import Cause, Status
from lsqm.ports.emulator import EmulatorFailed
from lsqm.validate import Trial
from tests.fakes.still import Listener
from tests.samples import RUN, a_result, an_app, an_architecture, an_emulator

PLACE = Place(settings=(("emulator", "embedded"),), own_corpus=False)


def again(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


def test_a_job_and_its_trial_travel_unchanged() -> None:
    job = TrialJob(place=PLACE, run=RUN, architecture=an_architecture(), app=an_app(), emulator=an_emulator())
    assert again(job) == job
    trial = Trial(result=a_result(), logs={"pytest": b"x"})
    assert again(trial) == trial


@pytest.mark.parametrize("kind", [UsageError, DataError, Unavailable, Interrupted])
def test_errors_travel_with_their_remedy(kind: type[LsqmError]) -> None:
    back = again(kind("what is wrong", hint="what to do"))
    assert type(back) is kind
    assert (str(back), back.hint, back.exit_code) == ("what is wrong", "what to do", kind.exit_code)
    failed = again(EmulatorFailed("it died", cause="engine", logs=b"log", whole_run=True))
    assert (str(failed), failed.cause, failed.logs, failed.whole_run) == ("it died", "engine", b"log", True)


def test_secrets_never_travel() -> None:
    assert not set(cluster.TRAVELLING) & set(config.SECRETS)
    assert set(cluster.TRAVELLING) < set(config.Settings.model_fields)


def test_without_the_package_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(Unavailable, match="needs the package distributed") as caught:
        DaskCluster("127.0.0.1:8786", threading.Event())
    assert 'pip install "lsqm[dask]"' in caught.value.hint


def test_without_a_scheduler_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "_CONNECT_SECONDS", 0.5)
    with pytest.raises(Unavailable, match="no Dask scheduler answers at 127.0.0.1:1"):
        DaskCluster("127.0.0.1:1", threading.Event())


class FakeCluster:
    """Calls here and now."""

    found: ClassVar[dict[str, Facts]] = {
        "tcp://a": Facts(identity=an_emulator(), cage_name="none", versions={"lsqm": version("lsqm")}, notes=("n",))
    }
    answer: Callable[[TrialJob], Trial]
    slots = 7

    def __init__(self, address: str, cancel: threading.Event) -> None:
        self.closed = False

    def on_each(self, work: Any, item: Place) -> dict[str, Facts]:
        assert work is cluster.facts
        return self.found

    def call(self, work: Any, item: TrialJob) -> Trial:
        assert work is cluster.make_trial
        return type(self).answer(again(item))

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> type[FakeCluster]:
    class Fake(FakeCluster):
        pass

    monkeypatch.setattr(cluster, "DaskCluster", Fake)
    return Fake


def a_bench() -> ClusterBench:
    settings = config.Settings(executor="dask://h:1", emulator="embedded")
    return ClusterBench(settings, events=Listener(), run=RUN, own_corpus=False)


def test_a_bench_takes_its_facts_from_the_workers(fake: type[FakeCluster]) -> None:
    fake.answer = lambda job: Trial(result=replace(a_result(), architecture=job.architecture.hash), logs={})
    bench = a_bench()
    assert (bench.slots, bench.identity, bench.cage_name) == (7, an_emulator(), "none")
    trial = bench.trial(an_architecture(), an_app(), lambda _: None)
    assert trial.result == a_result()


def test_a_worker_that_dies_of_a_trial_is_no_verdict(fake: type[FakeCluster]) -> None:
    def die(job: TrialJob) -> Trial:
        raise WorkerLost("three died")

    fake.answer = die
    result = a_bench().trial(an_architecture(), an_app(), lambda _: None).result
    assert (result.status, result.cause) == (Status.ERROR, Cause.ENGINE)
    assert result.cause is not None
    assert result.cause.is_spurious


def test_a_result_on_another_emulator_is_no_verdict(fake: type[FakeCluster]) -> None:
    other = replace(an_emulator(), digest="sha256:other")
    fake.answer = lambda job: Trial(result=replace(a_result(), emulator=other), logs={})
    assert a_bench().trial(an_architecture(), an_app(), lambda _: None).result.status is Status.ERROR


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"identity": replace(an_emulator(), digest="sha256:2")}, "differ in their emulator"),
        ({"cage_name": "docker"}, "differ in their cage"),
        ({"versions": {"lsqm": version("lsqm"), "terraform": "9"}}, "differ in their versions"),
        ({"versions": {"lsqm": "1"}}, "has lsqm 1, and here is"),
    ],
)
def test_workers_that_differ_are_refused(fake: type[FakeCluster], change: dict[str, Any], message: str) -> None:
    first = fake.found["tcp://a"]
    fake.found = {"tcp://a": first, "tcp://b": replace(first, **change)}
    with pytest.raises(Unavailable, match=message):
        a_bench()
