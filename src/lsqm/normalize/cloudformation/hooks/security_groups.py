"""Security groups and their rules."""

from collections.abc import Mapping
from typing import Any

from lsqm.model.terraform import EXPRESSIONS, Reference, Value
from lsqm.normalize.cloudformation.context import Context
from lsqm.normalize.cloudformation.hooks.values import as_list, port
from lsqm.normalize.cloudformation.ir import Body
from lsqm.normalize.cloudformation.names import snake
from lsqm.normalize.cloudformation.parameters import text

_RULE_KEYS = (
    "from_port",
    "to_port",
    "protocol",
    "cidr_blocks",
    "ipv6_cidr_blocks",
    "prefix_list_ids",
    "security_groups",
    "self",
    "description",
)


def security_group(r: Context) -> None:
    """Inline rules are blocks; a group without egress rules lets everything out, as in CloudFormation."""
    ingress, egress = r.take("SecurityGroupIngress"), r.take("SecurityGroupEgress")
    for name, rules in (("ingress", as_list(ingress)), ("egress", as_list(egress))):
        for rule in rules:
            if isinstance(rule, Mapping):
                r.body.blocks.setdefault(name, []).append(Body(attributes=_inline_rule(r, rule)))
            elif isinstance(rule, EXPRESSIONS):
                r.compiler.diagnostics.add("property-dropped", r.path, f"{name}: a rule is not known before apply")
    if egress is None and not _has_egress_elsewhere(r):
        r.body.add("egress", from_port=0, to_port=0, protocol="-1", cidr_blocks=["0.0.0.0/0"])
    if "GroupName" not in r.properties:
        r.body.attributes["name_prefix"] = f"{snake(r.item.logical_id).replace('_', '-')[:60]}-"
        if r.body.attributes["name_prefix"].startswith("sg-"):  # type: ignore[union-attr]
            r.body.attributes["name_prefix"] = f"{r.compiler.stack}-{r.body.attributes['name_prefix']}"


def _has_egress_elsewhere(r: Context) -> bool:
    """Whether a rule of its own lets something out of this group."""
    return any(
        item.cfn_type == "AWS::EC2::SecurityGroupEgress" and _mentions(item.raw.get("Properties"), r.item.logical_id)
        for item in r.compiler.items.values()
    )


def _mentions(node: Any, logical_id: str) -> bool:
    if isinstance(node, Mapping):
        return any(_mentions(value, logical_id) for value in node.values())
    if isinstance(node, list):
        return any(_mentions(value, logical_id) for value in node)
    return isinstance(node, str) and node.partition(".")[0] == logical_id


def _inline_rule(r: Context, rule: Mapping[str, Any]) -> dict[str, Value]:
    protocol = rule.get("IpProtocol", "-1")
    first, last = rule.get("FromPort", 0), rule.get("ToPort", rule.get("FromPort", 0))
    everything = text(protocol) == "-1" if not isinstance(protocol, EXPRESSIONS) else False
    out: dict[str, Value] = {
        "from_port": 0 if everything else port(first),
        "to_port": 0 if everything else port(last),
        "protocol": protocol if isinstance(protocol, EXPRESSIONS) else text(protocol).lower(),
    }
    for key, name in (
        ("CidrIp", "cidr_blocks"),
        ("CidrIpv6", "ipv6_cidr_blocks"),
        ("SourcePrefixListId", "prefix_list_ids"),
        ("DestinationPrefixListId", "prefix_list_ids"),
        ("SourceSecurityGroupId", "security_groups"),
        ("DestinationSecurityGroupId", "security_groups"),
        ("SourceSecurityGroupName", "security_groups"),
    ):
        if key in rule:
            value = rule[key]
            if isinstance(value, Reference) and value.address == r.made.address:
                out["self"] = True
                continue
            values = (
                [r.lowering.network(name, item, key, r.path) for item in as_list(value)]
                if "cidr" in name
                else as_list(value)
            )
            out[name] = [*as_list(out.get(name)), *values]
    if "Description" in rule:
        out["description"] = rule["Description"]
    if rule.get("SourceSecurityGroupOwnerId") is not None:
        r.compiler.diagnostics.add(
            "property-dropped",
            (*r.path, "SecurityGroupIngress"),
            "SourceSecurityGroupOwnerId: the group's id says whose it is",
            effect="It is left out.",
        )
    return out


def _rule(r: Context, source: str) -> None:
    protocol = r.take("IpProtocol")
    group = r.take("GroupId")
    name = r.take("GroupName")
    r.body.attributes["security_group_id"] = group if group is not None else name
    r.body.attributes["ip_protocol"] = (
        protocol if isinstance(protocol, EXPRESSIONS) else text(protocol if protocol is not None else "-1").lower()
    )
    lowered = r.body.attributes["ip_protocol"]
    for key, argument in (("FromPort", "from_port"), ("ToPort", "to_port")):
        value = r.take(key)
        if value is not None and lowered not in {"-1", "all"}:
            r.body.attributes[argument] = port(value)
    for key, argument in (
        ("CidrIp", "cidr_ipv4"),
        ("CidrIpv6", "cidr_ipv6"),
        (f"{source}PrefixListId", "prefix_list_id"),
        (f"{source}SecurityGroupId", "referenced_security_group_id"),
        ("SourceSecurityGroupName", "referenced_security_group_id"),
    ):
        value = r.take(key)
        if value is not None:
            r.body.attributes[argument] = (
                r.lowering.network(argument, value, key, r.path) if "cidr" in argument else value
            )
    r.drop("SourceSecurityGroupOwnerId", "the group's id says whose it is")


def security_group_ingress(r: Context) -> None:
    """A rule of its own."""
    _rule(r, "Source")


def security_group_egress(r: Context) -> None:
    """A rule of its own."""
    _rule(r, "Destination")


HOOKS = {
    "security_group": security_group,
    "security_group_ingress": security_group_ingress,
    "security_group_egress": security_group_egress,
}
