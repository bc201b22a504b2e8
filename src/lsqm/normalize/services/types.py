"""Resource type → AWS service as LocalStack spells it."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any


def services_of(resource_types: Iterable[str]) -> tuple[str, ...]:
    """The services behind Terraform (`aws_sqs_queue`, `data.aws_region`) or CloudFormation (`AWS::SQS::Queue`) types.

    Types that are no AWS service (`terraform_data`, `Custom::Thing`, `aws_iam_policy_document`) add nothing.
    The answer is sorted and unique.
    """
    return tuple(sorted({service for kind in resource_types if (service := service_of(kind))}))


def service_of(resource_type: str) -> str:
    """The service behind one type, or `""`."""
    kind = resource_type.removeprefix("data.")
    if kind.startswith("aws_"):
        known = _provider_types().get(kind)
        return by_prefix(kind) if known is None else known
    parts = kind.split("::")
    if len(parts) >= 3 and parts[0] == "AWS":
        table = _table("cloudformation.toml")
        return str(table["type"].get(kind, table["namespace"].get(parts[1], parts[1].lower())))
    return ""


def by_prefix(terraform_type: str) -> str:
    """The hand-written rule alone: the longest prefix that ends at a word; else the first word."""
    words = terraform_type.removeprefix("aws_").split("_")
    prefixes = _prefixes()
    for length in range(len(words), 0, -1):
        service = prefixes.get("_".join(words[:length]))
        if service is not None:
            return service
    return words[0]


@cache
def _prefixes() -> Mapping[str, str]:
    return {prefix: service for service, prefixes in _table("terraform.toml")["service"].items() for prefix in prefixes}


@cache
def _provider_types() -> Mapping[str, str]:
    """Every type of the AWS provider whose schema was read, from `provider_types.json`."""
    document = json.loads(files("lsqm.normalize.services").joinpath("provider_types.json").read_text(encoding="utf-8"))
    return {kind: service for service, kinds in document["services"].items() for kind in kinds}


@cache
def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(files("lsqm.normalize.services").joinpath(name).read_text(encoding="utf-8"))
