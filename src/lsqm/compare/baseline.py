"""Which earlier result an architecture is measured against: the one a person would choose."""

from collections.abc import Iterable, Mapping, Sequence

from lsqm.compare.view import Baseline, RunView
from lsqm.model.comparison import Change
from lsqm.model.emulator import EmulatorIdentity
from lsqm.model.ids import ArchitectureHash
from lsqm.model.result import Result

UNSETTLED = frozenset({Change.UNCONFIRMED, Change.FLAKY, Change.SPURIOUS})
"""A result with one of these words has not been believed; measured against it, a real regression would vanish."""


def choose(
    architectures: Iterable[ArchitectureHash],
    history: Sequence[RunView],
    emulator: EmulatorIdentity,
    *,
    before: str = "",
) -> dict[ArchitectureHash, Baseline]:
    """For each architecture its last settled fair trial on the same kind of emulator.

    Args:
        architectures: those that were validated now; the ones never tried before are left out of the answer.
        history: earlier runs in any order.
        emulator: what is validated now; kind and product must be equal.
        before: id of the run that is being compared; it and later runs are not considered. Empty: all are.
    """
    runs = sorted((view for view in history if not before or view.run < before), key=lambda view: view.run)
    found = {}
    for architecture in architectures:
        for view in reversed(runs):
            result = view.results.get(architecture)
            if result is not None and _usable(view, result, emulator):
                found[architecture] = Baseline(run=view.run, result=result)
                break
    return found


def against(view: RunView) -> Mapping[ArchitectureHash, Baseline]:
    """Every result of one run as the baseline, for `lsqm compare RUN RUN`."""
    return {key: Baseline(run=view.run, result=result) for key, result in view.results.items()}


def _usable(view: RunView, result: Result, emulator: EmulatorIdentity) -> bool:
    return (
        result.is_fair_trial
        and result.emulator.kind is emulator.kind
        and result.emulator.product == emulator.product
        and view.changes.get(result.architecture) not in UNSETTLED
        and not (result.cause is not None and result.cause.is_spurious)
    )
