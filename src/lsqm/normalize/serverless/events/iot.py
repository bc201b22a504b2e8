"""`iot`: topic rules, and `iotFleetProvisioning`: provisioning templates."""

from lsqm.normalize.serverless.cfn import Json, arn, permission, ref, resource
from lsqm.normalize.serverless.stack import Stack


def add(stack: Stack) -> None:
    for event in stack.events("iot"):
        options, function = event.options, event.function
        logical_id = f"{function.prefix}IotTopicRule{event.number}"
        payload: Json = {
            "RuleDisabled": options.get("enabled") is False,
            "Sql": _line(options.get("sql")),
            "Actions": [{"Lambda": {"FunctionArn": function.target}}],
            "Description": _line(options.get("description")) or None,
            "AwsIotSqlVersion": _line(options.get("sqlVersion")) or None,
        }
        properties: Json = {"TopicRulePayload": payload, "RuleName": _line(options.get("name")) or None}
        stack.resources[logical_id] = resource("AWS::IoT::TopicRule", properties, depends_on=function.alias_id)
        granted = permission(function, "iot.amazonaws.com", source_arn=_rule_arn(logical_id))
        stack.resources[f"{function.prefix}LambdaPermissionIotTopicRule{event.number}"] = granted


def _rule_arn(logical_id: str) -> Json:
    made = arn("iot", ref(logical_id))
    made["Fn::Join"][1][-2] = ":rule/"
    return made


def _line(value: object) -> str:
    return "" if value is None else str(value).replace("\r\n", "").replace("\n", "")
