"""The artifact repository keeps what it is given, whole, and refuses what it cannot read with one sentence."""

import json
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from lsqm.artifacts import documents, files
from lsqm.artifacts.store import ArtifactStore, index_entry
from lsqm.errors import DataError
from lsqm.model.architecture import Architecture, Index, Skip, SkipReason
from lsqm.model.ids import RunId
from lsqm.model.run import Counts, LedgerLine
from tests.samples import HASH, RUN, a_manifest, a_result, an_app, an_architecture, an_origin


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    store = ArtifactStore(tmp_path / "repository")
    store.initialise()
    return store


def test_everything_saved_is_loaded_again_equal(store: ArtifactStore) -> None:
    architecture = an_architecture()
    store.save_architecture(architecture)
    assert store.load_architecture(HASH) == architecture
    app = an_app()
    store.save_app(app)
    assert store.load_app(HASH) == app
    manifest = a_manifest()
    store.save_manifest(manifest)
    assert store.load_manifest(RUN) == manifest
    stored = store.save_result(RUN, a_result(), {"terraform": b"hello"})
    assert store.load_results(RUN) == {HASH: stored}
    assert store.read_log(RUN, stored.logs["terraform"]) == b"hello"


def test_an_architecture_that_carries_its_own_metadata_json_keeps_it(store: ArtifactStore) -> None:
    architecture = an_architecture()
    architecture = replace(architecture, files={**architecture.files, "metadata.json": b'{"mine": 1}'})
    store.save_architecture(architecture)
    assert store.load_architecture(HASH).files["metadata.json"] == b'{"mine": 1}'


def test_a_file_outside_the_folder_is_refused(store: ArtifactStore) -> None:
    bad = Architecture(metadata=an_architecture().metadata, files={"../../evil.tf": b""})
    with pytest.raises(DataError, match="outside its folder"):
        store.save_architecture(bad)


def test_index_round_trip_and_known_urls(store: ArtifactStore) -> None:
    metadata = an_architecture().metadata
    skip = Skip(
        origin=replace(an_origin(), url="x//y"),
        dialect=metadata.dialect,
        reason=SkipReason.UNSUPPORTED_SERVICES,
        details=("dms",),
    )
    index = Index(architectures={HASH: index_entry(metadata)}, skipped={"x//y": skip})
    store.save_index(index)
    assert store.load_index() == index
    assert index.known_urls() == {metadata.origin.url, "x//y"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{not json", "not valid JSON"),
        (b"[]", "not an lsqm document"),
        (b'{"format": 99, "architectures": {}}', "format 99"),
        (b'{"format": 0, "architectures": {}}', "cannot upgrade"),
        (b'{"format": 1, "architectures": {"a": {"name": 3}}}', "architectures.a"),
        (b"[" * 100_000, "not valid JSON"),
    ],
)
def test_an_unreadable_index_is_one_sentence_that_names_the_file(
    store: ArtifactStore, content: bytes, says: str
) -> None:
    store.layout.index.write_bytes(content)
    with pytest.raises(DataError, match=says) as caught:
        store.load_index()
    assert str(store.layout.index) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.hint


def test_an_older_format_is_upgraded_step_by_step() -> None:
    steps = {0: lambda value: {**value, "b": value["a"] + 1}, 1: lambda value: {**value, "c": value["b"] + 1}}
    assert documents.upgrade({"format": 0, "a": 1}, steps, 2, Path("x")) == {"format": 2, "a": 1, "b": 2, "c": 3}


def test_documents_have_sorted_keys_and_do_not_change_when_saved_twice(store: ArtifactStore) -> None:
    store.save_manifest(a_manifest())
    path = store.layout.manifest(RUN)
    first = path.read_bytes()
    before = path.stat().st_mtime_ns
    os.utime(path, ns=(before - 10**9, before - 10**9))
    store.save_manifest(a_manifest())
    assert path.read_bytes() == first
    assert path.stat().st_mtime_ns == before - 10**9, "an equal document is not written again"
    assert list(json.loads(first)) == sorted(json.loads(first))


def test_a_write_that_fails_leaves_the_old_content_and_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    files.write_atomic(path, b"old")

    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(OSError, match="No space"):
        files.write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert [item.name for item in tmp_path.iterdir()] == ["a.json"]


def test_retention_keeps_the_newest_runs_and_the_ledger_keeps_all(store: ArtifactStore) -> None:
    runs = [RunId(f"202601{day:02}T000000Z-abcdef") for day in range(1, 8)]
    for run in reversed(runs):
        store.save_manifest(replace(a_manifest(), run=run))
        store.add_to_ledger(
            LedgerLine(run=run, started_at="", finished_at="", lsqm_version="1", emulator="", counts=Counts())
        )
    assert store.prune(keep=3) == tuple(runs[:4])
    assert store.run_ids() == tuple(runs[4:])
    assert list(store.load_ledger()) == runs
    assert len(store.layout.ledger.read_bytes().splitlines()) == 7


def test_a_long_log_keeps_head_and_tail() -> None:
    data = b"HEAD" + b"x" * 1_000_000 + b"TAIL"
    capped = files.cap(data, 1000)
    assert len(capped) < 1100
    assert capped.startswith(b"HEAD")
    assert capped.endswith(b"TAIL")
    assert b"bytes left out" in capped


def test_a_log_reference_cannot_leave_the_run(store: ArtifactStore, tmp_path: Path) -> None:
    (tmp_path / "secret.gz").write_bytes(files.compress(b"secret"))
    assert store.read_log(RUN, "../../../secret.gz") is None


def test_the_lock_is_exclusive_and_says_when_it_waits(store: ArtifactStore) -> None:
    order: list[str] = []
    inside = threading.Event()
    waited = threading.Event()

    def second() -> None:
        inside.wait(5)
        with store.lock(waiting=waited.set):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with store.lock():
        inside.set()
        assert waited.wait(5)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]
