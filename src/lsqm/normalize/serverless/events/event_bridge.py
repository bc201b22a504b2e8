"""`eventBridge`: rules on the default bus, on a new one, or on one that exists."""

import hashlib
from typing import Any

from lsqm.normalize.serverless import naming
from lsqm.normalize.serverless.cfn import ACCOUNT, PARTITION, REGION, Json, allow, join, permission, resource
from lsqm.normalize.serverless.custom_resources import EVENT_BRIDGE, add_helper, custom, helper_id
from lsqm.normalize.serverless.events.schedule import compact
from lsqm.normalize.serverless.stack import Event, Stack

_LIMIT = 64


def add(stack: Stack) -> None:
    if stack.service.setting("eventBridge", "useCloudFormation") is False:
        _add_with_helper(stack)
        return
    for event in stack.events("eventBridge"):
        _add_rule(stack, event)


def _rule_name(event: Event) -> tuple[str, str]:
    """The rule's name, and the name that its logical id comes from."""
    suffix = f"rule-{event.position + 1}"
    name = f"{event.function.name}-{suffix}"
    return str(event.options.get("name") or _shortened(name, suffix)), name


def _shortened(name: str, suffix: str) -> str:
    if len(name) <= _LIMIT:
        return name
    digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    return f"{name[: 31 - len(suffix)]}{digest}-{suffix}"


def _add_rule(stack: Stack, event: Event) -> None:
    options, function = event.options, event.function
    name, stub = _rule_name(event)
    bus = options.get("eventBus")
    depends = [function.alias_id] if function.alias_id else []
    if isinstance(bus, str) and bus.startswith("arn"):
        bus = bus.partition("/")[2]
    elif isinstance(bus, str) and bus != "default":
        bus_id = f"{naming.normal(bus)}EventBridgeEventBus"
        stack.resources[bus_id] = resource("AWS::Events::EventBus", {"Name": bus})
        depends.append(bus_id)
    properties: Json = {
        "Description": options.get("description"),
        "EventBusName": None if bus == "default" else bus,
        "EventPattern": options.get("pattern"),
        "Name": name,
        "ScheduleExpression": options.get("schedule"),
        "State": "DISABLED" if options.get("enabled") is False else "ENABLED",
        "Targets": [_target(event, name)],
    }
    depends_on = None if not depends else depends[0] if len(depends) == 1 else depends
    made = resource("AWS::Events::Rule", properties, depends_on=depends_on)
    stack.resources[f"{naming.alphanumeric(stub)}EventBridgeRule"] = made
    path = [bus, name] if bus and bus != "default" else [name]
    rule = join("rule", *path, by="/")
    source = join("arn", PARTITION, "events", REGION, ACCOUNT, rule, by=":")
    granted = permission(function, "events.amazonaws.com", source_arn=source)
    stack.resources[f"{function.prefix}EventBridgeLambdaPermission{event.position + 1}"] = granted


def _target(event: Event, rule: str) -> Json:
    options = event.options
    target: Json = {"Arn": event.function.target, "Id": _shortened(f"{rule}-target", "target")}
    if retry := options.get("retryPolicy"):
        names = (("maximumEventAge", "MaximumEventAgeInSeconds"), ("maximumRetryAttempts", "MaximumRetryAttempts"))
        target["RetryPolicy"] = {name: retry.get(key) for key, name in names}
    if options.get("deadLetterQueueArn"):
        target["DeadLetterConfig"] = {"Arn": options["deadLetterQueueArn"]}
    if options.get("input"):
        target["Input"] = compact(options["input"])
    elif options.get("inputPath"):
        target["InputPath"] = options["inputPath"]
    elif transformer := options.get("inputTransformer"):
        target["InputTransformer"] = {naming.capital(key): value for key, value in transformer.items()}
    return target


def _add_with_helper(stack: Stack) -> None:
    statements: list[Json] = []
    for event in stack.events("eventBridge"):
        options, function = event.options, event.function
        bus: Any = options.get("eventBus")
        settings = {
            "RuleName": _rule_name(event)[0],
            "State": "DISABLED" if options.get("enabled") is False else "ENABLED",
            "EventBus": bus,
            "Schedule": options.get("schedule"),
            "Pattern": options.get("pattern"),
            "Input": options.get("input"),
            "InputPath": options.get("inputPath"),
            "InputTransformer": {
                naming.capital(key): value for key, value in (options.get("inputTransformer") or {}).items()
            }
            or None,
        }
        properties: Json = {"FunctionName": function.name, "EventBridgeConfig": settings}
        made = custom("EventBridge", EVENT_BRIDGE, properties, depends_on=[function.id, helper_id(EVENT_BRIDGE)])
        stack.resources[f"{function.prefix}CustomEventBridge{event.position + 1}"] = made
        if bus and bus != "default" and not statements:
            buses = join("arn", PARTITION, "events", REGION, ACCOUNT, "event-bus/*", by=":")
            statements.append(allow(["events:CreateEventBus", "events:DeleteEventBus"], buses))
    if any(True for _ in stack.events("eventBridge")):
        rules = join("arn", PARTITION, "events", REGION, ACCOUNT, "rule/*", by=":")
        functions = join("arn", PARTITION, "lambda", REGION, ACCOUNT, "function", "*", by=":")
        verbs = ("PutRule", "RemoveTargets", "PutTargets", "DeleteRule")
        statements.append(allow([f"events:{verb}" for verb in verbs], rules))
        statements.append(allow(["lambda:AddPermission", "lambda:RemovePermission"], functions))
        add_helper(stack, EVENT_BRIDGE, statements)
