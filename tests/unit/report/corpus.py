"""A corpus like a real one, of any size, from a seed: for the bench, for browser tests and for looking at the page."""

import random
from collections.abc import Iterable
from dataclasses import replace

from lsqm.model.architecture import Dialect, Index, IndexEntry, Skip, SkipReason
from lsqm.model.comparison import Change, Comparison
from lsqm.model.ids import ArchitectureHash
from lsqm.model.result import Cause, PhaseName, PhaseOutcome, Result, Status, TestOutcome, TestResult
from lsqm.model.run import Counts
from lsqm.model.trend import Trends
from lsqm.report import ReportInput, update_trends
from tests.unit.report.make import comparison, drift, emulator, entry, hash_of, manifest, phase, record, result, skip

SERVICES = [
    "apigateway",
    "acm",
    "athena",
    "autoscaling",
    "backup",
    "cloudformation",
    "cloudfront",
    "cloudwatch",
    "codebuild",
    "cognito-idp",
    "dynamodb",
    "ec2",
    "ecr",
    "ecs",
    "efs",
    "eks",
    "elasticache",
    "elbv2",
    "emr",
    "events",
    "firehose",
    "glue",
    "iam",
    "iot",
    "kinesis",
    "kms",
    "lambda",
    "logs",
    "mq",
    "msk",
    "opensearch",
    "pipes",
    "rds",
    "redshift",
    "route53",
    "s3",
    "scheduler",
    "secretsmanager",
    "ses",
    "sns",
    "sqs",
    "ssm",
    "stepfunctions",
    "sts",
    "wafv2",
    "xray",
]
POPULAR = [
    "s3",
    "iam",
    "lambda",
    "dynamodb",
    "sqs",
    "sns",
    "apigateway",
    "logs",
    "ec2",
    "events",
    "kms",
    "stepfunctions",
]
VERBS = ["Create", "Describe", "Put", "Get", "List", "Delete", "Tag", "Update"]
THINGS = ["Resource", "Policy", "Configuration", "Versioning", "Attributes", "Permission", "Target", "Alias"]
PATTERNS = [
    "serverless-api",
    "thumbnail-pipeline",
    "event-fanout",
    "static-site",
    "order-queue",
    "audit-trail",
    "image-resize",
    "vpc-three-tier",
    "etl-nightly",
    "chat-websocket",
    "step-approval",
    "data-lake",
    "secret-rotation",
    "kinesis-analytics",
    "fargate-service",
    "cron-report",
    "webhook-relay",
]
CAUSES = (Cause.UNSUPPORTED_OPERATION, Cause.PARITY, Cause.EMULATOR_CRASH, Cause.UNSUPPORTED_SERVICE)


def operations(service: str) -> list[str]:
    return [f"{service}.{verb}{thing}" for verb in VERBS for thing in THINGS[: 1 + len(service) % 4]]


def signatures(rng: random.Random, count: int) -> list[tuple[str, Cause]]:
    found = []
    for _ in range(count):
        operation = rng.choice(operations(rng.choice(SERVICES)))
        status, code = rng.choice([(501, "NotImplemented"), (500, "InternalError"), (400, "ValidationException")])
        found.append(
            (
                f"{operation} {status} {code} parameter <name> is not supported for this resource type",
                rng.choice(CAUSES),
            )
        )
    return found


def log_text(rng: random.Random, kilobytes: int) -> bytes:
    """Looks like Terraform and the emulator: repetitive words, new ids and times on every line."""
    lines, size = [], 0
    while size < kilobytes * 1024:
        line = (
            f"2026-11-15T00:{rng.randrange(60):02}:{rng.randrange(60):02}.{rng.randrange(1000):03}  INFO --- [et.reactor-{rng.randrange(9)}] "
            f"localstack.request.aws : AWS {rng.choice(operations(rng.choice(SERVICES)))} => {rng.choice((200, 200, 200, 404, 501))} "
            f"request id {rng.getrandbits(64):016x}"
        )
        if rng.random() < 0.01:
            line = f"\x1b[31mError:\x1b[0m creating resource arn:aws:s3:::bucket-{rng.getrandbits(32):08x}: operation error, StatusCode: 501"
        lines.append(line)
        size += len(line) + 1
    return "\n".join(lines).encode()


def corpus(
    *, runs: int = 52, architectures: int = 1000, failures: int = 200, log_kilobytes: int = 60, seed: int = 7
) -> ReportInput:
    """`failures` of `architectures` do not pass in the last of `runs`, each with three logs."""
    rng = random.Random(seed)
    names = [f"{rng.choice(PATTERNS)}-{number:04}" for number in range(architectures)]
    entries = {name: _entry(name, rng) for name in names}
    arrives = {name: rng.randrange(runs) for name in names}
    known = signatures(rng, 28)
    weak = dict(zip(rng.sample(names, failures), _spread(known, failures, rng), strict=True))
    trends, last = Trends(), 45
    run, index, changes = manifest(last), Index(), comparison()
    results: dict[ArchitectureHash, Result] = {}
    for step in range(runs):
        present = [name for name in names if arrives[name] <= step or step == runs - 1]
        version = emulator(f"2026.{11 - min(10, (runs - 1 - step) // 4)}.{3 - (runs - 1 - step) % 4}")
        results = {}
        for name in present:
            fails = name in weak and (step == runs - 1 or rng.random() < 0.9)
            made = (
                _failure(name, *weak[name], rng)
                if fails
                else result(name, api_calls=_calls(entries[name].services, rng))
            )
            results[made.architecture] = replace(made, emulator=version, seconds=round(rng.uniform(20, 240), 1))
        new = sum(1 for name in present if arrives[name] == step)
        run = manifest(last - runs + 1 + step, results, emulator=version, counts=Counts(new=new))
        changes = _changes(results, step, rng)
        index = Index(architectures={hash_of(name): entries[name] for name in present}, skipped=_skips())
        trends = update_trends(trends, run=run, results=results, index=index, comparison=changes)
    store = {
        kind: [log_text(random.Random(f"{seed}{kind}{variant}"), log_kilobytes) for variant in range(20)]
        for kind in ("terraform", "pytest", "emulator")
    }

    def logs(path: str) -> bytes | None:
        choice = random.Random(path)
        return store[path.rsplit("/", 1)[1].split(".", maxsplit=1)[0]][choice.randrange(20)][choice.randrange(4000) :]

    return ReportInput(run=run, results=results, index=index, comparison=changes, trends=trends, logs=logs)


def _spread(known: list[tuple[str, Cause]], count: int, rng: random.Random) -> list[tuple[str, Cause]]:
    """A few causes block many, many block few."""
    weights = [1 / (place + 1) for place in range(len(known))]
    return rng.choices(known, weights=weights, k=count)


def _entry(name: str, rng: random.Random) -> IndexEntry:
    services = {*rng.sample(POPULAR, rng.randrange(1, 5)), *rng.sample(SERVICES, rng.randrange(3))}
    return entry(
        name,
        sorted(services),
        dialect=rng.choice(list(Dialect)),
        source=rng.choice(
            ["github-org:aws-samples", "github-org:aws-solutions", "registry:terraform-aws-modules", "starter"]
        ),
        resource_count=rng.randrange(2, 60),
    )


def _failure(name: str, signature: str, cause: Cause, rng: random.Random) -> Result:
    folder = f"logs/{hash_of(name)}"
    status = rng.choice(
        [Status.FAILED, Status.FAILED, Status.FAILED, Status.PARTIAL, Status.PARTIAL, Status.TIMEOUT, Status.ERROR]
    )
    if status is Status.ERROR:
        cause, signature = rng.choice(
            [(Cause.ENGINE, "start: the engine does not answer"), (Cause.NETWORK, "init: registry not reached")]
        )
    if status is Status.TIMEOUT:
        cause = Cause.TIMEOUT
    operation = signature.split(" ", 1)[0]
    tests = tuple(
        TestResult(
            id=f"test_app.py::test_{operation.partition('.')[2].lower() or 'start'}_{place}",
            outcome=TestOutcome.FAILED if place < 2 else TestOutcome.PASSED,
            seconds=round(rng.random() * 4, 2),
            message=f"botocore.exceptions.ClientError: {signature}" if place < 2 else "",
            details="\n".join(f'  File "test_app.py", line {line}, in test_case' for line in range(20))
            if place < 2
            else "",
        )
        for place in range(6)
    )
    return result(
        name,
        status,
        cause=cause,
        signature=signature,
        message=f"{operation} did not answer as AWS does: {signature.partition(' ')[2]}",
        tests=tests,
        drift=(drift(),) if rng.random() < 0.2 else (),
        phases=(
            phase(PhaseName.START, 5.2),
            phase(PhaseName.INIT, 1.1),
            phase(PhaseName.APPLY, 40.3, PhaseOutcome.FAILED if status is Status.FAILED else PhaseOutcome.OK),
            phase(PhaseName.REPLAN, 12.0),
            phase(PhaseName.TEST, 8.4, PhaseOutcome.FAILED, "2 of 6 tests failed"),
            phase(PhaseName.DESTROY, 9.3),
        ),
        api_calls={**_calls(("s3", "iam", "lambda"), rng), operation: {"501": 3}},
        logs={kind: f"{folder}/{kind}.log.gz" for kind in ("terraform", "pytest", "emulator")},
    )


def _calls(services: Iterable[str], rng: random.Random) -> dict[str, dict[str, int]]:
    calls = {}
    for service in services:
        for operation in rng.sample(operations(service), 3):
            calls[operation] = {"200": rng.randrange(1, 9)} | ({"404": 1} if rng.random() < 0.2 else {})
    return calls


def _changes(results: dict[ArchitectureHash, Result], step: int, rng: random.Random) -> Comparison:
    failing = [key for key, item in sorted(results.items()) if item.status in {Status.FAILED, Status.PARTIAL}]
    moved = rng.sample(failing, min(len(failing), 9))
    words = dict(zip(moved, [*[Change.REGRESSED] * 3, *[Change.UNCONFIRMED] * 2, *[Change.FLAKY] * 4], strict=False))
    if step % 5 not in {1, 3}:
        words = {key: word for key, word in words.items() if word is not Change.REGRESSED}
    records = []
    for key, item in sorted(results.items()):
        word = words.get(key, Change.UNCHANGED)
        made = (
            record("", word, reason="the status did not change", tests={}, evidence=())
            if word is Change.UNCHANGED
            else record("", word)
        )
        after = replace(made.after, status=item.status, signature=item.signature) if made.after else None
        records.append(replace(made, architecture=key, after=after))
    return comparison(*records)


def _skips() -> dict[str, Skip]:
    reasons = list(SkipReason)
    skips = [
        skip(f"skipped-{number}", reasons[number * number % len(reasons)], (SERVICES[number % 9],))
        for number in range(260)
    ]
    return {item.origin.url: item for item in skips}
