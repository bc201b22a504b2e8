"""What a run lacks is never forgotten: whoever reads its manifest, or its exit code, learns of it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from lsqm.artifacts.store import ArtifactStore
from lsqm.cli.run import exit_code
from lsqm.errors import ExitCode
from lsqm.model.result import Status
from lsqm.pipeline.session import Session
from lsqm.pipeline.stage import StageRecorder
from tests.fakes.still import Listener, StoppedClock
from tests.samples import RUN, a_manifest, a_result
from tests.unit.compare.cases import a_hash

ONE, TWO, THREE = a_hash(1), a_hash(2), a_hash(3)


class AtNoon(StoppedClock):
    def now(self) -> datetime:
        return datetime(2026, 1, 4, 12, tzinfo=UTC)


def begun(tmp_path: Path) -> Session:
    """A run of three, of which nothing ran; resumed."""
    store = ArtifactStore(tmp_path / "artifacts")
    store.initialise()
    store.save_manifest(replace(a_manifest(), not_run=dict.fromkeys((ONE, TWO, THREE), "the run was stopped")))
    return Session.resume(store, StageRecorder(AtNoon(), Listener()), RUN)


def test_going_on_with_one_keeps_in_mind_what_else_is_lacking(tmp_path: Path) -> None:
    session = begun(tmp_path)
    session.expects([ONE])
    session.store.save_result(RUN, replace(a_result(), architecture=ONE, status=Status.PASSED), {})
    manifest = session.save(complete=True)
    assert manifest.not_run == {TWO: "the run was stopped", THREE: "the run was stopped"}
    assert manifest.counts.not_run == 2
    assert exit_code(manifest, None, None) == ExitCode.PARTIAL


def test_the_last_reason_counts_and_a_result_ends_it(tmp_path: Path) -> None:
    session = begun(tmp_path)
    session.lacks({TWO: "the run's deadline was reached"})
    for key in (ONE, THREE):
        session.store.save_result(RUN, replace(a_result(), architecture=key, status=Status.PASSED), {})
    assert session.save(complete=False).not_run == {TWO: "the run's deadline was reached"}
    session.store.save_result(RUN, replace(a_result(), architecture=TWO, status=Status.PASSED), {})
    manifest = session.save(complete=True)
    assert manifest.not_run == {}
    assert exit_code(manifest, None, None) == ExitCode.OK
