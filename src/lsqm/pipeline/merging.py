"""Shards of a run become one run; a shard that is lost or damaged becomes a recorded gap (SC-008)."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from lsqm.artifacts import files
from lsqm.artifacts.shards import ShardFolder
from lsqm.artifacts.store import ArtifactStore
from lsqm.errors import DataError
from lsqm.model.emulator import EmulatorIdentity
from lsqm.model.ids import ArchitectureHash, RunId, run_started_at
from lsqm.model.run import Gap, RunManifest, StageTiming
from lsqm.model.shard import ShardRecord
from lsqm.pipeline.counting import count
from lsqm.pipeline.judging import history_before
from lsqm.pipeline.selection import history, select
from lsqm.pipeline.sharding import balanced, expected_seconds
from lsqm.pipeline.stage import iso
from lsqm.ports.clock import Clock

Redact = Callable[[bytes], bytes]
_LOG_LIMIT = 2 << 20


@dataclass(slots=True)
class _Part:
    """What one shard should have brought, and what it did."""

    share: tuple[ArchitectureHash, ...]
    folder: ShardFolder | None = None
    record: ShardRecord | None = None
    manifest: RunManifest | None = None
    why: str = "it left nothing"
    """Why something is missing, should something be missing."""
    excused: dict[ArchitectureHash, str] = field(default_factory=dict)
    """What it did not run for a reason of its own, such as the run's deadline."""


def shares(
    store: ArtifactStore, run: RunId, *, only: Sequence[str], of: int
) -> tuple[tuple[ArchitectureHash, ...], ...]:
    """What each of `of` shards of a run validates; every machine with the same artifact repository gets the same."""
    index = store.load_index()
    known = history((view.run, view.results) for view in history_before(store, run))
    with_app = frozenset(key for key in index.architectures if store.has_app(key))
    selected = select(index, known, only=only, with_app=with_app)
    return balanced(selected, expected_seconds(selected, known), of)


def merge_shards(
    store: ArtifactStore,
    run: RunId,
    folders: Sequence[ShardFolder],
    *,
    of: int,
    redact: Redact,
    clock: Clock,
    lsqm_version: str,
) -> RunManifest:
    """Bring every result of every shard into `runs/RUN/` and write its `run.json`. May be done again with more shards.

    Args:
        store: the artifact repository, with the architectures the shards worked on.
        run: the id all shards were given.
        folders: what was found, in any order.
        of: how many shards there should be.
        redact: removes secrets of this machine from logs.
        clock: for a run of which nothing at all came.
        lsqm_version: likewise.
    """
    parts, only = _parts(store, run, folders, of)
    emulator = _emulator(parts, run)
    for part in parts:
        other = part.manifest.emulator if part.manifest is not None else None
        if other is not None and emulator is not None and other.build != emulator.build:
            part.why = f"it ran on {_named(other)}, the others on {_named(emulator)}"
            part.manifest, part.excused = None, {}
        elif part.folder is not None and part.record is not None and part.manifest is not None:
            _bring_in(store, part, part.folder, part.record, redact)
    store.drop_unreadable_results(run)
    results = store.load_results(run)
    gaps, not_run = [], {}
    for number, part in enumerate(parts, start=1):
        not_run.update(part.excused)
        missing = tuple(key for key in part.share if key not in results and key not in part.excused)
        # Where nothing is known of a share, that it left nothing is all that can be said.
        if missing or (part.folder is None and not part.share):
            gaps.append(Gap(shard=number, of=of, reason=part.why, architectures=missing))
            not_run.update(dict.fromkeys(missing, f"shard {number} of {of} was lost: {part.why}"))
    owned = {key for part in parts for key in part.share}
    planned = [key for share in shares(store, run, only=only, of=1) for key in share]
    if nobody := tuple(key for key in planned if key not in owned and key not in results):
        why = "no shard had it: the shards did not see the same artifact repository"
        gaps.append(Gap(shard=0, of=of, reason=why, architectures=nobody))
        not_run.update(dict.fromkeys(nobody, why))
    not_run = {key: why for key, why in sorted(not_run.items()) if key not in results}
    _keep_logs(store, run, parts)
    manifest = _manifest(store, run, parts, emulator, gaps, not_run, clock, lsqm_version)
    store.save_manifest(manifest)
    return manifest


def _parts(
    store: ArtifactStore, run: RunId, folders: Sequence[ShardFolder], of: int
) -> tuple[list[_Part], tuple[str, ...]]:
    """One part per shard that there should be, and what the run was restricted to."""
    records: dict[int, tuple[ShardFolder, ShardRecord]] = {}
    damaged = []
    for folder in folders:
        try:
            record = folder.load()
        except DataError as error:
            damaged.append(str(error))
            continue
        known = records.get(record.index)
        if record.run == run and record.of == of and 1 <= record.index <= of:
            if known is None or (record.finished and not known[1].finished):
                records[record.index] = (folder, record)
        elif record.run == run:
            damaged.append(f"{folder.root} is shard {record.index}/{record.of}, not one of {of}")
    only = next((record.only for _, record in records.values()), ())
    parts = [_Part(share=share) for share in shares(store, run, only=only, of=of)]
    for part in parts:
        if damaged:
            part.why += f"; {damaged[0]}"
    for index, (folder, record) in records.items():
        part = parts[index - 1]
        part.folder, part.record = folder, record
        part.share = record.selected or part.share
        part.why = record.stopped_by or "it was killed before it was done"
        try:
            part.manifest = folder.load_manifest(record)
        except DataError as error:
            part.why = str(error) if record.finished or record.selected else "it was killed before its first trial"
            continue
        if record.finished and part.manifest.complete:
            part.excused = {
                ArchitectureHash(key): why for key, why in part.manifest.not_run.items() if key in set(part.share)
            }
    return parts, only


def _emulator(parts: Sequence[_Part], run: RunId) -> EmulatorIdentity | None:
    """What most results were made on: a run never mixes emulators."""
    votes: Counter[tuple[str, str]] = Counter()
    known: dict[tuple[str, str], EmulatorIdentity] = {}
    for part in parts:
        if part.manifest is not None and part.manifest.emulator is not None and part.manifest.run == run:
            build = part.manifest.emulator.build
            votes[build] += 1 + part.manifest.counts.total - part.manifest.counts.not_run
            known.setdefault(build, part.manifest.emulator)
    return known[votes.most_common(1)[0][0]] if votes else None


def _named(emulator: EmulatorIdentity) -> str:
    return f"{emulator.product} {emulator.version} {emulator.digest[:19]}".rstrip()


def _bring_in(store: ArtifactStore, part: _Part, folder: ShardFolder, record: ShardRecord, redact: Redact) -> None:
    """Store every result that can be believed, as a plain run would have."""
    damaged = []
    seen = set()
    for key, result in folder.results(record):
        seen.add(key)
        if isinstance(result, DataError):
            damaged.append(str(result))
            continue
        kept = {kind: redact(data) for kind, data in folder.logs(record, key).items() if kind in result.logs}
        store.save_result(record.run, replace(result, logs={}), kept)
    lost = [key for key in record.selected if key not in seen and key not in part.excused]
    if damaged:
        part.why = f"{len(damaged)} of its results cannot be believed: {damaged[0]}"
    elif lost and record.finished and not record.stopped_by:
        part.why = f"{len(lost)} of its results are missing"


def _keep_logs(store: ArtifactStore, run: RunId, parts: Sequence[_Part]) -> None:
    """The run's log is that of its shards, one after the other, each line with its shard."""
    lines = []
    for number, part in enumerate(parts, start=1):
        log = part.folder.own_log() if part.folder is not None else b""
        for text in files.cap(log, _LOG_LIMIT // len(parts)).splitlines():
            try:
                line = json.loads(text)
            except (ValueError, RecursionError):
                continue
            if isinstance(line, dict):
                lines.append(json.dumps({**line, "shard": number}, ensure_ascii=True))
    if lines:
        path = store.layout.run(run) / "lsqm.jsonl.gz"
        files.write_atomic(path, files.compress(("\n".join(lines) + "\n").encode()))


def _manifest(
    store: ArtifactStore,
    run: RunId,
    parts: Sequence[_Part],
    emulator: EmulatorIdentity | None,
    gaps: Sequence[Gap],
    not_run: dict[ArchitectureHash, str],
    clock: Clock,
    lsqm_version: str,
) -> RunManifest:
    came = [part.manifest for part in parts if part.manifest is not None]
    began = min((each.started_at for each in came), default=iso(run_started_at(run)))
    ended = max((each.finished_at for each in came), default=iso(clock.now()))
    seconds = max(0.0, _moment(ended) - _moment(began))
    first = came[0] if came else None
    summary = f"{of_shards(len(parts))}, {len(gaps)} lost" if gaps else of_shards(len(parts))
    return RunManifest(
        run=run,
        started_at=began,
        lsqm_version=first.lsqm_version if first else lsqm_version,
        configuration=first.configuration if first else {},
        versions=first.versions if first else {},
        emulator=emulator,
        stages=(
            StageTiming(
                stage="validate",
                started_at=began,
                finished_at=ended,
                seconds=seconds,
                outcome="partial" if gaps else "ok",
                message=summary,
            ),
        ),
        counts=count(
            store.load_results(run).values(),
            not_run=len(not_run),
            skipped=len(store.load_index().skipped),
            new=_new(store, run),
        ),
        not_run={str(key): why for key, why in not_run.items()},
        finished_at=ended,
        seconds=seconds,
        complete=bool(came),
        gaps=tuple(gaps),
    )


def of_shards(number: int) -> str:
    return f"{number} shard{'' if number == 1 else 's'}"


def _new(store: ArtifactStore, run: RunId) -> int:
    """Architectures that came since the run before: those this run's mining added."""
    earlier = [known for known in store.run_ids() if known < run]
    since = iso(run_started_at(earlier[-1])) if earlier else ""
    return sum(1 for entry in store.load_index().architectures.values() if entry.discovered_at > since)


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
