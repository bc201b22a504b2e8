"""`lsqm validate --shard` and `lsqm merge`: a run in parts, on as many machines."""

import contextlib
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from lsqm.artifacts.shards import ShardFolder, find_shards, layout_of
from lsqm.artifacts.store import ArtifactStore
from lsqm.cli import stages, wiring
from lsqm.cli.run import RunChoice, change_counts, exit_code, table
from lsqm.cli.sessions import begin_session
from lsqm.cli.trials import trial_bench
from lsqm.cli.workspace import Workspace
from lsqm.errors import DataError, ExitCode, UsageError
from lsqm.model.event import Notice
from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.run import RunManifest
from lsqm.model.shard import Shard, ShardRecord
from lsqm.pipeline import judging
from lsqm.pipeline.counting import counts_by_status
from lsqm.pipeline.merging import merge_shards, shares

if TYPE_CHECKING:
    from lsqm.cli.invocation import Invocation


def shard_folder(invocation: "Invocation", run: RunId, shard: Shard, output: Path | None) -> Path:
    """Where a shard's results go: what `--output` says, else a place in the workspace that `merge` knows."""
    return output or layout_of(Workspace(invocation.settings.workspace).shards, run, str(shard))


def validate_shard(
    invocation: "Invocation", corpus: ArtifactStore, choice: RunChoice, shard: Shard, output: Path | None
) -> int:
    """One shard's share of a run, into a folder of its own. What the folder holds already is not done again."""
    assert choice.run is not None
    run = choice.run
    folder = ShardFolder(shard_folder(invocation, run, shard, output))
    record = _record(folder, ShardRecord(run=run, index=shard.index, of=shard.of, only=choice.only))
    going_on = folder.store.layout.manifest(run).is_file()
    recorder = wiring.recorder_for(invocation)
    session = begin_session(invocation, folder.store, recorder, run=run, corpus=corpus, resume=going_on)
    deadline = session.began + invocation.settings.run_deadline

    def share(selected: Sequence[ArchitectureHash]) -> Sequence[ArchitectureHash]:
        nonlocal record
        if not record.selected:
            mine = shares(corpus, run, only=choice.only, of=shard.of)[shard.index - 1]
            record = ShardRecord(run=run, index=shard.index, of=shard.of, only=choice.only, selected=mine)
            folder.save(record)
        own = set(record.selected)
        return [key for key in selected if key in own]

    with trial_bench(invocation, corpus, run) as bench:
        outcome = stages.validate_stage(
            invocation, session, bench, only=choice.only, deadline_monotonic=deadline, share=share
        )
    manifest = session.save(complete=outcome.complete)
    folder.seal(record, stopped_by=str(outcome.stopped_by or ""))
    invocation.result(
        {
            "run_id": run,
            "shard": str(shard),
            "output": str(folder.root),
            "counts": counts_by_status(manifest.counts),
            "not_run": dict(manifest.not_run),
        },
        f"{_table(folder.store, corpus, manifest)}\n\nshard {shard} of {run}: {folder.root}\n"
        f"When all {shard.of} are there: lsqm merge DIR... --run-id {run} --shards {shard.of}",
    )
    return exit_code(manifest, None, outcome.stopped_by)


def _record(folder: ShardFolder, wanted: ShardRecord) -> ShardRecord:
    """What the folder says of itself, or `wanted` for a fresh one. Raises UsageError when it is another shard's."""
    if not folder.exists:
        if folder.root.exists() and any(folder.root.iterdir()):
            raise UsageError(
                f"--output {folder.root} is not empty and no shard's folder", hint="Give a new folder for each shard."
            )
        folder.save(wanted)
        return wanted
    found = folder.load()
    if (found.run, found.shard, found.only) != (wanted.run, wanted.shard, wanted.only):
        raise UsageError(
            f"{folder.root} holds shard {found.shard} of run {found.run}"
            + (f", only {', '.join(found.only)}" if found.only else ""),
            hint="Give a new folder for each shard of each run.",
        )
    return found


def _table(kept: ArtifactStore, corpus: ArtifactStore, manifest: RunManifest) -> str:
    return table(kept, manifest, None, index=corpus.load_index())


def merge(invocation: "Invocation", store: ArtifactStore, run: RunId, places: Sequence[Path], of: int | None) -> int:
    """`lsqm merge`: shards to one run, compared like any other."""
    places = places or (Workspace(invocation.settings.workspace).shards / run,)
    for place in places:
        if not place.is_dir():
            invocation.events.on(Notice(stage="merge", message=f"there is no folder {place}", level="warning"))
    folders = find_shards(places)
    of = of or number_of_shards(folders, run)
    recorder = wiring.recorder_for(invocation)
    with recorder.stage("merge", message=f"{len(folders)} shard folders for {of} shards") as stage:
        manifest = merge_shards(
            store,
            run,
            folders,
            of=of,
            redact=invocation.redactor.data,
            clock=wiring.clock(),
            lsqm_version=version("lsqm"),
        )
        stage.summary = f"{manifest.counts.total - manifest.counts.not_run} results, {manifest.counts.not_run} not run"
        if manifest.gaps:
            stage.outcome = "partial"
            stage.summary += f", {len(manifest.gaps)} lost shards"
    for gap in manifest.gaps:
        invocation.events.on(Notice(stage="merge", message=gap.sentence(), level="warning"))
    with recorder.stage("compare") as stage:
        comparison = judging.compare_run(store, run)
        counts = change_counts(comparison)
        stage.summary = ", ".join(f"{number} {word}" for word, number in counts.items() if number) or "nothing"
    judging.settle(store, comparison)
    invocation.result(
        {
            "run_id": run,
            "counts": counts_by_status(manifest.counts),
            "not_run": dict(manifest.not_run),
            "gaps": [
                {"shard": gap.shard, "of": gap.of, "reason": gap.reason, "architectures": list(gap.architectures)}
                for gap in manifest.gaps
            ],
            "changes": counts,
        },
        "\n".join([table(store, manifest, comparison), "", *(gap.sentence() for gap in manifest.gaps)]).rstrip(),
    )
    # A lost shard is a recorded gap, not a failed merge; only a run of which nothing at all came is told apart.
    return ExitCode.OK if manifest.complete else ExitCode.PARTIAL


def number_of_shards(folders: Sequence[ShardFolder], run: RunId) -> int:
    """How many shards the run had, as the folders say. Raises UsageError when none does."""
    for folder in folders:
        with contextlib.suppress(DataError):
            record = folder.load()
            if record.run == run:
                return record.of
    raise UsageError(f"no folder holds a shard of run {run}", hint="Give --shards N to record all of them as lost.")
