"""A run against its baselines: total over any two runs, one record per architecture, in order of hash."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lsqm.compare.confirm import ConfirmOptions, decide, is_refuted, is_steady, needed_repeats
from lsqm.compare.verdict import Movement, movement, same_emulator
from lsqm.compare.view import Baseline, RunView, side
from lsqm.model.comparison import Change, ChangeRecord, Comparison, Repeat
from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.quarantine import Quarantine

NO_EVIDENCE: Mapping[ArchitectureHash, Sequence[Repeat]] = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Suspect:
    """A loss that repeats can settle, and how many it takes."""

    architecture: ArchitectureHash
    baseline: Baseline
    needed: int


def suspects(
    candidate: RunView,
    baselines: Mapping[ArchitectureHash, Baseline],
    *,
    evidence: Mapping[ArchitectureHash, Sequence[Repeat]] = NO_EVIDENCE,
    quarantine: Quarantine | None = None,
    options: ConfirmOptions | None = None,
    hopeful: bool = False,
    pretend_different: bool = False,
) -> tuple[Suspect, ...]:
    """What to confirm, the most widespread signature first, so that a short deadline settles most.

    Args:
        candidate: the run that is judged.
        baselines: what its results are measured against.
        evidence: repeats so far; they decide who counts for a root cause.
        quarantine: known flaky architectures; they need the full number of repeats on their own.
        options: how sure is sure.
        hopeful: count whoever may still be confirmed, to plan the next repeats. Otherwise only whoever is.
        pretend_different: treat one emulator build as two, to measure false alarms (see `self_check`).
    """
    options = options or ConfirmOptions()
    quarantined = quarantine.entries if quarantine else {}
    waiting = [
        (architecture, result, baselines[architecture])
        for architecture, result in candidate.results.items()
        if architecture in baselines and movement(baselines[architecture].result, result).worth_confirming
    ]
    shown = Counter(result.signature for _, result, _ in waiting)
    counted: Counter[str] = Counter()
    for architecture, result, _ in waiting:
        repeats = evidence.get(architecture, ())
        if architecture not in quarantined and (
            not is_refuted(result.signature, repeats)
            if hopeful
            else is_steady(result.signature, repeats, options.floor)
        ):
            counted[result.signature] += 1
    found = []
    for architecture, result, known in waiting:
        if same_emulator(known.result, result) and not pretend_different:
            needed = options.floor
        else:
            cluster = 1 if architecture in quarantined else counted[result.signature]
            needed = needed_repeats(cluster, options)
        found.append(Suspect(architecture=architecture, baseline=known, needed=needed))

    def rank(suspect: Suspect) -> tuple[int, str, str]:
        signature = candidate.results[suspect.architecture].signature
        return -shown[signature], signature, suspect.architecture

    return tuple(sorted(found, key=rank))


def compare(
    candidate: RunView,
    baselines: Mapping[ArchitectureHash, Baseline],
    *,
    baseline: RunId | None = None,
    evidence: Mapping[ArchitectureHash, Sequence[Repeat]] = NO_EVIDENCE,
    quarantine: Quarantine | None = None,
    options: ConfirmOptions | None = None,
) -> Comparison:
    """Say how every architecture moved.

    Args:
        candidate: the run that is judged.
        baselines: per architecture what it is measured against (`baseline.choose`, or `baseline.against` one run).
            Architectures that only appear here are `removed`.
        baseline: the run that was asked for; None: the most recent one used.
        evidence: confirming trials per architecture. Without them a loss stays `unconfirmed`.
        quarantine: architectures known to be flaky; their losses need the full number of repeats.
        options: how sure is sure.
    """
    needed = {
        suspect.architecture: suspect.needed
        for suspect in suspects(candidate, baselines, evidence=evidence, quarantine=quarantine, options=options)
    }
    quarantined = quarantine.entries if quarantine else {}
    records = []
    for architecture in sorted({*candidate.results, *baselines, *candidate.not_run}):
        found = baselines.get(architecture)
        repeats = tuple(evidence.get(architecture, ()))
        record = _record(candidate, architecture, found)
        if architecture in needed and found is not None:
            record = _settled(
                record,
                found,
                candidate,
                repeats,
                needed=needed[architecture],
                known_flaky=quarantined[architecture].reason if architecture in quarantined else "",
            )
        records.append(record)
    used = [found.run for key, found in baselines.items() if key in candidate.results]
    return Comparison(baseline=baseline or max(used, default=None), candidate=candidate.run, changes=tuple(records))


def _record(candidate: RunView, architecture: ArchitectureHash, found: Baseline | None) -> ChangeRecord:
    """One architecture without regard to repeats."""
    after = candidate.results.get(architecture)
    before = side(found.run, found.result) if found else None
    if after is None:
        why = candidate.not_run.get(architecture)
        return ChangeRecord(
            architecture=architecture,
            change=Change.REMOVED if why is None else Change.NOT_COMPARABLE,
            reason="it is not part of this run" if why is None else f"not validated in this run: {why}",
            before=before,
        )
    if found is None:
        fair = "" if after.is_fair_trial else f"; this one was none ({after.cause})"
        step = Movement(change=Change.NEW, reason=f"no earlier fair trial on this kind of emulator{fair}")
    else:
        step = movement(found.result, after)
    return ChangeRecord(
        architecture=architecture,
        change=step.change,
        reason=step.reason,
        before=before,
        after=side(candidate.run, after),
        tests=step.tests,
    )


def _settled(
    record: ChangeRecord,
    found: Baseline,
    candidate: RunView,
    repeats: tuple[Repeat, ...],
    *,
    needed: int,
    known_flaky: str,
) -> ChangeRecord:
    """The record of a loss after its repeats were judged."""
    after = candidate.results[record.architecture]
    verdict = decide(after.signature, repeats, needed=needed, same_emulator=same_emulator(found.result, after))
    change, reason = verdict.change, f"{record.reason}; {verdict.reason}"
    if record.change is Change.NOT_COMPARABLE and change not in {Change.REGRESSED, Change.FLAKY}:
        # The pins differ from the baseline's: only repeats with equal pins on both sides may say more.
        change, reason = record.change, record.reason
    elif known_flaky and change is Change.UNCONFIRMED:
        change, reason = Change.FLAKY, f"{reason}; known to be flaky: {known_flaky}"
    tests = (
        record.tests
        if change is Change.REGRESSED
        else {test: change if moved is Change.REGRESSED else moved for test, moved in record.tests.items()}
    )
    return ChangeRecord(
        architecture=record.architecture,
        change=change,
        reason=reason,
        before=record.before,
        after=record.after,
        tests=tests,
        evidence=repeats,
    )
