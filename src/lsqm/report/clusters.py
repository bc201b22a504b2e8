"""Root causes: results that fail with the same signature, what they block, and since when."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from lsqm.model.comparison import Change, Comparison
from lsqm.model.ids import ArchitectureHash
from lsqm.model.result import Cause, Result, Status
from lsqm.report.history import History, Since
from lsqm.report.trends import signature_of

_OPERATION = re.compile(r"([a-z0-9][a-z0-9_-]*)\.([A-Z]\w*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """One signature."""

    signature: str
    cause: str
    """Cause of most of its results."""
    blames_emulator: bool
    """False when the cause lies outside the emulator, or only tests show it that never passed on a reference."""
    architectures: tuple[ArchitectureHash, ...]
    regressed: int
    share: float
    """Of all architectures that did not pass, how many show it."""
    since: Since | None
    operation: str = ""
    """`service.Operation` when the signature names one."""
    service: str = ""

    @property
    def lies_outside(self) -> bool:
        """Whether it is known that the emulator is not to blame."""
        return not self.blames_emulator and self.cause != Cause.UNPROVEN_TEST


def clusters(
    results: Mapping[ArchitectureHash, Result], comparison: Comparison | None, history: History
) -> tuple[Cluster, ...]:
    """All root causes: those behind regressions first, then those that blame the emulator, then the widest."""
    members: dict[str, list[Result]] = defaultdict(list)
    for _, result in sorted(results.items()):
        if result.status is not Status.PASSED:
            members[signature_of(result)].append(result)
    regressed = {record.architecture for record in (comparison.regressions if comparison else ())}
    failing = sum(len(group) for group in members.values())
    found = [_cluster(signature, group, regressed, failing, history) for signature, group in members.items()]
    found.sort(
        key=lambda cluster: (
            -cluster.regressed,
            not cluster.blames_emulator,
            -len(cluster.architectures),
            cluster.signature,
        )
    )
    return tuple(found)


def _cluster(
    signature: str, group: list[Result], regressed: set[ArchitectureHash], failing: int, history: History
) -> Cluster:
    causes = [result.cause for result in group if result.cause]
    cause = max(sorted(set(causes)), key=causes.count, default=None)
    architectures = tuple(result.architecture for result in group)
    named = _OPERATION.match(signature)
    lost = len(regressed.intersection(architectures))
    blames = not cause or cause.blames_emulator or (lost and not cause.is_spurious)
    return Cluster(
        signature=signature,
        cause=cause.value if cause else "unknown",
        blames_emulator=any(result.is_fair_trial for result in group) and bool(blames),
        architectures=architectures,
        regressed=lost,
        share=len(group) / failing,
        since=history.signature_since(signature, architectures),
        operation=named[0] if named else "",
        service=named[1] if named else "",
    )


def changes_by_architecture(comparison: Comparison | None) -> Mapping[ArchitectureHash, Change]:
    """Architecture → its change; empty without a comparison."""
    return {record.architecture: record.change for record in (comparison.changes if comparison else ())}
