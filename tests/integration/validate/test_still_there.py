"""Every row of still_there.toml against a real emulator: it sees what is there, and no longer what was deleted."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from lsqm.ports.emulator import RunningEmulator, StartRequest
from lsqm.validate.still_there import Known, looks, still_there
from tests.integration.validate.conftest import embedded

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(300)]

ROLE = "arn:aws:iam::000000000000:role/r"
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
MACHINE = json.dumps({"StartAt": "a", "States": {"a": {"Type": "Succeed"}}})

Client = Callable[[str], Any]
Made = tuple[str, Callable[[], object]]
"""What Terraform's state would call it, and how to delete it."""


def code() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("m.py", "def h(event, context):\n    return 1\n")
    return buffer.getvalue()


def bucket(client: Client) -> Made:
    client("s3").create_bucket(Bucket="b-one")
    return "b-one", lambda: client("s3").delete_bucket(Bucket="b-one")


def function(client: Client) -> Made:
    arguments = {"Runtime": "python3.12", "Role": ROLE, "Handler": "m.h", "Code": {"ZipFile": code()}}
    client("lambda").create_function(FunctionName="f", **arguments)
    return "f", lambda: client("lambda").delete_function(FunctionName="f")


def rest_api(client: Client) -> Made:
    made = client("apigateway").create_rest_api(name="a")["id"]
    return made, lambda: client("apigateway").delete_rest_api(restApiId=made)


def queue(client: Client) -> Made:
    url = client("sqs").create_queue(QueueName="q")["QueueUrl"]
    return url, lambda: client("sqs").delete_queue(QueueUrl=url)


def table(client: Client) -> Made:
    client("dynamodb").create_table(
        TableName="table",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
    )
    return "table", lambda: client("dynamodb").delete_table(TableName="table")


def stream(client: Client) -> Made:
    client("kinesis").create_stream(StreamName="s", ShardCount=1)
    return "s", lambda: client("kinesis").delete_stream(StreamName="s")


def rule(client: Client) -> Made:
    client("events").put_rule(Name="r", ScheduleExpression="rate(1 day)")
    return "r", lambda: client("events").delete_rule(Name="r")


def parameter(client: Client) -> Made:
    client("ssm").put_parameter(Name="/p/q", Type="String", Value="x")
    return "/p/q", lambda: client("ssm").delete_parameter(Name="/p/q")


def key(client: Client) -> Made:
    made = client("kms").create_key()["KeyMetadata"]["KeyId"]
    return made, lambda: client("kms").schedule_key_deletion(KeyId=made, PendingWindowInDays=7)


def secret(client: Client) -> Made:
    arn = client("secretsmanager").create_secret(Name="s", SecretString="x")["ARN"]
    return arn, lambda: client("secretsmanager").delete_secret(SecretId=arn, RecoveryWindowInDays=7)


def machine(client: Client) -> Made:
    arn = client("stepfunctions").create_state_machine(name="m", definition=MACHINE, roleArn=ROLE)["stateMachineArn"]
    return arn, lambda: client("stepfunctions").delete_state_machine(stateMachineArn=arn)


def log_group(client: Client) -> Made:
    client("logs").create_log_group(logGroupName="/g/one")
    client("logs").create_log_group(logGroupName="/g/one-more")
    return "/g/one", lambda: client("logs").delete_log_group(logGroupName="/g/one")


def delivery(client: Client) -> Made:
    target = {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::a-bucket"}
    client("firehose").create_delivery_stream(DeliveryStreamName="d", ExtendedS3DestinationConfiguration=target)
    return "d", lambda: client("firehose").delete_delivery_stream(DeliveryStreamName="d")


def topic(client: Client) -> Made:
    arn = client("sns").create_topic(Name="t")["TopicArn"]
    return arn, lambda: client("sns").delete_topic(TopicArn=arn)


def role(client: Client) -> Made:
    client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=POLICY)
    return "r", lambda: client("iam").delete_role(RoleName="r")


def policy(client: Client) -> Made:
    arn = client("iam").create_policy(PolicyName="p", PolicyDocument=POLICY)["Policy"]["Arn"]
    return arn, lambda: client("iam").delete_policy(PolicyArn=arn)


def vpc(client: Client) -> Made:
    made = client("ec2").create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    return made, lambda: client("ec2").delete_vpc(VpcId=made)


def subnet(client: Client) -> Made:
    inside = client("ec2").create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    made = client("ec2").create_subnet(VpcId=inside, CidrBlock="10.2.1.0/24")["Subnet"]["SubnetId"]
    return made, lambda: client("ec2").delete_subnet(SubnetId=made)


def security_group(client: Client) -> Made:
    inside = client("ec2").create_vpc(CidrBlock="10.3.0.0/16")["Vpc"]["VpcId"]
    made = client("ec2").create_security_group(GroupName="g", Description="g", VpcId=inside)["GroupId"]
    return made, lambda: client("ec2").delete_security_group(GroupId=made)


MAKERS: dict[str, Callable[[Client], Made]] = {
    "aws_s3_bucket": bucket,
    "aws_lambda_function": function,
    "aws_api_gateway_rest_api": rest_api,
    "aws_sqs_queue": queue,
    "aws_dynamodb_table": table,
    "aws_kinesis_stream": stream,
    "aws_cloudwatch_event_rule": rule,
    "aws_ssm_parameter": parameter,
    "aws_kms_key": key,
    "aws_secretsmanager_secret": secret,
    "aws_sfn_state_machine": machine,
    "aws_cloudwatch_log_group": log_group,
    "aws_kinesis_firehose_delivery_stream": delivery,
    "aws_sns_topic": topic,
    "aws_iam_role": role,
    "aws_iam_policy": policy,
    "aws_vpc": vpc,
    "aws_subnet": subnet,
    "aws_security_group": security_group,
}


@pytest.fixture(scope="module")
def running() -> Iterator[RunningEmulator]:
    running = embedded().start(StartRequest(run="r", architecture="ab" * 32, deadline_seconds=120))
    yield running
    running.stop()


def test_every_row_has_a_maker() -> None:
    assert set(MAKERS) == set(looks())


@pytest.mark.parametrize("kind", MAKERS)
def test_a_row(kind: str, running: RunningEmulator) -> None:
    clients: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in clients:
            clients[service] = boto3.client(
                service,
                endpoint_url=running.endpoint,
                region_name="us-east-1",
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=Config(s3={"addressing_style": "path"}),
            )
        return clients[service]

    name, delete = MAKERS[kind](client)
    known = (Known(address=f"{kind}.x", name=name, region="us-east-1", look=looks()[kind]),)
    assert [line.split(" ")[0] for line in still_there(known, running)] == [f"{kind}.x"]
    delete()
    assert still_there(known, running) == ()
    for one in clients.values():
        one.close()
