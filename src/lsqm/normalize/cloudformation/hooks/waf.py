"""Web application firewalls."""

from collections.abc import Mapping
from typing import Any

from lsqm.normalize.cloudformation.context import Context
from lsqm.normalize.cloudformation.hooks.values import as_list


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
    "wafv2": wafv2,
    "wafv2_named": wafv2_named,
}
