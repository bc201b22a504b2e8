"""JSON schema of `summary.json`: `python -m lsqm.report.schema > docs/schemas/summary.schema.json`."""

import json
import sys
from typing import Any

from pydantic import TypeAdapter

from lsqm.report.summary import Summary


def summary_schema() -> dict[str, Any]:
    """Draft 2020-12, closed: a reader can rely on every key being there."""
    schema = TypeAdapter(Summary).json_schema()
    schema |= {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "lsqm summary.json, format 1",
    }
    _close(schema)
    return schema


def _close(node: Any) -> None:
    if isinstance(node, dict):
        if "properties" in node:
            node["additionalProperties"] = False
        for child in node.values():
            _close(child)
    elif isinstance(node, list):
        for child in node:
            _close(child)


def schema_text() -> str:
    """The file's content."""
    return json.dumps(summary_schema(), indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
