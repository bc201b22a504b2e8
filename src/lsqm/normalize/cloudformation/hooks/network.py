"""VPC plumbing: routes, gateways, addresses, flow logs."""

from lsqm.model.terraform import Reference
from lsqm.normalize.cloudformation.context import Context
from lsqm.normalize.cloudformation.hooks.values import as_list
from lsqm.normalize.cloudformation.parameters import text


def vpc_cidr_block(r: Context) -> None:
    """IPv4 and IPv6 associations are two resource types."""
    generated = text(r.take("AmazonProvidedIpv6CidrBlock")).lower() == "true"
    if r.item.folded:
        r.properties = {}
        r.compiler.fold(r.item, {"assign_generated_ipv6_cidr_block": True})
        return
    if generated or "Ipv6CidrBlock" in r.properties or "Ipv6Pool" in r.properties:
        r.rename("aws_vpc_ipv6_cidr_block_association")
        if generated:
            r.body.attributes["assign_generated_ipv6_cidr_block"] = True


def route(r: Context) -> None:
    """An instance is reached through its network interface."""
    instance = r.take("InstanceId")
    if isinstance(instance, Reference):
        r.body.attributes["network_interface_id"] = Reference(
            instance.address, instance.path.replace(".id", ".primary_network_interface_id")
        )
    gateway = r.properties.get("GatewayId")
    if isinstance(gateway, str) and gateway == "local":
        r.properties["GatewayId"] = "local"


def gateway_attachment(r: Context) -> None:
    """Internet and VPN gateways attach through different types."""
    if "VpnGatewayId" in r.properties and "InternetGatewayId" not in r.properties:
        r.rename("aws_vpn_gateway_attachment")


def eip_association(r: Context) -> None:
    """An elastic IP given by address is named by its allocation."""
    address = r.properties.get("EIP")
    if isinstance(address, Reference) and address.path.endswith(".public_ip"):
        r.properties.pop("EIP")
        r.properties["AllocationId"] = Reference(address.address, address.path.replace(".public_ip", ".id"))


def route_propagation(r: Context) -> None:
    """One resource for each route table."""
    tables = as_list(r.take("RouteTableIds"))
    for position, table in enumerate(tables):
        if position == 0:
            r.body.attributes["route_table_id"] = table
        else:
            made = r.another(r.made.type, f"{r.item.logical_id}_{position + 1}")
            made.body.attributes |= {"route_table_id": table, "vpn_gateway_id": r.properties.get("VpnGatewayId")}


def flow_log(r: Context) -> None:
    """The kind of the resource is the argument's name."""
    resource, kind = r.take("ResourceId"), r.take("ResourceType")
    name = {
        "VPC": "vpc_id",
        "Subnet": "subnet_id",
        "NetworkInterface": "eni_id",
        "TransitGateway": "transit_gateway_id",
    }
    r.body.attributes[name.get(text(kind), "vpc_id")] = resource
    group = r.take("LogGroupName")
    if group is not None:
        if isinstance(group, Reference) and group.path.endswith(".name"):
            r.body.attributes["log_destination"] = Reference(group.address, group.path.replace(".name", ".arn"))
        else:
            r.body.attributes["log_destination"] = group
            if isinstance(group, str) and not group.startswith("arn:"):
                r.body.attributes["log_destination"] = f"arn:aws:logs:us-east-1:000000000000:log-group:{group}"


HOOKS = {
    "vpc_cidr_block": vpc_cidr_block,
    "route": route,
    "gateway_attachment": gateway_attachment,
    "eip_association": eip_association,
    "route_propagation": route_propagation,
    "flow_log": flow_log,
}
