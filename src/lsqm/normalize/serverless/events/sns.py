"""`sns`: topics that call functions, and subscriptions to existing ones."""

import re
from typing import Any

from lsqm.normalize.serverless import naming
from lsqm.normalize.serverless.cfn import URL_SUFFIX, Json, arn, get_att, join, permission, ref, resource
from lsqm.normalize.serverless.stack import Event, Stack


def add(stack: Stack) -> None:
    for event in stack.events("sns"):
        options, function = event.options, event.function
        given = options.get("arn") or (event.value if str(event.value).startswith("arn:") else None)
        name, region = _topic(stack, event, given)
        if not name:
            message = f"the sns event of {function.key} names no topic"
            stack.report.warn("malformed-event", message, at=event.at, effect="left out")
            continue
        redrive = _redrive(stack, event, name, given) if options.get("redrivePolicy") else None
        filters: Json = {
            "FilterPolicy": options.get("filterPolicy"),
            "FilterPolicyScope": options.get("filterPolicyScope"),
            "RedrivePolicy": redrive,
        }
        source = given or arn("sns", name)
        subscription: Json = {"Protocol": "lambda", "Endpoint": function.target}
        subscription_id = f"{function.prefix}SnsSubscription{naming.alphanumeric(name)}"
        kind = "AWS::SNS::Subscription"
        if given:
            properties = subscription | {"TopicArn": given, "Region": region} | filters
            stack.resources[subscription_id] = resource(kind, properties, depends_on=function.alias_id)
        else:
            topic_id = f"SNSTopic{naming.alphanumeric(name)}"
            topic = stack.resources.setdefault(topic_id, _new_topic(name, options))
            _depend(topic, function.alias_id)
            if options.get("filterPolicy") or redrive:
                properties = subscription | {"TopicArn": ref(topic_id)} | filters
                stack.resources[subscription_id] = resource(kind, properties, depends_on=function.alias_id)
            else:
                topic["Properties"].setdefault("Subscription", []).append(subscription)
        granted = permission(function, "sns.amazonaws.com", source_arn=source)
        stack.resources[f"{function.prefix}LambdaPermission{naming.alphanumeric(name)}SNS"] = granted


def _topic(stack: Stack, event: Event, given: Any) -> tuple[str, str | None]:
    """The topic's name, and its region where that is not this one."""
    options = event.options
    if isinstance(given, str):
        parts = re.split(r"(?<!:):(?!:)", given)
        there = parts[3] if options and len(parts) > 3 and parts[3] != stack.service.region else None
        return str(options.get("topicName") or parts[-1]), there
    return str(options.get("topicName") or ("" if options else event.value)), None


def _new_topic(name: str, options: Json) -> Json:
    return resource("AWS::SNS::Topic", {"TopicName": name, "DisplayName": options.get("displayName") or None})


def _depend(made: Json, alias: str | None) -> None:
    """Wait for one more alias."""
    if alias is None:
        return
    held = made.get("DependsOn")
    if held is None:
        made["DependsOn"] = alias
    elif alias != held and alias not in held:
        made["DependsOn"] = [*([held] if isinstance(held, str) else held), alias]


def _redrive(stack: Stack, event: Event, name: str, topic: Any) -> Json:
    policy = event.options["redrivePolicy"]
    if queue := policy.get("deadLetterTargetArn"):
        region, account, queue_name = (str(queue).split(":") + [""] * 6)[3:6]
        url = join(f"https://sqs.{region}.", URL_SUFFIX, f"/{account}/{queue_name}")
        target: Any = queue
    elif other := policy.get("deadLetterTargetRef"):
        target, url = get_att(other), ref(other)
    else:
        imported = policy.get("deadLetterTargetImport") or {}
        target, url = {"Fn::ImportValue": imported.get("arn")}, {"Fn::ImportValue": imported.get("url")}
    logical_id = f"{naming.alphanumeric(name)}To{event.function.prefix}DLQPolicy"
    statement: Json = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": target,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic} if topic else {}},
    }
    document: Json = {"Version": "2012-10-17", "Id": logical_id, "Statement": [statement]}
    properties: Json = {"PolicyDocument": document, "Queues": [url]}
    stack.resources[logical_id] = resource("AWS::SQS::QueuePolicy", properties)
    return {"deadLetterTargetArn": target}
