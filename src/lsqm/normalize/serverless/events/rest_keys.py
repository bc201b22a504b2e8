"""API keys and usage plans of `provider.apiGateway`."""

from typing import Any

from lsqm.normalize.serverless import naming
from lsqm.normalize.serverless.cfn import Json, ref, resource
from lsqm.normalize.serverless.stack import Service, Stack


def add_keys(stack: Stack, *, api: Any, deployment: str) -> None:
    """Keys, the plans that limit them, and which key belongs to which plan."""
    keys = stack.service.setting("apiGateway", "apiKeys") or []
    plan = stack.service.setting("apiGateway", "usagePlan")
    if not keys and not plan:
        return
    named: Json = {}
    for item in plan if isinstance(plan, list) else ():
        named |= item if isinstance(item, dict) else {}
    grouped = list(_grouped(keys, named))
    for number, group, key in grouped:
        logical_id = f"ApiGatewayApiKey{naming.capital(group)}{number}"
        stack.resources[logical_id] = _key(stack.service, key, api, deployment)
    if isinstance(plan, list):
        for name, limits in named.items():
            made = _plan(stack.service, name, limits, api, deployment)
            stack.resources[f"ApiGatewayUsagePlan{naming.capital(name)}"] = made
    else:
        stack.resources["ApiGatewayUsagePlan"] = _plan(stack.service, "", plan, api, deployment)
    for number, group, _ in grouped:
        suffix = naming.capital(group)
        properties: Json = {
            "KeyId": ref(f"ApiGatewayApiKey{suffix}{number}"),
            "KeyType": "API_KEY",
            "UsagePlanId": ref(f"ApiGatewayUsagePlan{suffix}"),
        }
        stack.resources[f"ApiGatewayUsagePlanKey{suffix}{number}"] = resource(
            "AWS::ApiGateway::UsagePlanKey", properties
        )


def _grouped(keys: list[Any], plans: Json) -> list[tuple[int, str, Any]]:
    """Number, plan name (empty for the only plan) and definition of each key."""
    found: list[tuple[int, str, Any]] = []
    number = 0
    for key in keys:
        name = next(iter(key), "") if isinstance(key, dict) else ""
        if name in plans:
            found += [(index, name, item) for index, item in enumerate(key[name], 1)]
            number = len(key[name])
        else:
            number += 1
            found.append((number, "", key))
    return found


def _key(service: Service, key: Any, api: Any, deployment: str) -> Json:
    options: Json = key if isinstance(key, dict) else {"name": key}
    properties: Json = {
        "Enabled": True if options.get("enabled") is None else options["enabled"],
        "Name": options.get("name"),
        "Value": options.get("value") or None,
        "Description": options.get("description"),
        "CustomerId": options.get("customerId"),
        "StageKeys": [{"RestApiId": api, "StageName": service.stage}],
    }
    return resource("AWS::ApiGateway::ApiKey", properties, depends_on=deployment)


def _plan(service: Service, name: str, limits: Any, api: Any, deployment: str) -> Json:
    options: Json = limits if isinstance(limits, dict) else {}
    whose = f'"{name}" for ' if name else "for "
    middle = f"{name}-" if name else ""
    properties: Json = {
        "ApiStages": [{"ApiId": api, "Stage": service.stage}],
        "Description": f"Usage plan {whose}{service.name} {service.stage} stage",
        "UsagePlanName": f"{service.name}-{middle}{service.stage}",
    }
    if quota := options.get("quota"):
        properties["Quota"] = {naming.capital(key): quota.get(key) for key in ("limit", "offset", "period")}
    if throttle := options.get("throttle"):
        properties["Throttle"] = {naming.capital(key): throttle.get(key) for key in ("burstLimit", "rateLimit")}
    return resource("AWS::ApiGateway::UsagePlan", properties, depends_on=deployment)
