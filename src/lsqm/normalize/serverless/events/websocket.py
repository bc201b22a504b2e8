"""`websocket`: a WebSocket API with routes, integrations, authorizers, deployment and stage."""

from typing import Any

from lsqm.normalize.serverless import naming
from lsqm.normalize.serverless.cfn import Json, endpoint, invoke_uri, join, permission, ref, resource, sub
from lsqm.normalize.serverless.custom_resources import add_gateway_account_role
from lsqm.normalize.serverless.iam import log_group
from lsqm.normalize.serverless.stack import Event, Stack

_DEPLOYMENT = "WebsocketsDeployment0"
"""The framework puts a hash of the API in place of the 0."""
_STAGE = "WebsocketsDeploymentStage"
_LOG_FORMAT = (
    "$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "
    '"$context.eventType $context.routeKey $context.connectionId" $context.requestId'
)


def add(stack: Stack) -> None:
    events = list(stack.events("websocket"))
    if not events:
        return
    external = stack.service.setting("apiGateway", "websocketApiId")
    api = external or ref(naming.WEBSOCKETS_API)
    described = stack.service.provider.get("websocketsDescription") or "Serverless Websockets"
    if not external:
        _add_api(stack, described)
    depends: list[str] = []
    for event in events:
        function, route = event.function, str(event.options.get("route", event.value))
        integration = f"{function.prefix}WebsocketsIntegration"
        stack.resources[integration] = resource(
            "AWS::ApiGatewayV2::Integration",
            {"ApiId": api, "IntegrationType": "AWS_PROXY", "IntegrationUri": invoke_uri(function.target)},
            depends_on=function.alias_id,
        )
        granted = permission(function, "apigateway.amazonaws.com")
        granted["DependsOn"] = [*([] if external else [naming.WEBSOCKETS_API]), function.alias_id or function.id]
        stack.resources[f"{function.prefix}LambdaPermissionWebsockets"] = granted
        route_id = f"{naming.route_key(route)}WebsocketsRoute"
        properties: Json = {
            "ApiId": api,
            "RouteKey": route,
            "AuthorizationType": "NONE",
            "Target": join("integrations", ref(integration), by="/"),
        }
        if expression := event.options.get("routeResponseSelectionExpression"):
            properties["RouteResponseSelectionExpression"] = expression
            answer: Json = {"ApiId": api, "RouteId": ref(route_id), "RouteResponseKey": "$default"}
            stack.resources[f"{route_id}Response"] = resource("AWS::ApiGatewayV2::RouteResponse", answer)
            depends.append(f"{route_id}Response")
        if event.options.get("authorizer"):
            authorizer_id = _add_authorizer(stack, event, api, external=bool(external))
            properties |= {"AuthorizationType": "CUSTOM", "AuthorizerId": ref(authorizer_id)}
        stack.resources[route_id] = resource("AWS::ApiGatewayV2::Route", properties)
        depends.append(route_id)
    if not external:
        _add_stage(stack, api, described)
    deployment: Json = {"ApiId": api, "Description": described}
    if external:
        deployment["StageName"] = stack.service.stage
    stack.resources[_DEPLOYMENT] = resource("AWS::ApiGatewayV2::Deployment", deployment, depends_on=depends)
    url = endpoint(api, f"/{stack.service.stage}", scheme="wss")
    stack.outputs["ServiceEndpointWebsocket"] = {"Description": "URL of the service endpoint", "Value": url}


def _add_api(stack: Stack, described: Any) -> None:
    service = stack.service
    name = service.provider.get("websocketsApiName")
    properties: Json = {
        "Name": name if isinstance(name, str) and name else f"{service.stage}-{service.name}-websockets",
        "RouteSelectionExpression": service.provider.get("websocketsApiRouteSelectionExpression")
        or "$request.body.action",
        "Description": described,
        "ProtocolType": "WEBSOCKET",
    }
    if service.provider.get("tags") and service.setting("websocket", "useProviderTags"):
        properties["Tags"] = service.provider["tags"]
    stack.resources[naming.WEBSOCKETS_API] = resource("AWS::ApiGatewayV2::Api", properties)
    connections = sub("arn:${AWS::Partition}:execute-api:*:*:*/@connections/*")
    stack.allow({"Effect": "Allow", "Action": ["execute-api:ManageConnections"], "Resource": [connections]})


def _add_authorizer(stack: Stack, event: Event, api: Any, *, external: bool) -> str:
    given = event.options["authorizer"]
    options: Json = given if isinstance(given, dict) else {"arn" if ":" in str(given) else "name": given}
    arn = options.get("arn")
    name = str(options.get("name") or (arn.rsplit(":", maxsplit=1)[-1] if isinstance(arn, str) else "authorizer"))
    if isinstance(arn, str):
        name = arn.rsplit(":", maxsplit=1)[-1]
    function = None if arn else stack.service.functions.get(name)
    target = arn or (function.target if function else {"Fn::GetAtt": [f"{naming.normal(name)}LambdaFunction", "Arn"]})
    logical_id = f"{naming.normal(name)}WebsocketsAuthorizer"
    properties: Json = {
        "ApiId": api,
        "Name": name,
        "AuthorizerType": "REQUEST",
        "AuthorizerUri": invoke_uri(target),
        "IdentitySource": options.get("identitySource") or ["route.request.header.Auth"],
    }
    alias = function.alias_id if function else None
    stack.resources[logical_id] = resource("AWS::ApiGatewayV2::Authorizer", properties, depends_on=alias)
    depends = [] if external else [naming.WEBSOCKETS_API]
    if function:
        depends += [function.id, *([alias] if alias else [])]
    grant: Json = {
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "FunctionName": target,
    }
    made = resource("AWS::Lambda::Permission", grant, depends_on=depends)
    stack.resources[f"{naming.normal(name)}LambdaPermissionWebsockets"] = made
    return logical_id


def _add_stage(stack: Stack, api: Any, described: Any) -> None:
    service = stack.service
    properties: Json = {"ApiId": api, "StageName": service.stage, "Description": described}
    logs = service.setting("logs", "websocket")
    if logs:
        options: Json = logs if isinstance(logs, dict) else {}
        level = options.get("level") or "INFO"
        properties["DefaultRouteSettings"] = {
            "DataTraceEnabled": options.get("fullExecutionData", True),
            "LoggingLevel": level if options.get("executionLogging", True) else "OFF",
        }
        if options.get("accessLogging", True):
            group = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${WebsocketsLogGroup}"
            properties["AccessLogSettings"] = {
                "DestinationArn": sub(group),
                "Format": options.get("format") or _LOG_FORMAT,
            }
        stack.resources["WebsocketsLogGroup"] = log_group(service, f"/aws/websocket/{service.prefix}")
        add_gateway_account_role(stack, options)
    properties["DeploymentId"] = ref(_DEPLOYMENT)
    stack.resources[_STAGE] = resource("AWS::ApiGatewayV2::Stage", properties)
