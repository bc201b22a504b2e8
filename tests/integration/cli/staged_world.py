"""Emulators that answer from a script, in place of real ones; a Dask worker that preloads this module works with them."""

import threading
from dataclasses import replace

from lsqm.cli import cluster, wiring
from lsqm.model.app import App
from lsqm.model.architecture import Architecture
from lsqm.model.emulator import EmulatorIdentity
from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.result import Result
from lsqm.validate import Trial
from tests.unit.compare.cases import NEW, a_hash, an_emulator, broken, trial

REGRESSED, FLAKY = a_hash(1), a_hash(2)


def answer(architecture: ArchitectureHash, emulator: EmulatorIdentity) -> Result:
    """What a trial shows: one architecture is broken on the new emulator, the other works everywhere."""
    result = broken() if architecture == REGRESSED and emulator.digest == NEW else trial(digest=emulator.digest)
    return replace(result, architecture=architecture, emulator=emulator)


class StagedBench:
    """The bench of this process, or of a worker."""

    def __init__(self, *_: object, **__: object) -> None:
        from importlib.metadata import version

        self.identity, self.cage_name, self.slots, self.where = an_emulator(), "none", 2, "here"
        self.versions = {"lsqm": version("lsqm")}
        self.cancel, self.clock = threading.Event(), wiring.clock()

    def trial_on(
        self, architecture: Architecture, app: App, emulator: EmulatorIdentity | None, run: RunId, on_step: object
    ) -> Trial:
        del app, run, on_step
        return Trial(result=answer(architecture.hash, emulator or self.identity), logs={})

    def repeat(self, store: object, architecture: ArchitectureHash, identity: EmulatorIdentity) -> Result:
        del store
        return answer(architecture, identity)

    def close(self) -> None:
        """Nothing to let go of."""


def dask_setup(_worker: object) -> None:
    """What Dask calls on a worker that preloads this."""
    cluster._made = lambda _place: (StagedBench(), cluster._Heard())  # type: ignore[assignment]
