import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsqm.adapters.cages.none import NoCage
from lsqm.adapters.clock import SystemClock
from lsqm.adapters.emulators.embedded import EmbeddedEmulator
from lsqm.adapters.python_environment import own_environment
from lsqm.adapters.subprocesses import LocalCommandRunner
from lsqm.model.app import App, AppRecord, Generator, Proof, Rung
from lsqm.model.architecture import Architecture, Dialect, Metadata, Origin
from lsqm.model.ids import ArchitectureHash
from lsqm.ports.cage import Cage
from lsqm.ports.emulator import Emulator
from lsqm.validate import PhaseDeadlines, Toolchain, Trial, TrialRequest, run_trial
from tests.conftest import terraform_tools

TRIVIAL = 'resource "terraform_data" "x" {\n  input = "x"\n}\n'
"""Terraform's built-in provider: a whole life cycle in a second or two, without the AWS provider."""


def toolchain() -> Toolchain:
    found, python = terraform_tools(), own_environment()
    return Toolchain(
        terraform=found.terraform,
        tflocal=found.tflocal,
        python=python.python,
        cli_config=found.cli_config,
        read_only=(*python.read_only, *((found.mirror,) if found.mirror else ())),
        terraform_version=found.terraform_version,
        tflocal_version=found.tflocal_version,
        python_version=python.version,
        packages=python.packages,
    )


def make_request(scratch: Path, terraform: str, test: str, conftest: str = "", **options: Any) -> TrialRequest:
    name = ArchitectureHash("ab" * 32)
    metadata = Metadata(
        hash=name,
        name="mini",
        dialect=Dialect.TERRAFORM,
        origin=Origin(source="test", repository="test", commit="", path=".", url="test"),
        services=options.pop("services", ()),
        resource_count=1,
        resource_types={},
    )
    record = AppRecord(
        architecture=name, generator=Generator.BUILTIN, rules="1", digest="sha256:0", proof=Proof(rung=Rung.PARSES)
    )
    more: dict[str, bytes] = options.pop("files", {})
    files = {"conftest.py": conftest, "app.py": "", "test_app.py": test, "requirements.txt": ""}
    deadlines = PhaseDeadlines(**{"each_test": 30, "tests": 120, **options.pop("deadlines", {})})
    return TrialRequest(
        architecture=Architecture(metadata=metadata, files={"main.tf": terraform.encode(), **more}),
        app=App(record=record, files=files),
        run=options.pop("run", "20260104T000000Z-3f9a2c"),
        tools=toolchain(),
        scratch=scratch,
        deadlines=deadlines,
        **options,
    )


def embedded() -> EmbeddedEmulator:
    return EmbeddedEmulator(clock=SystemClock(), environment={"PATH": os.environ["PATH"]})


@pytest.fixture
def trial(tmp_path: Path) -> Callable[..., Trial]:
    """Run one trial: on a fresh embedded emulator and without a cage, unless told otherwise."""

    def run(
        test: str,
        *,
        terraform: str = TRIVIAL,
        emulator: Emulator | None = None,
        cage: Cage | None = None,
        on_step: Callable[[Any], None] = lambda _: None,
        **options: Any,
    ) -> Trial:
        request = make_request(tmp_path, terraform, test, **options)
        result = run_trial(
            request,
            emulator=emulator or embedded(),
            cage=cage or NoCage(LocalCommandRunner()),
            clock=SystemClock(),
            on_step=on_step,
        )
        assert not list(tmp_path.iterdir()), "the trial left files behind"
        return result

    return run
