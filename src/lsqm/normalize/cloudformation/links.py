"""Names that two resources share become references, so that Terraform creates the named one first.

CloudFormation templates often say a function's or a bucket's name twice and leave the order to `DependsOn`, to luck, or
to the service. Where an argument is exactly the name of one resource of the same template, it becomes a reference.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lsqm.model.terraform import EXPRESSIONS, Reference, Value, block_references

if TYPE_CHECKING:
    from lsqm.normalize.cloudformation.ir import Made

_OWNERS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "bucket": (("aws_s3_bucket", "bucket"),),
    "cache_subnet_group_name": (("aws_elasticache_subnet_group", "name"),),
    "subnet_group_name": (("aws_elasticache_subnet_group", "name"),),
    "cluster": (("aws_ecs_cluster", "name"),),
    "cluster_name": (("aws_eks_cluster", "name"),),
    "database_name": (("aws_glue_catalog_database", "name"),),
    "db_subnet_group_name": (("aws_db_subnet_group", "name"),),
    "domain_name": (("aws_apigatewayv2_domain_name", "domain_name"), ("aws_api_gateway_domain_name", "domain_name")),
    "event_bus_name": (("aws_cloudwatch_event_bus", "name"),),
    "function_name": (("aws_lambda_function", "function_name"),),
    "group": (("aws_iam_group", "name"),),
    "log_group_name": (("aws_cloudwatch_log_group", "name"),),
    "role": (("aws_iam_role", "name"),),
    "rule_set_name": (("aws_ses_receipt_rule_set", "rule_set_name"),),
    "stream_name": (("aws_kinesis_stream", "name"),),
    "table_name": (("aws_dynamodb_table", "name"),),
    "user": (("aws_iam_user", "name"),),
}
"""Argument → the resource types, with their naming argument, that it can name."""
_USERS = {"domain_name": frozenset({"aws_apigatewayv2_api_mapping", "aws_api_gateway_base_path_mapping"})}
"""Argument that means a resource's name in these resource types only."""


def link(made: Mapping[str, "Made"]) -> None:
    """Replace names by references where that closes no circle."""
    named: dict[tuple[str, str], list[Made]] = {}
    for owner in made.values():
        for type_, argument in (pair for pairs in _OWNERS.values() for pair in pairs if pair[0] == owner.type):
            key = _key(owner.body.attributes.get(argument))
            if key:
                found = named.setdefault((type_, key), [])
                if owner not in found:
                    found.append(owner)
    if not named:
        return
    edges = {address: set(block_references(each.body.freeze("resource"))) for address, each in made.items()}
    for address, user in made.items():
        for argument, pairs in _OWNERS.items():
            key = _key(user.body.attributes.get(argument)) if user.type in _USERS.get(argument, (user.type,)) else ""
            for type_, naming in pairs if key else ():
                owners = [owner for owner in named.get((type_, key), ()) if owner.type != user.type]
                if len(owners) != 1 or owners[0].item.switch not in {"", user.item.switch}:
                    continue
                owner = owners[0]
                if _reaches(edges, owner.address, address):
                    continue
                index = "[0]" if owner.item.switch else ""
                user.body.attributes[argument] = Reference(owner.address, f"{index}.{naming}")
                edges[address].add(owner.address)


def _key(value: Value) -> str:
    if isinstance(value, str):
        return value
    return repr(value) if isinstance(value, EXPRESSIONS) and not isinstance(value, Reference) else ""


def _reaches(edges: Mapping[str, set[str]], start: str, goal: str) -> bool:
    todo, seen = [start], set()
    while todo:
        address = todo.pop()
        if address == goal:
            return True
        if address not in seen:
            seen.add(address)
            todo.extend(edges.get(address, ()))
    return False
