"""Results in a few words, for tests of compare, issues and messages."""

from dataclasses import replace

from lsqm.compare.confirm import as_repeat
from lsqm.compare.view import RunView
from lsqm.model.comparison import Change, Repeat
from lsqm.model.emulator import EmulatorIdentity, EmulatorKind
from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.result import Cause, Result, Status, TestOutcome, TestResult
from tests.samples import a_result

OLD, NEW = "sha256:0ld", "sha256:new"


def a_hash(number: int) -> ArchitectureHash:
    return ArchitectureHash(f"{number:064x}")


def a_run(number: int) -> RunId:
    return RunId(f"2026{1 + number // 28:02}{1 + number % 28:02}T000000Z-{number:06x}")


def an_emulator(digest: str = NEW, **changes: object) -> EmulatorIdentity:
    identity = EmulatorIdentity(
        kind=EmulatorKind.DOCKER,
        product="localstack",
        version="2026.11.0" if digest == NEW else "2026.10.0",
        digest=digest,
    )
    return replace(identity, **changes)  # type: ignore[arg-type]


def trial(
    status: str = "PASSED",
    *,
    tests: str = "a+ b+",
    digest: str = NEW,
    cause: Cause | None = None,
    signature: str = "",
    number: int = 1,
    **changes: object,
) -> Result:
    """A result; `tests` is names with + passed, - failed, ~ skipped."""
    outcomes = {"+": TestOutcome.PASSED, "-": TestOutcome.FAILED, "~": TestOutcome.SKIPPED}
    fine = status == "PASSED"
    return replace(
        a_result(),
        architecture=a_hash(number),
        status=Status(status),
        cause=cause or (None if fine else Cause.ENGINE if status == "ERROR" else Cause.PARITY),
        signature=signature or ("" if fine else "sqs.SendMessage 500 InternalError boom"),
        tests=tuple(
            TestResult(id=f"test_app.py::test_{word[:-1]}", outcome=outcomes[word[-1]], seconds=0.1)
            for word in tests.split()
        ),
        emulator=changes.pop("emulator", None) or an_emulator(digest),  # type: ignore[arg-type]
        **changes,  # type: ignore[arg-type]
    )


def partial(**more: object) -> Result:
    """One of two tests fails."""
    return trial("PARTIAL", tests="a+ b-", **more)  # type: ignore[arg-type]


def broken(**more: object) -> Result:
    """Apply fails."""
    return trial("FAILED", tests="", **more)  # type: ignore[arg-type]


def view(number: int, *results: Result, changes: dict[int, Change] | None = None) -> RunView:
    return RunView(
        run=a_run(number),
        results={result.architecture: result for result in results},
        changes={a_hash(key): change for key, change in (changes or {}).items()},
    )


def repeats(lost: frozenset[str], new: list[Result], old: list[Result]) -> tuple[Repeat, ...]:
    return (
        *(as_repeat(lost, result, on_baseline=False) for result in new),
        *(as_repeat(lost, result, on_baseline=True) for result in old),
    )
