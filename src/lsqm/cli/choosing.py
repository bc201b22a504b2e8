"""Which run a command makes or goes on with, and what that run would validate."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsqm.artifacts.store import ArtifactStore
from lsqm.cli import wiring
from lsqm.cli.run import RunChoice
from lsqm.cli.stages import wanted_hashes
from lsqm.cli.workspace import Workspace
from lsqm.errors import UsageError
from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.shard import Shard
from lsqm.pipeline.merging import shares

if TYPE_CHECKING:
    from lsqm.cli.invocation import Invocation

NO_RUN = RunId("99991231T235959Z-ffffff")
"""Later than every run: a plan that no run has yet looks at all of history."""


def chosen_run(
    store: ArtifactStore,
    *,
    only: Sequence[str] = (),
    resume: str | None = None,
    run: RunId | None = None,
    sharded: bool = False,
) -> RunChoice:
    """What the flags say about the run. Raises UsageError for a run that is not there, or is there already."""
    if resume is not None:
        return RunChoice(only=tuple(only), run=wiring.find_run(store, resume), resume=True)
    # A shard may be made again after its run was merged without it.
    if run is not None and not sharded and store.layout.manifest(run).is_file():
        raise UsageError(f"there is a run {run} already", hint=f"Go on with it: --resume {run}")
    return RunChoice(only=tuple(only), run=run)


def dry_selection(
    invocation: "Invocation", only: Sequence[str], run: RunId | None, shard: Shard | None, resume: str | None
) -> list[str]:
    """One line for each architecture that would be validated."""
    store = ArtifactStore(Workspace(invocation.settings.workspace).artifacts)
    names = {key: entry.name for key, entry in store.load_index().architectures.items()}
    wanted_hashes(store, only)
    hashes: Sequence[ArchitectureHash] = shares(store, run or NO_RUN, only=only, of=shard.of if shard else 1)[
        shard.index - 1 if shard else 0
    ]
    if resume is not None:
        manifest = store.load_manifest(wiring.find_run(store, resume))
        hashes = [key for key in hashes if key in manifest.not_run]
    on = invocation.settings.emulator
    return [f"validate {names[key]} ({key[:12]}) on {on}" for key in hashes] or [
        "validate nothing: nothing is missing" if resume else "validate nothing: no architecture has an app"
    ]


def new_run_id() -> RunId:
    """An id for a run that begins now."""
    from lsqm.model.ids import new_run_id as make

    clock = wiring.clock()
    return make(clock.now(), clock.entropy(3))
