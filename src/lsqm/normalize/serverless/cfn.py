"""Small pieces of CloudFormation that occur all over a framework template."""

from typing import Any

from lsqm.normalize.serverless.stack import Function

Json = dict[str, Any]


def ref(logical_id: str) -> Json:
    return {"Ref": logical_id}


def get_att(logical_id: str, attribute: str = "Arn") -> Json:
    return {"Fn::GetAtt": [logical_id, attribute]}


def join(*parts: Any, by: str = "") -> Json:
    return {"Fn::Join": [by, list(parts)]}


def sub(text: str) -> Json:
    return {"Fn::Sub": text}


PARTITION = ref("AWS::Partition")
REGION = ref("AWS::Region")
ACCOUNT = ref("AWS::AccountId")
URL_SUFFIX = ref("AWS::URLSuffix")


def arn(service: str, *tail: Any) -> Json:
    """`arn:PARTITION:SERVICE:REGION:ACCOUNT:` and what follows, as one join."""
    return join("arn:", PARTITION, f":{service}:", REGION, ":", ACCOUNT, ":", *tail)


def invoke_uri(target: Any, *, version: str = "2015-03-31", call: str = "/invocations") -> Json:
    """What API Gateway calls to invoke a function."""
    prefix = f":lambda:path/{version}/functions/"
    return join("arn:", PARTITION, ":apigateway:", REGION, prefix, target, call)


def endpoint(api: Any, tail: str = "", *, scheme: str = "https") -> Json:
    """The public URL of an API."""
    parts = [f"{scheme}://", api, ".execute-api.", REGION, ".", URL_SUFFIX]
    return join(*parts, *([tail] if tail else []))


def resource(kind: str, properties: Json, *, depends_on: Any = None) -> Json:
    """A resource; `depends_on` None leaves the key out."""
    made: Json = {"Type": kind, "Properties": properties}
    if depends_on is not None:
        made["DependsOn"] = depends_on
    return made


def permission(function: Function, principal: Any, *, source_arn: Any = None, **more: Any) -> Json:
    """Leave for a service to invoke a function."""
    properties: Json = {
        "FunctionName": function.target,
        "Action": "lambda:InvokeFunction",
        "Principal": principal,
    }
    if source_arn is not None:
        properties["SourceArn"] = source_arn
    return resource("AWS::Lambda::Permission", properties | more, depends_on=function.alias_id)


def allow(actions: list[str], resources: Any) -> Json:
    """An IAM statement."""
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def tags(values: Any) -> list[Json]:
    """`{"a": 1}` as CloudFormation's list of keys and values."""
    return [{"Key": key, "Value": value} for key, value in (values or {}).items()]
