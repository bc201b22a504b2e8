import json
from pathlib import Path

import jsonschema

from lsqm.model.result import Status
from lsqm.report import build_report
from lsqm.report.schema import schema_text, summary_schema
from tests.unit.report.make import error, given, result

STORED = Path(__file__).parents[3] / "docs" / "schemas" / "summary.schema.json"


def test_the_stored_schema_is_fresh():
    assert STORED.read_text(encoding="utf-8") == schema_text(), (
        "run: python -m lsqm.report.schema > docs/schemas/summary.schema.json"
    )


def test_a_summary_follows_its_schema():
    files = build_report(given(result("a"), result("b", Status.FAILED), error("c"), names=["a", "b"]))
    jsonschema.validate(json.loads(files["summary.json"]), summary_schema())


def test_the_schema_refuses_what_is_no_summary():
    files = build_report(given(result("a"), names=["a"]))
    wrong = json.loads(files["summary.json"]) | {"surprise": 1}
    validator = jsonschema.Draft202012Validator(summary_schema())
    assert [list(fault.path) for fault in validator.iter_errors(wrong)] == [[]]
