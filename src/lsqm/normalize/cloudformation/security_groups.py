"""Security groups whose rules a template writes in both ways: inside the group, and as resources of their own.

Terraform takes the rules inside a group for all there are, removes the others at the next apply, and refuses one that
exists already; CloudFormation adds one to the other. So the inline rules of a group and direction that has rules of
its own become such rules too, except those that are there already.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from lsqm.model.terraform import Reference, Value
from lsqm.normalize.cloudformation.ir import Body

if TYPE_CHECKING:
    from lsqm.normalize.cloudformation.ir import Made

_SOURCES = {
    "cidr_blocks": "cidr_ipv4",
    "ipv6_cidr_blocks": "cidr_ipv6",
    "prefix_list_ids": "prefix_list_id",
    "security_groups": "referenced_security_group_id",
}
"""Argument of an inline rule, a list → argument of a rule of its own, one item."""


def untangle(made: dict[str, "Made"], allocate: Callable[[str, str], str]) -> dict[str, "Made"]:
    """The same resources, and the inline rules that became resources behind their group.

    Args:
        made: address → resource; the groups' bodies are changed.
        allocate: type and wanted name → the label of a new block.
    """
    out: dict[str, Made] = {}
    for address, group in made.items():
        out[address] = group
        if group.type != "aws_security_group":
            continue
        own = Reference(address, "[0].id" if group.item.switch else ".id")
        for direction in ("ingress", "egress"):
            type_ = f"aws_vpc_security_group_{direction}_rule"
            rules = [
                each for each in made.values() if each.type == type_ and each.item.switch in {"", group.item.switch}
            ]
            known = [_essence(rule.body.attributes) for rule in rules if _group(rule) == own]
            if not known:
                continue
            for inline in group.body.blocks.pop(direction, []):
                for attributes in _separate(inline.attributes, own):
                    if _essence(attributes) in known:
                        continue
                    known.append(_essence(attributes))
                    name = allocate(type_, f"{group.item.logical_id}_{direction}")
                    rule = type(group)(type=type_, name=name, body=Body(attributes=attributes), item=group.item)
                    out[rule.address] = rule
    return out


def _group(rule: "Made") -> Value:
    return rule.body.attributes.get("security_group_id")


def _separate(inline: Mapping[str, Value], group: Reference) -> Iterator[dict[str, Value]]:
    """An inline rule as one rule for each source."""
    common: dict[str, Value] = {"security_group_id": group}
    if "description" in inline:
        common["description"] = inline["description"]
    common["ip_protocol"] = inline["protocol"]
    if inline["protocol"] != "-1":
        common |= {"from_port": inline["from_port"], "to_port": inline["to_port"]}
    for name, argument in _SOURCES.items():
        sources = inline.get(name)
        for source in sources if isinstance(sources, list) else []:
            yield {**common, argument: source}
    if inline.get("self"):
        yield {**common, "referenced_security_group_id": group}


def _essence(attributes: Mapping[str, Value]) -> dict[str, Value]:
    """What makes two rules the same to EC2."""
    return {name: value for name, value in attributes.items() if name not in {"description", "tags"}}
