"""Request validators and models of a REST API."""

from typing import Any

from lsqm.normalize.serverless import naming
from lsqm.normalize.serverless.cfn import Json, ref, resource
from lsqm.normalize.serverless.events.rest import Endpoint, is_required
from lsqm.normalize.serverless.stack import Stack


def add_validators(stack: Stack, found: list[Endpoint], *, api: Any) -> None:
    """One validator for the service, used by each method that marks a parameter as required or has a schema."""
    for one in found:
        properties = stack.resources[naming.method(naming.path(one.path), one.method)]["Properties"]
        if any(is_required(value) for value in one.parameters.values()):
            properties["RequestValidatorId"] = ref(_validator(stack, api))
        schemas = one.request.get("schemas")
        for content_type, schema in schemas.items() if isinstance(schemas, dict) else ():
            properties["RequestValidatorId"] = ref(_validator(stack, api))
            model = _model(stack, one, content_type, schema, api)
            properties.setdefault("RequestModels", {})[content_type] = ref(model)


def _validator(stack: Stack, api: Any) -> str:
    logical_id = f"ApiGateway{naming.alphanumeric(stack.service.name)}RequestValidator"
    stack.resources[logical_id] = resource(
        "AWS::ApiGateway::RequestValidator",
        {
            "RestApiId": api,
            "ValidateRequestBody": True,
            "ValidateRequestParameters": True,
            "Name": f"{stack.service.prefix} | Validate request body and querystring parameters",
        },
    )
    return logical_id


def _model(stack: Stack, one: Endpoint, content_type: str, schema: Any, api: Any) -> str:
    shared = stack.service.setting("apiGateway", "request", "schemas")
    named = shared.get(schema) if isinstance(schema, str) and isinstance(shared, dict) else None
    given = named if named is not None else schema
    wrapped: Json = given if isinstance(given, dict) and given.get("schema") else {}
    if named is not None:
        logical_id = f"ApiGateway{naming.camel(str(schema))}Model"
    else:
        logical_id = naming.method(naming.path(one.path), one.method) + naming.start_case(content_type) + "Model"
    properties: Json = {
        "RestApiId": api,
        "ContentType": "application/json" if named is not None else content_type,
        "Schema": wrapped.get("schema", given),
        "Name": wrapped.get("name"),
        "Description": wrapped.get("description"),
    }
    stack.resources[logical_id] = resource("AWS::ApiGateway::Model", properties)
    return logical_id
