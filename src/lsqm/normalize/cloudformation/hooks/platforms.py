"""Platforms that run what they are given: Elastic Beanstalk, OpsWorks, migrations, stack sets, catalogues."""

from collections.abc import Mapping
from typing import Any

from lsqm.model.terraform import Call, Template
from lsqm.normalize.cloudformation.context import Context
from lsqm.normalize.cloudformation.hooks.values import as_list
from lsqm.normalize.cloudformation.parameters import text

_LAYERS = {
    "aws-flow-ruby": "aws_opsworks_custom_layer",
    "db-master": "aws_opsworks_mysql_layer",
    "ecs-cluster": "aws_opsworks_ecs_cluster_layer",
    "java-app": "aws_opsworks_java_app_layer",
    "lb": "aws_opsworks_haproxy_layer",
    "memcached": "aws_opsworks_memcached_layer",
    "monitoring-master": "aws_opsworks_ganglia_layer",
    "nodejs-app": "aws_opsworks_nodejs_app_layer",
    "php-app": "aws_opsworks_php_app_layer",
    "rails-app": "aws_opsworks_rails_app_layer",
    "web": "aws_opsworks_static_web_layer",
}
"""Type of a layer of OpsWorks → its resource type; any other is a custom layer."""
_LONGEST_ENVIRONMENT = 40
_LONGEST_BUCKET = 63


def beanstalk_environment(r: Context) -> None:
    """Names of environments are short."""
    if "EnvironmentName" not in r.properties:
        r.body.attributes["name"] = r.physical(_LONGEST_ENVIRONMENT)


def dms_endpoint(r: Context) -> None:
    """The provider writes engines in lower case."""
    for key in ("EngineName", "EndpointType"):
        if isinstance(r.properties.get(key), str):
            r.properties[key] = r.properties[key].lower()


def opsworks_layer(r: Context) -> None:
    """Each kind of layer is a type of its own; only custom ones have a short name."""
    type_ = _LAYERS.get(text(r.take("Type")), r.made.type)
    if type_ != r.made.type:
        r.rename(type_)
        r.drop("Shortname", "the kind of layer says it")


def launch_constraint(r: Context) -> None:
    """The role of a launch constraint is its one parameter."""
    parameters: dict[str, Any] = {}
    for key, name in (("RoleArn", "RoleArn"), ("LocalRoleName", "LocalRoleName")):
        value = r.take(key)
        if value is not None:
            parameters[name] = value
    r.body.attributes["parameters"] = Call("jsonencode", (parameters,))


def directory_bucket(r: Context) -> None:
    """The name of a directory bucket ends in its zone."""
    zone = r.properties.get("LocationName")
    if "BucketName" not in r.properties:
        ending = f"--{zone if isinstance(zone, str) else 'use1-az4'}--x-s3"
        r.body.attributes["bucket"] = (
            r.physical(_LONGEST_BUCKET - len(ending)) + ending
            if isinstance(zone, str)
            else Template((r.physical(_LONGEST_BUCKET - len(ending)) + "--", zone, "--x-s3"))
        )


def stack_set(r: Context) -> None:
    """Instances are resources of their own: one for each region, and for each account where accounts are named."""
    position = 0
    for group in as_list(r.take("StackInstancesGroup")):
        targets = group.get("DeploymentTargets") if isinstance(group, Mapping) else None
        if not isinstance(group, Mapping) or not isinstance(targets, Mapping):
            continue
        overrides = {
            text(each.get("ParameterKey")): each.get("ParameterValue")
            for each in as_list(group.get("ParameterOverrides"))
            if isinstance(each, Mapping)
        }
        units, accounts = as_list(targets.get("OrganizationalUnitIds")), as_list(targets.get("Accounts"))
        for region in as_list(group.get("Regions")):
            for account in [None] if units else accounts:
                position += 1
                body = r.another("aws_cloudformation_stack_set_instance", f"{r.item.logical_id}_{position}").body
                body.attributes |= {"stack_set_name": r.own("name"), "region": region}
                if units:
                    body.add("deployment_targets", organizational_unit_ids=units)
                else:
                    body.attributes["account_id"] = account
                if overrides:
                    body.attributes["parameter_overrides"] = dict(overrides)


def maintenance_task(r: Context) -> None:
    """Parameters of the command are blocks that carry their name."""
    given = r.properties.get("TaskInvocationParameters")
    if not isinstance(given, Mapping):
        return
    out = dict(given)
    for kind, inner in given.items():
        parameters = inner.get("Parameters") if isinstance(inner, Mapping) else None
        if isinstance(parameters, Mapping):
            rest = {key: value for key, value in inner.items() if key != "Parameters"}
            blocks = [{"Name": name, "Values": as_list(values)} for name, values in parameters.items()]
            out[kind] = {**rest, "Parameter": blocks}
    r.properties["TaskInvocationParameters"] = out


def transfer_user(r: Context) -> None:
    """Keys are resources of their own."""
    for position, key in enumerate(as_list(r.take("SshPublicKeys")), 1):
        made = r.another("aws_transfer_ssh_key", f"{r.item.logical_id}_{position}")
        made.body.attributes |= {"server_id": r.own("server_id"), "user_name": r.own("user_name"), "body": key}


def access_entry(r: Context) -> None:
    """Policies are associations."""
    for position, entry in enumerate(as_list(r.take("AccessPolicies")), 1):
        if not isinstance(entry, Mapping):
            continue
        made = r.another("aws_eks_access_policy_association", f"{r.item.logical_id}_{position}")
        made.body.attributes |= {
            "cluster_name": r.own("cluster_name"),
            "principal_arn": r.own("principal_arn"),
            "policy_arn": entry.get("PolicyArn"),
        }
        scope: Any = entry.get("AccessScope")
        scope = scope if isinstance(scope, Mapping) else {}
        block = made.body.add("access_scope", type=scope.get("Type", "cluster"))
        if "Namespaces" in scope:
            block.attributes["namespaces"] = as_list(scope.get("Namespaces"))


HOOKS = {
    "beanstalk_environment": beanstalk_environment,
    "dms_endpoint": dms_endpoint,
    "opsworks_layer": opsworks_layer,
    "launch_constraint": launch_constraint,
    "directory_bucket": directory_bucket,
    "stack_set": stack_set,
    "maintenance_task": maintenance_task,
    "transfer_user": transfer_user,
    "access_entry": access_entry,
}
