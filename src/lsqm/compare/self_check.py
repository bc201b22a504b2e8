"""A/A: the same corpus twice on the same emulator. Whatever "regresses" there is our own false alarm."""

from collections.abc import Mapping, Sequence

from lsqm.compare.comparing import NO_EVIDENCE, suspects
from lsqm.compare.confirm import ConfirmOptions, decide
from lsqm.compare.view import Baseline, RunView
from lsqm.model.comparison import Change, Repeat
from lsqm.model.ids import ArchitectureHash
from lsqm.model.self_check import SelfCheck


def self_check(
    second: RunView,
    baselines: Mapping[ArchitectureHash, Baseline],
    *,
    evidence: Mapping[ArchitectureHash, Sequence[Repeat]] = NO_EVIDENCE,
    options: ConfirmOptions | None = None,
) -> SelfCheck:
    """Count alarms before and after confirmation.

    Args:
        second: the repetition.
        baselines: the first run, see `baseline.against`.
        evidence: repeats that `confirm(…, options=…)` made for the alarms, half of them on "the baseline".
        options: how sure is sure; the same as for real runs.

    The rule that one emulator build cannot regress against itself is left out on purpose: it would hide what is
    measured.
    """
    options = options or ConfirmOptions()
    compared = sum(
        result.is_fair_trial and architecture in baselines and baselines[architecture].result.is_fair_trial
        for architecture, result in second.results.items()
    )
    alarms = suspects(second, baselines, evidence=evidence, options=options, pretend_different=True)
    false = [
        alarm.architecture
        for alarm in alarms
        if decide(
            second.results[alarm.architecture].signature,
            evidence.get(alarm.architecture, ()),
            needed=alarm.needed,
            same_emulator=False,
        ).change
        is Change.REGRESSED
    ]
    return SelfCheck(
        first=max((baseline.run for baseline in baselines.values()), default=second.run),
        second=second.run,
        compared=compared,
        alarms=tuple(alarm.architecture for alarm in alarms),
        confirmed=tuple(false),
    )
