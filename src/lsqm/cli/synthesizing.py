"""CDK apps for `lsqm mine` and `lsqm run`: the frozen environments and the cage, made when the first app is met."""

import os
import posixpath
import shutil
import tempfile
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from lsqm.adapters.cdk_tools import FrozenCdkTools
from lsqm.adapters.subprocesses import LocalCommandRunner
from lsqm.cli.wiring import make_cage
from lsqm.cli.workspace import Workspace
from lsqm.config import Settings
from lsqm.errors import Unavailable
from lsqm.model.architecture import Candidate, SkipReason
from lsqm.model.event import Notice
from lsqm.normalize.accept import CDK
from lsqm.normalize.left_out import LeftOut

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


def cdk_synthesizer(settings: Settings, observer: "Observer", outages: list[str]) -> "Callable[[Candidate], Synthesis]":
    """Synthesizes CDK apps in the cage; the first one makes the frozen environments if they are not there yet.

    Where Node.js or a cage is missing, each app is left out as `needs-tool`, to be looked at again by a run that has
    them. What may go well next time (the packages could not be had, an app took too long) is added to `outages`.
    """

    @cache
    def bench() -> "tuple[CdkTools, Cage] | LeftOut":
        box = FrozenCdkTools(Workspace(settings.workspace).tools / "cdk", LocalCommandRunner(), env=os.environ)
        lacks = CDK
        try:
            cage = make_cage(settings, threading.Event(), own_corpus=False).cage
            if box.find() is None:
                observer.on(Notice(stage="mine", message="preparing the CDK environments, once (about 750 MB)"))
                lacks = "" if _has_node() else CDK
            return box.prepare(), cage
        except Unavailable as error:
            observer.on(Notice(stage="mine", message=f"CDK apps are skipped: {error} ({error.hint})", level="warning"))
            return LeftOut(reason=SkipReason.NEEDS_TOOL, detail=str(error), lacks=lacks)

    def run(candidate: "Candidate") -> "Synthesis":
        from lsqm.normalize.cdk import Synthesis

        found = bench()
        if isinstance(found, LeftOut):
            if not found.lacks:
                outages.append(found.detail)
            return Synthesis(templates=(), skip=found)
        made = _synthesize(settings, candidate, *found)
        if made.skip is not None and made.again:
            outages.append(f"{candidate.origin.url}: {made.skip.detail}")
        return made

    return run


def _has_node() -> bool:
    return all(shutil.which(program) for program in ("node", "npm"))


def _synthesize(settings: Settings, candidate: Candidate, tools: "CdkTools", cage: "Cage") -> "Synthesis":
    from lsqm.normalize.cdk import Synthesis, synthesize

    entry = candidate.entry if candidate.entry.endswith("cdk.json") else f"{candidate.entry}/cdk.json"
    kept = Workspace(settings.workspace).cache / "cdk"
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cdk-", dir=kept) as scratch:
        try:
            return synthesize(
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
