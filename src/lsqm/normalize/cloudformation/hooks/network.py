"""VPC plumbing, load balancers, DNS, CloudFront, WAF."""

from collections.abc import Mapping
from typing import Any

from lsqm.model.terraform import EXPRESSIONS, Reference, Value
from lsqm.normalize.cloudformation.compile import Context
from lsqm.normalize.cloudformation.hooks.values import as_list
from lsqm.normalize.cloudformation.lower import Body
from lsqm.normalize.cloudformation.names import snake
from lsqm.normalize.cloudformation.parameters import text
from lsqm.normalize.cloudformation.standins import ZONE
from lsqm.normalize.cloudformation.tables import Table


def vpc_cidr_block(r: Context) -> None:
    """IPv4 and IPv6 associations are two resource types."""
    generated = text(r.take("AmazonProvidedIpv6CidrBlock")).lower() == "true"
    if r.item.folded:
        r.properties = {}
        r.compiler.fold(r.item, {"assign_generated_ipv6_cidr_block": True})
        return
    if generated or "Ipv6CidrBlock" in r.properties or "Ipv6Pool" in r.properties:
        r.compiler.rename(r, "aws_vpc_ipv6_cidr_block_association")
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
        r.compiler.rename(r, "aws_vpn_gateway_attachment")


def eip_association(r: Context) -> None:
    """An elastic IP given by address is named by its allocation."""
    address = r.properties.get("EIP")
    if isinstance(address, Reference) and address.path.endswith(".public_ip"):
        r.properties.pop("EIP")
        r.properties["AllocationId"] = Reference(address.address, address.path.replace(".public_ip", ".id"))


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
    everything = text(protocol) == "-1" if not isinstance(protocol, EXPRESSIONS) else False
    out: dict[str, Value] = {
        "from_port": 0 if everything else _port(rule.get("FromPort", 0)),
        "to_port": 0 if everything else _port(rule.get("ToPort", rule.get("FromPort", 0))),
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
    return out


def _port(value: Any) -> Value:
    if isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    return value  # type: ignore[no-any-return]


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
            r.body.attributes[argument] = _port(value)
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


def _attribute_pairs(value: Any) -> dict[str, Any]:
    return {
        text(item.get("Key")): item.get("Value")
        for item in as_list(value)
        if isinstance(item, Mapping) and not isinstance(item.get("Key"), EXPRESSIONS)
    }


_BALANCER = {
    "deletion_protection.enabled": "enable_deletion_protection",
    "idle_timeout.timeout_seconds": "idle_timeout",
    "client_keep_alive.seconds": "client_keep_alive",
    "load_balancing.cross_zone.enabled": "enable_cross_zone_load_balancing",
    "routing.http2.enabled": "enable_http2",
    "routing.http.drop_invalid_header_fields.enabled": "drop_invalid_header_fields",
    "routing.http.preserve_host_header.enabled": "preserve_host_header",
    "routing.http.desync_mitigation_mode": "desync_mitigation_mode",
    "routing.http.xff_client_port.enabled": "enable_xff_client_port",
    "routing.http.xff_header_processing.mode": "xff_header_processing_mode",
    "waf.fail_open.enabled": "enable_waf_fail_open",
}


def _bool_or(value: Any) -> Value:
    lowered = text(value).lower() if not isinstance(value, EXPRESSIONS) else ""
    if lowered in {"true", "false"}:
        return lowered == "true"
    return int(lowered) if lowered.isdigit() else value


def balancer(r: Context) -> None:
    """Attributes are arguments; access logs are a block."""
    pairs = _attribute_pairs(r.take("LoadBalancerAttributes"))
    for key, value in pairs.items():
        if key in _BALANCER:
            r.body.attributes[_BALANCER[key]] = _bool_or(value)
        elif key.startswith("access_logs.s3."):
            name = key.removeprefix("access_logs.s3.")
            r.body.first("access_logs").attributes[name] = _bool_or(value) if name == "enabled" else value
        else:
            r.compiler.diagnostics.add(
                "property-dropped",
                (*r.path, "LoadBalancerAttributes"),
                f"LoadBalancerAttributes.{key}: Terraform has no argument for it",
            )
    logs = r.body.blocks.get("access_logs")
    if logs and "bucket" not in logs[0].attributes:
        del r.body.blocks["access_logs"]
    r.drop("MinimumLoadBalancerCapacity", "the emulator has no capacity")


_TARGET_GROUP = {
    "deregistration_delay.timeout_seconds": "deregistration_delay",
    "slow_start.duration_seconds": "slow_start",
    "proxy_protocol_v2.enabled": "proxy_protocol_v2",
    "load_balancing.algorithm.type": "load_balancing_algorithm_type",
    "load_balancing.cross_zone.enabled": "load_balancing_cross_zone_enabled",
    "preserve_client_ip.enabled": "preserve_client_ip",
    "lambda.multi_value_headers.enabled": "lambda_multi_value_headers_enabled",
    "deregistration_delay.connection_termination.enabled": "connection_termination",
}


def target_group(r: Context) -> None:
    """Attributes are arguments, stickiness a block, targets resources of their own."""
    pairs = _attribute_pairs(r.take("TargetGroupAttributes"))
    sticky: dict[str, Value] = {}
    for key, value in pairs.items():
        if key in _TARGET_GROUP:
            converted = _bool_or(value)
            if _TARGET_GROUP[key] in {"load_balancing_cross_zone_enabled", "preserve_client_ip"} and isinstance(
                converted, bool
            ):
                converted = text(converted)
            r.body.attributes[_TARGET_GROUP[key]] = converted
        elif key.startswith("stickiness."):
            name = {"enabled": "enabled", "type": "type", "app_cookie.cookie_name": "cookie_name"}.get(
                key.removeprefix("stickiness."), "cookie_duration" if key.endswith("duration_seconds") else ""
            )
            if name:
                sticky[name] = _bool_or(value) if name != "type" else value
        else:
            r.compiler.diagnostics.add(
                "property-dropped",
                (*r.path, "TargetGroupAttributes"),
                f"TargetGroupAttributes.{key}: Terraform has no argument for it",
            )
    if sticky:
        sticky.setdefault("type", "lb_cookie")
        r.body.blocks["stickiness"] = [Body(attributes=sticky)]
    for position, target in enumerate(as_list(r.take("Targets"))):
        if not isinstance(target, Mapping):
            continue
        made = r.another("aws_lb_target_group_attachment", f"{r.item.logical_id}_{position + 1}")
        made.body.attributes |= {"target_group_arn": r.own("arn"), "target_id": target.get("Id")}
        for key, name in (("Port", "port"), ("AvailabilityZone", "availability_zone")):
            if key in target:
                made.body.attributes[name] = _port(target[key])


_ACTION_BLOCKS = {
    "ForwardConfig": "forward",
    "RedirectConfig": "redirect",
    "FixedResponseConfig": "fixed_response",
    "AuthenticateCognitoConfig": "authenticate_cognito",
    "AuthenticateOidcConfig": "authenticate_oidc",
}


def listener(r: Context) -> None:
    """Action and condition configurations lose their suffix; certificates are one argument and further resources."""
    for key in ("DefaultActions", "Actions"):
        if key in r.properties:
            r.properties[key] = [_action(item) for item in as_list(r.properties[key]) if isinstance(item, Mapping)]
    if "Conditions" in r.properties:
        r.properties["Conditions"] = [
            _condition(item) for item in as_list(r.properties["Conditions"]) if isinstance(item, Mapping)
        ]
    certificates = [item.get("CertificateArn") for item in as_list(r.take("Certificates")) if isinstance(item, Mapping)]
    if certificates:
        r.body.attributes["certificate_arn"] = certificates[0]
        for position, arn in enumerate(certificates[1:], 2):
            made = r.another("aws_lb_listener_certificate", f"{r.item.logical_id}_{position}")
            made.body.attributes |= {"listener_arn": r.own("arn"), "certificate_arn": arn}
    r.drop("ListenerAttributes", "header attributes have other names")


def _action(action: Mapping[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in action.items():
        if key == "ForwardConfig" and isinstance(value, Mapping):
            groups = value.get("TargetGroups")
            stickiness = value.get("TargetGroupStickinessConfig")
            if "TargetGroupArn" in action:
                continue
            forward: dict[str, Any] = {
                "TargetGroup": [
                    {"Arn" if k == "TargetGroupArn" else k: v for k, v in group.items()}
                    for group in as_list(groups)
                    if isinstance(group, Mapping)
                ]
            }
            if isinstance(stickiness, Mapping) and text(stickiness.get("Enabled", "")).lower() == "true":
                forward["Stickiness"] = {"Enabled": True, "Duration": stickiness.get("DurationSeconds", 3600)}
            out["Forward"] = forward
        elif key in _ACTION_BLOCKS:
            out[_ACTION_BLOCKS[key]] = value
        else:
            out[key] = value
    return out


def _condition(condition: Mapping[str, Any]) -> dict[str, Any]:
    field = text(condition.get("Field", "")) if not isinstance(condition.get("Field"), EXPRESSIONS) else ""
    name = field.replace("-", "_")
    configurations = [
        value for key, value in condition.items() if key.endswith("Config") and isinstance(value, Mapping)
    ]
    values = condition.get("Values")
    if configurations:
        inner = dict(configurations[0])
        key = next(key for key in condition if key.endswith("Config"))
        name = name or snake(key.removesuffix("Config"))
        if name == "query_string":
            return {name: inner.get("Values", [])}
        return {name: inner}
    fallback = "example.com" if name == "host_header" else "/*"
    return {name or "path_pattern": {"Values": [value for value in as_list(values) if value != ""] or [fallback]}}


def listener_certificate(r: Context) -> None:
    """One resource for each certificate."""
    certificates = [item.get("CertificateArn") for item in as_list(r.take("Certificates")) if isinstance(item, Mapping)]
    for position, arn in enumerate(certificates):
        body = r.body if position == 0 else r.another(r.made.type, f"{r.item.logical_id}_{position + 1}").body
        body.attributes |= {"listener_arn": r.properties.get("ListenerArn"), "certificate_arn": arn}


def classic_balancer(r: Context) -> None:
    """Policies are resources of their own in Terraform and rarely matter; a listener names both protocols."""
    listeners = []
    for item in as_list(r.properties.get("Listeners")):
        if isinstance(item, Mapping):
            each = dict(item)
            each.setdefault("InstanceProtocol", each.get("Protocol", "HTTP"))
            if each.pop("PolicyNames", None):
                r.compiler.diagnostics.add(
                    "property-dropped",
                    (*r.path, "Listeners"),
                    "Listeners.PolicyNames: policies are resources of their own",
                )
            for key in ("Protocol", "InstanceProtocol"):
                if isinstance(each.get(key), str):
                    each[key] = each[key].lower()
            listeners.append(each)
    r.properties["Listeners"] = listeners
    for name in ("AppCookieStickinessPolicy", "LBCookieStickinessPolicy", "Policies"):
        r.drop(name, "policies are resources of their own")
    check = r.properties.get("HealthCheck")
    if isinstance(check, Mapping):
        r.properties["HealthCheck"] = {
            "HealthyThreshold": 2,
            "UnhealthyThreshold": 2,
            "Interval": 30,
            "Timeout": 5,
            **check,
        }


_RECORD = Table(
    type="aws_route53_record",
    rename={
        "AliasTarget": "alias",
        "AliasTarget.DNSName": "name",
        "AliasTarget.HostedZoneId": "zone_id",
        "ResourceRecords": "records",
        "HostedZoneId": "zone_id",
        "TTL": "ttl",
        "MultiValueAnswer": "multivalue_answer_routing_policy",
        "GeoLocation": "geolocation_routing_policy",
        "GeoLocation.ContinentCode": "continent",
        "GeoLocation.CountryCode": "country",
        "GeoLocation.SubdivisionCode": "subdivision",
    },
    defaults={"alias?.evaluate_target_health": False},
    drop={"Comment": "records have no comments"},
)


def _record(r: Context, body: Body, record: Mapping[str, Any], zone: Value, zone_name: Value) -> None:
    record = dict(record)
    zone = record.pop("HostedZoneId", zone)
    zone_name = record.pop("HostedZoneName", zone_name)
    if zone is None or zone == "":
        address = r.compiler.zone(zone_name)
        zone = address if address is not None else ZONE
        if address is None:
            shown = "" if isinstance(zone_name, EXPRESSIONS) else text(zone_name)
            r.compiler.diagnostics.stand_in(r.path, f"The hosted zone {shown} lies outside the template.")
    body.attributes["zone_id"] = zone
    for key, block, name in (
        ("Weight", "weighted_routing_policy", "weight"),
        ("Region", "latency_routing_policy", "region"),
        ("Failover", "failover_routing_policy", "type"),
    ):
        if key in record:
            body.add(block, **{name: _port(record.pop(key))})
    made = type(r.made)(type="aws_route53_record", name="", body=body, item=r.item)
    r.fill(made, record, rules=_RECORD)


def record_set(r: Context) -> None:
    """A record; a zone given by name is looked for in the template."""
    record, r.properties = r.properties, {}
    _record(r, r.body, record, None, None)


def record_set_group(r: Context) -> None:
    """One resource for each record."""
    zone, zone_name = r.take("HostedZoneId"), r.take("HostedZoneName")
    records = [item for item in as_list(r.take("RecordSets")) if isinstance(item, Mapping)]
    r.drop("Comment", "records have no comments")
    for position, record in enumerate(records):
        body = r.body if position == 0 else r.another(r.made.type, f"{r.item.logical_id}_{position + 1}").body
        _record(r, body, record, zone, zone_name)


def certificate(r: Context) -> None:
    """Validation options name a domain; zones for DNS validation are records elsewhere."""
    options = as_list(r.take("DomainValidationOptions"))
    if "ValidationMethod" not in r.properties and "CertificateAuthorityArn" not in r.properties:
        r.body.attributes["validation_method"] = "EMAIL"
    for option in options:
        if isinstance(option, Mapping) and "ValidationDomain" in option:
            r.body.add(
                "validation_option", domain_name=option.get("DomainName"), validation_domain=option["ValidationDomain"]
            )
        elif isinstance(option, Mapping):
            r.compiler.diagnostics.add(
                "property-dropped",
                (*r.path, "DomainValidationOptions"),
                "DomainValidationOptions.HostedZoneId: the validation records are resources of their own",
                effect="The certificate waits for validation.",
            )
    logging = r.take("CertificateTransparencyLoggingPreference")
    if logging is not None:
        r.body.first("options").attributes["certificate_transparency_logging_preference"] = logging


_DISTRIBUTION = Table(
    type="aws_cloudfront_distribution",
    rename={
        "CNAMEs": "aliases",
        "Origins": "origin",
        "Origins.Id": "origin_id",
        "Origins.OriginCustomHeaders": "custom_header",
        "Origins.OriginCustomHeaders.HeaderName": "name",
        "Origins.OriginCustomHeaders.HeaderValue": "value",
        "Origins.CustomOriginConfig.HTTPPort": "http_port",
        "Origins.CustomOriginConfig.HTTPSPort": "https_port",
        "Origins.CustomOriginConfig.OriginSSLProtocols": "origin_ssl_protocols",
        "Origins.S3OriginConfig": "s3_origin_config",
        "CustomErrorResponses": "custom_error_response",
        "CustomErrorResponses.ErrorCachingMinTTL": "error_caching_min_ttl",
        "CacheBehaviors": "ordered_cache_behavior",
        "CacheBehaviors.LambdaFunctionAssociations": "lambda_function_association",
        "CacheBehaviors.LambdaFunctionAssociations.LambdaFunctionARN": "lambda_arn",
        "CacheBehaviors.FunctionAssociations": "function_association",
        "CacheBehaviors.FunctionAssociations.FunctionARN": "function_arn",
        "CacheBehaviors.DefaultTTL": "default_ttl",
        "CacheBehaviors.MinTTL": "min_ttl",
        "CacheBehaviors.MaxTTL": "max_ttl",
        "CacheBehaviors.ForwardedValues.Cookies.WhitelistedNames": "whitelisted_names",
        "DefaultCacheBehavior.LambdaFunctionAssociations": "lambda_function_association",
        "DefaultCacheBehavior.LambdaFunctionAssociations.LambdaFunctionARN": "lambda_arn",
        "DefaultCacheBehavior.FunctionAssociations": "function_association",
        "DefaultCacheBehavior.FunctionAssociations.FunctionARN": "function_arn",
        "DefaultCacheBehavior.DefaultTTL": "default_ttl",
        "DefaultCacheBehavior.MinTTL": "min_ttl",
        "DefaultCacheBehavior.MaxTTL": "max_ttl",
        "Logging": "logging_config",
        "IPV6Enabled": "is_ipv6_enabled",
        "WebACLId": "web_acl_id",
        "ViewerCertificate.CloudFrontDefaultCertificate": "cloudfront_default_certificate",
        "ViewerCertificate.SslSupportMethod": "ssl_support_method",
        "OriginGroups": ".",
        "OriginGroups.Items": "origin_group",
        "OriginGroups.Items.Id": "origin_id",
        "OriginGroups.Items.Members": ".",
        "OriginGroups.Items.Members.Items": "member",
        "OriginGroups.Items.FailoverCriteria.StatusCodes": ".",
        "OriginGroups.Items.FailoverCriteria.StatusCodes.Items": "status_codes",
    },
    drop={
        "OriginGroups.Quantity": "the number of blocks says it",
        "OriginGroups.Items.Members.Quantity": "the number of blocks says it",
        "OriginGroups.Items.FailoverCriteria.StatusCodes.Quantity": "the number of values says it",
    },
    defaults={
        "enabled": True,
        "origin?.custom_origin_config?.http_port": 80,
        "origin?.custom_origin_config?.https_port": 443,
        "origin?.custom_origin_config?.origin_ssl_protocols": ["TLSv1.2"],
        "origin?.s3_origin_config?.origin_access_identity": "",
        "default_cache_behavior?.allowed_methods": ["GET", "HEAD"],
        "default_cache_behavior?.cached_methods": ["GET", "HEAD"],
        "ordered_cache_behavior?.allowed_methods": ["GET", "HEAD"],
        "ordered_cache_behavior?.cached_methods": ["GET", "HEAD"],
        "default_cache_behavior?.forwarded_values?.cookies.forward": "none",
        "ordered_cache_behavior?.forwarded_values?.cookies.forward": "none",
        "viewer_certificate.cloudfront_default_certificate": True,
        "restrictions.geo_restriction.restriction_type": "none",
    },
)


def distribution(r: Context) -> None:
    """The configuration is one object; Terraform wants restrictions and a certificate said."""
    configuration = r.take("DistributionConfig")
    if not isinstance(configuration, Mapping):
        return
    configuration = {k: v for k, v in configuration.items() if k not in {"CallerReference", "S3Origin", "CustomOrigin"}}
    certificate_ = configuration.get("ViewerCertificate")
    r.lowering.fill(r.body, configuration, _DISTRIBUTION, (*r.path, "DistributionConfig"))
    for chosen in r.body.blocks.get("viewer_certificate", ()):
        version = chosen.attributes.get("minimum_protocol_version")
        if isinstance(version, str) and version > "TLSv1.2_2021":
            chosen.attributes["minimum_protocol_version"] = "TLSv1.2_2021"
            r.compiler.diagnostics.stand_in(r.path, f"{version} is newer than the provider; TLSv1.2_2021 stands in.")
    if isinstance(certificate_, Mapping) and "CloudFrontDefaultCertificate" not in certificate_:
        r.body.first("viewer_certificate").attributes.pop("cloudfront_default_certificate", None)
    for behaviour in (
        *r.body.blocks.get("default_cache_behavior", ()),
        *r.body.blocks.get("ordered_cache_behavior", ()),
    ):
        for forwarded in behaviour.blocks.get("forwarded_values", ()):
            forwarded.attributes.setdefault("query_string", False)


def wafv2(r: Context) -> None:
    """Statements nest; the generic part follows the schema as deep as it goes."""
    if "Rules" in r.properties:
        r.properties["Rules"] = [_waf(item) for item in as_list(r.properties["Rules"])]
    action = r.properties.get("DefaultAction")
    if isinstance(action, Mapping):
        r.properties["DefaultAction"] = _waf(action)
    bodies = r.take("CustomResponseBodies")
    for key, body in bodies.items() if isinstance(bodies, Mapping) else ():
        if isinstance(body, Mapping):
            r.body.add(
                "custom_response_body", key=key, content=body.get("Content"), content_type=body.get("ContentType")
            )


_WAF_NAMES = {
    "ARN": "Arn",
    "SizeConstraintStatement": "SizeConstraintStatement",
    "IPSetReferenceStatement": "IpSetReferenceStatement",
}


def _waf(node: Any) -> Any:
    if isinstance(node, list):
        return [_waf(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    out: dict[str, Any] = {}
    for key, value in node.items():
        match key:
            case "AndStatement" | "OrStatement" if isinstance(value, Mapping):
                out[key] = {"Statement": [_waf(item) for item in as_list(value.get("Statements"))]}
            case "FieldToMatch" if isinstance(value, Mapping):
                out[key] = {("Json" + k[4:] if k.startswith("JSON") else k): _waf(v) for k, v in value.items()}
            case "TextTransformations":
                out["TextTransformation"] = _waf(value)
            case "ExcludedRules":
                out["RuleActionOverride"] = [
                    {"Name": item.get("Name"), "ActionToUse": {"Count": {}}}
                    for item in as_list(value)
                    if isinstance(item, Mapping)
                ]
            case "RuleActionOverrides":
                out["RuleActionOverride"] = _waf(value)
            case "CloudWatchMetricsEnabled":
                out["CloudwatchMetricsEnabled"] = value
            case "RegexPatternSetReferenceStatement" | "RuleGroupReferenceStatement" | "IPSetReferenceStatement":
                name = _WAF_NAMES.get(str(key), str(key))
                out[name] = _waf(value)
            case "ARN":
                out["Arn"] = value
            case _:
                out[key] = _waf(value)
    return out


def wafv2_named(r: Context) -> None:
    """Names are needed or made."""
    if "Name" not in r.properties:
        r.body.attributes["name"] = r.physical(128)


HOOKS = {
    "vpc_cidr_block": vpc_cidr_block,
    "route": route,
    "gateway_attachment": gateway_attachment,
    "eip_association": eip_association,
    "security_group": security_group,
    "security_group_ingress": security_group_ingress,
    "security_group_egress": security_group_egress,
    "route_propagation": route_propagation,
    "flow_log": flow_log,
    "balancer": balancer,
    "target_group": target_group,
    "listener": listener,
    "listener_certificate": listener_certificate,
    "classic_balancer": classic_balancer,
    "record_set": record_set,
    "record_set_group": record_set_group,
    "certificate": certificate,
    "distribution": distribution,
    "wafv2": wafv2,
    "wafv2_named": wafv2_named,
}
