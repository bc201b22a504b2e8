"""All recipes by resource type. A new service is a module in `services` and a line here."""

from types import MappingProxyType

from lsqm.generate.builtin.services import (
    apigateway,
    apigatewayv2,
    applications,
    cloudwatch,
    containers,
    databases,
    dynamodb,
    ec2,
    events,
    functions,
    iam,
    networking,
    s3,
    secrets,
    sns,
    sqs,
    stepfunctions,
    streams,
)

_MODULES = (
    apigateway,
    apigatewayv2,
    applications,
    cloudwatch,
    containers,
    databases,
    dynamodb,
    ec2,
    events,
    functions,
    iam,
    networking,
    s3,
    secrets,
    sns,
    sqs,
    stepfunctions,
    streams,
)

RECIPES = MappingProxyType({recipe.type: recipe for module in _MODULES for recipe in module.RECIPES})
"""Resource type → how to test it."""
