"""Small builders for reports, also used by bench/report.py and the browser tests."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from lsqm.model.architecture import Dialect, Index, IndexEntry, Origin, Skip, SkipReason
from lsqm.model.comparison import Change, ChangeRecord, Comparison, Repeat, Side
from lsqm.model.emulator import EmulatorIdentity, EmulatorKind
from lsqm.model.ids import ArchitectureHash, RunId, new_run_id
from lsqm.model.result import (
    Cause,
    Drift,
    DriftKind,
    Phase,
    PhaseName,
    PhaseOutcome,
    Pins,
    Result,
    Status,
    TestOutcome,
    TestResult,
)
from lsqm.model.run import Counts, RunManifest, StageTiming
from lsqm.model.trend import Trends
from lsqm.report import ReportInput, update_trends

FIRST_WEEK = datetime(2026, 1, 4, tzinfo=UTC)


def hash_of(name: str) -> ArchitectureHash:
    return ArchitectureHash(hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest())


def week(number: int) -> datetime:
    return FIRST_WEEK + timedelta(weeks=number)


def run_of(number: int) -> RunId:
    return new_run_id(week(number), (number % 2**24).to_bytes(3, "big"))


def emulator(version: str = "2026.11.0") -> EmulatorIdentity:
    return EmulatorIdentity(
        kind=EmulatorKind.DOCKER,
        product="LocalStack",
        version=version,
        image="localstack/localstack-pro",
        digest="sha256:" + hashlib.sha256(version.encode()).hexdigest(),
    )


def entry(name: str, services: Iterable[str] = ("s3",), **more: Any) -> IndexEntry:
    fields: dict[str, Any] = {
        "dialect": Dialect.SAM,
        "source": "github-org:aws-samples",
        "url": f"github.com/aws-samples/{name}//template.yaml",
        "commit": hash_of(name)[:40],
        "resource_count": 7,
        "discovered_at": "2026-01-03T00:00:00+00:00",
    }
    return IndexEntry(name=name, services=tuple(services), **(fields | more))


def result(name: str, status: Status = Status.PASSED, **more: Any) -> Result:
    passed = status is Status.PASSED
    fields: dict[str, Any] = {
        "cause": None if passed else Cause.PARITY,
        "signature": "" if passed else "s3.PutBucketPolicy 501 NotImplemented the API action is not implemented",
        "phases": (
            phase(PhaseName.START, 6.1),
            phase(PhaseName.APPLY, 31.4, PhaseOutcome.OK if passed else PhaseOutcome.FAILED),
        ),
        "tests": (TestResult(id="test_app.py::test_bucket", outcome=TestOutcome.PASSED, seconds=0.4),),
        "api_calls": {"s3.CreateBucket": {"200": 1}, "s3.PutBucketPolicy": {"200": 1} if passed else {"501": 3}},
        "plan_is_empty": passed,
        "emulator": emulator(),
        "pins": Pins(terraform="1.11.4", tflocal="0.27.0", providers={"hashicorp/aws": "5.100.0"}, python="3.13.1"),
        "started_at": "2026-11-15T00:12:00+00:00",
        "seconds": 61.5,
        "message": "" if passed else "apply failed: s3.PutBucketPolicy is not implemented",
        "logs": {} if passed else {"terraform": f"logs/{hash_of(name)}/terraform.log.gz"},
    }
    return Result(architecture=hash_of(name), status=status, **(fields | more))


def phase(name: PhaseName, seconds: float, outcome: PhaseOutcome = PhaseOutcome.OK, message: str = "") -> Phase:
    return Phase(
        name=name,
        outcome=outcome,
        started_at="2026-11-15T00:12:00+00:00",
        seconds=seconds,
        deadline_seconds=300,
        message=message,
    )


def drift() -> Drift:
    return Drift(
        kind=DriftKind.RESOURCE,
        address="aws_s3_bucket.logs",
        action="update",
        attribute="tags.team",
        before="storage",
        after="",
    )


def error(name: str, cause: Cause = Cause.ENGINE) -> Result:
    return result(name, Status.ERROR, cause=cause, signature=f"start: {cause.value}", tests=(), message="no engine")


def manifest(number: int, results: Mapping[ArchitectureHash, Result] | None = None, **more: Any) -> RunManifest:
    start = week(number)
    fields: dict[str, Any] = {
        "lsqm_version": "2026.11.0",
        "configuration": {"parallel": "4", "localstack_version": "latest"},
        "versions": {"terraform": "1.11.4", "python": "3.13.1"},
        "emulator": emulator(),
        "stages": (
            StageTiming(stage="validate", started_at=start.isoformat(), finished_at=start.isoformat(), seconds=4800),
        ),
        "counts": Counts(total=len(results or {})),
        "finished_at": (start + timedelta(seconds=5400)).isoformat(),
        "seconds": 5400.0 + 60 * number,
        "complete": True,
    }
    return RunManifest(run=run_of(number), started_at=start.isoformat(), **(fields | more))


def index_of(names: Iterable[str], **more: Any) -> Index:
    return Index(architectures={hash_of(name): entry(name) for name in names}, **more)


def skip(
    name: str, reason: SkipReason = SkipReason.UNSUPPORTED_SERVICES, details: tuple[str, ...] = ("sagemaker",)
) -> Skip:
    origin = Origin(
        source="github-org:aws-samples",
        repository="github.com/aws-samples/" + name,
        commit="0" * 40,
        path="template.yaml",
        url=f"github.com/aws-samples/{name}//template.yaml",
    )
    return Skip(origin=origin, dialect=Dialect.SAM, reason=reason, details=details)


def record(name: str, change: Change, **more: Any) -> ChangeRecord:
    before, after = run_of(44), run_of(45)
    fields: dict[str, Any] = {
        "reason": "failed 3 of 3 on the new build and passed 2 of 2 on the old one",
        "before": Side(run=before, status=Status.PASSED, emulator="LocalStack 2026.10.0 sha256:0a1b"),
        "after": Side(
            run=after,
            status=Status.FAILED,
            cause=Cause.PARITY,
            signature="s3.PutBucketPolicy 501",
            emulator="LocalStack 2026.11.0 sha256:9f8e",
        ),
        "tests": {"test_app.py::test_bucket": Change.REGRESSED},
        "evidence": (
            Repeat(
                emulator="LocalStack 2026.11.0",
                digest="sha256:9f8e",
                on_baseline=False,
                status=Status.FAILED,
                signature="s3.PutBucketPolicy 501",
                at="",
                reproduces=True,
            ),
            Repeat(
                emulator="LocalStack 2026.10.0",
                digest="sha256:0a1b",
                on_baseline=True,
                status=Status.PASSED,
                signature="",
                at="",
            ),
        ),
    }
    return ChangeRecord(architecture=hash_of(name), change=change, **(fields | more))


def comparison(*records: ChangeRecord, baseline: int | None = 44, candidate: int = 45) -> Comparison:
    return Comparison(
        baseline=None if baseline is None else run_of(baseline), candidate=run_of(candidate), changes=records
    )


def history(
    weeks: Iterable[int], names: Iterable[str], version: str = "2026.10.0", failing: Iterable[str] = ()
) -> Trends:
    """Trends in which each of `weeks` ran all `names`, and `failing` failed with the usual signature."""
    names, failing = tuple(names), frozenset(failing)
    trends = Trends()
    for number in weeks:
        results = {hash_of(name): result(name, Status.FAILED if name in failing else Status.PASSED) for name in names}
        run = manifest(number, results, emulator=emulator(version))
        trends = update_trends(trends, run=run, results=results, index=index_of(names), comparison=None)
    return trends


def given(*results: Result, names: Iterable[str] = (), **more: Any) -> ReportInput:
    """A report of week 45 with `results`; `names` are indexed."""
    by_hash = {item.architecture: item for item in results}
    fields: dict[str, Any] = {"run": manifest(45, by_hash), "results": by_hash, "index": index_of(names)}
    return ReportInput(**(fields | more))
