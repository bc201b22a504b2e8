"""A REST API's OpenAPI document as the API's own settings and its parts."""

import re
from collections.abc import Mapping
from typing import Any

from lsqm.normalize.cloudformation.names import snake
from lsqm.normalize.cloudformation.openapi.models import Models
from lsqm.normalize.cloudformation.openapi.operations import Operations
from lsqm.normalize.cloudformation.openapi.parts import API, Link, Part, Written
from lsqm.normalize.cloudformation.openapi.reading import NotUnderstood, arguments, listed, mapping, said, word
from lsqm.normalize.cloudformation.openapi.security import authorizers, header

_AWS = "x-amazon-apigateway-"
_SETTINGS = {
    f"{_AWS}binary-media-types": "BinaryMediaTypes",
    f"{_AWS}api-key-source": "ApiKeySourceType",
    f"{_AWS}minimum-compression-size": "MinimumCompressionSize",
    f"{_AWS}policy": "Policy",
}
"""Key of the document → property of the API."""
_COMMON = {*_SETTINGS, "info", "paths", "security", "tags", f"{_AWS}importexport-version",
           f"{_AWS}gateway-responses", f"{_AWS}request-validators", f"{_AWS}request-validator"}  # fmt: skip
_KNOWN = {
    "swagger": {*_COMMON, "swagger", "host", "basePath", "schemes", "consumes", "produces", "definitions",
                "securityDefinitions", "parameters", "responses"},
    "openapi": {*_COMMON, "openapi", "servers", "components"},
}  # fmt: skip
_COMPONENTS = {"schemas", "securitySchemes", "parameters", "responses", "requestBodies", "headers"}
_SERVER = {"url", "variables", "description", f"{_AWS}endpoint-configuration"}
_GATEWAY_RESPONSE = {
    "statusCode": "status_code",
    "responseParameters": "response_parameters",
    "responseTemplates": "response_templates",
}
_VALIDATOR = {
    "validateRequestBody": "validate_request_body",
    "validateRequestParameters": "validate_request_parameters",
}
_AUTHORIZER = {
    "type": "type",
    "authorizerUri": "authorizer_uri",
    "authorizerCredentials": "authorizer_credentials",
    "identitySource": "identity_source",
    "identityValidationExpression": "identity_validation_expression",
    "providerARNs": "provider_arns",
    "authorizerResultTtlInSeconds": "authorizer_result_ttl_in_seconds",
}
"""Key of the document → argument."""
_SEGMENT = re.compile(r"[\w.:~-]+|\{[\w.-]+\+?\}")


def rest_api(document: Mapping[str, Any]) -> Written:
    """The document as resources.

    Raises:
        NotUnderstood: not all of it has a counterpart.
    """
    mapping(document, "the document", _KNOWN[dialect(document)])
    components = mapping(document.get("components"), "components", _COMPONENTS)
    written = Written(properties=_properties(document))
    schemes = mapping(components.get("securitySchemes", document.get("securityDefinitions")), "security schemes")
    models = Models(mapping(components.get("schemas", document.get("definitions")), "schemas"))
    written.parts += [_authorizer(*each) for each in authorizers(schemes)]
    written.parts += _validators(document)
    written.parts += _gateway_responses(document)
    paths = mapping(document.get("paths"), "paths")
    resources = _resources(paths)
    operations = Operations(document, schemes, models)
    methods = [part for path, item in paths.items() for part in operations.of(path, item, resources[path])]
    written.parts += [*models.parts, *(part for part in resources.values() if part is not None)]
    written.parts += methods
    return written


def dialect(document: Mapping[str, Any]) -> str:
    """`swagger` or `openapi`. Raises NotUnderstood."""
    for key, version in (("swagger", "2"), ("openapi", "3.0")):
        if key in document and (str(document[key]) + ".").startswith(version + "."):
            return key
    raise NotUnderstood("the document's version")


def _properties(document: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: document[key] for key, name in _SETTINGS.items() if document.get(key) is not None}
    endpoints: list[Any] = []
    for server in listed(document.get("servers"), "servers"):
        settings = mapping(mapping(server, "servers", _SERVER).get(f"{_AWS}endpoint-configuration"), "endpoints")
        for key, value in settings.items():
            match key:
                case "vpcEndpointIds":
                    endpoints += listed(value, key)
                case "disableExecuteApiEndpoint":
                    found["DisableExecuteApiEndpoint"] = value
                case _:
                    raise NotUnderstood(f"servers: {key}")
    if endpoints:
        found["VpcEndpointIds"] = endpoints
    for tag in listed(document.get("tags"), "tags"):
        mapping(tag, "tags", ("name", "description"))
    return found


def _authorizer(name: str, scheme: Mapping[str, Any], given: Mapping[str, Any]) -> Part:
    type_ = "aws_api_gateway_authorizer"
    made = arguments(type_, _AUTHORIZER, given, name)
    kind = made.get("type")
    if kind not in ("TOKEN", "REQUEST", "COGNITO_USER_POOLS"):
        raise NotUnderstood(f"{name}: type")
    if "identity_source" not in made:
        made["identity_source"] = "" if kind == "REQUEST" else f"method.request.header.{header(scheme, name)}"
    attributes = {"rest_api_id": Link(API), "name": name, **made}
    return Part(key=f"authorizer {name}", type=type_, name=name, attributes=attributes, comment=said(scheme))


def _validators(document: Mapping[str, Any]) -> list[Part]:
    type_ = "aws_api_gateway_request_validator"
    return [
        Part(
            key=f"validator {name}",
            type=type_,
            name=name,
            attributes={"rest_api_id": Link(API), "name": name, **arguments(type_, _VALIDATOR, entry, name)},
        )
        for name, entry in mapping(document.get(f"{_AWS}request-validators"), "request validators").items()
    ]


def _gateway_responses(document: Mapping[str, Any]) -> list[Part]:
    type_ = "aws_api_gateway_gateway_response"
    return [
        Part(
            key=f"gateway response {kind}",
            type=type_,
            name=kind,
            attributes={
                "rest_api_id": Link(API),
                "response_type": word(kind, kind),
                **arguments(type_, _GATEWAY_RESPONSE, mapping(entry, kind), kind),
            },
        )
        for kind, entry in mapping(document.get(f"{_AWS}gateway-responses"), "gateway responses").items()
    ]


def _resources(paths: Mapping[str, Any]) -> dict[str, Part | None]:
    """Every path and those above it, the upper ones first; the root is the API's own and no part."""
    found: dict[str, Part | None] = {"/": None}
    for path in paths:
        above = ""
        for segment in path.strip("/").split("/") if path != "/" else ():
            here = f"{above}/{segment}"
            if here not in found:
                parent = found[above] if above else None
                found[here] = Part(
                    key=f"path {here}",
                    type="aws_api_gateway_resource",
                    name=snake(here),
                    attributes={
                        "rest_api_id": Link(API),
                        "parent_id": Link(parent.key) if parent else Link(API, "root_resource_id"),
                        "path_part": segment,
                    },
                )
            above = here
            if not _SEGMENT.fullmatch(segment):
                raise NotUnderstood(f"the path {path}")
        if path not in found:
            raise NotUnderstood(f"the path {path}")
    return found
