"""Everything a trial needs, bound once per process: tools, cage, scratch folder, emulators by identity."""

import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lsqm.adapters.docker_engine import Engine, sweep
from lsqm.adapters.leftovers import sweep_local
from lsqm.adapters.memory import available_bytes
from lsqm.adapters.owner import this_process
from lsqm.artifacts.store import ArtifactStore
from lsqm.cli import wiring
from lsqm.cli.workspace import Workspace
from lsqm.config import Settings
from lsqm.errors import Unavailable
from lsqm.model.app import App
from lsqm.model.architecture import Architecture
from lsqm.model.emulator import EmulatorIdentity
from lsqm.model.event import ItemProgress, Notice
from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.result import PhaseName, Result
from lsqm.pipeline.slots import Turns, ahead, slots
from lsqm.ports.clock import Clock
from lsqm.ports.emulator import Emulator
from lsqm.ports.observer import Observer
from lsqm.validate import BeforeDestroy, PhaseDeadlines, Trial, TrialRequest, Turn, go_on, run_trial

if TYPE_CHECKING:
    from lsqm.cli.invocation import Invocation

OnStep = Callable[[PhaseName], None]


class Bench(Protocol):
    """Makes the trials of one run, here or elsewhere."""

    identity: EmulatorIdentity
    """The emulator of the run."""
    cage_name: str
    slots: int
    """Trials at once."""
    ahead: int
    """Further ones that may start their emulator meanwhile."""
    where: str
    """`here`, or the cluster."""
    versions: Mapping[str, str]
    clock: Clock
    cancel: threading.Event

    def trial(self, architecture: Architecture, app: App, on_step: OnStep) -> Trial:
        """One trial on the emulator of the run."""
        ...

    def repeat(
        self,
        store: ArtifactStore,
        architecture: ArchitectureHash,
        identity: EmulatorIdentity,
        before_destroy: BeforeDestroy = go_on,
    ) -> Result:
        """One more trial on exactly the emulator that `identity` names.

        Args:
            store: where the architecture and its app are.
            architecture: which one.
            identity: the emulator that a stored result names.
            before_destroy: called when all is applied and tested, for a look around.

        Raises:
            Unavailable: that emulator cannot be had any more.
        """
        ...

    def close(self) -> None:
        """Let go of every connection."""
        ...


class TrialBench:
    """Makes trials in this process; what killed runs left on this machine goes first.

    Args:
        settings: emulator, cage, workspace.
        events: told what a person should know.
        run: whose trials these are.
        own_corpus: only code that comes with lsqm will run.

    Raises:
        Unavailable: there is no emulator, no Terraform or no provider.
    """

    where = "here"

    def __init__(self, settings: Settings, *, events: Observer, run: RunId, own_corpus: bool) -> None:
        self.settings = settings
        self.events = events
        self.run = run
        memory = available_bytes()
        self.slots = slots(settings.parallel, settings.emulator, memory)
        self.ahead = ahead(self.slots, settings.emulator, memory)
        if self.slots < settings.parallel:
            message = f"{self.slots} at once, not {settings.parallel}: this machine's memory holds no more"
            events.on(Notice(stage="validate", message=message, level="warning"))
        self.cancel = threading.Event()
        self._turns = Turns(self.slots, self.cancel)
        self.clock = wiring.clock()
        self._scratch = Workspace(settings.workspace).scratch
        self._sweep()
        self._others: dict[str, Emulator] = {}
        self.emulator = wiring.make_emulator(settings)
        self.identity = self.emulator.check()
        self.tools = wiring.toolchain(settings)
        self.versions: Mapping[str, str] = wiring.versions(settings)
        choice = wiring.make_cage(settings, self.cancel, own_corpus=own_corpus)
        self.cage, self.cage_name = choice.cage, choice.cage.name
        for note in choice.notes:
            events.on(Notice(stage="validate", message=f"cage: {note}", level="warning"))

    def _sweep(self) -> None:
        self._scratch.mkdir(parents=True, exist_ok=True)
        left = sweep_local(self._scratch, Path(tempfile.gettempdir()))
        removed = [f"{len(left.processes)} processes and {len(left.directories)} folders"] if left.count else []
        if self.settings.emulator == "docker":
            engine = Engine(os.environ)
            try:
                swept = sweep(engine)
            finally:
                engine.close()
            if swept.count:
                removed.append(f"{len(swept.containers)} containers and {len(swept.networks)} networks")
        if removed:
            message = f"removed {' and '.join(removed)} of a killed run"
            self.events.on(Notice(stage="validate", message=message))

    def close(self) -> None:
        for emulator in (self.emulator, *self._others.values()):
            emulator.close()

    def trial(self, architecture: Architecture, app: App, on_step: OnStep) -> Trial:
        return self._on(self.emulator, architecture, app, self.run, on_step, turn=self._turns.take)

    def trial_on(
        self,
        architecture: Architecture,
        app: App,
        identity: EmulatorIdentity | None,
        run: RunId,
        on_step: OnStep,
        before_destroy: BeforeDestroy = go_on,
    ) -> Trial:
        """One trial on exactly the emulator that `identity` names; None: on whichever is here.

        Raises:
            Unavailable: that emulator cannot be had any more.
        """
        if identity is None:
            return self._on(self.emulator, architecture, app, run, on_step, before_destroy)
        emulator = self._like(identity)
        found = emulator.check()
        if not same_build(found, identity):
            raise Unavailable(
                f"{identity.product} {identity.version} {identity.digest[:19]} is not here any more, "
                f"only {found.version} {found.digest[:19]}",
                hint="Keep the image of the baseline: docker pull IMAGE@DIGEST.",
            )
        return self._on(emulator, architecture, app, run, on_step, before_destroy)

    def repeat(
        self,
        store: ArtifactStore,
        architecture: ArchitectureHash,
        identity: EmulatorIdentity,
        before_destroy: BeforeDestroy = go_on,
    ) -> Result:
        loaded, app = stored_pair(store, architecture)
        on_step = announce_steps(self.events, loaded, identity)
        return self.trial_on(loaded, app, identity, self.run, on_step, before_destroy).result

    def _like(self, identity: EmulatorIdentity) -> Emulator:
        """The emulator of that identity; what an emulator says of itself once it runs is not compared."""
        if (identity.kind, identity.image, identity.digest) == (
            self.identity.kind,
            self.identity.image,
            self.identity.digest,
        ):
            return self.emulator
        key = f"{identity.kind} {identity.image} {identity.digest}"
        if key not in self._others:
            self._others[key] = wiring.emulator_like(self.settings, identity)
        return self._others[key]

    def _on(
        self,
        emulator: Emulator,
        architecture: Architecture,
        app: App,
        run: RunId,
        on_step: OnStep,
        before_destroy: BeforeDestroy = go_on,
        turn: Turn = nullcontext,
    ) -> Trial:
        request = TrialRequest(
            architecture=architecture,
            app=app,
            run=run,
            tools=self.tools,
            scratch=self._scratch,
            owner=this_process().text,
            deadlines=PhaseDeadlines(apply=float(self.settings.timeout)),
        )
        return run_trial(
            request,
            emulator=emulator,
            cage=self.cage,
            clock=self.clock,
            on_step=on_step,
            before_destroy=before_destroy,
            turn=turn,
        )


def same_build(left: EmulatorIdentity, right: EmulatorIdentity) -> bool:
    """Whether both name one build: by digest, or by version where there is none."""
    return left.digest == right.digest and (bool(left.digest) or left.version == right.version)


def stored_pair(store: ArtifactStore, architecture: ArchitectureHash) -> tuple[Architecture, App]:
    """What a trial of a stored result needs again."""
    app = store.load_app(architecture)
    assert app is not None, "what was validated has an app"
    return store.load_architecture(architecture), app


def announce_steps(events: Observer, architecture: Architecture, identity: EmulatorIdentity) -> OnStep:
    """Tells the observer each phase of a confirming trial."""
    name = f"{architecture.metadata.name} on {identity.version}"
    return lambda step: events.on(ItemProgress(stage="confirm", item=name, step=step.value))


def only_starter(store: ArtifactStore) -> bool:
    """Whether nothing but the corpus that comes with lsqm, with builtin apps, could run: no foreign code at all."""
    index = store.load_index()
    return all(
        entry.source == "starter" and ((record := store.load_app_record(key)) is None or record.generator == "builtin")
        for key, entry in index.architectures.items()
    )


@contextmanager
def trial_bench(invocation: "Invocation", store: ArtifactStore, run: RunId) -> Iterator[Bench]:
    """The bench that the setting `executor` names.

    Raises:
        Unavailable: there is no emulator, no Terraform, no provider, or no cluster.
    """
    settings, own_corpus = invocation.settings, only_starter(store)
    bench: Bench
    if settings.executor == "local":
        bench = TrialBench(settings, events=invocation.events, run=run, own_corpus=own_corpus)
    else:
        from lsqm.cli.cluster import ClusterBench

        bench = ClusterBench(settings, events=invocation.events, run=run, own_corpus=own_corpus)
    try:
        yield bench
    finally:
        bench.close()
