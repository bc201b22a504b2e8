"""`httpApi`: an HTTP API with its stage, routes, integrations, authorizers and permissions."""

import json
import re
from dataclasses import dataclass
from typing import Any

from lsqm.normalize.serverless import naming
from lsqm.normalize.serverless.cfn import Json, arn, endpoint, get_att, invoke_uri, join, permission, ref, resource
from lsqm.normalize.serverless.iam import log_group
from lsqm.normalize.serverless.stack import Event, Function, Stack

_METHODS = ["GET", "POST", "PUT", "PATCH", "OPTIONS", "HEAD", "DELETE"]
_HEADERS = [
    "Content-Type",
    "X-Amz-Date",
    "Authorization",
    "X-Api-Key",
    "X-Amz-Security-Token",
    "X-Amz-User-Agent",
    "X-Amzn-Trace-Id",
]
_SHORT = re.compile(rf"(?:\*|(ANY|{'|'.join(_METHODS)}|\*) (/\S*))", re.IGNORECASE)
_LOG_FIELDS = {
    "requestId": "$context.requestId",
    "ip": "$context.identity.sourceIp",
    "requestTime": "$context.requestTime",
    "httpMethod": "$context.httpMethod",
    "routeKey": "$context.routeKey",
    "status": "$context.status",
    "protocol": "$context.protocol",
    "responseLength": "$context.responseLength",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Route:
    key: str
    """`GET /path`, or `*`."""
    verb: str
    function: Function
    authorizer: Any


def add(stack: Stack) -> None:
    routes = [route for event in stack.events("httpApi") if (route := _route(stack, event)) is not None]
    if not routes:
        return
    options = stack.service.setting("httpApi") or {}
    api = options.get("id") or ref(naming.HTTP_API)
    if not options.get("id"):
        _add_api(stack, options, routes)
    for key, settings in (options.get("authorizers") or {}).items():
        _add_authorizer(stack, key, settings, api)
    source = arn("execute-api", api, "/*")
    for route in routes:
        function = route.function
        integration = f"HttpApiIntegration{function.prefix}"
        granted = permission(function, "apigateway.amazonaws.com", source_arn=source)
        stack.resources[f"{function.prefix}LambdaPermissionHttpApi"] = granted
        stack.resources[integration] = _integration(function, options, api)
        properties: Json = {
            "ApiId": api,
            "RouteKey": "$default" if route.key == "*" else route.key,
            "Target": join("integrations", ref(integration), by="/"),
        }
        properties |= _authorization(stack, route, options)
        logical_id = "HttpApiRouteDefault" if route.key == "*" else f"HttpApiRoute{naming.path(route.key)}"
        stack.resources[logical_id] = resource("AWS::ApiGatewayV2::Route", properties, depends_on=integration)


def _route(stack: Stack, event: Event) -> _Route | None:
    options = event.options
    verb, path = options.get("method"), options.get("path")
    if not options:
        match = _SHORT.fullmatch(str(event.value))
        verb, path = (match[1], match[2] or "*") if match else (None, None)
    if path == "*":
        return _Route(key="*", verb="ANY", function=event.function, authorizer=options.get("authorizer"))
    if not isinstance(path, str) or not isinstance(verb, str):
        message = f"the httpApi event of {event.function.key} has no method and path"
        stack.report.warn("malformed-event", message, at=event.at, effect="left out")
        return None
    verb = "ANY" if verb == "*" else verb.upper()
    return _Route(key=f"{verb} {path}", verb=verb, function=event.function, authorizer=options.get("authorizer"))


def _add_api(stack: Stack, options: Json, routes: list[_Route]) -> None:
    service = stack.service
    by_service = options.get("shouldStartNameWithService")
    name = service.prefix if by_service else f"{service.stage}-{service.name}"
    properties: Json = {
        "Name": str(options.get("name") or name),
        "Description": options.get("description"),
        "ProtocolType": "HTTP",
        "DisableExecuteApiEndpoint": options.get("disableDefaultEndpoint"),
        "Tags": service.provider.get("tags"),
    }
    if cors := options.get("cors"):
        properties["CorsConfiguration"] = _cors(cors if isinstance(cors, dict) else {}, routes)
    stack.resources[naming.HTTP_API] = resource("AWS::ApiGatewayV2::Api", properties)
    stage: Json = {
        "ApiId": ref(naming.HTTP_API),
        "StageName": "$default",
        "AutoDeploy": True,
        "DefaultRouteSettings": {"DetailedMetricsEnabled": options.get("metrics") or False},
        "Tags": service.provider.get("tags"),
    }
    made = resource("AWS::ApiGatewayV2::Stage", stage)
    if logs := service.setting("logs", "httpApi"):
        form = logs.get("format") if isinstance(logs, dict) else None
        stack.resources["HttpApiLogGroup"] = log_group(service, f"/aws/http-api/{service.stack_name}")
        stage["AccessLogSettings"] = {
            "DestinationArn": get_att("HttpApiLogGroup"),
            "Format": form or json.dumps(_LOG_FIELDS, separators=(",", ":")),
        }
        made["DependsOn"] = "HttpApiLogGroup"
    stack.resources["HttpApiStage"] = made
    stack.outputs["HttpApiId"] = {"Description": "Id of the HTTP API", "Value": ref(naming.HTTP_API)}
    stack.outputs["HttpApiUrl"] = {"Description": "URL of the HTTP API", "Value": endpoint(ref(naming.HTTP_API))}


def _cors(own: Json, routes: list[_Route]) -> Json:
    methods = _unique(own["allowedMethods"]) if own.get("allowedMethods") else ["OPTIONS"]
    if not own.get("allowedMethods"):
        for route in routes:
            methods = _unique([*methods, *(_METHODS if route.verb == "ANY" else [route.verb])])
    exposed = own.get("exposedResponseHeaders")
    return {
        "AllowCredentials": True if own.get("allowCredentials") else None,
        "AllowHeaders": _unique(own.get("allowedHeaders") or _HEADERS),
        "AllowMethods": methods,
        "AllowOrigins": _unique(own.get("allowedOrigins") or ["*"]),
        "ExposeHeaders": _unique(exposed) if exposed else None,
        "MaxAge": own.get("maxAge"),
    }


def _add_authorizer(stack: Stack, key: str, settings: Json, api: Any) -> None:
    name = str(settings.get("name") or key)
    source = settings.get("identitySource") or []
    properties: Json = {
        "ApiId": api,
        "Name": name,
        "IdentitySource": source if isinstance(source, list) else [source],
    }
    function = stack.service.functions.get(str(settings.get("functionName")))
    alias = function.alias_id if function else None
    if settings.get("type") == "request":
        target = settings.get("functionArn") or (function.target if function else None)
        properties |= {
            "AuthorizerType": "REQUEST",
            "EnableSimpleResponses": settings.get("enableSimpleResponses"),
            "AuthorizerResultTtlInSeconds": settings.get("resultTtlInSeconds"),
            "AuthorizerPayloadFormatVersion": settings.get("payloadVersion") or "2.0",
            "AuthorizerUri": invoke_uri(target),
        }
        if not settings.get("managedExternally"):
            grant: Json = {
                "FunctionName": target,
                "Action": "lambda:InvokeFunction",
                "Principal": "apigateway.amazonaws.com",
                "SourceArn": arn("execute-api", api, "/*"),
            }
            made = resource("AWS::Lambda::Permission", grant, depends_on=alias)
            stack.resources[f"{naming.normal(name)}LambdaAuthorizerPermissionHttpApi"] = made
    else:
        alias = None
        properties |= {
            "AuthorizerType": "JWT",
            "JwtConfiguration": {
                "Audience": _unique(settings.get("audience")),
                "Issuer": settings.get("issuerUrl"),
            },
        }
    made = resource("AWS::ApiGatewayV2::Authorizer", properties, depends_on=alias)
    stack.resources[f"HttpApiAuthorizer{naming.normal(name)}"] = made


def _authorization(stack: Stack, route: _Route, options: Json) -> Json:
    if not route.authorizer:
        return {}
    own: Json = route.authorizer if isinstance(route.authorizer, dict) else {"name": route.authorizer}
    if own.get("type") == "aws_iam":
        return {"AuthorizationType": "AWS_IAM"}
    defined = (options.get("authorizers") or {}).get(own.get("name")) or {}
    kind = own.get("type") if own.get("id") else defined.get("type")
    if not own.get("id") and not defined:
        message = f"route {route.key} names the authorizer {own.get('name')!r}, which provider.httpApi does not define"
        stack.report.warn("unknown-authorizer", message, at=("functions", route.function.key), effect="left out")
        return {}
    scopes = own.get("scopes")
    name = str(defined.get("name") or own.get("name"))
    return {
        "AuthorizationType": "CUSTOM" if kind == "request" else "JWT",
        "AuthorizerId": own.get("id") or ref(f"HttpApiAuthorizer{naming.normal(name)}"),
        "AuthorizationScopes": _unique(scopes) if scopes else None,
    }


def _integration(function: Function, options: Json, api: Any) -> Json:
    own = function.config.get("httpApi")
    payload = own.get("payload") if isinstance(own, dict) else None
    properties: Json = {
        "ApiId": api,
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": function.target,
        "PayloadFormatVersion": str(payload or options.get("payload") or "2.0"),
        "TimeoutInMillis": 30000,
    }
    return resource("AWS::ApiGatewayV2::Integration", properties, depends_on=function.alias_id)


def _unique(value: Any) -> list[Any]:
    return list(dict.fromkeys(value if isinstance(value, list) else [value]))
