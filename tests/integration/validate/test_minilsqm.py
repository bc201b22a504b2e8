"""One tiny app per way in which an app, a configuration or a machine can go wrong, all through the real thing.

Each case is a file in `minilsqm/`: what it is made of, and the status, cause and words that must come out.
"""

import os
import resource
import threading
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from lsqm.adapters.cages.namespaces import NamespaceCage
from lsqm.adapters.cages.none import NoCage
from lsqm.adapters.clock import SystemClock
from lsqm.adapters.subprocesses import LocalCommandRunner
from lsqm.errors import Unavailable
from lsqm.pipeline.pool import run_all
from lsqm.ports.cage import Cage
from lsqm.validate import Trial, run_trial
from tests.integration.validate.conftest import TRIVIAL, embedded, make_request

pytestmark = [pytest.mark.terraform, pytest.mark.emulator, pytest.mark.timeout(900)]

CASES = {path.stem: tomllib.loads(path.read_text()) for path in sorted(Path(__file__).parent.glob("minilsqm/*.toml"))}


def holding_cage() -> Cage | None:
    cage = NamespaceCage(LocalCommandRunner())
    try:
        return None if cage.probe() else cage
    except Unavailable:
        return None


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trial]:
    """All of them, three at once, as a run would do it."""
    scratch = tmp_path_factory.mktemp("minilsqm")
    cage = holding_cage()
    os.environ["MINILSQM_SECRET"] = "must not be seen"

    def one(name: str) -> Trial | None:
        case = CASES[name]
        if case.get("caged") and cage is None:
            return None
        request = make_request(scratch, case.get("terraform", TRIVIAL), case["app"], case.get("conftest", ""))
        return run_trial(
            request,
            emulator=embedded(),
            cage=cage or NoCage(LocalCommandRunner()),
            clock=SystemClock(),
            on_step=lambda _: None,
        )

    pooled = run_all(one, list(CASES), parallel=3, cost=lambda _: 0.0, cancel=threading.Event())
    del os.environ["MINILSQM_SECRET"]
    assert not pooled.broken, pooled.broken
    assert not pooled.stopped_by
    assert not list(scratch.iterdir()), "a trial left files behind"
    return {name: trial for name, trial in pooled.done if trial is not None}


@pytest.mark.parametrize("name", CASES)
def test_case(name: str, trials: dict[str, Trial]) -> None:
    case: dict[str, Any] = CASES[name]
    if name not in trials:
        pytest.skip("no cage of namespaces holds on this machine")
    result = trials[name].result
    told = f"{result.status} {result.cause} {result.signature!r} {result.message!r}\n{result.tests}"
    assert result.status == case["status"], told
    assert (result.cause or "") == case.get("cause", ""), told
    assert case.get("message", "") in result.message, told
    assert result.signature.startswith(case.get("signature", "")), told
    assert (result.signature == "") == (case["status"] == "PASSED"), told
    if "drift" in case:
        assert [drift.address for drift in result.drift] == [case["drift"]]
        assert result.plan_is_empty is False
    assert sum(map(len, trials[name].logs.values())) < case.get("log_limit", 5_000_000)


def test_no_process_is_left(trials: dict[str, Trial]) -> None:
    time.sleep(0.2)
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        assert b"minilsqm_daemon" not in line, line
        assert b"ministack.app" not in line or b"lsqm" not in line, line


def test_nothing_unsafe_ran(trials: dict[str, Trial]) -> None:
    assert not Path("/tmp/minilsqm-was-here").exists()
    assert not trials["unsafe-terraform"].result.phases


def test_lsqm_itself_stayed_small(trials: dict[str, Trial]) -> None:
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 600_000  # KiB, pytest included
