"""`cloudwatchEvent`: rules on an event pattern, and `cloudwatchLog`: subscriptions to log groups."""

import os.path
import re
from typing import Any

from lsqm.normalize.serverless.cfn import Json, arn, get_att, join, permission, ref, resource
from lsqm.normalize.serverless.events.schedule import compact, input_transformer
from lsqm.normalize.serverless.stack import Stack


def add_events(stack: Stack) -> None:
    for event in stack.events("cloudwatchEvent"):
        options, function = event.options, event.function
        logical_id = f"{function.prefix}EventsRuleCloudWatchEvent{event.number}"
        target: Json = {
            "Input": compact(options["input"]) if options.get("input") else None,
            "InputPath": options.get("inputPath"),
            "InputTransformer": input_transformer(options.get("inputTransformer")),
            "Arn": function.target,
            "Id": f"{function.key}CloudWatchEvent",
        }
        properties: Json = {
            "EventPattern": options.get("event"),
            "State": "DISABLED" if options.get("enabled") is False else "ENABLED",
            "Description": options.get("description"),
            "Name": options.get("name"),
            "Targets": [{key: value for key, value in target.items() if value}],
        }
        stack.resources[logical_id] = resource("AWS::Events::Rule", properties, depends_on=function.alias_id)
        granted = permission(function, "events.amazonaws.com", source_arn=get_att(logical_id))
        stack.resources[f"{function.prefix}LambdaPermissionEventsRuleCloudWatchEvent{event.number}"] = granted


def add_logs(stack: Stack) -> None:
    groups: dict[str, list[str]] = {}
    for event in stack.events("cloudwatchLog"):
        function = event.function
        group = _line(event.options.get("logGroup", event.value))
        seen = groups.setdefault(function.key, [])
        seen.append(group)
        permission_id = f"{function.prefix}LambdaPermissionLogsSubscriptionFilterCloudWatchLog"
        depends = [permission_id, *([function.alias_id] if function.alias_id else [])]
        properties: Json = {
            "LogGroupName": group,
            "FilterPattern": _unescaped(_line(event.options.get("filter") or "")),
            "DestinationArn": function.target,
        }
        made = resource("AWS::Logs::SubscriptionFilter", properties, depends_on=depends)
        stack.resources[f"{function.prefix}LogsSubscriptionFilterCloudWatchLog{event.number}"] = made
        common = os.path.commonprefix(seen)  # noqa: RUF071  by character is what is wanted
        source = arn("logs", common if len(seen) == 1 or common.endswith("*") else f"{common}*", ":*")
        source["Fn::Join"][1][-3] = ":log-group:"
        principal = join("logs.", ref("AWS::Region"), ".amazonaws.com")
        granted = permission(function, principal, source_arn=source)
        if function.alias_id:
            granted["DependsOn"] = [function.alias_id]
        stack.resources[permission_id] = granted


def _line(value: Any) -> str:
    return str(value).replace("\r\n", "").replace("\n", "")


def _unescaped(pattern: str) -> str:
    """Quotes lose one backslash when the first of them has one."""
    slash, quote = pattern.find("\\"), pattern.find('"')
    return re.sub(r"\\(\"|\\|')", r"\1", pattern) if 0 <= slash < quote else pattern
