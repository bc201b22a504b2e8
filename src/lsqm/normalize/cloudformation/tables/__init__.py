"""What differs between a CloudFormation type and its Terraform resource, one TOML file per group of services.

Each entry is keyed by the CloudFormation type:

    type        the Terraform resource type
    ref         attribute that `Ref` yields, default `id`
    attributes  `Fn::GetAtt` name → attribute path, where snake_case is not it
    rename      property path (dots, no list positions) → argument path inside the same block; a leading `/` starts
                at the resource; `.` merges the property's own members into the block around it
    drop        property path → why it has no counterpart (a diagnostic says so)
    defaults    argument path → constant, when the template says nothing and Terraform must have a value
    values      property path → {CloudFormation value: Terraform value}
    name        argument that needs a name when the template leaves it to CloudFormation
    hook        function in `lsqm.normalize.cloudformation.hooks` that does what no table can
    split       list of resources made of parts: property, type, parent (argument that names the owner), into (block),
                each (one per list item), rename/defaults/values as above

A property that no entry names goes to the argument or block with exactly its snake_case name, or its singular when
that is a repeatable block, or its name without the type's own (`TopicName` → `name`). Anything else is a diagnostic.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """One entry."""

    type: str
    ref: str = "id"
    attributes: Mapping[str, str] = field(default_factory=dict)
    rename: Mapping[str, str] = field(default_factory=dict)
    drop: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    name: str = ""
    hook: str = ""
    split: tuple["Split", ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """A part of a CloudFormation resource that is a resource of its own in Terraform."""

    property: str
    type: str
    parent: str = ""
    parent_attribute: str = "id"
    into: str = ""
    each: bool = False
    rename: Mapping[str, str] = field(default_factory=dict)
    drop: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@cache
def _entries() -> Mapping[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for file in sorted(resources.files(__name__).iterdir(), key=lambda item: item.name):
        if file.name.endswith(".toml"):
            found.update(tomllib.loads(file.read_text(encoding="utf-8")))
    return found


@cache
def table_for(cfn_type: str) -> Table | None:
    """The entry of a CloudFormation type, None when there is none."""
    raw = _entries().get(cfn_type)
    if raw is None:
        return None
    fields = dict(raw)
    splits = tuple(Split(**part) for part in fields.pop("split", ()))
    return Table(**fields, split=splits)


def known_types() -> frozenset[str]:
    """All CloudFormation types that have an entry."""
    return frozenset(_entries())
