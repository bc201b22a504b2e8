"""APIs whose methods or routes stand in an OpenAPI document, `Body`."""

from collections.abc import Callable, Mapping
from typing import Any

from lsqm.model.terraform import Call
from lsqm.normalize.cloudformation.context import Context
from lsqm.normalize.cloudformation.hooks.functions import json_template
from lsqm.normalize.cloudformation.hooks.values import as_list
from lsqm.normalize.cloudformation.names import snake
from lsqm.normalize.cloudformation.openapi import http, rest
from lsqm.normalize.cloudformation.openapi.parts import Written, write
from lsqm.normalize.cloudformation.openapi.reading import NotUnderstood, mapping, word
from lsqm.normalize.cloudformation.watched import handed_on

_SAMS_VERSION = "1.0"


def rest_api(r: Context) -> None:
    """`Body` is an OpenAPI document; one that lies in S3 is said to be missing."""
    body = r.take("Body")
    place = r.take("BodyS3Location")
    if place is not None:
        body = {"openapi": "3.0.1", "info": {"title": r.item.logical_id, "version": _SAMS_VERSION}, "paths": {}}
        r.compiler.diagnostics.stand_in(
            (*r.path, "BodyS3Location"), f"The definition of {r.item.logical_id} lies in S3; an empty one stands in."
        )
    if body is None:
        return
    r.properties = {k: v for k, v in r.properties.items() if k == "Name"} | r.properties
    if isinstance(body, Mapping):
        if place is None and "Name" not in r.properties and isinstance(_info(body).get("title"), str):
            r.body.attributes["name"] = _info(body)["title"]
        if _written_out(r, body, rest.rest_api, ("Parameters", "FailOnWarnings")):
            return
    r.body.attributes["body"] = Call("jsonencode", (dict(body),)) if isinstance(body, Mapping) else json_template(body)


def http_api(r: Context) -> None:
    """`Body` is an OpenAPI document; its title is the name."""
    body = r.take("Body")
    place = r.take("BodyS3Location")
    based = r.properties.get("BasePath", "ignore") not in ("ignore", "/", "")
    if isinstance(body, Mapping):
        title = _info(body).get("title")
        if "Name" not in r.properties:
            r.body.attributes["name"] = title if isinstance(title, str) and title.strip() else r.physical(128)
        protocol = r.body.attributes["protocol_type"] = r.properties.pop("ProtocolType", "HTTP")
        if protocol != "HTTP" or based or not _written_out(r, body, http.http_api, ("FailOnWarnings", "BasePath")):
            r.body.attributes["body"] = Call("jsonencode", (dict(body),))
    elif place is not None:
        r.compiler.diagnostics.stand_in(
            (*r.path, "BodyS3Location"),
            f"The definition of {r.item.logical_id} lies in S3; an API without routes stands in.",
        )


def _written_out(
    r: Context, body: Mapping[str, Any], understand: Callable[[Mapping[str, Any]], Written], imports: tuple[str, ...]
) -> bool:
    """Write the document out as resources; False when the API has to keep it.

    `imports` are the properties that say how to import, and go with the document.
    """
    raw = r.item.raw["Properties"]
    if r.item.switch or _depends(raw.get("Body", raw)):
        return False
    try:
        _check_import(r)
        written = understand(body)
        properties = _merged(r, written.properties | _about(r, body, written))
    except NotUnderstood:
        return False
    r.properties = properties
    handed_on([r.take(name) for name in imports if name in r.properties])
    alone = sum(item.cfn_type == r.item.cfn_type for item in r.compiler.items.values()) == 1
    write(r, written, "" if alone else snake(r.item.logical_id) + "_")
    return True


def _info(body: Mapping[str, Any]) -> Mapping[str, Any]:
    info = body.get("info")
    return info if isinstance(info, Mapping) else {}


def _depends(node: Any) -> bool:
    """Whether the template decides what stands in the document: the provider would see one branch only."""
    waiting = [node]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Mapping):
            if "Fn::If" in item or "Fn::Transform" in item:
                return True
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return False


def _check_import(r: Context) -> None:
    """Settings of an import other than the endpoint's type, which the API has too, change what it makes."""
    given = mapping(r.properties.get("Parameters"), "Parameters", ("endpointConfigurationTypes",))
    endpoint = r.properties.get("EndpointConfiguration")
    types = endpoint.get("Types") if isinstance(endpoint, Mapping) else None
    if given and types != [given["endpointConfigurationTypes"]]:
        raise NotUnderstood("Parameters")


def _about(r: Context, body: Mapping[str, Any], written: Written) -> dict[str, Any]:
    """What `info` says: the description is the API's, what has no argument a comment."""
    info = mapping(
        body.get("info"), "info", ("title", "version", "description", "contact", "license", "termsOfService")
    )
    if set(info) - {"title", "version", "description"}:
        raise NotUnderstood("info")
    found: dict[str, Any] = {}
    if info.get("description"):
        found["Description"] = info["description"]
    version = info.get("version")
    if r.table.type == "aws_apigatewayv2_api" and version:
        found["Version"] = version
    elif version and str(version) != _SAMS_VERSION:
        written.comment = f"Version {word(version, 'the version')} of the API."
    return found


def _merged(r: Context, found: Mapping[str, Any]) -> dict[str, Any]:
    """The API's properties and what the document says; where both say something, it must be the same."""
    properties: dict[str, Any] = dict(r.properties)
    for name, value in found.items():
        if name == "VpcEndpointIds":
            endpoint = properties.get("EndpointConfiguration")
            if not isinstance(endpoint, Mapping) or endpoint.get(name, value) != value:
                raise NotUnderstood(name)
            properties["EndpointConfiguration"] = {**endpoint, name: value}
        elif name == "Tags" and isinstance(properties.get(name), Mapping):
            properties[name] = {**value, **properties[name]}
        elif name == "Description":
            properties.setdefault(name, value)
        elif name == "BinaryMediaTypes" and _slashed(properties.get(name)) == value:
            properties[name] = value
        elif properties.setdefault(name, value) != value:
            raise NotUnderstood(name)
    return properties


def _slashed(types: Any) -> Any:
    """Media types as API Gateway keeps them; templates may write `~1` for their slash."""
    return [item.replace("~1", "/") if isinstance(item, str) else item for item in as_list(types)]


HOOKS = {"rest_api": rest_api, "http_api": http_api}
