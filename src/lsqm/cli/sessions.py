"""The run that a command makes or goes on with: its id, its manifest, its log file."""

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from lsqm.artifacts.store import ArtifactStore
from lsqm.cli import wiring
from lsqm.cli.workspace import Workspace
from lsqm.model.ids import RunId
from lsqm.pipeline.session import Session
from lsqm.pipeline.stage import StageRecorder

if TYPE_CHECKING:
    from lsqm.cli.invocation import Invocation


def begin_session(
    invocation: "Invocation",
    store: ArtifactStore,
    recorder: StageRecorder,
    *,
    run: RunId | None = None,
    corpus: ArtifactStore | None = None,
    resume: bool = False,
) -> Session:
    """A run, its id and its log file: a new one, one whose id was given, or one to go on with.

    Args:
        invocation: settings.
        store: where the run is written.
        recorder: for the run's timings.
        run: its id; None: a new one.
        corpus: where architectures and history lie, when not in `store`.
        resume: go on with what is in the store.
    """
    import structlog

    from lsqm.cli.logs import log_files

    settings = invocation.settings
    if resume:
        assert run is not None
        session = Session.resume(store, recorder, run, corpus=corpus)
    else:
        session = Session.begin(
            store,
            recorder,
            lsqm_version=version("lsqm"),
            configuration=settings.public(),
            # Missing tools are told before anything is mined or generated; those of a cluster are its own.
            versions=wiring.versions(settings) if settings.executor == "local" else {},
            run=run,
            corpus=corpus,
        )
    log_files.open(run_log(invocation, session))
    structlog.contextvars.bind_contextvars(run_id=session.run)
    return session


def run_log(invocation: "Invocation", session: Session) -> Path:
    """The log file of a run; a shard keeps its own in its folder."""
    if session.corpus is not session.store:
        return session.store.root / "lsqm.jsonl"
    return Workspace(invocation.settings.workspace).logs / f"{session.run}.jsonl"
