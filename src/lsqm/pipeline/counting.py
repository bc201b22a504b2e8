"""From results to the counts of a run's manifest."""

from collections import Counter
from collections.abc import Iterable

from lsqm.model.result import Result, Status
from lsqm.model.run import Counts


def count(results: Iterable[Result], *, not_run: int = 0, skipped: int = 0, new: int = 0) -> Counts:
    """Counts by status; `total` is every architecture that was selected."""
    by_status = Counter(result.status for result in results)
    return Counts(
        total=by_status.total() + not_run,
        passed=by_status[Status.PASSED],
        partial=by_status[Status.PARTIAL],
        failed=by_status[Status.FAILED],
        timeout=by_status[Status.TIMEOUT],
        error=by_status[Status.ERROR],
        not_run=not_run,
        skipped=skipped,
        new=new,
    )


def counts_by_status(counts: Counts) -> dict[str, int]:
    """Status word → number, as `lsqm run --json` prints it."""
    return {
        Status.PASSED.value: counts.passed,
        Status.PARTIAL.value: counts.partial,
        Status.FAILED.value: counts.failed,
        Status.TIMEOUT.value: counts.timeout,
        Status.ERROR.value: counts.error,
    }
