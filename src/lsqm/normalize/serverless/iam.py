"""Log groups and the default execution role."""

from typing import Any

from lsqm.normalize.serverless import naming
from lsqm.normalize.serverless.cfn import PARTITION, REGION, Json, join, resource, sub, tags
from lsqm.normalize.serverless.stack import Service, Stack, custom_role

_LOGS = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/"


def log_group(service: Service, name: str, config: Json | None = None) -> Json:
    """A log group with the retention that the function or the provider asks for."""
    own = config or {}
    properties: Json = {"LogGroupName": name}
    days = own.get("logRetentionInDays") or service.provider.get("logRetentionInDays")
    policy = own.get("logDataProtectionPolicy") or service.provider.get("logDataProtectionPolicy")
    if days:
        properties["RetentionInDays"] = days
    if policy:
        properties["DataProtectionPolicy"] = policy
    return resource("AWS::Logs::LogGroup", properties)


def add_log_groups(stack: Stack) -> None:
    for function in stack.service.functions.values():
        if not function.config.get("disableLogs"):
            group = log_group(stack.service, f"/aws/lambda/{function.name}", function.config)
            stack.resources[f"{function.prefix}LogGroup"] = group


def add_role(stack: Stack) -> None:
    """The default role, unless the service or each of its functions names one."""
    service = stack.service
    functions = service.functions.values()
    if not functions or "role" in service.provider or custom_role(service):
        return
    if all("role" in function.config for function in functions):
        return
    iam = service.setting("iam", "role")
    options: Json = iam if isinstance(iam, dict) else {}
    stack.resources[naming.ROLE] = resource("AWS::IAM::Role", _role(service, options))
    properties = stack.resources[naming.ROLE]["Properties"]
    create, put = properties["Policies"][0]["PolicyDocument"]["Statement"]
    _log_statements(stack, create["Resource"], put["Resource"])
    stack.allow(*map(statement, _list(options.get("statements") or service.provider.get("iamRoleStatements"))))
    policies = _list(options.get("managedPolicies") or service.provider.get("iamManagedPolicies"))
    if service.provider.get("vpc") or any("vpc" in function.config for function in functions):
        eni = ":iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
        policies.append(join("arn:", PARTITION, eni))
    if policies:
        properties["ManagedPolicyArns"] = policies


def _role(service: Service, options: Json) -> Json:
    name = join(service.name, service.stage, REGION, "lambdaRole", by="-")
    properties: Json = {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com"]}, "Action": ["sts:AssumeRole"]}
            ],
        },
        "Policies": [
            {
                "PolicyName": join(service.name, service.stage, "lambda", by="-"),
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": ["logs:CreateLogStream", "logs:CreateLogGroup", "logs:TagResource"],
                            "Resource": [],
                        },
                        {"Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": []},
                    ],
                },
            }
        ],
        "Path": options.get("path") or "/",
        "RoleName": options.get("name") or name,
    }
    if options.get("tags"):
        properties["Tags"] = tags(options["tags"])
    boundary = options.get("permissionsBoundary") or options.get("permissionBoundary")
    if boundary := boundary or service.provider.get("rolePermissionsBoundary"):
        properties["PermissionsBoundary"] = boundary
    return properties


def _log_statements(stack: Stack, create: list[Any], put: list[Any]) -> None:
    """One wildcard for all functions with the usual name, one entry for each other name."""
    service = stack.service
    usual, silent = False, []
    for function in service.functions.values():
        quiet = bool(function.config.get("disableLogs"))
        if function.name.startswith(service.prefix):
            usual = usual or not quiet
            if quiet:
                silent.append(sub(f"{_LOGS}{function.name}:*"))
        elif not quiet:
            create.append(sub(f"{_LOGS}{function.name}:*"))
            put.append(sub(f"{_LOGS}{function.name}:*:*"))
    if usual:
        create.append(sub(f"{_LOGS}{service.prefix}*:*"))
        put.append(sub(f"{_LOGS}{service.prefix}*:*:*"))
        if silent:
            stack.allow({"Effect": "Deny", "Action": "logs:PutLogEvents", "Resource": silent})


def _list(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, list) else [value]


def statement(given: Any) -> Any:
    """A policy statement of the configuration; actions become lists, as the framework's schema makes them."""
    if not isinstance(given, dict):
        return given
    return given | {key: _list(given[key]) for key in ("Action", "NotAction") if key in given}
