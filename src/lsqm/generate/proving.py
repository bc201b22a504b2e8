"""Apps kept before an emulator was at hand are proven by the first validation that uses them (DESIGN section 6)."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from lsqm.errors import LsqmError
from lsqm.generate.ladder import NOT_RUN, climb
from lsqm.generate.stage import GeneratePorts, Rehearsal
from lsqm.model.app import App, AppRecord, Generator, Rung
from lsqm.model.architecture import Architecture
from lsqm.model.event import ItemFinished, ItemStarted, Notice, StageFinished, StageStarted
from lsqm.model.ids import ArchitectureHash
from lsqm.ports.app_trial import TrialImpossible

STAGE = "prove"
_FAILED = "could not be proven"


def is_waiting(record: AppRecord, *, builtin: bool) -> bool:
    """Whether the rungs that run the app have not been tried; builtin apps count only if they are to be proven."""
    wanted = builtin or record.generator is not Generator.BUILTIN
    proof = record.proof
    tried = bool(proof.tests) or any(note.startswith(_FAILED) for note in proof.notes)
    return wanted and proof.rung is Rung.POLICY and not tried


def prove_waiting(
    waiting: Sequence[ArchitectureHash],
    load: Callable[[ArchitectureHash], tuple[Architecture, App | None]],
    ports: GeneratePorts,
    *,
    until: float,
) -> tuple[AppRecord, ...]:
    """Let each app climb on, keep what it reached, and never try twice: what could not be tried is said in the record.

    One app that cannot be read or tried stops no other. `ports.trials` must be there.

    Args:
        waiting: whose apps.
        load: reads an architecture and its app.
        ports: where trials are made and apps are kept.
        until: monotonic seconds; no app is begun after.

    Returns:
        The new records.
    """
    started = ports.clock.monotonic()
    ports.observer.on(StageStarted(stage=STAGE, total=len(waiting), message=f"{len(waiting)} apps not yet proven"))
    records = []
    for key in waiting:
        if ports.clock.monotonic() >= until:
            ports.observer.on(Notice(stage=STAGE, message="no time for more, the rest waits", level="warning"))
            break
        try:
            architecture, app = load(key)
            if app is not None:
                records.append(_prove(architecture, app, ports))
        except (LsqmError, TrialImpossible, OSError, ValueError, RecursionError) as error:
            ports.observer.on(ItemFinished(stage=STAGE, item=key[:12], outcome="failed", message=str(error)))
    proven = sum(all(record.proof.tests.values()) and bool(record.proof.tests) for record in records)
    seconds = ports.clock.monotonic() - started
    ports.observer.on(StageFinished(stage=STAGE, seconds=seconds, summary=f"{proven} of {len(waiting)} proven"))
    return tuple(records)


def _prove(architecture: Architecture, app: App, ports: GeneratePorts) -> AppRecord:
    name = architecture.metadata.name
    ports.observer.on(ItemStarted(stage=STAGE, item=name))
    with Rehearsal(ports.trials, architecture) as rehearsal:
        reached = climb(app, architecture.metadata.services, rehearsal.opened())
    if not reached.may_be_saved:
        raise LsqmError(f"the stored app of {name} no longer keeps the policy", hint="lsqm generate --regenerate")
    proof = reached.proof()
    earlier = tuple(note for note in app.record.proof.notes if not note.startswith(NOT_RUN))
    notes = tuple(note.replace(NOT_RUN, _FAILED, 1) for note in proof.notes)
    if proof.rung is Rung.POLICY and not notes:
        notes = (f"{_FAILED}: {' '.join(' '.join(reached.errors).split())[:300]}",)
    record = replace(app.record, proof=replace(proof, notes=(*earlier, *notes)))
    ports.keep(replace(app, record=record))
    ports.observer.on(ItemFinished(stage=STAGE, item=name, outcome=proof.rung.value, message="; ".join(notes)))
    return record
