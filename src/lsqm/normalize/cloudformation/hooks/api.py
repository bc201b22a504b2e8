"""API Gateway, both generations, AppSync, Cognito."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lsqm.model.terraform import EXPRESSIONS, Raw, Reference, Value
from lsqm.normalize.cloudformation.context import Context
from lsqm.normalize.cloudformation.hooks.values import as_list
from lsqm.normalize.cloudformation.ir import Body
from lsqm.normalize.cloudformation.parameters import text
from lsqm.normalize.cloudformation.tables import Table

_INTEGRATION = Table(
    type="aws_api_gateway_integration",
    rename={
        "Integration.IntegrationHttpMethod": "integration_http_method",
        "Integration.TimeoutInMillis": "timeout_milliseconds",
        "Integration.PassthroughBehavior": "passthrough_behavior",
        "Integration.IntegrationResponses": "",
    },
    drop={"Integration.IntegrationResponses": ""},
)


def api_method(r: Context) -> None:
    """Integration and responses are resources of their own."""
    integration = r.take("Integration")
    responses = as_list(r.take("MethodResponses"))
    keys: dict[str, Value] = {
        "rest_api_id": r.properties.get("RestApiId"),
        "resource_id": r.properties.get("ResourceId"),
        "http_method": r.own("http_method"),
    }
    made_responses = []
    for position, response in enumerate(item for item in responses if isinstance(item, Mapping)):
        suffix = f"_{text(response.get('StatusCode', position + 1))}"
        made = r.another("aws_api_gateway_method_response", r.item.logical_id + suffix)
        made.body.attributes |= keys
        r.fill(made, response, prefix="MethodResponses")
        made_responses.append(made)
    if not isinstance(integration, Mapping):
        return
    made = r.another("aws_api_gateway_integration")
    made.body.attributes |= keys
    answers = as_list(integration.get("IntegrationResponses"))
    rest = {key: value for key, value in integration.items() if key != "IntegrationResponses"}
    r.fill(made, rest, prefix="Integration", rules=_INTEGRATION)
    made.body.attributes.setdefault("type", "MOCK")
    for position, answer in enumerate(item for item in answers if isinstance(item, Mapping)):
        code = text(answer.get("StatusCode", position + 1))
        answer_made = r.another("aws_api_gateway_integration_response", f"{r.item.logical_id}_{code}")
        answer_made.body.attributes |= keys
        r.fill(answer_made, answer, prefix="Integration.IntegrationResponses")
        before = [made.address] + [
            other.address for other in made_responses if other.body.attributes.get("status_code") == code
        ]
        answer_made.body.attributes["depends_on"] = [Raw(address, (address,)) for address in before]


def api_deployment(r: Context) -> None:
    """The stage that CloudFormation makes with a deployment is a resource; the deployment waits for all methods."""
    description = r.take("StageDescription")
    stage = r.take("StageName")
    r.body.add("lifecycle", create_before_destroy=True)
    if stage is not None:
        made = r.another("aws_api_gateway_stage", f"{r.made.name}_stage")
        made.body.attributes |= {
            "rest_api_id": r.properties.get("RestApiId"),
            "deployment_id": r.own("id"),
            "stage_name": stage,
        }
        if isinstance(description, Mapping):
            table = Table(
                type="aws_api_gateway_stage", rename={"StageDescription.TracingEnabled": "xray_tracing_enabled"}
            )
            rest = {name for name, _ in _SETTINGS} | {"MethodSettings"}
            settings = {k: v for k, v in description.items() if k not in rest}
            r.fill(made, settings, prefix="StageDescription", rules=table)
            _settings(r, description, made.address, stage)
    r.compiler.after_methods(r.made, r.properties.get("RestApiId"))


def api_stage(r: Context) -> None:
    """Method settings are resources of their own."""
    settings = as_list(r.take("MethodSettings"))
    for position, entry in enumerate(item for item in settings if isinstance(item, Mapping)):
        suffix = f"_{position + 1}" if len(settings) > 1 else ""
        made = r.another("aws_api_gateway_method_settings", r.item.logical_id + suffix)
        _method_settings(made.body, entry, r.properties.get("RestApiId"), r.own("stage_name"))


_SETTINGS = (
    ("CacheDataEncrypted", "cache_data_encrypted"),
    ("CacheTtlInSeconds", "cache_ttl_in_seconds"),
    ("CachingEnabled", "caching_enabled"),
    ("DataTraceEnabled", "data_trace_enabled"),
    ("LoggingLevel", "logging_level"),
    ("MetricsEnabled", "metrics_enabled"),
    ("ThrottlingBurstLimit", "throttling_burst_limit"),
    ("ThrottlingRateLimit", "throttling_rate_limit"),
)


def _method_settings(body: Body, entry: Mapping[str, Any], api: Value, stage: Value) -> None:
    path = entry.get("ResourcePath", "/*")
    method = entry.get("HttpMethod", "*")
    full = f"{path.lstrip('/') or '*'}/{method}" if isinstance(path, str) and isinstance(method, str) else "*/*"
    if path in {"/", "/*"}:
        full = f"*/{method}" if isinstance(method, str) else "*/*"
    body.attributes |= {"rest_api_id": api, "stage_name": stage, "method_path": full}
    settings = body.first("settings")
    for key, name in _SETTINGS:
        if key in entry:
            value = entry[key]
            lowered = text(value).lower() if not isinstance(value, EXPRESSIONS) else ""
            settings.attributes[name] = lowered == "true" if lowered in {"true", "false"} else value


def _settings(r: Context, description: Mapping[str, Any], address: str, stage: Value) -> None:
    entries = as_list(description.get("MethodSettings"))
    plain = {key: description[key] for key, _ in _SETTINGS if key in description}
    if plain:
        entries = [plain, *entries]
    for position, entry in enumerate(item for item in entries if isinstance(item, Mapping)):
        made = r.another("aws_api_gateway_method_settings", f"{r.item.logical_id}_{position + 1}")
        _method_settings(made.body, entry, r.properties.get("RestApiId"), Reference(address, ".stage_name"))
    _ = stage


def usage_plan(r: Context) -> None:
    """Throttles of a stage are blocks that name their path."""
    if "ApiStages" in r.properties:
        r.properties["ApiStages"] = [_api_stage(item) for item in as_list(r.properties["ApiStages"])]


def _api_stage(stage: Any) -> Any:
    throttle = stage.get("Throttle") if isinstance(stage, Mapping) else None
    if not isinstance(throttle, Mapping):
        return stage
    entries = [{"Path": path, **limits} for path, limits in throttle.items() if isinstance(limits, Mapping)]
    return {**stage, "Throttle": entries}


def http_deployment(r: Context) -> None:
    """It waits for all routes."""
    r.compiler.after_methods(r.made, r.properties.get("ApiId"))


def http_stage(r: Context) -> None:
    """Route settings are one block for each route, which must be there."""
    settings = r.take("RouteSettings")
    if isinstance(settings, Mapping) and settings:
        r.compiler.after_methods(r.made, r.properties.get("ApiId"))
        table = Table(type="aws_apigatewayv2_stage")
        for route, values in settings.items():
            if isinstance(values, Mapping):
                entry = {"RouteKey": route, **values}
                r.fill(r.made, {"RouteSettings": [entry]}, rules=table)


def http_route(r: Context) -> None:
    """Authorization scopes come as a list or as one text."""
    if "AuthorizationScopes" in r.properties:
        r.properties["AuthorizationScopes"] = as_list(r.properties["AuthorizationScopes"])
    parameters = r.properties.pop("RequestParameters", None)
    if isinstance(parameters, Mapping):
        for name, value in parameters.items():
            required = value.get("Required", False) if isinstance(value, Mapping) else value
            r.body.add("request_parameter", request_parameter_key=name, required=text(required).lower() == "true")


def graphql_schema(r: Context) -> None:
    """The provider takes the schema with the API."""
    r.take("ApiId")
    definition = r.take("Definition")
    place = r.take("DefinitionS3Location")
    if definition is None:
        shown = place if isinstance(place, str) else "S3"
        definition = "type Query {\n  ok: Boolean\n}\n\nschema {\n  query: Query\n}\n"
        r.compiler.diagnostics.stand_in(
            r.path, f"The schema of {r.item.logical_id} ({shown}) is not at hand; a smallest one stands in."
        )
    r.compiler.fold(r.item, {"schema": definition})


_APPSYNC_JS = """export function request(ctx) {
  return {};
}

export function response(ctx) {
  return ctx.result;
}
"""
_APPSYNC_VTL = "$util.toJson($ctx.result)\n"
_APPSYNC_FILES = (
    ("RequestMappingTemplateS3Location", "request_template", "request_mapping_template", "{}\n"),
    (
        "ResponseMappingTemplateS3Location",
        "response_template",
        "response_mapping_template",
        "$util.toJson($ctx.result)\n",
    ),
    ("CodeS3Location", "code", "code", _APPSYNC_JS),
)


def appsync_templates(r: Context) -> None:
    """Templates that lie in files are carried in the folder, or their stand-ins."""
    for key, of_resolver, of_function, stand_in in _APPSYNC_FILES:
        place = r.take(key)
        if place is None:
            continue
        name = of_resolver if r.table.type == "aws_appsync_resolver" else of_function
        local = isinstance(place, str) and not place.startswith("s3://")
        r.body.attributes[name] = r.compiler.carry(place, stand_in) if local else stand_in
        r.compiler.diagnostics.stand_in(
            (*r.path, key), f"{key} of {r.item.logical_id} is not part of the template; a smallest one stands in."
        )


def appsync_key(r: Context) -> None:
    """Expiry is a time, not a number."""
    expires = r.take("Expires")
    r.drop("ApiKeyId", "the service makes it")
    if isinstance(expires, str) and expires.isdigit():
        expires = int(expires)
    if isinstance(expires, (int, float)):
        r.body.attributes["expires"] = datetime.fromtimestamp(expires, UTC).strftime("%Y-%m-%dT%H:00:00Z")


def user_pool(r: Context) -> None:
    """MFA methods and the SMS role."""
    enabled = [text(item) for item in as_list(r.take("EnabledMfas")) if isinstance(item, str)]
    if "SOFTWARE_TOKEN_MFA" in enabled:
        r.body.add("software_token_mfa_configuration", enabled=True)
    mfa = r.properties.get("MfaConfiguration")
    if mfa in {"OPTIONAL", "ON"} and not enabled and "SmsConfiguration" not in r.properties:
        r.body.add("software_token_mfa_configuration", enabled=True)
    lambdas = r.properties.get("LambdaConfig")
    if isinstance(lambdas, Mapping):
        r.properties["LambdaConfig"] = {k.replace("KMSKeyID", "KmsKeyId"): v for k, v in lambdas.items()}
    tier = r.properties.get("UserAttributeUpdateSettings")
    if isinstance(tier, Mapping) and not tier:
        r.properties.pop("UserAttributeUpdateSettings")


def identity_pool_roles(r: Context) -> None:
    """Role mappings are blocks that name their provider."""
    mappings = r.take("RoleMappings")
    roles = r.take("Roles")
    r.body.attributes["roles"] = dict(roles) if isinstance(roles, Mapping) else {}
    for key, mapping in mappings.items() if isinstance(mappings, Mapping) else ():
        if not isinstance(mapping, Mapping):
            continue
        body = r.body.add(
            "role_mapping", identity_provider=mapping.get("IdentityProvider", key), type=mapping.get("Type")
        )
        if "AmbiguousRoleResolution" in mapping:
            body.attributes["ambiguous_role_resolution"] = mapping["AmbiguousRoleResolution"]
        rules = mapping.get("RulesConfiguration")
        for rule in as_list(rules.get("Rules")) if isinstance(rules, Mapping) else []:
            if isinstance(rule, Mapping):
                body.add(
                    "mapping_rule",
                    claim=rule.get("Claim"),
                    match_type=rule.get("MatchType"),
                    role_arn=rule.get("RoleARN"),
                    value=rule.get("Value"),
                )


def private_base_path(r: Context) -> None:
    """The domain is given by its ARN, which Terraform takes apart."""
    domain = r.take("DomainNameArn")
    if isinstance(domain, Reference) and domain.path.endswith(".arn"):
        for name in ("domain_name", "domain_name_id"):
            r.body.attributes[name] = Reference(domain.address, domain.path.removesuffix("arn") + name)
    elif isinstance(domain, str) and "/domainnames/" in domain:
        name, _, identifier = domain.rpartition("/domainnames/")[2].partition("+")
        r.body.attributes |= {"domain_name": name} | ({"domain_name_id": identifier} if identifier else {})


HOOKS = {
    "usage_plan": usage_plan,
    "private_base_path": private_base_path,
    "api_method": api_method,
    "api_deployment": api_deployment,
    "api_stage": api_stage,
    "http_deployment": http_deployment,
    "http_stage": http_stage,
    "http_route": http_route,
    "graphql_schema": graphql_schema,
    "appsync_templates": appsync_templates,
    "appsync_key": appsync_key,
    "user_pool": user_pool,
    "identity_pool_roles": identity_pool_roles,
}
