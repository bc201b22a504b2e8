"""`s3`: buckets that notify functions, new ones or (through the framework's helper) existing ones."""

import json
import re
from typing import Any

from lsqm.normalize.serverless import naming
from lsqm.normalize.serverless.cfn import ACCOUNT, PARTITION, REGION, Json, allow, join, permission, resource
from lsqm.normalize.serverless.custom_resources import S3, add_helper, custom, helper_id
from lsqm.normalize.serverless.stack import Event, Stack

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*[a-z0-9]")


def add(stack: Stack) -> None:
    _add_new(stack)
    _add_existing(stack)


def _bucket(event: Event) -> Any:
    return event.options.get("bucket", event.value)


def _add_new(stack: Stack) -> None:
    settings = stack.service.setting("s3") or {}
    buckets: dict[str, tuple[str, list[Event]]] = {}
    for event in stack.events("s3"):
        key = _bucket(event)
        if event.options.get("existing"):
            continue
        if not isinstance(key, str):
            message = f"the s3 event of {event.function.key} names no bucket that could be created"
            stack.report.warn("malformed-event", message, at=event.at, effect="left out")
            continue
        own = settings.get(key)
        name = _valid(stack, event, str((own.get("name") if isinstance(own, dict) else None) or key))
        buckets.setdefault(name, (key, []))[1].append(event)
    granted: Json = {}
    for name, (key, events) in buckets.items():
        own = settings.get(key)
        options: Json = {}
        for option, value in own.items() if isinstance(own, dict) else ():
            if option != "name":
                options[naming.capital(option)] = value
        notifications = {"LambdaConfigurations": [_notification(event) for event in events]}
        notifications |= options.pop("NotificationConfiguration", None) or {}
        depends: list[str] = []
        for event in events:
            permission_id = f"{event.function.prefix}LambdaPermission{naming.alphanumeric(key)}S3"
            depends += [permission_id, *([event.function.alias_id] if event.function.alias_id else [])]
            source = join("arn:", PARTITION, f":s3:::{name}")
            made = permission(event.function, "s3.amazonaws.com", source_arn=source, SourceAccount=ACCOUNT)
            granted[permission_id] = made
        properties: Json = {"BucketName": name, "NotificationConfiguration": notifications}
        made = resource("AWS::S3::Bucket", properties | options, depends_on=depends)
        stack.resources[f"S3Bucket{naming.alphanumeric(key)}"] = made
    stack.resources |= granted


def _valid(stack: Stack, event: Event, name: str) -> str:
    """A placeholder such as `<your-bucket-name>` as a name that S3 accepts; the framework would refuse it."""
    if _NAME.fullmatch(name):
        return name
    made = re.sub(r"[^a-z0-9.-]+", "-", name.lower()).strip("-.")
    stack.report.warn("invalid-name", f"{name!r} is no bucket name", at=event.at, effect=f"{made!r} stands in for it")
    return made


def _notification(event: Event) -> Json:
    made: Json = {"Event": event.options.get("event") or "s3:ObjectCreated:*", "Function": event.function.target}
    if event.options.get("rules"):
        pairs = [next(iter(rule.items())) for rule in event.options["rules"] if rule]
        made["Filter"] = {"S3Key": {"Rules": [{"Name": name, "Value": value} for name, value in pairs]}}
    return made


def _add_existing(stack: Stack) -> None:
    statements: list[Json] = []
    by_bucket: dict[str, list[str]] = {}
    for event in stack.events("s3"):
        if not event.options.get("existing"):
            continue
        bucket, function = _bucket(event), event.function
        stack.report.note("existing-bucket", f"{function.key} listens to a bucket that exists already", at=event.at)
        logical_id = f"{function.prefix}CustomS31"
        rules = [
            {naming.start_case(name): value}
            for rule in event.options.get("rules") or ()
            for name, value in rule.items()
        ]
        notification = {"Event": event.options.get("event") or "s3:ObjectCreated:*", "Rules": rules}
        if logical_id in stack.resources:
            stack.resources[logical_id]["Properties"]["BucketConfigs"].append(notification)
            continue
        same = by_bucket.setdefault(json.dumps(bucket), [])
        properties: Json = {"FunctionName": function.name, "BucketName": bucket, "BucketConfigs": [notification]}
        depends = [function.id, helper_id(S3), *same[-1:]]
        stack.resources[logical_id] = custom("S3", S3, properties, depends_on=depends)
        same.append(logical_id)
        where = join("arn", PARTITION, "s3", "", "", bucket, by=":")
        statements.append(allow(["s3:PutBucketNotification", "s3:GetBucketNotification"], where))
    if statements:
        functions = join("arn", PARTITION, "lambda", REGION, ACCOUNT, "function", "*", by=":")
        statements.append(allow(["lambda:AddPermission", "lambda:RemovePermission"], functions))
        add_helper(stack, S3, statements)
