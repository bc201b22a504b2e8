"""Everything a trial needs, bound once per invocation: tools, cage, scratch folder, emulators by identity."""

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lsqm.adapters.docker_engine import Engine, sweep
from lsqm.adapters.leftovers import sweep_local
from lsqm.adapters.owner import this_process
from lsqm.artifacts.store import ArtifactStore
from lsqm.cli import wiring
from lsqm.cli.workspace import Workspace
from lsqm.errors import Unavailable
from lsqm.model.app import App
from lsqm.model.architecture import Architecture
from lsqm.model.emulator import EmulatorIdentity
from lsqm.model.event import ItemProgress, Notice
from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.result import PhaseName, Result
from lsqm.ports.emulator import Emulator
from lsqm.validate import BeforeDestroy, PhaseDeadlines, Trial, TrialRequest, go_on, run_trial

if TYPE_CHECKING:
    from collections.abc import Callable

    from lsqm.cli.invocation import Invocation


class TrialBench:
    """Makes trials for one run. Use `trial_bench` to get one."""

    def __init__(self, invocation: "Invocation", store: ArtifactStore, run: RunId, scratch: Path) -> None:
        self.settings = invocation.settings
        self.events = invocation.events
        self.run = run
        self.cancel = threading.Event()
        self.clock = wiring.clock()
        self.emulator = wiring.make_emulator(self.settings)
        self.identity = self.emulator.check()
        self.tools = wiring.toolchain(self.settings)
        choice = wiring.make_cage(self.settings, self.cancel, own_corpus=only_starter(store))
        self.cage = choice.cage
        for note in choice.notes:
            self.events.on(Notice(stage="validate", message=f"cage: {note}", level="warning"))
        self._scratch = scratch
        self._others: dict[str, Emulator] = {}

    def close(self) -> None:
        """Let go of every emulator's connections."""
        for emulator in (self.emulator, *self._others.values()):
            emulator.close()

    def trial(self, architecture: Architecture, app: App, on_step: "Callable[[PhaseName], None]") -> Trial:
        """One trial on the emulator of this run."""
        return self._on(self.emulator, architecture, app, on_step)

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
        emulator = self._like(identity)
        found = emulator.check()
        if found.digest != identity.digest or (not found.digest and found.version != identity.version):
            raise Unavailable(
                f"{identity.product} {identity.version} {identity.digest[:19]} is not here any more, "
                f"only {found.version} {found.digest[:19]}",
                hint="Keep the image of the baseline: docker pull IMAGE@DIGEST.",
            )
        app = store.load_app(architecture)
        assert app is not None, "what was validated has an app"
        loaded = store.load_architecture(architecture)
        name = f"{loaded.metadata.name} on {identity.version}"

        def on_step(step: PhaseName) -> None:
            self.events.on(ItemProgress(stage="confirm", item=name, step=step.value))

        return self._on(emulator, loaded, app, on_step, before_destroy).result

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
        on_step: "Callable[[PhaseName], None]",
        before_destroy: BeforeDestroy = go_on,
    ) -> Trial:
        request = TrialRequest(
            architecture=architecture,
            app=app,
            run=self.run,
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
        )


def only_starter(store: ArtifactStore) -> bool:
    """Whether nothing but the corpus that comes with lsqm, with builtin apps, could run: no foreign code at all."""
    index = store.load_index()
    return all(
        entry.source == "starter" and ((record := store.load_app_record(key)) is None or record.generator == "builtin")
        for key, entry in index.architectures.items()
    )


@contextmanager
def trial_bench(invocation: "Invocation", store: ArtifactStore, run: RunId) -> Iterator[TrialBench]:
    """A bench; what killed runs left on this machine goes first.

    Raises:
        Unavailable: there is no emulator, no Terraform or no provider.
    """
    scratch = Workspace(invocation.settings.workspace).scratch
    scratch.mkdir(parents=True, exist_ok=True)
    left = sweep_local(scratch, Path(tempfile.gettempdir()))
    removed = [f"{len(left.processes)} processes and {len(left.directories)} folders"] if left.count else []
    if invocation.settings.emulator == "docker":
        engine = Engine(os.environ)
        try:
            swept = sweep(engine)
        finally:
            engine.close()
        removed += [f"{len(swept.containers)} containers and {len(swept.networks)} networks"] if swept.count else []
    if removed:
        message = f"removed {' and '.join(removed)} of a killed run"
        invocation.events.on(Notice(stage="validate", message=message))
    bench = TrialBench(invocation, store, run, scratch)
    try:
        yield bench
    finally:
        bench.close()
