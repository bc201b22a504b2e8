"""One tiny app per way in which an app, a configuration or a machine can go wrong, all through the real thing.

Each case is a file in `minilsqm/`: what it is made of, and the status, cause and words that must come out. A case with
Terraform of its own goes through a whole trial; one that is about its app goes through the test phase of one, in the same
cage, on one emulator for all.
"""

import resource
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lsqm.adapters.cages.namespaces import NamespaceCage
from lsqm.adapters.cages.none import NoCage
from lsqm.adapters.clock import SystemClock
from lsqm.adapters.subprocesses import LocalCommandRunner
from lsqm.errors import Unavailable
from lsqm.ports.cage import Cage
from lsqm.ports.emulator import RunningEmulator, StartRequest
from lsqm.validate import run_trial, testing
from lsqm.validate.classify import Verdict, of_tests
from lsqm.validate.workdir import work_directory
from tests.integration.validate.conftest import TRIVIAL, embedded, make_request
from tests.integration.validate.strays import strays

pytestmark = [pytest.mark.terraform, pytest.mark.emulator, pytest.mark.timeout(600)]

CASES = {path.stem: tomllib.loads(path.read_text()) for path in sorted(Path(__file__).parent.glob("minilsqm/*.toml"))}
ABOUT_APPS = [name for name, case in CASES.items() if "terraform" not in case]
ABOUT_TERRAFORM = [name for name, case in CASES.items() if "terraform" in case]


@dataclass(frozen=True)
class Outcome:
    verdict: Verdict
    log_bytes: int


@pytest.fixture(scope="module")
def cage() -> Cage:
    """The strongest that this machine has."""
    cage = NamespaceCage(LocalCommandRunner())
    try:
        return NoCage(LocalCommandRunner()) if cage.probe() else cage
    except Unavailable:
        return NoCage(LocalCommandRunner())


@pytest.fixture(scope="module")
def running() -> Iterator[RunningEmulator]:
    running = embedded().start(StartRequest(run="r", architecture="ab" * 32, deadline_seconds=120))
    yield running
    running.stop()


def run_tests(case: dict[str, Any], scratch: Path, cage: Cage, running: RunningEmulator) -> Outcome:
    request = make_request(scratch, TRIVIAL, case["app"], case.get("conftest", ""), deadlines=case.get("deadlines", {}))
    with work_directory(scratch, request.run, request.architecture, request.app) as work:
        result = cage.run(
            testing.command(request, work, cage.inner_endpoint(running.endpoint)),
            testing.access(request, work, running),
        )
    verdict = of_tests(testing.read_story(result.stdout, request.app.files, result.stderr))
    return Outcome(verdict, len(result.stdout) + len(result.stderr))


def check(case: dict[str, Any], verdict: Verdict) -> None:
    assert verdict.status == case["status"], verdict
    assert (verdict.cause or "") == case.get("cause", ""), verdict
    assert case.get("message", "") in verdict.message, verdict
    assert verdict.signature.startswith(case.get("signature", "")), verdict
    assert (verdict.signature == "") == (case["status"] == "PASSED"), verdict


@pytest.mark.parametrize("name", ABOUT_APPS)
def test_app(name: str, tmp_path: Path, cage: Cage, running: RunningEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES[name]
    if case.get("caged") and cage.name == "none":
        pytest.skip("no cage of namespaces holds on this machine")
    monkeypatch.setenv("MINILSQM_SECRET", "must not be seen")
    outcome = run_tests(case, tmp_path, cage, running)
    check(case, outcome.verdict)
    assert outcome.log_bytes < case.get("log_limit", 1_000_000)
    assert not list(tmp_path.iterdir()), "it left files behind"
    assert not strays()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 900_000  # KiB, pytest and all its plugins included


@pytest.mark.parametrize("name", ABOUT_TERRAFORM)
def test_configuration(name: str, tmp_path: Path, cage: Cage) -> None:
    case = CASES[name]
    request = make_request(tmp_path, case["terraform"], case["app"])
    trial = run_trial(request, emulator=embedded(), cage=cage, clock=SystemClock(), on_step=lambda _: None)
    result = trial.result
    check(case, Verdict(status=result.status, cause=result.cause, signature=result.signature, message=result.message))
    if "drift" in case:
        assert [drift.address for drift in result.drift] == [case["drift"]]
        assert result.plan_is_empty is False
    assert not list(tmp_path.iterdir()), "it left files behind"
    assert not strays()
    assert not Path("/tmp/minilsqm-was-here").exists()
