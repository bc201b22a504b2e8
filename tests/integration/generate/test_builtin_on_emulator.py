"""Builtin apps on a real emulator: they pass where the resources are and fail where one was deleted behind their back."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from lsqm.adapters.clock import SystemClock
from lsqm.adapters.emulators.embedded import EmbeddedEmulator
from lsqm.generate import generate_builtin
from lsqm.ports.emulator import RunningEmulator, StartRequest
from tests.unit.generate.architectures import architecture

pytestmark = pytest.mark.emulator

TERRAFORM = """
resource "aws_sqs_queue" "failed" { name = "failed" }
resource "aws_sqs_queue" "orders" {
  name                       = "orders"
  visibility_timeout_seconds = 45
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.failed.arn, maxReceiveCount = 2 })
}
resource "aws_sns_topic" "news" { name = "news" }
resource "aws_sns_topic_subscription" "news" {
  topic_arn = aws_sns_topic.news.arn
  protocol  = "sqs"
  endpoint  = aws_sqs_queue.orders.arn
}
resource "aws_dynamodb_table" "books" {
  name         = "books"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  attribute {
    name = "id"
    type = "S"
  }
  attribute {
    name = "author"
    type = "S"
  }
  global_secondary_index {
    name            = "by-author"
    hash_key        = "author"
    projection_type = "ALL"
  }
}
resource "aws_s3_bucket" "shelf" { bucket = "shelf" }
resource "aws_s3_bucket_versioning" "shelf" {
  bucket = aws_s3_bucket.shelf.id
  versioning_configuration { status = "Enabled" }
}
resource "aws_ssm_parameter" "greeting" {
  name  = "/greeting"
  type  = "String"
  value = "hello"
}
"""


class Place:
    """An emulator with the resources of TERRAFORM on it, made as Terraform would have, and their state."""

    def __init__(self, endpoint: str, folder: Path) -> None:
        self.endpoint = endpoint
        self.folder = folder
        self.app = folder / "app"
        self.app.mkdir()
        for name, text in generate_builtin(architecture(TERRAFORM), now="").files.items():
            (self.app / name).write_text(text, encoding="utf-8")
        self.resources: dict[str, dict[str, Any]] = {}
        self._create()
        managed = [
            {"address": address, "mode": "managed", "type": address.split(".")[0], "values": values}
            for address, values in self.resources.items()
        ]
        state = {"values": {"root_module": {"resources": managed}}}
        (folder / "state.json").write_text(json.dumps(state), encoding="utf-8")

    def client(self, service: str) -> Any:
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name="us-east-1",
            aws_access_key_id="test", aws_secret_access_key="test",
        )  # fmt: skip

    def _create(self) -> None:
        sqs, sns = self.client("sqs"), self.client("sns")
        redrive = ""
        for name in ("failed", "orders"):
            wanted = {"RedrivePolicy": redrive, "VisibilityTimeout": "45"} if redrive else {}
            url = sqs.create_queue(QueueName=name, Attributes=wanted)["QueueUrl"]
            arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            self.resources[f"aws_sqs_queue.{name}"] = {
                "url": url, "arn": arn, "fifo_queue": False, "redrive_policy": redrive,
            }  # fmt: skip
            redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})
        topic = sns.create_topic(Name="news")["TopicArn"]
        queue = self.resources["aws_sqs_queue.orders"]["arn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
        self.resources["aws_sns_topic.news"] = {"arn": topic, "fifo_topic": False}
        self.resources["aws_sns_topic_subscription.news"] = {
            "topic_arn": topic, "protocol": "sqs", "endpoint": queue, "raw_message_delivery": False,
        }  # fmt: skip
        table = self.client("dynamodb").create_table(
            TableName="books",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "author")],
            GlobalSecondaryIndexes=[{
                "IndexName": "by-author",
                "KeySchema": [{"AttributeName": "author", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }],
        )  # fmt: skip
        self.resources["aws_dynamodb_table.books"] = {
            "name": "books",
            "arn": table["TableDescription"]["TableArn"],
            "hash_key": "id",
            "global_secondary_index": [{"name": "by-author"}],
        }
        s3 = self.client("s3")
        s3.create_bucket(Bucket="shelf")
        s3.put_bucket_versioning(Bucket="shelf", VersioningConfiguration={"Status": "Enabled"})
        self.resources["aws_s3_bucket.shelf"] = {"bucket": "shelf", "arn": "arn:aws:s3:::shelf"}
        self.resources["aws_s3_bucket_versioning.shelf"] = {
            "bucket": "shelf", "versioning_configuration": [{"status": "Enabled"}],
        }  # fmt: skip
        ssm = self.client("ssm")
        ssm.put_parameter(Name="/greeting", Type="String", Value="hello")
        arn = ssm.get_parameter(Name="/greeting")["Parameter"]["ARN"]
        self.resources["aws_ssm_parameter.greeting"] = {"name": "/greeting", "arn": arn, "value": "hello"}

    def run(self, only: str = "") -> dict[str, bool]:
        """Test name → passed."""
        report = self.folder / "report.xml"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout=60", f"--junit-xml={report}",
             *(["-k", only] if only else []), "."],
            cwd=self.app, capture_output=True, text=True, timeout=240, check=False,
            env={
                "PATH": os.environ["PATH"],
                "AWS_ENDPOINT_URL": self.endpoint,
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "LSQM_STATE": str(self.folder / "state.json"),
            },
        )  # fmt: skip
        cases = list(ET.parse(report).iter("testcase"))
        assert cases, done.stdout
        return {case.get("name", ""): len(case) == 0 for case in cases}


@pytest.fixture
def emulator() -> Iterator[RunningEmulator]:
    running = EmbeddedEmulator(clock=SystemClock(), environment=dict(os.environ)).start(
        StartRequest(run="test", architecture="builtin", deadline_seconds=60)
    )
    yield running
    running.stop()


@pytest.fixture
def place(emulator: RunningEmulator, tmp_path: Path) -> Place:
    return Place(emulator.endpoint, tmp_path)


def test_a_healthy_architecture_passes_twice(place):
    first, second = place.run(), place.run()
    assert len(first) == 18
    assert [name for name, passed in first.items() if not passed] == []
    assert second == first


DELETIONS: dict[str, Callable[[Place], object]] = {
    "s3_bucket_versioning_shelf": lambda place: place.client("s3").put_bucket_versioning(
        Bucket="shelf", VersioningConfiguration={"Status": "Suspended"}
    ),
    "s3_bucket_shelf": lambda place: [
        boto3.resource(
            "s3",
            endpoint_url=place.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        .Bucket("shelf")
        .object_versions.delete(),
        place.client("s3").delete_bucket(Bucket="shelf"),
    ],
    "ssm_parameter_greeting": lambda place: place.client("ssm").delete_parameter(Name="/greeting"),
    "dynamodb_table_books": lambda place: place.client("dynamodb").delete_table(TableName="books"),
    "sns_topic_subscription_news": lambda place: [
        place.client("sns").unsubscribe(SubscriptionArn=entry["SubscriptionArn"])
        for entry in place.client("sns").list_subscriptions()["Subscriptions"]
    ],
    "sns_topic_news": lambda place: place.client("sns").delete_topic(
        TopicArn=place.resources["aws_sns_topic.news"]["arn"]
    ),
    "sqs_queue_orders": lambda place: place.client("sqs").delete_queue(
        QueueUrl=place.resources["aws_sqs_queue.orders"]["url"]
    ),
    "sqs_queue_failed": lambda place: place.client("sqs").delete_queue(
        QueueUrl=place.resources["aws_sqs_queue.failed"]["url"]
    ),
}


def test_deleting_any_resource_behind_its_back_fails_its_tests(place):
    for slug, delete in DELETIONS.items():
        delete(place)
        outcomes = place.run(only=f"test_{slug}_")
        assert outcomes, slug
        assert not any(outcomes.values()), (slug, outcomes)


def test_a_setting_that_the_emulator_forgot_fails_the_test_of_the_resource(place):
    place.client("sqs").set_queue_attributes(
        QueueUrl=place.resources["aws_sqs_queue.orders"]["url"], Attributes={"VisibilityTimeout": "30"}
    )
    outcomes = place.run(only="test_sqs_queue_orders_")
    assert [name for name, passed in outcomes.items() if not passed] == ["test_sqs_queue_orders_is_as_asked_for"]
