"""Every run leaves a line for ever, also one that was killed before it could write its own (SC-009)."""

import json
from dataclasses import replace
from pathlib import Path

from lsqm.artifacts.store import ArtifactStore
from lsqm.model.ids import RunId
from lsqm.model.run import Counts
from lsqm.pipeline.judging import compare_run, complete_ledger, settle
from lsqm.pipeline.session import ledger_line
from tests.samples import HASH, RUN, a_manifest, a_result
from tests.unit.compare.cases import a_hash

KILLED = RunId("20260111T013005Z-00000b")


def a_store(tmp_path: Path) -> ArtifactStore:
    store = ArtifactStore(tmp_path / "artifacts")
    store.initialise()
    store.save_manifest(a_manifest())
    store.save_result(RUN, a_result(), {})
    store.add_to_ledger(ledger_line(store, a_manifest(), ()))
    return store


def test_a_killed_run_gets_a_line_of_what_it_did(tmp_path: Path):
    store = a_store(tmp_path)
    manifest = replace(a_manifest(), run=KILLED, complete=False, finished_at="", counts=Counts(total=3, not_run=3))
    waiting: dict[str, str] = {HASH: "later", a_hash(1): "later", a_hash(2): "later"}
    store.save_manifest(replace(manifest, not_run=waiting))
    store.save_result(KILLED, a_result(), {})
    before = store.load_ledger()[RUN]
    complete_ledger(store)
    line = store.load_ledger()[KILLED]
    assert (line.complete, line.finished_at, line.regressed) == (False, "", ())
    assert (line.counts.total, line.counts.passed, line.counts.not_run) == (3, 1, 2)
    assert line.results_digest == store.results_digest(KILLED)
    assert store.load_ledger()[RUN] == before
    complete_ledger(store)
    assert list(store.load_ledger()) == [RUN, KILLED]


def test_nothing_readable_is_still_a_line(tmp_path: Path):
    store = a_store(tmp_path)
    folder = store.layout.run(KILLED)
    folder.mkdir(parents=True)
    (folder / "run.json").write_text('{"format": 1, "run": "2026')
    complete_ledger(store)
    line = store.load_ledger()[KILLED]
    assert (line.started_at, line.complete) == ("2026-01-11T01:30:05Z", False)
    assert [json.loads(text)["run"] for text in store.layout.ledger.read_text().splitlines()] == [RUN, KILLED]


def test_a_run_that_went_on_replaces_its_line(tmp_path: Path):
    store = a_store(tmp_path)
    store.save_manifest(replace(a_manifest(), run=KILLED, complete=False))
    complete_ledger(store)
    assert not store.load_ledger()[KILLED].complete
    store.save_manifest(replace(a_manifest(), run=KILLED))
    settle(store, compare_run(store, KILLED))
    assert store.load_ledger()[KILLED].complete
