"""Whole services against what the framework's own packager made of them (osls 3.77.1, stage dev, us-east-1).

To add a case: write `cases/NAME/serverless.yml`, package it with the framework, and store the template it leaves in
`.serverless/` as `cases/NAME/expected.json`, after `canonical`.
"""

import json
from pathlib import Path

import pytest

from lsqm.model.diagnostic import Severity
from lsqm.normalize.serverless import convert_serverless
from tests.unit.normalize.serverless.canonical import canonical

CASES = Path(__file__).parent / "cases"


def reader(folder: Path):
    def read(path: str) -> bytes | None:
        found = folder / path
        return found.read_bytes() if found.is_file() else None

    return read


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir() if path.is_dir()))
def test_template_is_the_frameworks(case: str) -> None:
    folder = CASES / case
    made = convert_serverless((folder / "serverless.yml").read_bytes(), file="serverless.yml", read=reader(folder))
    assert made.skip is None
    assert canonical(made.template) == json.loads((folder / "expected.json").read_text())
    assert [one for one in made.diagnostics if one.severity is not Severity.NOTE] == []
