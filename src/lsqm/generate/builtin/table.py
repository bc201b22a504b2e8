"""All recipes by resource type. A new service is a module in `services` and a line here."""

from dataclasses import replace
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
    instances,
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
    instances,
    networking,
    s3,
    secrets,
    sns,
    sqs,
    stepfunctions,
    streams,
)

_ALSO_CALLED = {
    "aws_alb": "aws_lb",
    "aws_alb_listener": "aws_lb_listener",
    "aws_alb_listener_certificate": "aws_lb_listener_certificate",
    "aws_alb_listener_rule": "aws_lb_listener_rule",
    "aws_alb_target_group": "aws_lb_target_group",
    "aws_alb_target_group_attachment": "aws_lb_target_group_attachment",
}
_WRITTEN = {recipe.type: recipe for module in _MODULES for recipe in module.RECIPES}

RECIPES = MappingProxyType(
    _WRITTEN | {alias: replace(_WRITTEN[kind], type=alias) for alias, kind in _ALSO_CALLED.items()}
)
"""Resource type → how to test it."""
