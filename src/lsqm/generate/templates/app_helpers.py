"""Client code for the apps that the builtin generator writes. Each app gets the functions that its tests use.

A function is copied as it stands, together with those it calls; `builtin/render.py` adds the imports it needs.
"""

import json
import time
import uuid
from urllib.parse import unquote

import pytest


def eventually(probe, seconds=20):
    """Ask until the answer is true or the time is up; the last answer."""
    end = time.monotonic() + seconds
    while not (answer := probe()) and time.monotonic() < end:
        time.sleep(0.25)
    return answer


def statements(policy):
    """The statements of a policy document, given as text or as a mapping, always as a list."""
    document = json.loads(unquote(policy)) if isinstance(policy, str) else policy
    found = document.get("Statement", [])
    return found if isinstance(found, list) else [found]


def effects(policy):
    """Sid and effect of every statement, sorted: what survives AWS's own rewriting of a policy."""
    return sorted((statement.get("Sid", ""), statement["Effect"]) for statement in statements(policy))


def unique(prefix="lsqm"):
    """A name that nothing else has."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def pages(client, operation, result, **arguments):
    """All items of a paginated operation."""
    return [item for page in client.get_paginator(operation).paginate(**arguments) for item in page.get(result, [])]


def name_of(arn):
    """The last part of an ARN."""
    return arn.replace("/", ":").rsplit(":", 1)[-1]


def remove_object(s3, bucket, key):
    """Delete an object with all its versions, so that the bucket can be destroyed."""
    found = s3.list_object_versions(Bucket=bucket, Prefix=key)
    for entry in [*found.get("Versions", []), *found.get("DeleteMarkers", [])]:
        s3.delete_object(Bucket=bucket, Key=entry["Key"], VersionId=entry["VersionId"])


# Queues


def send_message(sqs, queue, body):
    """Send one message, to a standard or a FIFO queue."""
    order = {"MessageGroupId": "lsqm", "MessageDeduplicationId": unique()} if queue["fifo_queue"] else {}
    return sqs.send_message(QueueUrl=queue["url"], MessageBody=body, **order)


def receive_message(sqs, queue_url, text, seconds=20):
    """Receive until a message that contains `text` arrives, and delete it; its body, or None when the time is up."""

    def probe():
        answer = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            if text in message["Body"]:
                sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
                return message["Body"]
        return None

    return eventually(probe, seconds)


def wear_out(sqs, queue_url, dead_letters_url, text):
    """Receive without deleting until the message turns up among the dead letters; its body, or None."""

    def probe():
        sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return receive_message(sqs, dead_letters_url, text, seconds=0)

    return eventually(probe, seconds=30)


def skip_if_consumed(arn, *consumers):
    """Skip when something that Terraform connected to the queue or stream would take the message before the test."""
    for consumer in consumers:
        if arn in (consumer.get("event_source_arn"), consumer.get("source")):
            pytest.skip(f"{arn} has a consumer of its own")


# Tables


def sample_item(table, seed):
    """An item with a value for every key attribute of the table and its indexes, in DynamoDB's own notation."""
    samples = {"S": f"lsqm-{seed}", "N": str(seed), "B": f"lsqm-{seed}".encode()}
    kinds = {attribute["AttributeName"]: attribute["AttributeType"] for attribute in table["AttributeDefinitions"]}
    return {name: {kind: samples[kind]} for name, kind in kinds.items()}


def key_of(table, item):
    """The primary key of an item."""
    return {part["AttributeName"]: item[part["AttributeName"]] for part in table["KeySchema"]}


def hash_key(schema):
    """Name of the partition key in a key schema."""
    return next(part["AttributeName"] for part in schema if part["KeyType"] == "HASH")


# State machines and events


def runs_by_itself(definition):
    """Whether a state machine consists of states that need nothing but themselves and end at once."""
    states = json.loads(definition)["States"].values()
    return all(state["Type"] in ("Pass", "Succeed") for state in states)


def finished(stepfunctions, execution_arn):
    """The description of an execution that has ended, None while it runs."""
    execution = stepfunctions.describe_execution(executionArn=execution_arn)
    return None if execution["status"] == "RUNNING" else execution


def matching_event(pattern, bus):
    """An event that a rule's pattern matches; skips the test for patterns that are more than lists of plain values."""

    def example(wanted):
        if isinstance(wanted, dict):
            return {key: example(value) for key, value in wanted.items()}
        plain = [value for value in wanted if not isinstance(value, dict)]
        if not plain:
            pytest.skip(f"no example made for the pattern {wanted}")
        return plain[0]

    wanted = example(json.loads(pattern))
    if not set(wanted) <= {"source", "detail-type", "detail"} or str(wanted.get("source", "")).startswith("aws."):
        pytest.skip("only AWS itself can send an event that this pattern matches")
    return {
        "Source": wanted.get("source", "lsqm.test"),
        "DetailType": wanted.get("detail-type", "lsqm test"),
        "Detail": json.dumps(wanted.get("detail", {})),
        "EventBusName": bus,
    }


# Functions and APIs


def invoke(functions, name, event):
    """Invoke a function and wait for it: (answer, payload)."""
    answer = functions.invoke(FunctionName=name, Payload=json.dumps(event).encode())
    return answer, json.loads(answer["Payload"].read() or "null")


def could_not_start(payload):
    """Why the function's code never ran: a missing runtime, module or handler; empty when it did run."""
    kind = payload.get("errorType", "") if isinstance(payload, dict) else ""
    message = payload.get("errorMessage", kind) if kind.startswith("Runtime.") else ""
    missing = any(words in message for words in ("No module named", "Cannot find module"))
    ran = kind in ("Runtime.HandlerError", "Runtime.UnhandledPromiseRejection") and not missing
    return "" if ran else message


def fill_in(path):
    """A path to call for a route: each placeholder gets a value."""
    parts = ["lsqm" if part.startswith("{") else part for part in path.split("/")]
    return "/".join(parts)


def no_such_route(status, body):
    """Whether API Gateway itself answered that it has no such route."""
    message = body.replace(" ", "").lower()
    return (status == 403 and "missingauthenticationtoken" in message) or (
        status == 404 and message in ('{"message":"notfound"}', "")
    )
