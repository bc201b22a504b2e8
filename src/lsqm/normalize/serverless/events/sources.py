"""What all event sources that Lambda polls have in common: naming after an ARN, filters, dependencies."""

from typing import Any

from lsqm.normalize.serverless.cfn import Json, resource
from lsqm.normalize.serverless.events.schedule import compact
from lsqm.normalize.serverless.stack import Function, Stack


def named_after(source: Any) -> str:
    """The last word of an ARN however it is written; the framework puts it into logical ids."""
    if isinstance(source, dict):
        if isinstance(att := source.get("Fn::GetAtt"), list | str):
            return str(att[0] if isinstance(att, list) else att.split(".")[0])
        if imported := source.get("Fn::ImportValue"):
            return str(imported)
        if "Ref" in source:
            return str(source["Ref"])
        if isinstance(joined := source.get("Fn::Join"), list):
            return str(joined[1][-1]).rsplit("/", maxsplit=1)[-1]
        return str(next(iter(source.values()), "")).rsplit(":", maxsplit=1)[-1]
    return str(source).rsplit(":", maxsplit=1)[-1]


def mapping(stack: Stack, function: Function, properties: Json, options: Json) -> Json:
    """An `AWS::Lambda::EventSourceMapping` that waits for the function's role and alias."""
    depends = [one for one in (stack.role_of(function), function.alias_id) if one]
    if options.get("filterPatterns"):
        patterns = [compact(one) for one in options["filterPatterns"]]
        properties["FilterCriteria"] = {"Filters": [{"Pattern": pattern} for pattern in patterns]}
    if options.get("functionResponseType") is not None:
        properties["FunctionResponseTypes"] = [options["functionResponseType"]]
    return resource("AWS::Lambda::EventSourceMapping", properties, depends_on=depends)
