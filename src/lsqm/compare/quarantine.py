"""Who enters and who leaves quarantine. It never hides a failure: it keeps one from being a baseline and says why."""

from collections.abc import Mapping
from dataclasses import replace

from lsqm.model.comparison import Change, Comparison
from lsqm.model.ids import ArchitectureHash
from lsqm.model.quarantine import Quarantine, QuarantineEntry
from lsqm.model.result import Result, Status


def updated(quarantine: Quarantine, comparison: Comparison, results: Mapping[ArchitectureHash, Result]) -> Quarantine:
    """The quarantine after a run. Updating twice for the same run changes nothing.

    Flaky enters (or starts counting anew); a passing fair trial counts towards leaving; a confirmed regression leaves,
    because steady failure is not noise; anything else waits.
    """
    run = comparison.candidate
    entries = dict(quarantine.entries)
    changes = {record.architecture: record for record in comparison.changes}
    for architecture, record in changes.items():
        old = entries.get(architecture)
        if record.change is Change.FLAKY and (old is None or old.last != run):
            entries[architecture] = QuarantineEntry(
                since=old.since if old else run,
                last=run,
                reason=record.reason,
                signature=record.after.signature if record.after else "",
            )
        elif record.change is Change.REGRESSED:
            entries.pop(architecture, None)
    for architecture, entry in list(entries.items()):
        result = results.get(architecture)
        if result is None or entry.last == run or result.status is not Status.PASSED:
            continue
        if entry.greens + 1 >= entry.needed:
            del entries[architecture]
        else:
            entries[architecture] = replace(entry, greens=entry.greens + 1, last=run)
    return Quarantine(entries=dict(sorted(entries.items())))
