"""OpenAPI documents of APIs: written out where all of it is understood, kept as `body` otherwise."""

import copy
from typing import Any

import pytest

from lsqm.normalize.cloudformation.convert import Conversion, convert_document

Json = dict[str, Any]

METHOD: Json = {
    "responses": {"200": {"description": "fine"}},
    "x-amazon-apigateway-integration": {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {"statusCode": "200"}},
    },
}
ROUTE: Json = {
    "x-amazon-apigateway-integration": {
        "type": "http_proxy",
        "httpMethod": "GET",
        "uri": "https://elsewhere.example.com",
        "payloadFormatVersion": "1.0",
    }
}
KEY = {"type": "apiKey", "name": "x-api-key", "in": "header"}
TOKEN = {"type": "apiKey", "name": "X-Token", "in": "header"}
INVOKE = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:0:function:f/invocations"
)


def rest(method: Json | None = None, **document: Any) -> tuple[str, Json]:
    """A REST API's document with one path; `method` changes its GET, the rest the document."""
    whole = {
        "openapi": "3.0.1",
        "info": {"title": "a", "version": "1.0"},
        "paths": {"/x": {"get": {**METHOD, **(method or {})}}},
    }
    return "AWS::ApiGateway::RestApi", {**whole, **document}


def http(route: Json | None = None, **document: Any) -> tuple[str, Json]:
    """The same for an HTTP API."""
    whole = {
        "openapi": "3.0.1",
        "info": {"title": "a", "version": "1.0"},
        "paths": {"/x": {"get": {**ROUTE, **(route or {})}}},
    }
    return "AWS::ApiGatewayV2::Api", {**whole, **document}


def convert(api: tuple[str, Json], properties: Json | None = None, **more: Any) -> tuple[str, Conversion]:
    """Terraform and what was said of a template with this API alone."""
    kind, document = api
    item = {"Type": kind, "Properties": {"Body": copy.deepcopy(document), **(properties or {})}, **more.pop("item", {})}
    result = convert_document({"Resources": {"Api": item, **more.pop("resources", {})}, **more}, file="api.yaml")
    return result.files["main.tf"].decode(), result


def integration(**changes: Any) -> Json:
    """A change of the integration of the method or route."""
    return {"x-amazon-apigateway-integration": {**METHOD["x-amazon-apigateway-integration"], **changes}}


def schemes(**given: Any) -> Json:
    return {"securitySchemes": given}


KEPT = {
    "a version of its own": rest(openapi="3.1.0"),
    "no version": rest(openapi=None),
    "a key that nobody knows": rest(**{"x-amazon-apigateway-documentation": {"version": "1"}}),
    "somebody's extension": rest({"x-speed": "slow"}),
    "a method without integration": rest({"x-amazon-apigateway-integration": None}),
    "an integration's key": rest(integration(responseTransferMode="STREAM")),
    "an integration's type": rest(integration(type="magic")),
    "an integration that leads nowhere": rest(integration(type="http")),
    "a null in a template": rest(integration(requestTemplates={"application/json": None})),
    "a template that is no text": rest(integration(requestTemplates={"application/json": {"statusCode": 200}})),
    "an answer without response": rest(integration(responses={"default": {"statusCode": "404"}})),
    "two answers with one status": rest(
        integration(responses={"a": {"statusCode": "200"}, "b": {"statusCode": "200"}})
    ),
    "a header that is not declared": rest(
        integration(
            responses={"default": {"statusCode": "200", "responseParameters": {"method.response.header.X": "'x'"}}}
        )
    ),
    "a response of any status": rest({"responses": {"default": {"description": "any", "headers": {"X": {}}}}}),
    "a reference outside": rest({"parameters": [{"$ref": "https://example.com/parameters.json#/Page"}]}),
    "a reference to nothing": rest({"parameters": [{"$ref": "#/components/parameters/Page"}]}),
    "references in a circle": rest(
        {"parameters": [{"$ref": "#/components/parameters/A"}]},
        components={"parameters": {"A": {"$ref": "#/components/parameters/A"}}},
    ),
    "a cookie": rest({"parameters": [{"name": "taste", "in": "cookie"}]}),
    "a path that ends in a slash": rest(paths={"/x/": {"get": METHOD}}),
    "a path with a star": rest(paths={"/x*": {"get": METHOD}}),
    "a verb that API Gateway does not have": rest(paths={"/x": {"trace": METHOD}}),
    "a schema that cannot be a model": rest(components={"schemas": {"no-name": {"type": "object"}}}),
    "another Empty": rest(components={"schemas": {"Empty": {"type": "string"}}}),
    "schemas that need each other": rest(
        components={"schemas": {"A": {"items": {"$ref": "#/components/schemas/A"}}}},
    ),
    "a scheme that is not there": rest({"security": [{"who": []}]}),
    "a scheme that is not enforced": rest(
        {"security": [{"who": []}]}, components=schemes(who={"type": "http", "in": "header"})
    ),
    "two authorizers": rest(
        {"security": [{"a": []}, {"b": []}]},
        components=schemes(
            **{n: {**TOKEN, "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": INVOKE}} for n in "ab"}
        ),
    ),
    "scopes without a user pool": rest(
        {"security": [{"a": ["read"]}]},
        components=schemes(a={**TOKEN, "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": INVOKE}}),
    ),
    "a user pool that is no ARN": rest(
        components=schemes(
            a={**TOKEN, "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": ["pool"]}}
        )
    ),
    "a validator that is not there": rest({"x-amazon-apigateway-request-validator": "all"}),
    "who wrote it": rest(info={"title": "a", "version": "1.0", "license": {"name": "own"}}),
    "a route without integration": http({"x-amazon-apigateway-integration": None}),
    "a route's key": http({"x-speed": "slow"}),
    "shared integrations": http(components={"x-amazon-apigateway-integrations": {}}),
    "a key for a route": http({"security": [{"key": []}]}, components=schemes(key=KEY)),
    "half an authorizer": http(
        components=schemes(a={"type": "oauth2", "x-amazon-apigateway-authorizer": {"type": "jwt"}})
    ),
    "two routes of one key": http(paths={"/$default": {"get": ROUTE, "post": ROUTE}}),
}


@pytest.mark.parametrize("api", KEPT.values(), ids=KEPT)
def test_a_document_that_is_not_understood_stays_whole(api):
    made, result = convert(api)
    assert made.count("resource ") == 1
    assert "body = jsonencode(" in made
    assert not result.diagnostics


def test_what_is_understood_leaves_no_body():
    for api in (rest(), http()):
        made, result = convert(api)
        assert made.count("resource ") > 2
        assert "body" not in made
        assert not result.diagnostics


def test_an_api_under_a_condition_keeps_its_body():
    made, _ = convert(
        rest(),
        item={"Condition": "Never"},
        Conditions={"Never": {"Fn::Equals": ["a", "b"]}},
    )
    assert "count = local.never ? 1 : 0" in made
    assert "body = jsonencode(" in made
    assert made.count("resource ") == 1


def test_a_path_under_a_condition_keeps_the_body():
    path = {"Fn::If": ["Yes", {"get": METHOD}, {"Ref": "AWS::NoValue"}]}
    made, _ = convert(rest(paths={"/x": path}), Conditions={"Yes": {"Fn::Equals": ["a", "a"]}})
    assert "body = jsonencode(" in made


@pytest.mark.parametrize(
    ("properties", "written"),
    [
        ({"Parameters": {"basepath": "prepend"}}, False),
        ({"Parameters": {"endpointConfigurationTypes": "PRIVATE"}}, False),
        (
            {
                "Parameters": {"endpointConfigurationTypes": "PRIVATE"},
                "EndpointConfiguration": {"Types": ["PRIVATE"]},
            },
            True,
        ),
        ({"FailOnWarnings": True}, True),
        ({"ApiKeySourceType": "AUTHORIZER"}, False),
        ({"ApiKeySourceType": "HEADER"}, True),
    ],
    ids=["base path", "other endpoint", "same endpoint", "warnings", "other source", "same source"],
)
def test_how_a_document_is_imported(properties, written):
    made, _ = convert(rest(None, **{"x-amazon-apigateway-api-key-source": "HEADER"}), properties)
    assert ("body = jsonencode(" not in made) is written
    assert not (written and ("parameters" in made or "fail_on_warnings" in made))


def test_private_endpoints_join_the_endpoint():
    document = rest(
        servers=[{"url": "/", "x-amazon-apigateway-endpoint-configuration": {"vpcEndpointIds": ["vpce-1"]}}]
    )
    made, _ = convert(document, {"EndpointConfiguration": {"Types": ["PRIVATE"]}})
    assert 'vpc_endpoint_ids = ["vpce-1"]' in made
    assert "body = jsonencode(" in convert(document)[0]


def test_a_request_authorizer_without_identity_takes_none():
    scheme = {
        **TOKEN,
        "x-amazon-apigateway-authorizer": {
            "type": "request",
            "authorizerUri": INVOKE,
            "authorizerResultTtlInSeconds": 0,
        },
    }
    made, _ = convert(rest({"security": [{"a": []}]}, components=schemes(a=scheme)))
    assert 'identity_source                  = ""' in made
    assert 'authorization = "CUSTOM"' in made


def test_names_stay_apart():
    paths = {"/a-b": {"get": METHOD}, "/a_b": {"get": METHOD}, "/": {"get": METHOD}}
    made, _ = convert(rest(paths=paths))
    names = ("get_a_b", "get_a_b_2", "get_root")
    assert all(f'resource "aws_api_gateway_integration" "{name}"' in made for name in names)
    for name in names:
        assert f"aws_api_gateway_method.{name}.http_method" in made


def test_two_apis_of_one_template_have_names_of_their_own():
    other = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": rest()[1]}}
    made, _ = convert(rest(), resources={"Second": other})
    assert '"aws_api_gateway_method" "api_get_x"' in made
    assert '"aws_api_gateway_method" "second_get_x"' in made


def test_a_function_may_know_the_url_of_the_api_that_calls_it():
    invoke = {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations"}
    call = integration(type="aws_proxy", httpMethod="POST", uri=invoke)
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.13",
            "Handler": "index.f",
            "Code": {"ZipFile": "def f(event, context): pass"},
            "Role": "arn:aws:iam::123456789012:role/r",
            "Environment": {"Variables": {"SELF": {"Fn::Sub": "https://${Api}.execute-api.example.com"}}},
        },
    }
    made, result = convert(rest(call), resources={"F": function})
    assert "functions/${aws_lambda_function.f.arn}/invocations" in made
    assert "${aws_api_gateway_rest_api.api.id}.execute-api" in made
    assert not [each for each in result.diagnostics if each.code == "circle"]


def test_a_deployment_waits_for_everything_that_it_takes_a_picture_of():
    deployment = {"Type": "AWS::ApiGateway::Deployment", "Properties": {"RestApiId": {"Ref": "Api"}}}
    made, _ = convert(rest(), resources={"Live": deployment})
    after = made[made.index('resource "aws_api_gateway_deployment"') :]
    for part in ("method.get_x", "integration.get_x", "method_response.get_x_200", "integration_response.get_x_200"):
        assert f"aws_api_gateway_{part}," in after


def test_a_document_that_lies_elsewhere_leaves_an_empty_api():
    item = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"BodyS3Location": {"Bucket": "b", "Key": "k"}}}
    result = convert_document({"Resources": {"Api": item}}, file="api.yaml")
    assert "body" not in result.files["main.tf"].decode()
    assert [each.code for each in result.diagnostics] == ["stand-in"]


def test_the_same_document_gives_the_same_terraform():
    first, second = (convert(rest())[0] for _ in range(2))
    assert first == second
