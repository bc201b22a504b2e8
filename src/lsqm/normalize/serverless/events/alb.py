"""`alb`: target groups and listener rules on a load balancer that exists or is among the service's resources."""

import hashlib
import re
from typing import Any

from lsqm.normalize.serverless import naming
from lsqm.normalize.serverless.cfn import Json, permission, ref, resource
from lsqm.normalize.serverless.stack import Event, Stack

_LISTENER = re.compile(r"arn:aws[\w-]*:elasticloadbalancing:.+:listener/app/[\w-]+/([\w-]+)/([\w-]+)")
_PRINCIPAL = "elasticloadbalancing.amazonaws.com"
_CHECKS: tuple[tuple[str, str, Any], ...] = (
    ("enabled", "HealthCheckEnabled", True),
    ("path", "HealthCheckPath", "/"),
    ("intervalSeconds", "HealthCheckIntervalSeconds", 35),
    ("timeoutSeconds", "HealthCheckTimeoutSeconds", 30),
    ("healthyThresholdCount", "HealthyThresholdCount", 5),
    ("unhealthyThresholdCount", "UnhealthyThresholdCount", 5),
)
_COGNITO = ("userPoolArn", "userPoolClientId", "userPoolDomain")
_OIDC = ("authorizationEndpoint", "clientId", "issuer", "tokenEndpoint", "userInfoEndpoint")
_COMMON = {
    "onUnauthenticatedRequest": "OnUnauthenticatedRequest",
    "requestExtraParams": "AuthenticationRequestExtraParams",
    "scope": "Scope",
    "sessionCookieName": "SessionCookieName",
    "sessionTimeout": "SessionTimeout",
}


def add(stack: Stack) -> None:
    for event in stack.events("alb"):
        options, function = event.options, event.function
        balancer = _balancer(options.get("listenerArn"))
        if balancer is None:
            message = f"the alb event of {function.key} names no listener"
            stack.report.warn("malformed-event", message, at=event.at, effect="left out")
            continue
        multiple = bool(options.get("multiValueHeaders"))
        group_id = f"{function.prefix}Alb{'MultiValue' if multiple else ''}TargetGroup{balancer}"
        stack.resources[group_id] = _target_group(stack, event, balancer, multiple=multiple)
        rule: Json = {
            "Actions": _actions(stack, event, group_id),
            "Conditions": _conditions(options.get("conditions") or {}),
            "ListenerArn": options.get("listenerArn"),
            "Priority": options.get("priority"),
        }
        rule_id = f"{function.prefix}AlbListenerRule{options.get('priority')}"
        stack.resources[rule_id] = resource("AWS::ElasticLoadBalancingV2::ListenerRule", rule)
        for name, source in (("Alb", ref(group_id)), ("RegisterTarget", None)):
            granted = permission(function, _PRINCIPAL, source_arn=source)
            if function.alias_id:
                granted["DependsOn"] = [function.alias_id]
            stack.resources[f"{function.prefix}LambdaPermission{name}"] = granted


def _balancer(listener: Any) -> str | None:
    """What the framework calls the load balancer: its id in the ARN, or the logical id of the listener."""
    if isinstance(listener, dict):
        return str(listener["Ref"]) if "Ref" in listener else None
    match = _LISTENER.fullmatch(str(listener))
    return match[1] if match else None


def _target_group(stack: Stack, event: Event, balancer: str, *, multiple: bool) -> Json:
    options, function, service = event.options, event.function, stack.service
    label = f"{service.name}-{function.key}-{balancer}-"
    hashed = f"{label}{'multi-value-' if multiple else ''}{service.stage}"
    digest = hashlib.md5(hashed.encode(), usedforsecurity=False).hexdigest()
    prefix = service.setting("alb", "targetGroupPrefix") or ""
    check = options.get("healthCheck")
    own: Json = check if isinstance(check, dict) else {}
    checks: Json = {"HealthCheckEnabled": False}
    if check:
        checks = {name: default if own.get(key) is None else own[key] for key, name, default in _CHECKS}
        code = (own.get("matcher") or {}).get("httpCode")
        checks["Matcher"] = {"HttpCode": code or "200"}
    properties: Json = {
        "TargetType": "lambda",
        "Targets": [{"Id": function.target}],
        "Name": options.get("targetGroupName") or f"{prefix}{digest}"[:32],
        "Tags": [{"Key": "Name", "Value": f"{label}{service.stage}"}],
        "TargetGroupAttributes": [{"Key": "lambda.multi_value_headers.enabled", "Value": multiple}],
    }
    registers = f"{function.prefix}LambdaPermissionRegisterTarget"
    depends = [registers, *([function.alias_id] if function.alias_id else [])]
    return resource("AWS::ElasticLoadBalancingV2::TargetGroup", properties | checks, depends_on=depends)


def _actions(stack: Stack, event: Event, group_id: str) -> list[Json]:
    named = event.options.get("authorizer") or []
    defined = stack.service.setting("alb", "authorizers") or {}
    actions: list[Json] = []
    for name in [named] if isinstance(named, str) else named:
        settings: Json = defined.get(name) or {}
        cognito = settings.get("type") == "cognito"
        config = {naming.capital(key): settings.get(key) for key in (_COGNITO if cognito else _OIDC)}
        config |= {target: settings.get(key) for key, target in _COMMON.items()}
        config["OnUnauthenticatedRequest"] = settings.get("onUnauthenticatedRequest") or "deny"
        if not cognito:
            secret = settings.get("clientSecret")
            config |= {"ClientSecret": secret} if secret else {"UseExistingClientSecret": True}
        kind = "Cognito" if cognito else "Oidc"
        action: Json = {"Type": f"authenticate-{kind.lower()}", "Order": len(actions) + 1}
        actions.append(action | {f"Authenticate{kind}Config": config})
    forward: Json = {"Type": "forward", "TargetGroupArn": ref(group_id)}
    if actions:
        forward["Order"] = len(actions) + 1
    return [*actions, forward]


def _conditions(given: Json) -> list[Json]:
    made: list[Json] = []
    if given.get("path"):
        made.append({"Field": "path-pattern", "Values": _list(given["path"])})
    if given.get("host"):
        made.append({"Field": "host-header", "HostHeaderConfig": {"Values": _list(given["host"])}})
    if given.get("method"):
        made.append({"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": _list(given["method"])}})
    for header in _list(given.get("header") or []):
        config = {"HttpHeaderName": header.get("name"), "Values": header.get("values")}
        made.append({"Field": "http-header", "HttpHeaderConfig": config})
    if query := given.get("query"):
        values = [{"Key": key, "Value": value} for key, value in query.items()]
        made.append({"Field": "query-string", "QueryStringConfig": {"Values": values}})
    if given.get("ip"):
        made.append({"Field": "source-ip", "SourceIpConfig": {"Values": _list(given["ip"])}})
    return made


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
