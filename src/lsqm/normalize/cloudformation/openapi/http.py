"""An HTTP API's OpenAPI document as the API's own settings, its integrations, routes and authorizers."""

from collections.abc import Iterator, Mapping
from typing import Any

from lsqm.model.terraform import Template
from lsqm.normalize.cloudformation.names import snake
from lsqm.normalize.cloudformation.openapi.operations import INTEGRATION, PATH_ITEM, VERBS
from lsqm.normalize.cloudformation.openapi.parts import API, Link, Part, Written
from lsqm.normalize.cloudformation.openapi.reading import (
    NotUnderstood,
    argument,
    arguments,
    follow,
    listed,
    mapping,
    said,
    word,
)
from lsqm.normalize.cloudformation.openapi.security import AUTHORIZER, Guard, authorizers, guard

_AWS = "x-amazon-apigateway-"
_TAG = f"{_AWS}tag-value"
_KNOWN = {"openapi", "info", "paths", "security", "tags", "servers", "components", f"{_AWS}cors",
          f"{_AWS}importexport-version"}  # fmt: skip
_COMPONENTS = {"schemas", "securitySchemes", "parameters", "responses", "requestBodies", "headers", "examples"}
_CORS = {"allowOrigins", "allowMethods", "allowHeaders", "exposeHeaders", "maxAge", "allowCredentials"}
_SERVER = {"url", "variables", "description", f"{_AWS}endpoint-configuration"}
_OPERATION = {"summary", "description", "operationId", "tags", "parameters", "requestBody", "responses", "security",
              "deprecated", "isDefaultRoute", INTEGRATION}  # fmt: skip
"""Keys of an operation. HTTP APIs neither check nor map by parameters, bodies and responses: they are documentation."""
_INTEGRATION = {
    "type": "integration_type",
    "integrationSubtype": "integration_subtype",
    "httpMethod": "integration_method",
    "uri": "integration_uri",
    "connectionType": "connection_type",
    "connectionId": "connection_id",
    "credentials": "credentials_arn",
    "description": "description",
    "payloadFormatVersion": "payload_format_version",
    "requestParameters": "request_parameters",
    "timeoutInMillis": "timeout_milliseconds",
}
_TLS = {"serverNameToVerify": "tls_config.server_name_to_verify"}
_AUTHORIZER = {
    "type": "authorizer_type",
    "authorizerUri": "authorizer_uri",
    "authorizerCredentialsArn": "authorizer_credentials_arn",
    "authorizerCredentials": "authorizer_credentials_arn",
    "authorizerPayloadFormatVersion": "authorizer_payload_format_version",
    "authorizerResultTtlInSeconds": "authorizer_result_ttl_in_seconds",
    "enableSimpleResponses": "enable_simple_responses",
    "identitySource": "identity_sources",
}
_JWT = {"issuer": "jwt_configuration.issuer", "audience": "jwt_configuration.audience"}
_DEFAULT = "$default"
_VERSIONS = {"payload_format_version", "authorizer_payload_format_version"}


def http_api(document: Mapping[str, Any]) -> Written:
    """The document as resources.

    Raises:
        NotUnderstood: not all of it has a counterpart.
    """
    mapping(document, "the document", _KNOWN)
    if not (str(document.get("openapi")) + ".").startswith("3.0."):
        raise NotUnderstood("the document's version")
    components = mapping(document.get("components"), "components", _COMPONENTS)
    schemes = mapping(components.get("securitySchemes"), "security schemes")
    written = Written(properties=_properties(document))
    written.parts += [_authorizer(name, given) for name, _, given in authorizers(schemes)]
    taken: set[str] = set()
    for path, item in mapping(document.get("paths"), "paths").items():
        for key, verb in VERBS.items():
            if key in mapping(item, path, PATH_ITEM):
                given = mapping(item[key], f"{verb} {path}", _OPERATION)
                for part in _route(document, schemes, f"{verb} {path}", given, said(item, given)):
                    if part.key in taken:
                        raise NotUnderstood(f"{part.key} twice")
                    taken.add(part.key)
                    written.parts.append(part)
    return written


def _properties(document: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    tags: dict[str, Any] = {}
    for tag in listed(document.get("tags"), "tags"):
        entry = mapping(tag, "tags", ("name", "description", _TAG))
        if _TAG in entry:
            tags[word(entry.get("name"), "tags")] = entry[_TAG]
    if tags:
        found["Tags"] = tags
    cors = mapping(document.get(f"{_AWS}cors"), "CORS", _CORS)
    if cors:
        found["CorsConfiguration"] = {key[0].upper() + key[1:]: value for key, value in cors.items()}
    for server in listed(document.get("servers"), "servers"):
        entry = mapping(server, "servers", _SERVER)
        settings = mapping(entry.get(f"{_AWS}endpoint-configuration"), "servers", ("disableExecuteApiEndpoint",))
        if settings:
            found["DisableExecuteApiEndpoint"] = settings["disableExecuteApiEndpoint"]
    return found


def _authorizer(name: str, given: Mapping[str, Any]) -> Part:
    type_ = "aws_apigatewayv2_authorizer"
    rest = {key: value for key, value in given.items() if key != "jwtConfiguration"}
    made = _versioned(arguments(type_, _AUTHORIZER, rest, name))
    jwt = mapping(given.get("jwtConfiguration"), name, _JWT)
    settings = {key: argument(type_, path, jwt[key], name) for key, path in _JWT.items() if key in jwt}
    kind = made.get("authorizer_type")
    whole = {"JWT": set(settings) == set(_JWT), "REQUEST": "authorizer_uri" in made and not settings}
    if not isinstance(kind, str) or not whole.get(kind):
        raise NotUnderstood(f"{name}: not all that an authorizer needs")
    return Part(
        key=f"authorizer {name}",
        type=type_,
        name=name,
        attributes={"api_id": Link(API), "name": name, **made},
        blocks=(("jwt_configuration", settings),) if settings else (),
    )


def _versioned(made: dict[str, Any]) -> dict[str, Any]:
    """Versions that YAML reads as numbers are text with a point."""
    return {name: f"{value}.0" if name in _VERSIONS and value in ("1", "2") else value for name, value in made.items()}


def _route(
    document: Mapping[str, Any], schemes: Mapping[str, Any], key: str, given: Mapping[str, Any], comment: str
) -> Iterator[Part]:
    verb, path = key.split(" ", 1)
    if given.get("isDefaultRoute") is True or path.strip("/") == _DEFAULT:
        key = _DEFAULT
    elif not path.startswith("/"):
        raise NotUnderstood(f"the path {path}")
    name = "default" if key == _DEFAULT else f"{verb.lower()}_{snake(path) or 'root'}"
    yield _integration(name, key, mapping(follow(given.get(INTEGRATION), document, key), key))
    wanted = given["security"] if "security" in given else document.get("security")
    attributes: dict[str, Any] = {
        "api_id": Link(API),
        "route_key": key,
        "target": Template(("integrations/", Link(f"integration {key}"))),  # type: ignore[arg-type]
        **_authorization(guard(wanted, schemes, key), schemes, key),
    }
    if given.get("operationId") is not None:
        attributes["operation_name"] = word(given["operationId"], key)
    yield Part(key=f"route {key}", type="aws_apigatewayv2_route", name=name, attributes=attributes, comment=comment)


def _authorization(wanted: Guard, schemes: Mapping[str, Any], where: str) -> dict[str, Any]:
    if wanted.key:
        raise NotUnderstood(f"{where}: HTTP APIs have no API keys")
    if wanted.iam:
        return {"authorization_type": "AWS_IAM"}
    if not wanted.authorizer:
        return {}
    jwt = str(schemes[wanted.authorizer][AUTHORIZER].get("type")).upper() == "JWT"
    found: dict[str, Any] = {
        "authorization_type": "JWT" if jwt else "CUSTOM",
        "authorizer_id": Link(f"authorizer {wanted.authorizer}"),
    }
    if wanted.scopes and not jwt:
        raise NotUnderstood(f"{where}: scopes without a JWT")
    return found | ({"authorization_scopes": list(wanted.scopes)} if wanted.scopes else {})


def _integration(name: str, key: str, given: Mapping[str, Any]) -> Part:
    type_ = "aws_apigatewayv2_integration"
    rest = {each: value for each, value in given.items() if each not in {"tlsConfig", "responseParameters"}}
    made = _versioned(arguments(type_, _INTEGRATION, rest, key))
    if made.get("integration_type") not in ("AWS_PROXY", "HTTP_PROXY"):
        raise NotUnderstood(f"{key}: the type of the integration")
    if not made.keys() & {"integration_uri", "integration_subtype"}:
        raise NotUnderstood(f"{key}: where the integration leads")
    blocks: list[tuple[str, dict[str, Any]]] = []
    for code, mappings in mapping(given.get("responseParameters"), key).items():
        changed = argument(type_, "response_parameters.mappings", mappings, key)
        blocks.append(("response_parameters", {"status_code": word(code, key), "mappings": changed}))
    tls = mapping(given.get("tlsConfig"), key, _TLS)
    if tls:
        settings = {each.rpartition(".")[2]: argument(type_, each, tls[word_], key) for word_, each in _TLS.items()}
        blocks.append(("tls_config", settings))
    return Part(
        key=f"integration {key}",
        type=type_,
        name=name,
        attributes={"api_id": Link(API), **made},
        blocks=tuple(blocks),
    )
