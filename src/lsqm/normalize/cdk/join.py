"""Several stacks, with what they nest and export, as one template: an app is one architecture.

Logical ids that two stacks share get the stack's name in front; imports become direct references; nested stacks are
unfolded with their parameters filled in; what CDK adds for its own bookkeeping is dropped.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from lsqm.normalize.cdk.assembly import Template

Json = dict[str, Any]

_SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")
_BOOKKEEPING = {"BootstrapVersion", "CDKMetadata", "CDKMetadataAvailable"}
_PLACE = re.compile(r"\$\{([^!}][^}.]*)((?:\.[^}]*)?)\}")


@dataclass(kw_only=True, slots=True)
class _Scope:
    """What the names of one stack mean in the joined template."""

    names: dict[str, str]
    """Old logical id, condition or mapping → new one."""
    values: Json
    """What `Ref` to a parameter or pseudo parameter stands for."""
    outputs: dict[str, Json] = field(default_factory=dict)
    """Outputs of nested stacks, by the stack's old logical id."""
    exports: Json = field(default_factory=dict)


def joined(stacks: Sequence[Template]) -> Json:
    """One template with the resources of all stacks, in their order.

    A single stack keeps all its logical ids.
    """
    whole: Json = {"AWSTemplateFormatVersion": "2010-09-09"} | {section: {} for section in _SECTIONS}
    exports: Json = {}
    for stack in stacks:
        _add(whole, stack, prefix="", values={"AWS::StackName": stack.stack}, exports=exports)
    return {section: held for section, held in whole.items() if held}


def _add(whole: Json, stack: Template, *, prefix: str, values: Json, exports: Json) -> Json:
    """Add one stack; returns its outputs' values."""
    template = stack.template
    label = prefix or re.sub(r"[^0-9A-Za-z]", "", stack.stack)
    names: dict[str, str] = {}
    for section in _SECTIONS:
        for name in template.get(section) or {}:
            taken = prefix or any(name in whole[other] for other in _SECTIONS)
            if name not in _BOOKKEEPING and not (section == "Parameters" and name in values):
                names[name] = f"{label}{name}" if taken else name
    scope = _Scope(names=names, values=values, exports=exports)
    for logical_id, inner in stack.nested.items():
        resource = template["Resources"][logical_id]
        given = _walk((resource.get("Properties") or {}).get("Parameters") or {}, scope)
        below = {"AWS::StackName": inner.stack} | given
        scope.outputs[logical_id] = _add(whole, inner, prefix=f"{label}{logical_id}", values=below, exports=exports)
    results: Json = {}
    for section in _SECTIONS:
        for name, value in (template.get(section) or {}).items():
            if name not in names or name in stack.nested:
                continue
            made = _walk(value, scope)
            if section == "Outputs":
                results[name] = made.get("Value") if isinstance(made, dict) else None
                _export(made, exports)
                if prefix:
                    continue
            if section == "Resources" and isinstance(made, dict) and "DependsOn" in made:
                made["DependsOn"] = _dependencies(made["DependsOn"], stack, scope)
            whole[section][names[name]] = made
    return results


def _export(output: Any, exports: Json) -> None:
    name = (output.get("Export") or {}).get("Name") if isinstance(output, dict) else None
    if isinstance(name, str):
        exports[name] = output.get("Value")
        del output["Export"]


def _dependencies(value: Any, stack: Template, scope: _Scope) -> list[str]:
    """A nested stack is no longer there to wait for; what is in it follows from references."""
    wanted = [value] if isinstance(value, str) else list(value)
    return [scope.names.get(name, name) for name in wanted if name not in stack.nested]


def _walk(value: Any, scope: _Scope) -> Any:
    if isinstance(value, list):
        return [_walk(item, scope) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((key, inner),) = value.items()
        made = _function(key, inner, scope)
        if made is not None:
            return made
    found = {key: _walk(item, scope) for key, item in value.items()}
    if isinstance(value.get("Condition"), str):
        found["Condition"] = scope.names.get(value["Condition"], value["Condition"])
    return found


def _function(key: str, inner: Any, scope: _Scope) -> Any:
    """An intrinsic with its names replaced, None when it is none that names anything."""
    match key:
        case "Ref" if isinstance(inner, str):
            return scope.values[inner] if inner in scope.values else {"Ref": scope.names.get(inner, inner)}
        case "Condition" if isinstance(inner, str):
            return {"Condition": scope.names.get(inner, inner)}
        case "Fn::GetAtt":
            return _attribute(inner.split(".", 1) if isinstance(inner, str) else inner, scope)
        case "Fn::ImportValue":
            name = _walk(inner, scope)
            return scope.exports.get(name, {key: name}) if isinstance(name, str) else {key: name}
        case "Fn::Sub":
            return _sub(inner, scope)
        case "Fn::If" | "Fn::FindInMap" if isinstance(inner, list) and isinstance(inner[0], str):
            return {key: [scope.names.get(inner[0], inner[0]), *_walk(inner[1:], scope)]}
        case _:
            return None


def _attribute(parts: Any, scope: _Scope) -> Any:
    owner, attribute = str(parts[0]), parts[1] if len(parts) > 1 else ""
    if owner in scope.outputs and isinstance(attribute, str) and attribute.startswith("Outputs."):
        return scope.outputs[owner].get(attribute.removeprefix("Outputs."))
    return {"Fn::GetAtt": [scope.names.get(owner, owner), _walk(attribute, scope)]}


def _sub(inner: Any, scope: _Scope) -> Any:
    text, given = (inner, {}) if isinstance(inner, str) else (inner[0], _walk(inner[1], scope))
    more: Json = dict(given)

    def place(match: re.Match[str]) -> str:
        name, attribute = match[1], match[2]
        if name in given:
            return match[0]
        if not attribute and name in scope.values:
            value = scope.values[name]
            if isinstance(value, str):
                return value
            plain = re.sub(r"\W", "", name)
            more[plain] = value
            return f"${{{plain}}}"
        return f"${{{scope.names.get(name, name)}{attribute}}}"

    made = _PLACE.sub(place, str(text))
    return {"Fn::Sub": [made, more]} if more else {"Fn::Sub": made}
