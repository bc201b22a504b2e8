import re

import pytest

from lsqm.ports.cage import ended_for_memory
from lsqm.validate.classify import find_symptom, of_terraform, symptoms
from lsqm.validate.signature import normalise
from lsqm.validate.terraform import Trouble


@pytest.mark.parametrize("row", symptoms(), ids=lambda row: row.id)
def test_every_row_is_chosen_for_its_own_example(row):
    for phase in row.phases:
        chosen = find_symptom(phase, row.example)
        assert chosen is not None
        assert chosen.id == row.id


@pytest.mark.parametrize("row", symptoms(), ids=lambda row: row.id)
def test_every_row_says_why(row):
    assert row.reason.endswith(".")
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row.id)


def test_row_names_are_unique():
    names = [row.id for row in symptoms()]
    assert len(names) == len(set(names))


def test_an_sdk_error_becomes_operation_status_code_and_message():
    trouble = Trouble(
        address="aws_sqs_queue.q",
        summary="creating SQS Queue (q): operation error SQS: CreateQueue, https response error StatusCode: 400, "
        "RequestID: 0b1c5a0e-6a3d-4c4e-8f0e-0123456789ab, api error InvalidAttributeName: Unknown Attribute X.",
    )
    verdict = of_terraform("apply", [Trouble(summary="Something general"), trouble])
    assert verdict.status == "FAILED"
    assert verdict.cause == "parity"
    assert verdict.signature == "sqs.CreateQueue 400 InvalidAttributeName Unknown Attribute X."
    assert verdict.message.startswith("aws_sqs_queue.q: creating SQS Queue")


def test_a_typed_error_without_api_error_keeps_its_code():
    trouble = Trouble(
        summary="operation error DynamoDB: CreateTable, https response error StatusCode: 400, RequestID: A1, "
        "ResourceInUseException: Table already exists: t"
    )
    assert of_terraform("apply", [trouble]).signature == (
        "dynamodb.CreateTable 400 ResourceInUseException Table already exists: t"
    )


def test_service_ids_are_spelled_as_boto3_spells_them():
    trouble = Trouble(
        summary="operation error SFN: CreateStateMachine, https response error StatusCode: 501, RequestID: , "
        "api error InternalFailure: nope"
    )
    verdict = of_terraform("apply", [trouble])
    assert verdict.signature == "stepfunctions.CreateStateMachine 501 InternalFailure nope"
    assert verdict.cause == "unsupported-operation"


def test_a_failed_init_is_never_held_against_the_emulator():
    verdict = of_terraform("init", [Trouble(summary="Argument definition required", detail="...")])
    assert (verdict.status, verdict.cause) == ("ERROR", "terraform-config")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("at 127.0.0.1:4566 x", "at 127.0.0.1:32769 x"),
        ('Post "http://127.0.0.1:4566/"', 'Post "http://127.0.0.1:40001/"'),
        ("id 0b1c5a0e-6a3d-4c4e-8f0e-0123456789ab", "id ffffffff-6a3d-4c4e-8f0e-0123456789ff"),
        ("on 2026-01-04T00:00:00Z", "on 2027-02-04T10:11:12.123Z"),
        ("acct 000000000000", "acct 123456789012"),
        ("vpc-0a1b2c3d4e5f60718 gone", "vpc-1234567890abcdef0 gone"),
        ("in /tmp/lsqm-trial-x/app/a.py", "in /home/me/y/a.py"),
        ("arn:aws:sqs:us-east-1:000000000000:q", "arn:aws:sqs:eu-west-1:000000000000:other"),
        ("RequestID: abc, HostID: def, boom", "RequestID: xyz, HostID: uvw, boom"),
        ("took 5m30s", "took 2m1s"),
        ("<x at 0x7f00aa>", "<x at 0x7f1234>"),
    ],
)
def test_what_differs_between_two_runs_is_made_equal(one, other):
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("one", "other"), [("NoSuchBucket", "NoSuchKey"), ("status 404", "status 500"), ("t2.micro", "t3.micro")]
)
def test_what_tells_two_failures_apart_stays(one, other):
    assert normalise(one) != normalise(other)


def test_a_provider_that_the_cage_ended_for_its_memory_accuses_nobody():
    output = ended_for_memory(4 << 30).decode()
    verdict = of_terraform("apply", [Trouble(summary="Plugin did not respond")], output)
    assert (verdict.status, verdict.cause) == ("FAILED", "out-of-memory")
    assert verdict.message == "the cage's memory limit was hit; Plugin did not respond"
    assert of_terraform("apply", [Trouble(summary="Plugin did not respond")], "").cause == "unknown"


@pytest.mark.parametrize(
    ("phase", "said"),
    [
        (
            "apply",
            "unexpected state 'Failed', last error: Error while creating lambda: Container images are a Pro feature.",
        ),
        (
            "test",
            "InternalError: exception while calling events.PutEvents: ECS target is a pro feature, please use LocalStack Pro",
        ),
    ],
)
def test_what_another_plan_would_have_is_no_fault_of_the_version(phase, said):
    row = find_symptom(phase, said)
    assert row is not None
    assert row.cause == "plan-limit"
