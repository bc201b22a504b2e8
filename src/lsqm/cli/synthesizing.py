"""CDK apps for `lsqm mine` and `lsqm run`: the frozen environments and the cage, made when the first app is met."""

import os
import posixpath
import shutil
import tempfile
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from lsqm.adapters.cdk_tools import FrozenCdkTools
from lsqm.adapters.subprocesses import LocalCommandRunner
from lsqm.cli.wiring import make_cage
from lsqm.cli.workspace import Workspace
from lsqm.config import Settings
from lsqm.errors import Unavailable
from lsqm.model.architecture import Candidate, Dialect, SkipReason
from lsqm.model.event import Notice
from lsqm.normalize.accept import CDK
from lsqm.normalize.left_out import LeftOut, Postponed

if TYPE_CHECKING:
    from lsqm.normalize.cdk import Synthesis
    from lsqm.ports.cage import Cage
    from lsqm.ports.cdk import CdkTools
    from lsqm.ports.observer import Observer


def can_synthesize(settings: Settings) -> bool:
    """Whether this machine has what CDK apps need: Node.js with npm, and a cage that holds."""
    if not _has_node():
        return False
    try:
        make_cage(settings, threading.Event(), own_corpus=False)
    except Unavailable:
        return False
    return True


class CdkSynthesizer:
    """Synthesizes CDK apps in the cage; the first one makes the frozen environments if they are not there yet.

    Where Node.js or a cage is missing, each app is left out as `needs-tool`, to be looked at again by a run that has
    them. What may go well next time (the packages could not be had, an app took too long) raises Postponed.

    Args:
        parallel: apps that run at once, of those that `ahead` was told of.
    """

    def __init__(self, settings: Settings, observer: "Observer", *, parallel: int) -> None:
        self._settings = settings
        self._observer = observer
        self._cancel = threading.Event()
        self._preparing = threading.Lock()
        self._bench: tuple[CdkTools, Cage] | LeftOut | None = None
        self._pool = ThreadPoolExecutor(parallel, thread_name_prefix="lsqm-cdk")
        self._begun: dict[str, Future[Synthesis]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Stop what still runs."""
        self._cancel.set()
        self._pool.shutdown(cancel_futures=True)

    def ahead(self, candidate: Candidate) -> None:
        """Begin with it, if it is an app: somebody will ask for it soon."""
        if candidate.dialect is Dialect.CDK:
            self._begun[candidate.origin.url] = self._pool.submit(self._one, candidate)

    def __call__(self, candidate: Candidate) -> "Synthesis":
        """What became of it. Raises Postponed."""
        begun = self._begun.pop(candidate.origin.url, None)
        made = self._one(candidate) if begun is None else begun.result()
        if made.skip is not None and made.again:
            raise Postponed(made.skip.detail)
        return made

    def _one(self, candidate: Candidate) -> "Synthesis":
        from lsqm.normalize.cdk import Synthesis, synthesize

        with self._preparing:
            self._bench = self._bench or self._prepare()
        if isinstance(self._bench, LeftOut):
            return Synthesis(templates=(), skip=self._bench, again=not self._bench.lacks)
        entry = candidate.entry if candidate.entry.endswith("cdk.json") else f"{candidate.entry}/cdk.json"
        kept = Workspace(self._settings.workspace).cache / "cdk"
        kept.mkdir(parents=True, exist_ok=True)
        tools, cage = self._bench
        with tempfile.TemporaryDirectory(prefix="cdk-", dir=kept) as scratch:
            try:
                made = synthesize(
                    candidate.tree,
                    posixpath.normpath(entry),
                    tools=tools,
                    cage=cage,
                    scratch=Path(scratch),
                    cache=kept,
                )
            except Unavailable as error:
                left = LeftOut(reason=SkipReason.NEEDS_TOOL, detail=f"its cage cannot be built: {error}")
                return Synthesis(templates=(), skip=left, again=True)
        if made.skip is None or not made.again:
            return made
        return replace(made, skip=replace(made.skip, detail=f"{candidate.origin.url}: {made.skip.detail}"))

    def _prepare(self) -> "tuple[CdkTools, Cage] | LeftOut":
        box = FrozenCdkTools(
            Workspace(self._settings.workspace).tools / "cdk", LocalCommandRunner(self._cancel), env=os.environ
        )
        lacks = CDK
        try:
            cage = make_cage(self._settings, self._cancel, own_corpus=False).cage
            if box.find() is None and _has_node():
                self._tell("preparing the CDK environments, once (about 750 MB)", "info")
                lacks = ""
            return box.prepare(), cage
        except Unavailable as error:
            self._tell(f"CDK apps are skipped: {error} ({error.hint})", "warning")
            return LeftOut(reason=SkipReason.NEEDS_TOOL, detail=str(error), lacks=lacks)

    def _tell(self, message: str, level: Literal["info", "warning"]) -> None:
        self._observer.on(Notice(stage="mine", message=message, level=level))


def _has_node() -> bool:
    return all(shutil.which(program) for program in ("node", "npm"))
