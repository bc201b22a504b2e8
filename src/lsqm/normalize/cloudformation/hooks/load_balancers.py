"""Load balancers, their target groups and listeners."""

from collections.abc import Mapping
from typing import Any

from lsqm.model.terraform import EXPRESSIONS, Value
from lsqm.normalize.cloudformation.context import Context
from lsqm.normalize.cloudformation.hooks.values import as_list, port
from lsqm.normalize.cloudformation.ir import Body
from lsqm.normalize.cloudformation.names import snake
from lsqm.normalize.cloudformation.parameters import text


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
                made.body.attributes[name] = port(target[key])


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


_STICKY = {
    "AppCookieStickinessPolicy": ("aws_app_cookie_stickiness_policy", "CookieName", "cookie_name"),
    "LBCookieStickinessPolicy": (
        "aws_lb_cookie_stickiness_policy",
        "CookieExpirationPeriod",
        "cookie_expiration_period",
    ),
}
"""List of policies of a classic load balancer → its resource type, and its one member with the argument for it."""


def _sticky(r: Context, listener_: Mapping[str, Any], names: list[Any], policies: Mapping[str, list[Any]]) -> bool:
    """Stickiness policies of a listener as resources; whether that is all that its names name."""
    left = list(names)
    for key, (type_, member, argument) in _STICKY.items():
        for policy in policies[key]:
            if isinstance(policy, Mapping) and policy.get("PolicyName") in left:
                left.remove(policy["PolicyName"])
                made = r.another(type_, f"{r.item.logical_id}_{text(listener_.get('LoadBalancerPort'))}")
                made.body.attributes |= {
                    "name": policy["PolicyName"],
                    "load_balancer": r.own("name"),
                    "lb_port": port(listener_.get("LoadBalancerPort")),
                }
                if member in policy:
                    made.body.attributes[argument] = port(policy[member])
    return not left


def classic_balancer(r: Context) -> None:
    """Stickiness policies are resources of their own; a listener names both protocols."""
    listeners = []
    policies = {key: as_list(r.take(key)) for key in _STICKY}
    for item in as_list(r.properties.get("Listeners")):
        if isinstance(item, Mapping):
            each = dict(item)
            each.setdefault("InstanceProtocol", each.get("Protocol", "HTTP"))
            names = each.pop("PolicyNames", None)
            if names and not _sticky(r, each, as_list(names), policies):
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
    r.drop("Policies", "policies are resources of their own")
    check = r.properties.get("HealthCheck")
    if isinstance(check, Mapping):
        r.properties["HealthCheck"] = {
            "HealthyThreshold": 2,
            "UnhealthyThreshold": 2,
            "Interval": 30,
            "Timeout": 5,
            **check,
        }


HOOKS = {
    "balancer": balancer,
    "target_group": target_group,
    "listener": listener,
    "listener_certificate": listener_certificate,
    "classic_balancer": classic_balancer,
}
