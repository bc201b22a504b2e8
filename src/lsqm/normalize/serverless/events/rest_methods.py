"""API Gateway methods: authorization, integration, responses and the CORS preflight of each path."""

import re
from typing import Any

from lsqm.normalize.serverless import naming
from lsqm.normalize.serverless.cfn import Json, invoke_uri, join, ref, resource
from lsqm.normalize.serverless.events.rest import Authorizer, Cors, Endpoint, is_required
from lsqm.normalize.serverless.events.rest_templates import FORM_REQUEST, JSON_REQUEST, STATUS_PATTERNS
from lsqm.normalize.serverless.stack import Service

_RESPONDING = {"AWS", "HTTP", "MOCK"}


def method(service: Service, endpoint: Endpoint, *, api: Any, resource_id: Any) -> Json:
    """The `AWS::ApiGateway::Method` of one event."""
    properties: Json = {
        "HttpMethod": endpoint.method.upper(),
        "RequestParameters": {key: is_required(value) for key, value in endpoint.parameters.items()},
        "ResourceId": resource_id,
        "RestApiId": api,
        "OperationName": endpoint.options.get("operationId"),
        "ApiKeyRequired": bool(endpoint.options.get("private")),
        "Integration": _integration(service, endpoint),
        "MethodResponses": _method_responses(endpoint),
    }
    depends = [f"{endpoint.function.prefix}LambdaPermissionApiGateway"]
    if endpoint.function.alias:
        depends.append(endpoint.function.alias[1])
    authorization, more = _authorization(endpoint.authorizer)
    if more:  # the framework merges the two lists item by item
        depends[: len(more)] = more
    return resource("AWS::ApiGateway::Method", properties | authorization, depends_on=depends)


def _authorization(authorizer: Authorizer | None) -> tuple[Json, list[str]]:
    if authorizer is None:
        return {"AuthorizationType": "NONE"}, []
    if authorizer.type == "AWS_IAM":
        return {"AuthorizationType": "AWS_IAM"}, []
    scopes = {"AuthorizationScopes": authorizer.settings["scopes"]} if authorizer.settings.get("scopes") else {}
    if authorizer.type and authorizer.external_id:
        kind = "CUSTOM" if authorizer.type.upper() in {"TOKEN", "REQUEST"} else authorizer.type
        chosen = scopes if authorizer.is_cognito else {}
        return {"AuthorizationType": kind, "AuthorizerId": authorizer.external_id} | chosen, []
    logical_id = authorizer_id(authorizer)
    kind = "COGNITO_USER_POOLS" if authorizer.is_cognito else "CUSTOM"
    chosen = scopes if authorizer.is_cognito else {}
    return {"AuthorizationType": kind, "AuthorizerId": ref(logical_id)} | chosen, [logical_id]


def authorizer_id(authorizer: Authorizer) -> str:
    return f"{naming.normal(authorizer.name)}ApiGatewayAuthorizer"


def _integration(service: Service, endpoint: Endpoint) -> Json:
    options, kind = endpoint.options, endpoint.integration
    timeout = options.get("timeoutInMillis") or service.setting("apiGateway", "timeoutInMillis")
    made: Json = {"IntegrationHttpMethod": "POST", "Type": kind, "TimeoutInMillis": timeout}
    if kind in {"AWS", "AWS_PROXY"}:
        made["Uri"] = _uri(endpoint)
    elif kind in {"HTTP", "HTTP_PROXY"}:
        made["Uri"] = endpoint.request.get("uri")
        given: Json = options["request"] if isinstance(options.get("request"), dict) else {}
        verb = given.get("method") if kind == "HTTP" else None
        made["IntegrationHttpMethod"] = str(verb or endpoint.method).upper()
        if options.get("connectionType"):
            made["ConnectionType"] = str(options["connectionType"]).upper().replace("-", "_")
            made["ConnectionId"] = options.get("connectionId")
    if kind in _RESPONDING:
        default = "NEVER" if kind == "AWS" else None
        made["PassthroughBehavior"] = endpoint.request.get("passThrough") or default
        made["ContentHandling"] = endpoint.request.get("contentHandling")
        made["RequestTemplates"] = _request_templates(endpoint)
        made["IntegrationResponses"] = _integration_responses(endpoint)
    if (kind in {"AWS", "HTTP", "HTTP_PROXY"} and endpoint.parameters) or options.get("async"):
        made["RequestParameters"] = _mapped_parameters(endpoint)
    if kind in {"AWS_PROXY", "HTTP_PROXY"} and endpoint.response.get("transferMode"):
        made["ResponseTransferMode"] = str(endpoint.response["transferMode"]).upper()
    return made


def _uri(endpoint: Endpoint) -> Json:
    streams = str(endpoint.response.get("transferMode", "")).upper() == "STREAM" and endpoint.integration == "AWS_PROXY"
    version, call = ("2021-11-15", "/response-streaming-invocations") if streams else ("2015-03-31", "/invocations")
    whole = invoke_uri({"Fn::GetAtt": [endpoint.function.id, "Arn"]}, version=version, call=call)
    if endpoint.function.alias:
        parts = whole["Fn::Join"][1]
        return join(*parts[:-1], ":", endpoint.function.alias[0], parts[-1])
    return whole


def _request_templates(endpoint: Endpoint) -> Json | None:
    templates: Json = {}
    if endpoint.integration == "AWS":
        templates = {"application/json": JSON_REQUEST, "application/x-www-form-urlencoded": FORM_REQUEST}
        claims = "".join(_claim(claim) + "," for claim in _claims(endpoint))
        templates = {kind: text.replace("CLAIMS", claims) for kind, text in templates.items()}
    own = endpoint.request.get("template")
    for kind, text in own.items() if isinstance(own, dict) else ():
        if text is None:
            templates.pop(kind, None)
        else:
            templates[kind] = text
    return templates or None


def _claims(endpoint: Endpoint) -> list[str]:
    return [str(claim) for claim in endpoint.authorizer.settings.get("claims") or []] if endpoint.authorizer else []


def _claim(claim: str) -> str:
    if ":" in claim:
        return f'"{claim.split(":", 1)[1]}": "$context.authorizer.claims[\'{claim}\']"'
    return f'"{claim}": "$context.authorizer.claims.{claim}"'


def _mapped_parameters(endpoint: Endpoint) -> Json:
    mapped: Json = {}
    for key, value in endpoint.parameters.items():
        source = value.get("mappedValue") if isinstance(value, dict) else None
        mapped[f"integration.{key.removeprefix('method.')}"] = source or key
    if endpoint.options.get("async"):
        mapped["integration.request.header.X-Amz-Invocation-Type"] = "'Event'"
    return mapped


def _response(endpoint: Endpoint) -> tuple[Json, Json]:
    """Response settings and the status codes they answer with; both empty when there is nothing to say."""
    response = endpoint.response
    if endpoint.integration == "MOCK":
        codes = response.get("statusCodes")
        return response, codes if isinstance(codes, dict) else {}
    if not response and endpoint.integration != "AWS":
        return {}, {}
    codes = response.get("statusCodes")
    if not isinstance(codes, dict):
        return response, {code: {"pattern": pattern} for code, pattern in STATUS_PATTERNS.items()}
    if not any(isinstance(code, dict) and code.get("pattern") == "" for code in codes.values()):
        codes = {"200": {"pattern": ""}} | {key: value for key, value in codes.items() if key != "200"}
    return response, codes


def _response_headers(endpoint: Endpoint, response: Json, *, quoted: bool) -> Json:
    headers: Json = {}
    if (cors := endpoint.cors) is not None:
        headers["Access-Control-Allow-Origin"] = f"'{','.join(cors.origins) if cors.origins else cors.origin}'"
        if cors.credentials:
            headers["Access-Control-Allow-Credentials"] = "true"
    headers |= response.get("headers") or {}
    return headers if quoted else dict.fromkeys(headers, True)


def _integration_responses(endpoint: Endpoint) -> list[Json]:
    response, codes = _response(endpoint)
    made: list[Json] = []
    for code, settings in codes.items():
        options: Json = settings if isinstance(settings, dict) else {}
        headers = _response_headers(endpoint, response, quoted=True) | (options.get("headers") or {})
        templates: Json = {"application/json": response["template"]} if response.get("template") else {}
        if own := options.get("template"):
            templates |= {"application/json": own} if isinstance(own, str) else own
        made.append(
            {
                "StatusCode": str(code),
                "SelectionPattern": options.get("pattern") or "",
                "ResponseParameters": {f"method.response.header.{key}": value for key, value in headers.items()},
                "ResponseTemplates": templates,
                "ContentHandling": response.get("contentHandling") if str(code).startswith("2") else None,
            }
        )
    return made


def _method_responses(endpoint: Endpoint) -> list[Json]:
    if endpoint.integration not in _RESPONDING:
        return []
    response, codes = _response(endpoint)
    made: list[Json] = []
    for code, settings in codes.items():
        own = settings.get("headers") if isinstance(settings, dict) else None
        headers = _response_headers(endpoint, response, quoted=False) | dict.fromkeys(own or {}, True)
        parameters = {f"method.response.header.{key}": value for key, value in headers.items()}
        made.append({"ResponseParameters": parameters, "ResponseModels": {}, "StatusCode": str(code)})
    return made


def preflight(cors: Cors, *, api: Any, resource_id: Any) -> Json:
    """The OPTIONS method that answers a browser's preflight request."""
    origins = cors.allowed_origins
    verbs = ",".join(cors.methods)
    if "ANY" in cors.methods:
        verbs = verbs.replace("ANY", "DELETE,GET,HEAD,PATCH,POST,PUT", 1)
    headers = {
        "Access-Control-Allow-Origin": f"'{origins[0] if origins else cors.origin}'",
        "Access-Control-Allow-Headers": f"'{','.join(cors.headers)}'",
        "Access-Control-Allow-Methods": f"'{verbs}'",
    }
    if cors.credentials:
        headers["Access-Control-Allow-Credentials"] = "'true'"
    if cors.max_age:
        headers["Access-Control-Max-Age"] = f"'{cors.max_age}'"
    if cors.cache_control:
        headers["Cache-Control"] = f"'{cors.cache_control}'"
    named = {f"method.response.header.{key}": value for key, value in headers.items()}
    answer: Json = {
        "StatusCode": "200",
        "ResponseParameters": named,
        "ResponseTemplates": {"application/json": _origin_template(origins) if origins else ""},
    }
    properties: Json = {
        "AuthorizationType": "NONE",
        "HttpMethod": "OPTIONS",
        "MethodResponses": [
            {"StatusCode": "200", "ResponseParameters": dict.fromkeys(named, True), "ResponseModels": {}}
        ],
        "RequestParameters": {},
        "Integration": {
            "Type": "MOCK",
            "RequestTemplates": {"application/json": "{statusCode:200}"},
            "ContentHandling": "CONVERT_TO_TEXT",
            "IntegrationResponses": [answer],
        },
        "ResourceId": resource_id,
        "RestApiId": api,
    }
    return resource("AWS::ApiGateway::Method", properties)


def _origin_template(origins: list[str]) -> str:
    """Velocity that repeats the caller's origin when it is among the allowed ones."""
    patterns = [re.sub(r"\*", ".+", origin.replace(".", "[.]"), count=1) for origin in origins]
    test = " || ".join(f'$origin.matches("{pattern}")' for pattern in patterns)
    return (
        '#set($origin = $input.params("Origin"))\n'
        '#if($origin == "") #set($origin = $input.params("origin")) #end\n'
        f"#if({test}) #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin) #end"
    )
