"""Laying the service's own `resources` over what its functions gave, and the last touches to the template."""

import re
from typing import Any

from lsqm.normalize.serverless.cfn import Json
from lsqm.normalize.serverless.stack import Stack

_HASH = re.compile(r"#\{([A-Za-z0-9:.]+)\}")
_REPLACED = {"Condition", "CreationPolicy", "DeletionPolicy", "UpdatePolicy", "UpdateReplacePolicy"}


def merge_resources(stack: Stack, template: Json) -> None:
    """Merge `resources` (one mapping or a list of them) and `resources.extensions` into `template`, in place."""
    given = stack.service.config.get("resources")
    whole: Json = {}
    for part in given if isinstance(given, list) else [given]:
        if isinstance(part, dict):
            merge(whole, part)
    extensions = whole.pop("extensions", None)
    for own in (whole.get("Resources") or {}).values():
        if isinstance(own, dict) and isinstance(own.get("DependsOn"), str):
            own["DependsOn"] = [own["DependsOn"]]
    merge(template, whole)
    for logical_id, changes in extensions.items() if isinstance(extensions, dict) else ():
        at = ("resources", "extensions", logical_id)
        target = template["Resources"].get(logical_id)
        if not isinstance(target, dict) or not isinstance(changes, dict):
            message = f"resources.extensions names {logical_id}, which is not in the template"
            stack.report.warn("unknown-extension", message, at=at, effect="left out")
            continue
        for attribute, value in changes.items():
            _extend(target, attribute, value)


def merge(target: Any, source: Any) -> Any:
    """Deep merge in place, lists item by item; the source wins."""
    if isinstance(target, dict) and isinstance(source, dict):
        for key, value in source.items():
            target[key] = merge(target[key], value) if key in target else value
        return target
    if isinstance(target, list) and isinstance(source, list):
        for number, value in enumerate(source):
            if number < len(target):
                target[number] = merge(target[number], value)
            else:
                target.append(value)
        return target
    return source


def _extend(target: Json, attribute: str, value: Any) -> None:
    if attribute in _REPLACED:
        target[attribute] = value
    elif attribute == "DependsOn":
        held = target.get("DependsOn") or []
        target["DependsOn"] = [
            *([held] if isinstance(held, str) else held),
            *([value] if isinstance(value, str) else value),
        ]
    elif isinstance(value, dict):
        target[attribute] = (target.get(attribute) or {}) | value


def without_nulls(template: Json) -> Json:
    """Drop absent values: nulls inside properties, empty attributes of resources."""
    for resource in template["Resources"].values():
        if not isinstance(resource, dict):
            continue
        for key in [key for key, value in resource.items() if value is None]:
            del resource[key]
        if "Properties" in resource:
            resource["Properties"] = _pruned(resource["Properties"])
    return template


def _pruned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _pruned(item) for key, item in value.items() if item is not None}
    return [_pruned(item) for item in value] if isinstance(value, list) else value


def add_export_names(stack: Stack) -> None:
    """The framework exports every output that it makes itself."""
    for key, output in stack.outputs.items():
        output.setdefault("Export", {"Name": f"sls-{stack.service.prefix}-{key}"})


def hashes_substituted(value: Any, *, inside_sub: bool = False) -> Any:
    """`#{AWS::Region}` as the plugins for pseudo parameters treat it: the string becomes a `Fn::Sub`."""
    if isinstance(value, dict):
        return {key: hashes_substituted(item, inside_sub=key == "Fn::Sub") for key, item in value.items()}
    if isinstance(value, list):
        return [hashes_substituted(item, inside_sub=inside_sub and not number) for number, item in enumerate(value)]
    if not isinstance(value, str) or not _HASH.search(value):
        return value
    text = _HASH.sub(r"${\1}", value)
    return text if inside_sub else {"Fn::Sub": text}
