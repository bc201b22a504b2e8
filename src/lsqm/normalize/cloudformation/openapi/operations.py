"""The operations of a REST API: each is a method with its integration and what both answer."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lsqm.normalize.cloudformation.coercion import Coercion
from lsqm.normalize.cloudformation.openapi.models import Models
from lsqm.normalize.cloudformation.openapi.parts import API, Link, Part
from lsqm.normalize.cloudformation.openapi.reading import (
    NotUnderstood,
    argument,
    arguments,
    follow,
    is_known,
    listed,
    mapping,
    said,
    word,
)
from lsqm.normalize.cloudformation.openapi.security import AUTHORIZER, Guard, guard

INTEGRATION = "x-amazon-apigateway-integration"
VERBS = {
    **{verb: verb.upper() for verb in ("get", "put", "post", "delete", "options", "head", "patch")},
    "x-amazon-apigateway-any-method": "ANY",
}
_VALIDATOR = "x-amazon-apigateway-request-validator"
_OPERATION = {
    "summary", "description", "operationId", "tags", "consumes", "produces", "parameters", "requestBody", "responses",
    "security", "deprecated", INTEGRATION, _VALIDATOR,
}  # fmt: skip
PATH_ITEM = {*VERBS, "summary", "description", "parameters"}
_INTEGRATION = {
    "type": "type",
    "httpMethod": "integration_http_method",
    "uri": "uri",
    "connectionType": "connection_type",
    "connectionId": "connection_id",
    "credentials": "credentials",
    "cacheNamespace": "cache_namespace",
    "cacheKeyParameters": "cache_key_parameters",
    "contentHandling": "content_handling",
    "passthroughBehavior": "passthrough_behavior",
    "requestParameters": "request_parameters",
    "requestTemplates": "request_templates",
    "timeoutInMillis": "timeout_milliseconds",
}
_TLS = {"insecureSkipVerification": "tls_config.insecure_skip_verification"}
_ANSWER = {
    "statusCode": "status_code",
    "responseParameters": "response_parameters",
    "responseTemplates": "response_templates",
    "contentHandling": "content_handling",
}
_TYPES = ("AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK")
_PLACES = {"path": "path", "query": "querystring", "header": "header"}
_PARAMETER = {"name", "in", "required", "description", "type", "format", "schema", "enum", "default", "items",
              "example", "examples", "minimum", "maximum", "minLength", "maxLength", "pattern", "collectionFormat",
              "style", "explode", "deprecated", "allowEmptyValue"}  # fmt: skip
"""Keys of a parameter; but for name, place and `required` they are documentation to API Gateway."""
_NAME = re.compile(r"[\w.$-]+")
_DEFAULT_TYPES = ["application/json"]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Method:
    """What the parts of one method have in common."""

    name: str
    verb: str
    owner: Link

    @property
    def key(self) -> str:
        return f"method {self.name}"

    @property
    def place(self) -> dict[str, Any]:
        """The arguments that name the method from its other parts."""
        return {"rest_api_id": Link(API), "resource_id": self.owner, "http_method": Link(self.key, "http_method")}


class Operations:
    """Reads the operations of one document."""

    def __init__(self, document: Mapping[str, Any], schemes: Mapping[str, Any], models: Models) -> None:
        self._document = document
        self._schemes = schemes
        self._models = models
        self._taken: set[str] = set()

    def of(self, path: str, item: Any, resource: Part | None) -> Iterator[Part]:
        """The parts of every operation of a path. Raises NotUnderstood."""
        item = mapping(item, path, PATH_ITEM)
        shared = listed(item.get("parameters"), path)
        owner = Link(resource.key) if resource else Link(API, "root_resource_id")
        for key, verb in VERBS.items():
            if key in item:
                name = f"{verb.lower()}_{resource.name if resource else 'root'}"
                while name in self._taken:
                    name += "_"
                self._taken.add(name)
                method = _Method(name=name, verb=verb, owner=owner)
                given = mapping(item[key], f"{verb} {path}", _OPERATION)
                yield from self._operation(method, given, shared, said(item, given))

    def _operation(self, method: _Method, given: Mapping[str, Any], shared: list[Any], comment: str) -> Iterator[Part]:
        where = method.name
        attributes: dict[str, Any] = {"rest_api_id": Link(API), "resource_id": method.owner, "http_method": method.verb}
        wanted = given["security"] if "security" in given else self._document.get("security")
        attributes |= self._authorization(guard(wanted, self._schemes, where), where)
        validator = given.get(_VALIDATOR, self._document.get(_VALIDATOR))
        if validator is not None:
            attributes["request_validator_id"] = self._validator(validator, where)
        if given.get("operationId") is not None:
            attributes["operation_name"] = word(given["operationId"], where)
        attributes |= self._request(given, shared, where)
        yield Part(
            key=method.key, type="aws_api_gateway_method", name=method.name, attributes=attributes, comment=comment
        )
        integration = mapping(follow(given.get(INTEGRATION), self._document, where), where)
        answers = mapping(integration.get("responses"), where)
        yield _integration(method, integration)
        yield from self._responses(method, given, answers)

    def _authorization(self, wanted: Guard, where: str) -> dict[str, Any]:
        found: dict[str, Any] = {"authorization": "AWS_IAM" if wanted.iam else "NONE"}
        if wanted.authorizer:
            kind = str(self._schemes[wanted.authorizer][AUTHORIZER].get("type")).upper()
            found["authorization"] = kind if kind == "COGNITO_USER_POOLS" else "CUSTOM"
            found["authorizer_id"] = Link(f"authorizer {wanted.authorizer}")
        if wanted.scopes and found["authorization"] != "COGNITO_USER_POOLS":
            raise NotUnderstood(f"{where}: scopes without a user pool")
        if wanted.scopes:
            found["authorization_scopes"] = list(wanted.scopes)
        if wanted.key:
            found["api_key_required"] = True
        return found

    def _validator(self, name: Any, where: str) -> Link:
        known = mapping(self._document.get("x-amazon-apigateway-request-validators"), where)
        if not isinstance(name, str) or name not in known:
            raise NotUnderstood(f"{where}: the validator {name}")
        return Link(f"validator {name}")

    # --- requests

    def _request(self, given: Mapping[str, Any], shared: list[Any], where: str) -> dict[str, Any]:
        parameters: dict[str, Any] = {}
        models: dict[str, Any] = {}
        for raw in [*shared, *listed(given.get("parameters"), where)]:
            entry = mapping(follow(raw, self._document, where), where, _PARAMETER)
            name, place = word(entry.get("name"), where), word(entry.get("in"), where)
            if place == "body":
                kinds = given.get("consumes") or self._document.get("consumes") or _DEFAULT_TYPES
                model = self._models.of(entry.get("schema"), where, f"{where}_request")
                models |= {word(kind, where): model for kind in listed(kinds, where)}
            elif place in _PLACES and _NAME.fullmatch(name):
                required = entry.get("required", place == "path")
                parameters[f"method.request.{_PLACES[place]}.{name}"] = Coercion(lambda _: False).coerce(
                    required, "bool"
                )
            else:
                raise NotUnderstood(f"{where}: a parameter in {place}")
        if None in parameters.values():
            raise NotUnderstood(f"{where}: whether a parameter is required")
        body = mapping(
            follow(given.get("requestBody"), self._document, where), where, ("content", "required", "description")
        )
        models |= self._models.of_content(body.get("content"), where, f"{where}_request")
        return {
            name: value for name, value in (("request_parameters", parameters), ("request_models", models)) if value
        }

    # --- responses

    def _responses(self, method: _Method, given: Mapping[str, Any], answers: Mapping[str, Any]) -> Iterator[Part]:
        declared: dict[str, dict[str, Any]] = {}
        for code, raw in mapping(given.get("responses"), method.name).items():
            response = mapping(
                follow(raw, self._document, method.name),
                method.name,
                ("description", "headers", "schema", "content", "examples"),
            )
            if code == "default" and not set(response) - {"description"}:
                continue
            if not re.fullmatch(r"[1-5]\d\d", code):
                raise NotUnderstood(f"{method.name}: the response {code}")
            declared[code] = self._declared(method, given, response, code)
            yield Part(
                key=f"{method.key} {code}",
                type="aws_api_gateway_method_response",
                name=f"{method.name}_{code}",
                attributes={**method.place, "status_code": code, **declared[code]},
                comment=said(response),
            )
        seen: set[str] = set()
        for pattern, answer in answers.items():
            part = _answer(method, pattern, mapping(answer, method.name), declared)
            if part.key in seen:
                raise NotUnderstood(f"{method.name}: two answers with one status")
            seen.add(part.key)
            yield part

    def _declared(
        self, method: _Method, given: Mapping[str, Any], response: Mapping[str, Any], code: str
    ) -> dict[str, Any]:
        where, owner = f"{method.name} {code}", f"{method.name}_{code}"
        models = self._models.of_content(response.get("content"), where, owner)
        if response.get("schema") is not None:
            kinds = given.get("produces") or self._document.get("produces") or _DEFAULT_TYPES
            model = self._models.of(response["schema"], where, owner)
            models |= {word(kind, where): model for kind in listed(kinds, where)}
        headers = {f"method.response.header.{name}": False for name in mapping(response.get("headers"), where)}
        return {name: value for name, value in (("response_models", models), ("response_parameters", headers)) if value}


def _integration(method: _Method, given: Mapping[str, Any]) -> Part:
    type_, where = "aws_api_gateway_integration", method.name
    rest = {key: value for key, value in given.items() if key not in {"responses", "tlsConfig"}}
    made = arguments(type_, _INTEGRATION, rest, where)
    if made.get("type") not in _TYPES:
        raise NotUnderstood(f"{where}: the type of the integration")
    if made["type"] != "MOCK" and not {"uri", "integration_http_method"} <= set(made):
        raise NotUnderstood(f"{where}: where the integration leads")
    tls = mapping(given.get("tlsConfig"), where, _TLS)
    settings = {
        key.rpartition(".")[2]: argument(type_, key, tls[name], where) for name, key in _TLS.items() if name in tls
    }
    return Part(
        key=f"integration {method.name}",
        type=type_,
        name=method.name,
        attributes={**method.place, **made},
        blocks=(("tls_config", settings),) if settings else (),
    )


def _answer(method: _Method, pattern: str, given: Mapping[str, Any], declared: Mapping[str, Mapping[str, Any]]) -> Part:
    type_, where = "aws_api_gateway_integration_response", f"{method.name} {pattern}"
    made = arguments(type_, _ANSWER, given, where)
    code = made.get("status_code")
    known = declared.get(code) if isinstance(code, str) else None
    if known is None or not is_known(pattern):
        raise NotUnderstood(f"{where}: the method has no response {code}")
    set_here = made.get("response_parameters", {})
    if any(name not in known.get("response_parameters", {}) for name in set_here if ".header." in name):
        raise NotUnderstood(f"{where}: it sets a header that the method does not have")
    selection = {} if pattern == "default" else {"selection_pattern": pattern}
    return Part(
        key=f"answer {method.name} {code}",
        type=type_,
        name=f"{method.name}_{code}",
        attributes={**method.place, "status_code": code, **selection, **made},
        after=(f"integration {method.name}", f"{method.key} {code}"),
    )
