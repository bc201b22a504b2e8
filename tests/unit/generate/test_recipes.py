"""Every recipe against what it speaks of: botocore's models of the services and the provider's own schema."""

import ast
from collections.abc import Iterator
from functools import cache

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import OperationModel, ServiceModel

from lsqm.generate.builtin.recipe import Recipe
from lsqm.generate.builtin.render import render_behaviour, render_look, variable
from lsqm.generate.builtin.table import RECIPES
from lsqm.generate.configuration import ResourceBlock
from lsqm.generate.template import template
from lsqm.normalize.provider_schema import resource_schema

BLOCK = ResourceBlock(address="aws_x.y", type="aws_x", values={}, text="")
NOT_OPERATIONS = {"get_paginator", "get_waiter"}
FREE = {"id", "arn"}
"""Attributes that Terraform itself adds, whatever the schema says."""


@cache
def operations(service: str) -> dict[str, OperationModel]:
    loader = botocore.session.get_session().get_component("data_loader")
    model = ServiceModel(loader.load_service_model(service, "service-2"), service)
    return {xform_name(name): model.operation_model(name) for name in model.operation_names}


@cache
def code_of(recipe: Recipe) -> ast.Module:
    looks = [render_look(recipe, BLOCK, "x"), *(render_behaviour(recipe, one, BLOCK, "x") for one in recipe.behaviours)]
    made = f'{variable(recipe.service)} = client("{recipe.service}")\n'
    return ast.parse("\n".join([*looks, made, *(setting.shown for setting in recipe.settings)]))


def questions(tree: ast.Module) -> Iterator[tuple[ast.Call, OperationModel | None]]:
    """Calls of a boto3 client, each with what botocore knows of its operation."""
    clients = {
        node.targets[0].id: node.value.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id == "client"
        and isinstance(node.value.args[0], ast.Constant)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if name in clients:
                if method not in NOT_OPERATIONS:
                    yield node, operations(str(clients[name])).get(method)
            case ast.Call(func=ast.Name(id="pages"), args=[ast.Name(id=name), ast.Constant(value=str() as method), *_]):
                yield node, operations(str(clients[name])).get(method)
            case _:
                pass


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES.keys())
def test_a_recipe_calls_what_there_is_and_reads_what_comes_back(recipe):
    tree = code_of(recipe)
    answers = {}
    for call, operation in questions(tree):
        assert operation is not None, ast.unparse(call)
        known = set(operation.input_shape.members) if operation.input_shape else set()
        assert {keyword.arg for keyword in call.keywords if keyword.arg} <= known, ast.unparse(call)
        answers[call] = {"ResponseMetadata", *(operation.output_shape.members if operation.output_shape else ())}
    assert answers
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=ast.Call() as call, slice=ast.Constant(value=str() as key)) if call in answers:
                assert key in answers[call], ast.unparse(node)
            case _:
                pass


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES.keys())
def test_a_recipe_reads_attributes_that_the_provider_has(recipe):
    schema = resource_schema(recipe.type)
    assert schema is not None, recipe.type
    known = set(schema.arguments) | set(schema.blocks) | FREE
    read = {
        node.slice.value
        for node in ast.walk(code_of(recipe))
        if isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id == recipe.each
        and isinstance(node.slice, ast.Constant)
    }
    assert read <= known
    for setting in recipe.settings:
        block = schema
        *blocks, last = setting.path.split(".")
        for part in blocks:
            block = block.blocks[part].body
        assert last in block.arguments, f"{recipe.type} has no {setting.path}"


def look_at(kind: str, instance: dict[str, object], **answers: object) -> None:
    """Run a recipe's first test on one instance, with what the operations answer."""

    class Client:
        def __getattr__(self, operation: str) -> object:
            return lambda **_: answers[operation]

    found: dict[str, object] = {}
    exec(render_look(RECIPES[kind], BLOCK, "x"), found)
    test = found["test_x_is_as_asked_for"]
    assert callable(test)
    test(lambda _service: Client(), lambda _address: [instance])


def test_a_gateway_may_have_been_attached_by_a_resource_of_its_own():
    shown = {"InternetGateways": [{"Attachments": [{"VpcId": "vpc-1"}]}]}
    look_at("aws_internet_gateway", {"id": "igw-1", "vpc_id": ""}, describe_internet_gateways=shown)
    look_at("aws_internet_gateway", {"id": "igw-1", "vpc_id": "vpc-1"}, describe_internet_gateways=shown)
    with pytest.raises(AssertionError):
        look_at("aws_internet_gateway", {"id": "igw-1", "vpc_id": "vpc-2"}, describe_internet_gateways=shown)


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (None, ""),
        ("text", ""),
        ({"statusCode": 500}, ""),
        ({"errorType": "KeyError", "errorMessage": "'body'"}, ""),
        ({"errorType": "Runtime.HandlerError", "errorMessage": "'body'"}, ""),
        ({"errorType": "Runtime.UnhandledPromiseRejection", "errorMessage": "x is undefined"}, ""),
        ({"errorType": "Runtime.HandlerError", "errorMessage": "No module named 'x'"}, "No module named 'x'"),
        ({"errorType": "Runtime.ImportModuleError", "errorMessage": "no x"}, "no x"),
        ({"errorType": "Runtime.ExitError"}, "Runtime.ExitError"),
    ],
)
def test_code_that_ran_and_failed_is_told_from_code_that_never_ran(payload, why):
    made: dict[str, object] = {}
    exec(template("app_helpers.py"), made)
    could_not_start = made["could_not_start"]
    assert callable(could_not_start)
    assert could_not_start(payload) == why


@pytest.mark.parametrize(
    ("kind", "instance", "answers"),
    [
        (
            "aws_vpc_peering_connection",
            {"id": "pcx-1", "vpc_id": "vpc-1"},
            lambda state: {
                "describe_vpc_peering_connections": {
                    "VpcPeeringConnections": [{"RequesterVpcInfo": {"VpcId": "vpc-1"}, "Status": {"Code": state}}]
                }
            },
        ),
        (
            "aws_vpc_endpoint",
            {"id": "vpce-1", "vpc_id": "vpc-1", "service_name": "s3"},
            lambda state: {
                "describe_vpc_endpoints": {
                    "VpcEndpoints": [
                        {"VpcId": "vpc-1", "ServiceName": "s3", "State": state.replace("active", "available")}
                    ]
                }
            },
        ),
        (
            "aws_kinesis_stream_consumer",
            {"arn": "a", "name": "c"},
            lambda state: {
                "describe_stream_consumer": {
                    "ConsumerDescription": {"ConsumerName": "c", "ConsumerStatus": state.upper()}
                }
            },
        ),
        (
            "aws_batch_job_definition",
            {"arn": "a", "name": "d"},
            lambda state: {
                "describe_job_definitions": {"jobDefinitions": [{"jobDefinitionName": "d", "status": state.upper()}]}
            },
        ),
    ],
)
def test_what_aws_still_shows_after_its_deletion_is_not_taken_for_alive(kind, instance, answers):
    look_at(kind, instance, **answers("active"))
    with pytest.raises(AssertionError):
        look_at(kind, instance, **answers("deleted"))
