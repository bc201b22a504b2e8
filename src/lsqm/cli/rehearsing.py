"""Where `lsqm generate` proves apps: the emulator, cage and programs of a trial, bound once per invocation."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lsqm.adapters.owner import this_process
from lsqm.cli import wiring
from lsqm.cli.workspace import Workspace
from lsqm.errors import Unavailable
from lsqm.model.event import Notice
from lsqm.ports.app_trial import AppTrials
from lsqm.validate import PhaseDeadlines, Rehearsals

if TYPE_CHECKING:
    from lsqm.cli.invocation import Invocation


@contextmanager
def rehearsals(invocation: "Invocation") -> Iterator[tuple[AppTrials | None, Callable[[], None]]]:
    """The place, and what stops all that runs in it; None, with a notice, where this machine has none."""
    settings, cancel = invocation.settings, threading.Event()
    scratch = Workspace(settings.workspace).scratch
    scratch.mkdir(parents=True, exist_ok=True)
    try:
        emulator = wiring.make_emulator(settings)
        emulator.check()
        tools = wiring.toolchain(settings)
        cage = wiring.make_cage(settings, cancel, own_corpus=False).cage
    except Unavailable as error:
        message = f"apps cannot be proven now, the next `lsqm validate` tries again: {error}"
        invocation.events.on(Notice(stage="generate", message=message, level="warning"))
        yield None, cancel.set
        return
    place = Rehearsals(
        emulator=emulator,
        cage=cage,
        tools=tools,
        scratch=scratch,
        run="generate",
        owner=this_process().text,
        deadlines=PhaseDeadlines(apply=float(settings.timeout)),
    )
    try:
        yield place, cancel.set
    finally:
        emulator.close()
