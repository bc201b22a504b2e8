"""Trials on a Dask cluster: each is a picklable job, made by a worker with its own tools, emulator and cage.

Secrets never travel: a worker takes LocalStack's token, its workspace and its Terraform from its own environment.
"""

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from lsqm import config
from lsqm.adapters.dask_cluster import DaskCluster, WorkerLost
from lsqm.artifacts.store import ArtifactStore
from lsqm.cli import wiring
from lsqm.cli.trials import OnStep, TrialBench, same_build, stored_pair
from lsqm.config import Settings
from lsqm.errors import Unavailable, UsageError
from lsqm.model.app import App
from lsqm.model.architecture import Architecture
from lsqm.model.emulator import EmulatorIdentity
from lsqm.model.event import Event, Notice
from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.result import Cause, Pins, Result, Status
from lsqm.pipeline.stage import iso
from lsqm.ports.observer import Observer
from lsqm.validate import BeforeDestroy, Trial, go_on

TRAVELLING = ("emulator", "localstack_image", "localstack_version", "docker_socket", "cage", "timeout")
"""Settings that decide what a trial is; all others are the worker's own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """What a worker must know once."""

    settings: tuple[tuple[str, str], ...]
    own_corpus: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialJob:
    """One trial as a value that means the same on every machine with this lsqm."""

    place: Place
    run: RunId
    architecture: Architecture
    app: App
    emulator: EmulatorIdentity | None = None
    """Exactly this one; None: the one that is there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What a worker says of itself."""

    identity: EmulatorIdentity
    cage_name: str
    versions: Mapping[str, str]
    notes: tuple[str, ...]


def make_trial(job: TrialJob) -> Trial:
    """The unit of work: called on a worker."""
    return _bench(job.place)[0].trial_on(job.architecture, job.app, job.emulator, job.run, lambda _: None)


def facts(place: Place) -> Facts:
    """Called on every worker before the first trial."""
    bench, heard = _bench(place)
    notes = tuple(event.message for event in heard.events if isinstance(event, Notice))
    return Facts(identity=bench.identity, cage_name=bench.cage_name, versions=bench.versions, notes=notes)


_making = threading.Lock()


def _bench(place: Place) -> "tuple[TrialBench, _Heard]":
    with _making:  # a worker's threads share one
        return _made(place)


@cache
def _made(place: Place) -> "tuple[TrialBench, _Heard]":
    heard = _Heard()
    settings = config.load(file=None, directory=Path.cwd(), environment=os.environ, flags=dict(place.settings)).settings
    return TrialBench(settings, events=heard, run=RunId(""), own_corpus=place.own_corpus), heard


class _Heard:
    """Keeps what a bench says while it is set up."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def on(self, event: Event) -> None:
        self.events.append(event)


class ClusterBench:
    """Makes trials on the workers of a Dask cluster, as many at once as they have threads.

    Raises:
        Unavailable: no cluster, or workers that differ in emulator or versions.
    """

    def __init__(self, settings: Settings, *, events: Observer, run: RunId, own_corpus: bool) -> None:
        self.run = run
        self.cancel = threading.Event()
        self.clock = wiring.clock()
        self.where = settings.executor
        self._place = Place(
            settings=tuple((name, str(getattr(settings, name))) for name in TRAVELLING), own_corpus=own_corpus
        )
        self._cluster = DaskCluster(settings.executor.removeprefix("dask://"), self.cancel)
        try:
            found = self._cluster.on_each(facts, self._place)
            first = _agreed(found)
        except BaseException:
            self.close()
            raise
        self.slots = self._cluster.slots
        self.ahead = 0
        self.identity, self.cage_name, self.versions = first.identity, first.cage_name, first.versions
        for note in sorted({note for one in found.values() for note in one.notes}):
            events.on(Notice(stage="validate", message=note, level="warning"))

    def trial(self, architecture: Architecture, app: App, on_step: OnStep) -> Trial:
        del on_step  # phases are not told across machines
        return self._call(architecture, app, None)

    def repeat(
        self,
        store: ArtifactStore,
        architecture: ArchitectureHash,
        identity: EmulatorIdentity,
        before_destroy: BeforeDestroy = go_on,
    ) -> Result:
        if before_destroy is not go_on:
            raise UsageError(
                "an emulator on a cluster cannot be looked at from here", hint="Leave --executor out, or --shell."
            )
        return self._call(*stored_pair(store, architecture), identity).result

    def _call(self, architecture: Architecture, app: App, identity: EmulatorIdentity | None) -> Trial:
        job = TrialJob(place=self._place, run=self.run, architecture=architecture, app=app, emulator=identity)
        try:
            trial = self._cluster.call(make_trial, job)
        except WorkerLost as error:
            return self._unfair(architecture, f"the workers that tried it died: {error}")
        wanted = identity or self.identity
        got = trial.result.emulator
        if got.product and not same_build(got, wanted):
            # A worker that came later may have another one; a run never mixes emulators.
            return self._unfair(architecture, f"a worker made it on {got.product} {got.version} {got.digest[:19]}")
        return trial

    def _unfair(self, architecture: Architecture, why: str) -> Trial:
        result = Result(
            architecture=architecture.hash,
            status=Status.ERROR,
            cause=Cause.ENGINE,
            signature="executor",
            phases=(),
            tests=(),
            api_calls={},
            plan_is_empty=None,
            emulator=self.identity,
            pins=Pins(),
            started_at=iso(self.clock.now()),
            seconds=0.0,
            message=why[:500],
        )
        return Trial(result=result, logs={})

    def close(self) -> None:
        """Leave the cluster."""
        self._cluster.close()


def _agreed(found: Mapping[str, Facts]) -> Facts:
    """The facts that all workers share. Raises Unavailable when they differ."""
    mine = version("lsqm")
    for worker, one in found.items():
        if one.versions.get("lsqm") != mine:
            raise Unavailable(
                f"the worker {worker} has lsqm {one.versions.get('lsqm')}, and here is {mine}",
                hint="Install the same lsqm on every worker.",
            )
    worker, first = next(iter(found.items()))
    for other, one in found.items():
        for what, left, right in (
            ("emulator", _named(first.identity), _named(one.identity)),
            ("cage", first.cage_name, one.cage_name),
            ("versions", dict(first.versions), dict(one.versions)),
        ):
            if left != right:
                raise Unavailable(
                    f"workers differ in their {what}: {worker} has {left}, {other} has {right}",
                    hint="Results would not be comparable: give all workers the same.",
                )
    return first


def _named(identity: EmulatorIdentity) -> str:
    return f"{identity.product} {identity.version} {identity.digest}".rstrip()
