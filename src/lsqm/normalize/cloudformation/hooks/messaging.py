"""SQS, SNS, EventBridge, Firehose."""

from collections.abc import Mapping
from typing import Any

from lsqm.model.terraform import Call
from lsqm.normalize.cloudformation.coercion import document
from lsqm.normalize.cloudformation.context import Context
from lsqm.normalize.cloudformation.hooks.values import as_list, encoded
from lsqm.normalize.cloudformation.names import snake
from lsqm.normalize.cloudformation.parameters import text
from lsqm.normalize.cloudformation.standins import ACCOUNT
from lsqm.normalize.cloudformation.tables import Table


def sqs_queue(r: Context) -> None:
    """A name that CloudFormation makes up needs the FIFO suffix too."""
    if text(r.properties.get("FifoQueue", "")).lower() == "true" and "QueueName" not in r.properties:
        r.body.attributes["name"] = r.physical(70) + ".fifo"
    elif "QueueName" in r.properties:
        r.properties = {"QueueName": r.properties.pop("QueueName"), **r.properties}
    policy = r.properties.get("RedrivePolicy")
    if isinstance(policy, Mapping) and "maxReceiveCount" in policy:
        count = policy["maxReceiveCount"]
        if isinstance(count, str) and count.isdigit():
            r.properties["RedrivePolicy"] = {**policy, "maxReceiveCount": int(count)}


def sqs_queue_policy(r: Context) -> None:
    """One policy resource for each queue."""
    queues = as_list(r.take("Queues")) or [""]
    policy = encoded(r.take("PolicyDocument") or {})
    for position, queue in enumerate(queues):
        body = (
            r.body if position == 0 else r.another("aws_sqs_queue_policy", f"{r.item.logical_id}_{position + 1}").body
        )
        body.attributes |= {"queue_url": queue, "policy": policy}


def sns_topic(r: Context) -> None:
    """Inline subscriptions are resources of their own."""
    subscriptions = as_list(r.take("Subscription"))
    if text(r.properties.get("FifoTopic", "")).lower() == "true" and "TopicName" not in r.properties:
        r.body.attributes["name"] = r.physical(70) + ".fifo"
    for position, subscription in enumerate(subscriptions):
        if not isinstance(subscription, Mapping):
            continue
        suffix = f"_{position + 1}" if len(subscriptions) > 1 else ""
        made = r.another("aws_sns_topic_subscription", f"{r.item.logical_id}_subscription{suffix}")
        made.body.attributes |= {
            "topic_arn": r.own("arn"),
            "protocol": subscription.get("Protocol", "email"),
            "endpoint": subscription.get("Endpoint", "someone@example.com"),
        }
    logging = r.take("DeliveryStatusLogging")
    for entry in as_list(logging):
        if not isinstance(entry, Mapping):
            continue
        protocol = snake(text(entry.get("Protocol", ""))).split("_")[0]
        for key, name in (
            ("SuccessFeedbackRoleArn", "success_feedback_role_arn"),
            ("FailureFeedbackRoleArn", "failure_feedback_role_arn"),
            ("SuccessFeedbackSampleRate", "success_feedback_sample_rate"),
        ):
            if key in entry and protocol in {"http", "sqs", "lambda", "firehose", "application"}:
                r.body.attributes[f"{protocol}_{name}"] = entry[key]


def sns_topic_policy(r: Context) -> None:
    """One policy resource for each topic."""
    topics = as_list(r.take("Topics")) or [""]
    policy = encoded(r.take("PolicyDocument") or {})
    for position, topic in enumerate(topics):
        body = (
            r.body if position == 0 else r.another("aws_sns_topic_policy", f"{r.item.logical_id}_{position + 1}").body
        )
        body.attributes |= {"arn": topic, "policy": policy}


_TARGET = Table(
    type="aws_cloudwatch_event_target",
    rename={
        "Targets.Id": "target_id",
        "Targets.InputTransformer.InputPathsMap": "input_paths",
        "Targets.KinesisParameters": "kinesis_target",
        "Targets.SqsParameters": "sqs_target",
        "Targets.HttpParameters": "http_target",
        "Targets.HttpParameters.PathParameterValues": "path_parameter_values",
        "Targets.BatchParameters": "batch_target",
        "Targets.BatchParameters.RetryStrategy.Attempts": "job_attempts",
        "Targets.BatchParameters.RetryStrategy": ".",
        "Targets.BatchParameters.ArrayProperties": ".",
        "Targets.BatchParameters.ArrayProperties.Size": "array_size",
        "Targets.AppSyncParameters": "appsync_target",
        "Targets.AppSyncParameters.GraphQLOperation": "graphql_operation",
        "Targets.EcsParameters": "ecs_target",
        "Targets.EcsParameters.NetworkConfiguration": "network_configuration",
        "Targets.EcsParameters.NetworkConfiguration.AwsVpcConfiguration": ".",
        "Targets.RunCommandParameters": ".",
        "Targets.RunCommandParameters.RunCommandTargets": "run_command_targets",
        "Targets.RetryPolicy.MaximumEventAgeInSeconds": "maximum_event_age_in_seconds",
    },
    values={
        "Targets.EcsParameters.NetworkConfiguration.AwsVpcConfiguration.AssignPublicIp": {
            "ENABLED": True,
            "DISABLED": False,
        }
    },
)


def events_rule(r: Context) -> None:
    """Targets are resources of their own."""
    targets = [target for target in as_list(r.take("Targets")) if isinstance(target, Mapping)]
    for position, target in enumerate(targets):
        suffix = f"_{position + 1}" if len(targets) > 1 else ""
        made = r.another("aws_cloudwatch_event_target", f"{r.item.logical_id}{suffix}")
        made.body.attributes["rule"] = r.own("name")
        if "EventBusName" in r.properties:
            bus = r.properties["EventBusName"]
            made.body.attributes["event_bus_name"] = bus
        for key, value in target.items():
            if key == "Input" and isinstance(value, str):
                target = {**target, "Input": document(value)}  # noqa: PLW2901
        r.fill(made, target, prefix="Targets", rules=_TARGET)
    if "ScheduleExpression" not in r.properties and "EventPattern" not in r.properties:
        r.body.attributes["event_pattern"] = Call("jsonencode", ({"source": [r.compiler.stack]},))


def event_bus_policy(r: Context) -> None:
    """Either a whole policy or the parts of one statement."""
    bus = r.take("EventBusName")
    statement = r.take("Statement")
    principal, action, sid = r.take("Principal"), r.take("Action"), r.take("StatementId")
    condition = r.take("Condition")
    if bus is not None:
        r.body.attributes["event_bus_name"] = bus
    if statement is None:
        statement = {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": "*" if principal == "*" else {"AWS": principal or ACCOUNT},
            "Action": action or "events:PutEvents",
            "Resource": "*",
        }
        if isinstance(condition, Mapping) and "Key" in condition:
            statement["Condition"] = {
                text(condition.get("Type", "StringEquals")): {text(condition["Key"]): condition.get("Value")}
            }
    elif isinstance(statement, Mapping):
        statement = {"Sid": sid, **statement} if sid is not None else dict(statement)
    r.body.attributes["policy"] = Call("jsonencode", ({"Version": "2012-10-17", "Statement": as_list(statement)},))


_DESTINATIONS = {
    "S3DestinationConfiguration": ("extended_s3", "extended_s3_configuration"),
    "ExtendedS3DestinationConfiguration": ("extended_s3", "extended_s3_configuration"),
    "RedshiftDestinationConfiguration": ("redshift", "redshift_configuration"),
    "ElasticsearchDestinationConfiguration": ("elasticsearch", "elasticsearch_configuration"),
    "AmazonopensearchserviceDestinationConfiguration": ("opensearch", "opensearch_configuration"),
    "AmazonOpenSearchServerlessDestinationConfiguration": (
        "opensearchserverless",
        "opensearchserverless_configuration",
    ),
    "SplunkDestinationConfiguration": ("splunk", "splunk_configuration"),
    "HttpEndpointDestinationConfiguration": ("http_endpoint", "http_endpoint_configuration"),
}


def firehose(r: Context) -> None:
    """The destination's name chooses the block; buffering hints are two plain arguments there."""
    r.properties.pop("DeliveryStreamType", None)
    source = r.properties.pop("KinesisStreamSourceConfiguration", None)
    name = r.properties.pop("DeliveryStreamName", None)
    properties: dict[str, Any] = {"Name": name} if name is not None else {}
    for key, (destination, block) in _DESTINATIONS.items():
        configuration = r.properties.pop(key, None)
        if isinstance(configuration, Mapping):
            r.body.attributes["destination"] = destination
            properties[block] = _flat(configuration)
    if isinstance(source, Mapping):
        properties["kinesis_source_configuration"] = {
            "KinesisStreamArn": source.get("KinesisStreamARN"),
            "RoleArn": source.get("RoleARN"),
        }
    encryption = r.properties.pop("DeliveryStreamEncryptionConfigurationInput", None)
    if isinstance(encryption, Mapping):
        properties["server_side_encryption"] = {
            "Enabled": True,
            "KeyType": encryption.get("KeyType", "AWS_OWNED_CMK"),
            **({"KeyArn": encryption["KeyARN"]} if "KeyARN" in encryption else {}),
        }
    r.properties = {**properties, **r.properties}
    for inner in ("splunk_configuration", "http_endpoint_configuration", "redshift_configuration"):
        part = properties.get(inner)
        if isinstance(part, dict) and "S3BackupMode" not in part and inner == "redshift_configuration":
            part.pop("S3BackupConfiguration", None)


def _flat(node: Any) -> Any:
    """CloudFormation's spellings inside a destination, brought to the ones that snake_case understands."""
    if isinstance(node, list):
        return [_flat(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    out: dict[str, Any] = {}
    for key, value in node.items():
        match key:
            case "BufferingHints" if isinstance(value, Mapping):
                if "IntervalInSeconds" in value:
                    out["BufferingInterval"] = value["IntervalInSeconds"]
                if "SizeInMBs" in value:
                    out["BufferingSize"] = value["SizeInMBs"]
            case "EncryptionConfiguration" if isinstance(value, Mapping):
                kms = value.get("KMSEncryptionConfig")
                if isinstance(kms, Mapping):
                    out["KmsKeyArn"] = kms.get("AWSKMSKeyARN")
            case "CloudWatchLoggingOptions":
                out["CloudwatchLoggingOptions"] = _flat(value)
            case "S3Configuration" | "S3BackupConfiguration":
                out[key] = _flat(value)
            case "RetryOptions" if isinstance(value, Mapping):
                out["RetryDuration"] = value.get("DurationInSeconds")
            case "DataFormatConversionConfiguration" if isinstance(value, Mapping):
                schema = value.get("SchemaConfiguration")
                conversion = {**_flat(value)}
                if isinstance(schema, Mapping):
                    conversion["SchemaConfiguration"] = {
                        name: each for name, each in _flat(schema).items() if name != "CatalogId"
                    }
                out[key] = conversion
            case "EndpointConfiguration" if isinstance(value, Mapping):
                out |= {
                    name: value[given]
                    for given, name in (("Url", "Url"), ("Name", "Name"), ("AccessKey", "AccessKey"))
                    if given in value
                }
            case "DynamicPartitioningConfiguration" if isinstance(value, Mapping):
                retry = value.get("RetryOptions")
                out[key] = {"Enabled": value.get("Enabled", True)}
                if isinstance(retry, Mapping):
                    out[key]["RetryDuration"] = retry.get("DurationInSeconds")
            case _:
                out[
                    key.replace("ARN", "Arn")
                    .replace("JDBCURL", "Jdbcurl")
                    .replace("HECA", "HecA")
                    .replace("HEC", "Hec")
                ] = _flat(value)
    return out


HOOKS = {
    "sqs_queue": sqs_queue,
    "sqs_queue_policy": sqs_queue_policy,
    "sns_topic": sns_topic,
    "sns_topic_policy": sns_topic_policy,
    "events_rule": events_rule,
    "event_bus_policy": event_bus_policy,
    "firehose": firehose,
}
