import json
from typing import Any

from lsqm.model.result import Drift, DriftKind
from lsqm.validate.drift import ignored, read_plan


def change(actions: list[str], before: Any = None, after: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "address": "aws_s3_bucket.b",
        "type": "aws_s3_bucket",
        "mode": "managed",
        "change": {"actions": actions, "before": before, "after": after, **more},
    }


def plan(*changes: dict[str, Any], outputs: Any = None) -> tuple[Drift, ...]:
    found = read_plan(json.dumps({"resource_changes": list(changes), "output_changes": outputs or {}}).encode())
    assert found is not None
    return found


def test_an_attribute_that_came_back_different():
    found = plan(
        change(
            ["update"], {"id": "b", "rule": [{"days": 1, "on": True}]}, {"id": "b", "rule": [{"days": 2, "on": True}]}
        )
    )
    assert found == (
        Drift(
            kind=DriftKind.RESOURCE,
            address="aws_s3_bucket.b",
            action="update",
            attribute="rule[0].days",
            before="1",
            after="2",
        ),
    )


def test_outputs_only_are_told_from_resources():
    found = plan(
        change(["no-op"], {"a": 1}, {"a": 1}), outputs={"o": {"actions": ["update"], "before": None, "after": ""}}
    )
    assert [(d.kind, d.address, d.before, d.after) for d in found] == [(DriftKind.OUTPUT, "output.o", "null", "")]


def test_a_resource_that_is_gone():
    [drift] = plan(change(["create"], None, {"a": 1}))
    assert (drift.action, drift.attribute) == ("create", "")


def test_sensitive_values_never_show():
    [drift] = plan(change(["update"], {"secret": "x"}, {"secret": "y"}, after_sensitive={"secret": True}))
    assert (drift.before, drift.after) == ("(sensitive)", "(sensitive)")


def test_what_is_known_only_after_apply_counts_when_it_was_set():
    [drift] = plan(change(["update"], {"arn": "a", "n": 1}, {"n": 1}, after_unknown={"arn": True}))
    assert (drift.attribute, drift.before, drift.after) == ("arn", "a", "(known after apply)")


def test_replacing_is_named_so():
    [drift] = plan(change(["delete", "create"], {"n": 1}, {"n": 2}))
    assert drift.action == "replace"


def test_a_long_value_is_cut():
    [drift] = plan(change(["update"], {"n": "x" * 999}, {"n": "y"}))
    assert len(drift.before) == 200


def test_known_quirks_of_the_provider_are_no_finding():
    row = ignored()[0]
    quirk = change(["update"], {row.attribute: "a"}, {row.attribute: "b"})
    quirk["type"] = row.type
    assert plan(quirk) == ()


def test_every_row_of_the_ignore_list_gives_its_reason():
    assert all(row.reason.endswith(".") for row in ignored())


def test_rubbish_is_admitted():
    assert read_plan(b"{") is None
    assert read_plan(b'{"resource_changes": [{}]}') is None
