"""Resources that the framework makes with helper functions of its own (existing buckets, user pools, event buses)."""

import hashlib
from typing import Any

from lsqm.normalize.serverless.cfn import ACCOUNT, PARTITION, Json, allow, get_att, join, resource, sub
from lsqm.normalize.serverless.functions import DEFAULT_RUNTIME, bucket
from lsqm.normalize.serverless.iam import log_group
from lsqm.normalize.serverless.naming import normal
from lsqm.normalize.serverless.stack import Stack

ROLE = "IamRoleCustomResourcesLambdaExecution"
_LIMIT = 64


def helper_id(name: str) -> str:
    """Logical id of the helper called `name`."""
    return f"{normal(normal(name))}LambdaFunction"


S3 = "custom-resource-existing-s3"
USER_POOL = "custom-resource-existing-cup"
EVENT_BRIDGE = "custom-resource-event-bridge"
_ACCOUNT_ROLE = "custom-resource-apigw-cw-role"
_HANDLERS = {
    S3: "s3/handler.handler",
    USER_POOL: "cognito-user-pool/handler.handler",
    EVENT_BRIDGE: "event-bridge/handler.handler",
    _ACCOUNT_ROLE: "api-gateway-cloud-watch-role/handler.handler",
}
HELPERS = tuple(_HANDLERS)
"""Names of all helper functions."""


def add_helper(stack: Stack, name: str, statements: list[Json]) -> None:
    """The helper function and the role that all helpers share."""
    service = stack.service
    writes = bool(service.setting("logs", "frameworkLambda"))
    own_role = service.setting("iam", "deploymentRole") or service.provider.get("cfnRole")
    if not own_role:
        held = stack.resources.setdefault(ROLE, _role(stack, writes))
        policy = held["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        policy += [one for one in statements if isinstance(one["Resource"], dict) or one not in policy]
    full = f"{service.prefix}-{name}"
    if len(full) > _LIMIT:
        full = full[:32] + hashlib.md5(full.encode(), usedforsecurity=False).hexdigest()
    runtime = str(service.provider.get("runtime") or DEFAULT_RUNTIME)
    properties: Json = {
        "Code": {"S3Bucket": bucket(service), "S3Key": f"{service.artifacts}/custom-resources.zip"},
        "FunctionName": full,
        "Handler": _HANDLERS[name],
        "MemorySize": 1024,
        "Runtime": runtime if runtime.startswith("nodejs") else DEFAULT_RUNTIME,
        "Timeout": 180,
        "Role": own_role or get_att(ROLE),
    }
    if service.provider.get("architecture"):
        properties["Architectures"] = [service.provider["architecture"]]
    depends = [] if own_role else [ROLE]
    if writes:
        group = f"{normal(name)}LogGroup"
        stack.resources[group] = log_group(service, f"/aws/lambda/{full}")
        depends.append(group)
    stack.resources[helper_id(name)] = resource("AWS::Lambda::Function", properties, depends_on=depends)


def _role(stack: Stack, writes: bool) -> Json:  # noqa: FBT001  one switch, named at its only call
    service = stack.service
    statements: list[Json] = []
    if writes:
        groups = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/" + service.prefix
        create = ["logs:CreateLogStream", "logs:CreateLogGroup", "logs:TagResource"]
        statements = [
            allow(create, [sub(f"{groups}*:*")]),
            allow(["logs:PutLogEvents"], [sub(f"{groups}*:*:*")]),
        ]
    trust: Json = {"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com"]}, "Action": ["sts:AssumeRole"]}
    return resource(
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [
                {
                    "PolicyName": join(service.stage, service.name, "custom-resources-lambda", by="-"),
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
                }
            ],
        },
    )


def custom(kind: str, helper: str, properties: Json, *, depends_on: list[str] | None = None) -> Json:
    """A resource that a helper makes."""
    made = resource(f"Custom::{kind}", {"ServiceToken": get_att(helper_id(helper))} | properties, depends_on=depends_on)
    return made | {"Version": 1}


def add_gateway_account_role(stack: Stack, logs: Json) -> None:
    """Lets API Gateway write logs; once per template, whatever asks for it."""
    resource_id = "CustomApiGatewayAccountCloudWatchRole"
    if logs.get("roleManagedExternally") or resource_id in stack.resources:
        return
    rest: Any = stack.service.setting("logs", "restApi")
    role = rest.get("role") if isinstance(rest, dict) else None
    stack.resources[resource_id] = custom("ApiGatewayAccountRole", _ACCOUNT_ROLE, {"RoleArn": role})
    roles = join("arn", PARTITION, "iam:", ACCOUNT, "role/*", by=":")
    account = join("arn", PARTITION, "apigateway:*::/account", by=":")
    actions = ["iam:AttachRolePolicy", "iam:CreateRole", "iam:ListAttachedRolePolicies", "iam:PassRole"]
    add_helper(
        stack,
        _ACCOUNT_ROLE,
        [allow(actions, roles), allow(["apigateway:GET", "apigateway:PATCH"], account)],
    )
