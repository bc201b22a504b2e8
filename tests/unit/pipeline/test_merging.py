"""Shards become the run that one machine would have made; what is lost or damaged is a gap, never a failure."""

import gzip
import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lsqm.artifacts.shards import ShardFolder, find_shards
from lsqm.artifacts.store import ArtifactStore, index_entry
from lsqm.model.architecture import Index
from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.run import Gap, RunManifest
from lsqm.model.shard import ShardRecord
from lsqm.pipeline.counting import count
from lsqm.pipeline.merging import merge_shards, shares
from tests.fakes.still import StoppedClock
from tests.samples import a_manifest, a_result, an_app, an_architecture, an_emulator

RUN = RunId("20260111T000000Z-000000")
KEYS = [ArchitectureHash(letter * 64) for letter in "abcdef"]


class NoonClock(StoppedClock):
    def now(self) -> datetime:
        return datetime(2026, 1, 11, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    store = ArtifactStore(tmp_path / "artifacts")
    store.initialise()
    entry = index_entry(an_architecture().metadata)
    store.save_index(Index(architectures=dict.fromkeys(KEYS, entry)))
    for key in KEYS:
        app = an_app()
        store.save_app(replace(app, record=replace(app.record, architecture=key)))
    return store


def a_shard(
    root: Path, store: ArtifactStore, index: int, *, done: int = 99, seal: bool = True, emulator=None, complete=True
) -> ShardFolder:
    """What `lsqm validate --shard` leaves after `done` trials."""
    folder = ShardFolder(root)
    share = shares(store, RUN, only=(), of=3)[index - 1]
    record = ShardRecord(run=RUN, index=index, of=3, selected=share)
    folder.save(record)
    emulator = emulator or an_emulator()
    results = [
        folder.store.save_result(
            RUN, replace(a_result(), architecture=key, emulator=emulator), {"pytest": b"log of it"}
        )
        for key in share[:done]
    ]
    not_run = dict.fromkeys(map(str, share[done:]), "the run's deadline was reached")
    manifest = replace(
        a_manifest(),
        run=RUN,
        emulator=emulator,
        counts=count(results, not_run=len(not_run)),
        not_run=not_run,
        finished_at="2026-01-04T00:10:00Z",
        complete=complete,
    )
    folder.store.save_manifest(manifest)
    if seal:
        folder.seal(record, stopped_by="" if complete else "no Docker engine answers")
    return folder


def merge(store: ArtifactStore, *folders: ShardFolder, of: int = 3) -> RunManifest:
    return merge_shards(store, RUN, folders, of=of, redact=lambda data: data, clock=NoonClock(), lsqm_version="1")


def tree(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_all_shards_make_the_run_of_one_machine(tmp_path: Path, store: ArtifactStore) -> None:
    manifest = merge(store, *(a_shard(tmp_path / str(number), store, number) for number in (3, 1, 2)))
    assert manifest.gaps == ()
    assert manifest.complete
    assert manifest.counts.passed == 6
    one = ArtifactStore(tmp_path / "one")
    for key in KEYS:
        one.save_result(RUN, replace(a_result(), architecture=key), {"pytest": b"log of it"})
    merged = tree(store.layout.run(RUN))
    del merged["run.json"]
    assert merged == tree(one.layout.run(RUN)), "byte for byte"


def test_a_missing_shard_is_a_gap_and_merging_again_with_it_fills_it(tmp_path: Path, store: ArtifactStore) -> None:
    first, third = (a_shard(tmp_path / str(number), store, number) for number in (1, 3))
    lost = shares(store, RUN, only=(), of=3)[1]
    manifest = merge(store, first, third)
    assert manifest.gaps == (Gap(shard=2, of=3, reason="it left nothing", architectures=lost),)
    assert set(manifest.not_run) == set(lost)
    assert manifest.counts.total == 6
    assert manifest.counts.not_run == len(lost)
    assert manifest.complete
    late = merge(store, a_shard(tmp_path / "2", store, 2))
    assert late.gaps == ()
    assert late.not_run == {}
    assert late.counts.passed == 6


def test_what_a_killed_shard_finished_is_kept(tmp_path: Path, store: ArtifactStore) -> None:
    shards = [a_shard(tmp_path / str(number), store, number) for number in (1, 3)]
    killed = a_shard(tmp_path / "2", store, 2, done=1, seal=False, complete=False)
    (gap,) = merge(store, *shards, killed).gaps
    assert gap.reason == "it was killed before it was done"
    assert gap.architectures == shares(store, RUN, only=(), of=3)[1][1:]


def test_a_deadline_is_no_gap_but_an_engine_that_went_away_is(tmp_path: Path, store: ArtifactStore) -> None:
    late = a_shard(tmp_path / "1", store, 1, done=1)
    stopped = a_shard(tmp_path / "2", store, 2, done=0, complete=False)
    manifest = merge(store, late, stopped, a_shard(tmp_path / "3", store, 3))
    (gap,) = manifest.gaps
    assert (gap.shard, gap.reason) == (2, "no Docker engine answers")
    assert "the run's deadline was reached" in manifest.not_run.values()
    assert manifest.counts.not_run == 3


@pytest.mark.parametrize("damage", ["truncate", "alter", "remove", "link", "foreign"])
def test_a_damaged_result_is_not_believed(tmp_path: Path, store: ArtifactStore, damage: str) -> None:
    folders = [a_shard(tmp_path / str(number), store, number) for number in (1, 2, 3)]
    victim = shares(store, RUN, only=(), of=3)[1][0]
    path = folders[1].store.layout.result(RUN, victim)
    data = path.read_bytes()
    match damage:
        case "truncate":
            path.write_bytes(data[:100])
        case "alter":
            path.write_bytes(data.replace(b'"PASSED"', b'"FAILED"'))
        case "remove":
            path.unlink()
        case "link":
            path.unlink()
            (tmp_path / "elsewhere.json").write_bytes(data)
            path.symlink_to(tmp_path / "elsewhere.json")
        case _:  # a result of another architecture
            path.write_bytes(data.replace(victim.encode(), KEYS[0].encode()))
    manifest = merge(store, *folders)
    (gap,) = manifest.gaps
    assert (gap.shard, gap.architectures) == (2, (victim,))
    assert gap.reason
    assert not store.layout.result(RUN, victim).exists()
    assert manifest.counts.passed == 5


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', '{"format": 99}'])
def test_a_shard_that_cannot_be_read_is_a_gap(tmp_path: Path, store: ArtifactStore, text: str) -> None:
    folders = [a_shard(tmp_path / str(number), store, number) for number in (1, 2, 3)]
    (folders[1].root / "shard.json").write_text(text)
    (gap,) = merge(store, *folders).gaps
    assert gap.shard == 2
    assert "shard.json" in gap.reason


def test_a_run_never_mixes_emulators(tmp_path: Path, store: ArtifactStore) -> None:
    other = replace(an_emulator(), version="9.9.9", digest="sha256:2")
    folders = [a_shard(tmp_path / str(n), store, n, emulator=other if n == 2 else None) for n in (1, 2, 3)]
    manifest = merge(store, *folders)
    assert manifest.emulator == an_emulator()
    (gap,) = manifest.gaps
    assert gap.reason.startswith("it ran on ministack 9.9.9")
    assert {result.emulator for result in store.load_results(RUN).values()} == {an_emulator()}


def test_what_no_shard_had_is_said(tmp_path: Path, store: ArtifactStore) -> None:
    folders = [a_shard(tmp_path / str(number), store, number) for number in (1, 2, 3)]
    new, app = ArchitectureHash("9" * 64), an_app()
    store.save_app(replace(app, record=replace(app.record, architecture=new)))
    index = store.load_index()
    store.save_index(replace(index, architectures={**index.architectures, new: index.architectures[KEYS[0]]}))
    (gap,) = merge(store, *folders).gaps
    assert (gap.shard, gap.architectures) == (0, (new,))


def test_nothing_at_all_is_a_run_that_did_not_happen(store: ArtifactStore) -> None:
    manifest = merge(store)
    assert len(manifest.gaps) == 3
    assert not manifest.complete
    assert manifest.counts.not_run == 6
    assert manifest.emulator is None


def test_shards_are_read_as_data(tmp_path: Path, store: ArtifactStore) -> None:
    folder = a_shard(tmp_path / "1", store, 1, seal=False)
    victim = shares(store, RUN, only=(), of=3)[0][0]
    logs = folder.store.layout.run(RUN) / "logs" / victim
    secret = tmp_path / "secret.gz"
    secret.write_bytes(gzip.compress(b"secret"))
    (logs / "terraform.log.gz").symlink_to(secret)
    (logs / "pytest.log.gz").write_bytes(gzip.compress(b"0" * (64 << 20)))
    # A result that the shard was never asked for, and one under a name that is no hash.
    stranger = folder.store.layout.result(RUN, KEYS[5])
    if KEYS[5] in shares(store, RUN, only=(), of=3)[0]:
        stranger = folder.store.layout.result(RUN, ArchitectureHash("8" * 64))
    stranger.write_bytes(folder.store.layout.result(RUN, victim).read_bytes())
    (stranger.parent / "..json").write_text("{}")
    os.link(secret, folder.store.layout.run(RUN) / "extra.gz")
    merge(store, folder)
    assert not [path for path in store.root.rglob("*") if path.is_symlink()]
    assert set(store.load_results(RUN)) == set(shares(store, RUN, only=(), of=3)[0])
    stored = store.layout.run(RUN) / "logs" / victim / "pytest.log.gz"
    assert len(gzip.decompress(stored.read_bytes())) < 1 << 20, "a bomb is cut"
    assert not (stored.parent / "terraform.log.gz").exists()
    assert not (store.layout.run(RUN) / "extra.gz").exists()


def test_the_log_of_the_run_is_that_of_its_shards(tmp_path: Path, store: ArtifactStore) -> None:
    folders = [a_shard(tmp_path / str(number), store, number) for number in (1, 2, 3)]
    for folder in folders:
        (folder.root / "lsqm.jsonl").write_text('{"event": "x"}\nnot json\n')
    merge(store, *folders)
    lines = gzip.decompress((store.layout.run(RUN) / "lsqm.jsonl.gz").read_bytes()).splitlines()
    assert [json.loads(line)["shard"] for line in lines] == [1, 2, 3]


def test_folders_are_found_below_what_is_given(tmp_path: Path, store: ArtifactStore) -> None:
    a_shard(tmp_path / "download" / "shard-1" / "lsqm", store, 1)
    a_shard(tmp_path / "shard-2", store, 2)
    found = find_shards([tmp_path / "download", tmp_path / "shard-2", tmp_path / "nowhere"])
    assert [folder.load().index for folder in found] == [1, 2]
