"""EC2 and VPC: the shape of the network."""

from lsqm.generate.builtin.recipe import Kind, Recipe, Setting


def _described(
    type_: str, each: str, operation: str, ids: str, result: str, checks: str = "", settings: tuple[Setting, ...] = ()
) -> Recipe:
    """Something EC2 describes by its id."""
    call = f'ec2.{operation}({ids}=[{each}["id"]])'
    return Recipe(
        type=type_,
        each=each,
        service="ec2",
        look=f"""
            [found] = {call}["{result}"]
            {checks}
        """,
        settings=settings,
    )


def _rule(type_: str, *, egress: bool) -> Recipe:
    return Recipe(
        type=type_,
        each="rule",
        service="ec2",
        look=f"""
            [found] = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule["id"]])["SecurityGroupRules"]
            assert found["GroupId"] == rule["security_group_id"]
            assert found["IsEgress"] is {egress}
        """,
        settings=(
            Setting("ip_protocol", 'found["IpProtocol"]'),
            Setting("from_port", 'found["FromPort"]', Kind.NUMBER),
            Setting("to_port", 'found["ToPort"]', Kind.NUMBER),
            Setting("cidr_ipv4", 'found["CidrIpv4"]'),
        ),
    )


RECIPES = (
    _described(
        "aws_vpc",
        "vpc",
        "describe_vpcs",
        "VpcIds",
        "Vpcs",
        'assert found["CidrBlock"] == vpc["cidr_block"]',
        (
            Setting("cidr_block", 'found["CidrBlock"]'),
            Setting("instance_tenancy", 'found["InstanceTenancy"]'),
            Setting(
                "enable_dns_hostnames",
                'ec2.describe_vpc_attribute(VpcId=vpc["id"], Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"]',
                Kind.FLAG,
            ),
        ),
    ),
    _described(
        "aws_subnet",
        "subnet",
        "describe_subnets",
        "SubnetIds",
        "Subnets",
        'assert (found["VpcId"], found["CidrBlock"]) == (subnet["vpc_id"], subnet["cidr_block"])',
        (
            Setting("cidr_block", 'found["CidrBlock"]'),
            Setting("availability_zone", 'found["AvailabilityZone"]'),
            Setting("map_public_ip_on_launch", 'found["MapPublicIpOnLaunch"]', Kind.FLAG),
        ),
    ),
    _described(
        "aws_internet_gateway",
        "gateway",
        "describe_internet_gateways",
        "InternetGatewayIds",
        "InternetGateways",
        'assert not gateway["vpc_id"] or [link["VpcId"] for link in found["Attachments"]] == [gateway["vpc_id"]]',
    ),
    Recipe(
        type="aws_egress_only_internet_gateway",
        each="gateway",
        service="ec2",
        look="""
            answer = ec2.describe_egress_only_internet_gateways(EgressOnlyInternetGatewayIds=[gateway["id"]])
            [found] = answer["EgressOnlyInternetGateways"]
            assert [link["VpcId"] for link in found["Attachments"]] == [gateway["vpc_id"]]
        """,
    ),
    _described(
        "aws_nat_gateway",
        "gateway",
        "describe_nat_gateways",
        "NatGatewayIds",
        "NatGateways",
        'assert (found["SubnetId"], found["State"]) == (gateway["subnet_id"], "available")',
        (Setting("connectivity_type", 'found["ConnectivityType"]'),),
    ),
    _described(
        "aws_eip",
        "address",
        "describe_addresses",
        "AllocationIds",
        "Addresses",
        'assert found["PublicIp"] == address["public_ip"]',
    ),
    _described(
        "aws_route_table",
        "table",
        "describe_route_tables",
        "RouteTableIds",
        "RouteTables",
        'assert found["VpcId"] == table["vpc_id"]',
    ),
    Recipe(
        type="aws_route",
        each="route",
        service="ec2",
        look="""
            [table] = ec2.describe_route_tables(RouteTableIds=[route["route_table_id"]])["RouteTables"]
            goals = [
                entry.get("DestinationCidrBlock") or entry.get("DestinationIpv6CidrBlock") for entry in table["Routes"]
            ]
            assert (route["destination_cidr_block"] or route["destination_ipv6_cidr_block"]) in goals
        """,
    ),
    Recipe(
        type="aws_route_table_association",
        each="association",
        service="ec2",
        look="""
            [table] = ec2.describe_route_tables(RouteTableIds=[association["route_table_id"]])["RouteTables"]
            assert association["id"] in [entry["RouteTableAssociationId"] for entry in table["Associations"]]
        """,
    ),
    _described(
        "aws_security_group",
        "group",
        "describe_security_groups",
        "GroupIds",
        "SecurityGroups",
        'assert (found["GroupName"], found["VpcId"]) == (group["name"], group["vpc_id"])',
        (Setting("description", 'found["Description"]'), Setting("name", 'found["GroupName"]')),
    ),
    Recipe(
        type="aws_security_group_rule",
        each="rule",
        service="ec2",
        look="""
            [group] = ec2.describe_security_groups(GroupIds=[rule["security_group_id"]])["SecurityGroups"]
            permissions = group["IpPermissions" if rule["type"] == "ingress" else "IpPermissionsEgress"]
            protocol = {"all": "-1"}.get(rule["protocol"], rule["protocol"])
            assert protocol in [permission["IpProtocol"] for permission in permissions]
        """,
    ),
    _rule("aws_vpc_security_group_ingress_rule", egress=False),
    _rule("aws_vpc_security_group_egress_rule", egress=True),
    _described(
        "aws_network_acl",
        "acl",
        "describe_network_acls",
        "NetworkAclIds",
        "NetworkAcls",
        'assert found["VpcId"] == acl["vpc_id"]',
    ),
    Recipe(
        type="aws_network_acl_rule",
        each="rule",
        service="ec2",
        look="""
            [acl] = ec2.describe_network_acls(NetworkAclIds=[rule["network_acl_id"]])["NetworkAcls"]
            entries = {(entry["RuleNumber"], entry["Egress"]): entry for entry in acl["Entries"]}
            assert entries[rule["rule_number"], rule["egress"]]["RuleAction"] == rule["rule_action"]
        """,
    ),
    Recipe(
        type="aws_network_acl_association",
        each="association",
        service="ec2",
        look="""
            [acl] = ec2.describe_network_acls(NetworkAclIds=[association["network_acl_id"]])["NetworkAcls"]
            assert association["subnet_id"] in [entry["SubnetId"] for entry in acl["Associations"]]
        """,
    ),
    Recipe(
        type="aws_internet_gateway_attachment",
        each="attachment",
        service="ec2",
        look="""
            ids = [attachment["internet_gateway_id"]]
            [gateway] = ec2.describe_internet_gateways(InternetGatewayIds=ids)["InternetGateways"]
            assert [link["VpcId"] for link in gateway["Attachments"]] == [attachment["vpc_id"]]
        """,
    ),
    Recipe(
        type="aws_vpc_dhcp_options_association",
        each="association",
        service="ec2",
        look="""
            [vpc] = ec2.describe_vpcs(VpcIds=[association["vpc_id"]])["Vpcs"]
            assert vpc["DhcpOptionsId"] == association["dhcp_options_id"]
        """,
    ),
    _described(
        "aws_network_interface",
        "card",
        "describe_network_interfaces",
        "NetworkInterfaceIds",
        "NetworkInterfaces",
        'assert found["SubnetId"] == card["subnet_id"]',
    ),
    _described(
        "aws_vpc_endpoint",
        "endpoint",
        "describe_vpc_endpoints",
        "VpcEndpointIds",
        "VpcEndpoints",
        'assert (found["VpcId"], found["ServiceName"]) == (endpoint["vpc_id"], endpoint["service_name"])\n            '
        'assert found["State"].lower() in ("available", "pending", "pendingacceptance")',
        (Setting("vpc_endpoint_type", 'found["VpcEndpointType"]'),),
    ),
    _described(
        "aws_vpc_peering_connection",
        "peering",
        "describe_vpc_peering_connections",
        "VpcPeeringConnectionIds",
        "VpcPeeringConnections",
        'assert found["RequesterVpcInfo"]["VpcId"] == peering["vpc_id"]\n            '
        'assert found["Status"]["Code"] in ("pending-acceptance", "provisioning", "active")',
    ),
    _described(
        "aws_vpc_dhcp_options",
        "options",
        "describe_dhcp_options",
        "DhcpOptionsIds",
        "DhcpOptions",
        'assert found["DhcpOptionsId"] == options["id"]',
    ),
    _described(
        "aws_flow_log",
        "log",
        "describe_flow_logs",
        "FlowLogIds",
        "FlowLogs",
        'assert found["ResourceId"] == (log["vpc_id"] or log["subnet_id"] or log["eni_id"])',
        (Setting("traffic_type", 'found["TrafficType"]'),),
    ),
    _described(
        "aws_ebs_volume",
        "volume",
        "describe_volumes",
        "VolumeIds",
        "Volumes",
        'assert found["AvailabilityZone"] == volume["availability_zone"]',
        (
            Setting("size", 'found["Size"]', Kind.NUMBER),
            Setting("type", 'found["VolumeType"]'),
            Setting("encrypted", 'found["Encrypted"]', Kind.FLAG),
        ),
    ),
    Recipe(
        type="aws_ec2_managed_prefix_list",
        each="prefix_list",
        service="ec2",
        look="""
            found = ec2.describe_managed_prefix_lists(PrefixListIds=[prefix_list["id"]])["PrefixLists"]
            assert [entry["PrefixListName"] for entry in found] == [prefix_list["name"]]
        """,
        settings=(
            Setting("address_family", 'found[0]["AddressFamily"]'),
            Setting("max_entries", 'found[0]["MaxEntries"]', Kind.NUMBER),
        ),
    ),
    Recipe(
        type="aws_vpc_ipv4_cidr_block_association",
        each="association",
        service="ec2",
        look="""
            [vpc] = ec2.describe_vpcs(VpcIds=[association["vpc_id"]])["Vpcs"]
            blocks = {entry["AssociationId"]: entry for entry in vpc["CidrBlockAssociationSet"]}
            found = blocks[association["id"]]
            assert found["CidrBlock"] == association["cidr_block"]
            assert found["CidrBlockState"]["State"] in ("associated", "associating")
        """,
    ),
    _described(
        "aws_customer_gateway",
        "gateway",
        "describe_customer_gateways",
        "CustomerGatewayIds",
        "CustomerGateways",
        'assert (found["State"], found["BgpAsn"]) == ("available", str(gateway["bgp_asn"]))',
        (Setting("ip_address", 'found["IpAddress"]'),),
    ),
    _described(
        "aws_vpn_gateway",
        "gateway",
        "describe_vpn_gateways",
        "VpnGatewayIds",
        "VpnGateways",
        'assert (found["State"], found["Type"]) == ("available", "ipsec.1") and gateway["id"] == found["VpnGatewayId"]',
    ),
    Recipe(
        type="aws_vpn_gateway_attachment",
        each="attachment",
        service="ec2",
        look="""
            [found] = ec2.describe_vpn_gateways(VpnGatewayIds=[attachment["vpn_gateway_id"]])["VpnGateways"]
            states = {link["VpcId"]: link["State"] for link in found["VpcAttachments"]}
            assert states[attachment["vpc_id"]] == "attached"
        """,
    ),
    Recipe(
        type="aws_vpn_gateway_route_propagation",
        each="propagation",
        service="ec2",
        look="""
            [table] = ec2.describe_route_tables(RouteTableIds=[propagation["route_table_id"]])["RouteTables"]
            assert propagation["vpn_gateway_id"] in [gateway["GatewayId"] for gateway in table["PropagatingVgws"]]
        """,
    ),
    Recipe(
        type="aws_main_route_table_association",
        each="association",
        service="ec2",
        look="""
            [table] = ec2.describe_route_tables(RouteTableIds=[association["route_table_id"]])["RouteTables"]
            assert [link["Main"] for link in table["Associations"] if link["Main"]] == [True]
            assert table["VpcId"] == association["vpc_id"]
        """,
    ),
    _described(
        "aws_default_vpc",
        "vpc",
        "describe_vpcs",
        "VpcIds",
        "Vpcs",
        'assert (found["IsDefault"], found["CidrBlock"]) == (True, vpc["cidr_block"])',
    ),
    _described(
        "aws_default_security_group",
        "group",
        "describe_security_groups",
        "GroupIds",
        "SecurityGroups",
        'assert (found["GroupName"], found["VpcId"]) == ("default", group["vpc_id"])',
    ),
    _described(
        "aws_default_network_acl",
        "acl",
        "describe_network_acls",
        "NetworkAclIds",
        "NetworkAcls",
        'assert (found["IsDefault"], found["VpcId"]) == (True, acl["vpc_id"])',
    ),
    _described(
        "aws_default_route_table",
        "table",
        "describe_route_tables",
        "RouteTableIds",
        "RouteTables",
        'assert found["VpcId"] == table["vpc_id"] and any(link["Main"] for link in found["Associations"])',
    ),
)
