"""A state file becomes the documents that apps read: every instance, in its module, under its full address."""

from lsqm.validate.state import outputs_document, state_document

STATE = {
    "version": 4,
    "terraform_version": "1.11.4",
    "outputs": {"url": {"value": "http://x", "type": "string"}, "key": {"value": "k", "sensitive": True}},
    "resources": [
        {
            "mode": "managed",
            "type": "aws_sqs_queue",
            "name": "jobs",
            "instances": [{"attributes": {"name": "jobs"}}],
        },
        {
            "module": 'module.data["a"].module.inner',
            "mode": "managed",
            "type": "aws_s3_bucket",
            "name": "this",
            "instances": [
                {"index_key": 0, "attributes": {"bucket": "b0"}},
                {"index_key": "x.y", "attributes": {"bucket": "b1"}},
            ],
        },
        {"mode": "data", "type": "aws_region", "name": "here", "instances": [{"attributes": {"name": "eu"}}]},
    ],
}


def test_addresses_carry_module_and_instance_key() -> None:
    values = state_document(STATE)["values"]["root_module"]
    assert [(item["address"], item["values"]) for item in values["resources"]] == [
        ("aws_sqs_queue.jobs", {"name": "jobs"}),
        ("data.aws_region.here", {"name": "eu"}),
    ]
    (child,) = values["child_modules"]
    assert child["address"] == 'module.data["a"].module.inner'
    assert {item["address"]: item["values"]["bucket"] for item in child["resources"]} == {
        'module.data["a"].module.inner.aws_s3_bucket.this[0]': "b0",
        'module.data["a"].module.inner.aws_s3_bucket.this["x.y"]': "b1",
    }


def test_outputs_look_as_terraform_prints_them() -> None:
    assert outputs_document(STATE) == {
        "url": {"value": "http://x", "sensitive": False},
        "key": {"value": "k", "sensitive": True},
    }


def test_an_empty_state_gives_empty_documents() -> None:
    assert state_document({})["values"]["root_module"] == {"resources": [], "child_modules": []}
    assert outputs_document({}) == {}


def test_values_of_dynamic_type_lose_the_type_that_the_state_keeps_beside_them() -> None:
    resource = {
        "mode": "managed",
        "type": "terraform_data",
        "name": "x",
        "instances": [{"attributes": {"output": {"value": "hello", "type": "string"}, "id": "1"}}],
    }
    (shown,) = state_document({"resources": [resource]})["values"]["root_module"]["resources"]
    assert shown["values"] == {"output": "hello", "id": "1"}
