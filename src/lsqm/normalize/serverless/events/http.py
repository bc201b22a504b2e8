"""`http`: a REST API with its resources, methods, authorizers, validators, keys, deployment and permissions."""

from typing import Any

from lsqm.normalize.serverless import naming
from lsqm.normalize.serverless.cfn import (
    Json,
    arn,
    endpoint,
    get_att,
    invoke_uri,
    permission,
    ref,
    resource,
    tags,
)
from lsqm.normalize.serverless.custom_resources import add_gateway_account_role
from lsqm.normalize.serverless.events.rest import Cors, Endpoint, endpoints
from lsqm.normalize.serverless.events.rest_keys import add_keys
from lsqm.normalize.serverless.events.rest_methods import authorizer_id, method, preflight
from lsqm.normalize.serverless.events.rest_paths import tree
from lsqm.normalize.serverless.events.rest_validators import add_validators
from lsqm.normalize.serverless.iam import log_group, statement
from lsqm.normalize.serverless.stack import Stack

DEPLOYMENT = "ApiGatewayDeployment0"
"""The framework puts the time of packaging in place of the 0."""


def add(stack: Stack) -> None:
    found = list(endpoints(stack))
    if not found:
        return
    api = stack.service.setting("apiGateway", "restApiId") or ref(naming.REST_API)
    if api == ref(naming.REST_API):
        stack.resources[naming.REST_API] = resource("AWS::ApiGateway::RestApi", _api(stack))
    root = stack.service.setting("apiGateway", "restApiRootResourceId") or get_att(naming.REST_API, "RootResourceId")
    paths = tree((one.path for one in found), api=api, root=root, existing=_existing(stack))
    stack.resources |= paths.made
    methods: list[str] = []
    for path, cors in _preflights(found).items():
        methods.append(naming.method(naming.path(path), "options"))
        stack.resources[methods[-1]] = preflight(cors, api=api, resource_id=paths.ids[path])
    for one in found:
        methods.append(naming.method(naming.path(one.path), one.method))
        stack.resources[methods[-1]] = method(stack.service, one, api=api, resource_id=paths.ids[one.path])
    add_validators(stack, found, api=api)
    _add_authorizers(stack, found, api)
    _add_deployment(stack, methods, api)
    add_keys(stack, api=api, deployment=DEPLOYMENT)
    _add_permissions(stack, found, api)
    _add_logs(stack)


def _api(stack: Stack) -> Json:
    service = stack.service
    options = service.setting("apiGateway") or {}
    kind = str(service.provider.get("endpointType") or "EDGE").upper()
    where: Json = {"Types": [kind]}
    if service.provider.get("endpointType") and service.provider.get("vpcEndpointIds"):
        where["VpcEndpointIds"] = service.provider["vpcEndpointIds"]
    by_service = options.get("shouldStartNameWithService")
    name = service.prefix if by_service else f"{service.stage}-{service.name}"
    policy = options.get("resourcePolicy")
    properties: Json = {
        "Name": str(service.provider.get("apiName") or name),
        "BinaryMediaTypes": options.get("binaryMediaTypes") or None,
        "DisableExecuteApiEndpoint": options.get("disableDefaultEndpoint"),
        "EndpointConfiguration": where,
        "Policy": {"Version": "2012-10-17", "Statement": [statement(one) for one in policy]} if policy else "",
    }
    if service.provider.get("tags"):
        properties["Tags"] = tags(service.provider["tags"])
    if options.get("apiKeySourceType"):
        properties["ApiKeySourceType"] = str(options["apiKeySourceType"]).upper()
    if options.get("minimumCompressionSize") is not None:
        properties["MinimumCompressionSize"] = options["minimumCompressionSize"]
    if options.get("description"):
        properties["Description"] = options["description"]
    return properties


def _existing(stack: Stack) -> dict[str, Any]:
    """Resources of a shared API that the service only refers to."""
    given = stack.service.setting("apiGateway", "restApiResources")
    if isinstance(given, dict):
        return given
    items = given if isinstance(given, list) else []
    return {str(item["path"]): item["resourceId"] for item in items if isinstance(item, dict) and "path" in item}


def _preflights(found: list[Endpoint]) -> dict[str, Cors]:
    wanted: dict[str, Cors] = {}
    for one in found:
        if one.cors is not None:
            before = wanted.get(one.path)
            wanted[one.path] = one.cors.merged(before) if before else one.cors
    return wanted


def _add_authorizers(stack: Stack, found: list[Endpoint], api: Any) -> None:
    for one in found:
        authorizer = one.authorizer
        if authorizer is None or not authorizer.arn:
            continue
        validation = authorizer.settings.get("identityValidationExpression")
        properties: Json = {
            "AuthorizerResultTtlInSeconds": authorizer.ttl,
            "IdentitySource": authorizer.identity_source,
            "Name": authorizer.name,
            "RestApiId": api,
            "IdentityValidationExpression": validation if isinstance(validation, str) else None,
        }
        if authorizer.is_cognito:
            properties |= {"Type": "COGNITO_USER_POOLS", "ProviderARNs": [authorizer.arn]}
        else:
            kind = (authorizer.type or "TOKEN").upper()
            properties |= {"AuthorizerUri": invoke_uri(authorizer.arn), "Type": kind}
        alias = authorizer.function.alias_id if authorizer.function else None
        made = resource("AWS::ApiGateway::Authorizer", properties, depends_on=alias)
        stack.resources[authorizer_id(authorizer)] = made


def _add_deployment(stack: Stack, methods: list[str], api: Any) -> None:
    options = stack.service.setting("apiGateway") or {}
    properties: Json = {
        "RestApiId": api,
        "StageName": options.get("stage") or stack.service.stage,
        "Description": options.get("description"),
    }
    stack.resources[DEPLOYMENT] = resource("AWS::ApiGateway::Deployment", properties, depends_on=methods)
    stack.outputs["ServiceEndpoint"] = {
        "Description": "URL of the service endpoint",
        "Value": endpoint(api, f"/{stack.service.stage}"),
    }


def _add_permissions(stack: Stack, found: list[Endpoint], api: Any) -> None:
    source = arn("execute-api", api, "/*/*")
    for one in found:
        made = permission(one.function, "apigateway.amazonaws.com", source_arn=source)
        stack.resources[f"{one.function.prefix}LambdaPermissionApiGateway"] = made
        authorizer = one.authorizer
        if authorizer is None or not authorizer.arn or authorizer.is_cognito:
            continue
        logical_id = f"{naming.normal(authorizer.name)}LambdaPermissionApiGateway"
        if logical_id in stack.resources or authorizer.settings.get("managedExternally"):
            continue
        alias = authorizer.function.alias_id if authorizer.function else None
        properties: Json = {
            "FunctionName": ref(alias) if alias else authorizer.arn,
            "Action": "lambda:InvokeFunction",
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": source,
        }
        stack.resources[logical_id] = resource("AWS::Lambda::Permission", properties)


def _add_logs(stack: Stack) -> None:
    """The framework turns access logs on by an API call after the deployment; only their group is in the template."""
    logs = stack.service.setting("logs", "restApi")
    if not logs:
        return
    options: Json = logs if isinstance(logs, dict) else {}
    if options.get("accessLogging") is None or options.get("accessLogging"):
        stack.resources["ApiGatewayLogGroup"] = log_group(stack.service, f"/aws/api-gateway/{stack.service.prefix}")
        add_gateway_account_role(stack, options)
