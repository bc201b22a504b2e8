"""GeneratedApp in, Result out: one architecture, one fresh emulator, one trial in a cage (FR-023..031).

`run_trial(request, emulator=…, cage=…, clock=…, on_step=…) -> Trial` is all that others need. The request can be
pickled, so the same function serves a thread pool, another process or another machine.
"""

from lsqm.validate.policy import violations
from lsqm.validate.rehearsal import Rehearsals
from lsqm.validate.request import PhaseDeadlines, Toolchain, Trial, TrialRequest
from lsqm.validate.trial import BeforeDestroy, go_on, run_trial
from lsqm.validate.turn import Turn

__all__ = [
    "BeforeDestroy",
    "PhaseDeadlines",
    "Rehearsals",
    "Toolchain",
    "Trial",
    "TrialRequest",
    "Turn",
    "go_on",
    "run_trial",
    "violations",
]
