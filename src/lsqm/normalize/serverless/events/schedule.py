"""`schedule`: EventBridge rules, or EventBridge Scheduler schedules with `method: scheduler`."""

import contextlib
import json
from typing import Any

from lsqm.normalize.serverless import naming
from lsqm.normalize.serverless.cfn import Json, get_att, permission, resource, sub
from lsqm.normalize.serverless.stack import Event, Stack


def add(stack: Stack) -> None:
    numbers: dict[str, int] = {}
    scheduled: dict[str, None] = {}
    for event in stack.events("schedule"):
        rates = event.options.get("rate", event.value)
        for rate in rates if isinstance(rates, list) else [rates]:
            number = numbers[event.function.key] = numbers.get(event.function.key, 0) + 1
            if event.options.get("method") == "scheduler":
                _add_scheduler(stack, event, rate, number)
                scheduled[event.function.name] = None
            else:
                _add_rule(stack, event, rate, number)
    if scheduled and naming.ROLE in stack.resources:
        role = stack.resources[naming.ROLE]["Properties"]
        role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"].append("scheduler.amazonaws.com")
        arns = [f"arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:{n}" for n in scheduled]
        targets = [sub(text) for arn in arns for text in (arn, f"{arn}:*")]
        stack.allow({"Effect": "Allow", "Action": ["lambda:InvokeFunction"], "Resource": targets})


def _state(options: Json) -> str:
    return "DISABLED" if options.get("enabled") is False else "ENABLED"


def input_text(value: Any) -> str | None:
    """A target's `input` as the text that the function receives."""
    if not value:
        return None
    body = value.get("body") if isinstance(value, dict) else None
    if isinstance(body, str):
        with contextlib.suppress(ValueError):
            value = value | {"body": json.loads(body)}
    return compact(value)


def compact(value: Any) -> str:
    """Text as it is; anything else as JSON without spaces, the way JavaScript writes it."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def input_transformer(value: Any) -> Json | None:
    """`inputTransformer` in CloudFormation's spelling."""
    if not isinstance(value, dict):
        return None
    made: Json = {"InputTemplate": value.get("inputTemplate")}
    if value.get("inputPathsMap"):
        made["InputPathsMap"] = value["inputPathsMap"]
    return made


def _add_rule(stack: Stack, event: Event, rate: Any, number: int) -> None:
    options, function = event.options, event.function
    logical_id = f"{function.prefix}EventsRuleSchedule{number}"
    target: Json = {
        "Input": input_text(options.get("input")),
        "InputPath": options.get("inputPath"),
        "InputTransformer": input_transformer(options.get("inputTransformer")),
        "Arn": function.target,
        "Id": f"{function.key}Schedule",
    }
    properties: Json = {
        "ScheduleExpression": rate,
        "State": _state(options),
        "Name": options.get("name"),
        "Description": options.get("description"),
        "Targets": [{key: value for key, value in target.items() if value}],
    }
    stack.resources[logical_id] = resource("AWS::Events::Rule", properties, depends_on=function.alias_id)
    granted = permission(function, "events.amazonaws.com", source_arn=get_att(logical_id))
    stack.resources[f"{function.prefix}LambdaPermissionEventsRuleSchedule{number}"] = granted


def _add_scheduler(stack: Stack, event: Event, rate: Any, number: int) -> None:
    options, function = event.options, event.function
    role = stack.resources[function.id]["Properties"]["Role"]
    properties: Json = {
        "ScheduleExpression": rate,
        "State": _state(options),
        "Target": {
            "Arn": function.target,
            "RoleArn": options.get("roleArn") or role,
            "Input": input_text(options.get("input")),
        },
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Name": options.get("name"),
        "GroupName": options.get("groupName"),
        "Description": options.get("description"),
        "ScheduleExpressionTimezone": options.get("timezone"),
    }
    made = resource("AWS::Scheduler::Schedule", properties, depends_on=function.alias_id)
    stack.resources[f"{function.prefix}SchedulerSchedule{number}"] = made
