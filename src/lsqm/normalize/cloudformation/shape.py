"""Refuses templates of a shape that CloudFormation refuses too, in one sentence with the place.

What hangs on values, on other templates or on macros is left to the rest of the compiler, which says what it does.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from lsqm.normalize.cloudformation.circles import find_circle
from lsqm.normalize.cloudformation.load import Path, Source, TemplateError

_SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs", "Rules", "Globals")
_WRITTEN_BY_MACROS = "Fn::"
_CONDITION_ARGUMENTS = {"Fn::Not": (1, 1), "Fn::Equals": (2, 2), "Fn::And": (1, 1000), "Fn::Or": (1, 1000)}


def refuse(source: Source, path: Path, what: str, hint: str) -> NoReturn:
    """End the conversion because of the value at `path`. Raises TemplateError."""
    raise TemplateError(f"{source.locate(path)}: {what}", hint=hint)


def refuse_misshapen(source: Source) -> None:
    """Check the template once its loops are written out.

    Raises:
        TemplateError: a section, a resource, a parameter, a condition or an output is not what it must be.
    """
    template = source.template
    for section in _SECTIONS:
        if not isinstance(template.get(section), (dict, type(None))):
            refuse(source, (section,), f"{section} is {kind_of(template[section])}", f"Make {section} a mapping.")
    if not template.get("Resources"):
        refuse(source, ("Resources",), "the template has no Resources", "A template needs at least one resource.")
    function = next((name for name in template["Resources"] if str(name).startswith("Fn::")), "Fn::Transform")
    if function != "Fn::Transform" and not function.startswith("Fn::ForEach::"):
        refuse(source, ("Resources", function), f"Resources is the function {_said(function)}", "Make it a mapping.")
    for section in ("Parameters", "Mappings", "Conditions", "Outputs", "Rules"):
        for name, value in _entries(template, section):
            if not isinstance(value, (dict, type(None))):
                refuse(source, (section, name), f"{_said(name)} of {section} is {kind_of(value)}", "Make it a mapping.")
    for section in ("Resources", "Parameters", "Outputs"):
        for name, _ in _entries(template, section):
            if not re.fullmatch(r"[A-Za-z0-9]{1,255}", str(name)):
                refuse(source, (section, name), f"{_said(name)} is no name for one of the {section}",
                       "Use letters and digits only, at most 255.")  # fmt: skip
    conditions = template.get("Conditions") or {}
    known = None if _by_macro(conditions) else set(conditions)
    _conditions(source, conditions, known)
    for name, value in _entries(template, "Parameters"):
        _parameter(source, name, value or {})
    for name, value in _entries(template, "Resources"):
        _resource(source, name, value, known)
    for name, value in _entries(template, "Outputs"):
        path = ("Outputs", name)
        if isinstance(value, dict) and value.get("Value") is None:
            refuse(source, path, f"output {name} has no Value", "Give it a Value, or remove it.")
        _condition_of(source, path, value or {}, known)


def kind_of(value: Any) -> str:
    """What a template value is, for a sentence."""
    words = {list: "a list", dict: "a mapping", str: "text", type(None): "empty", bool: "true or false"}
    return words.get(type(value), "a number")


def _entries(template: Mapping[str, Any], section: str) -> Iterator[tuple[Any, Any]]:
    for name, value in (template.get(section) or {}).items():
        if not str(name).startswith(_WRITTEN_BY_MACROS):
            yield name, value


def _by_macro(section: Mapping[str, Any]) -> bool:
    return any(str(name).startswith(_WRITTEN_BY_MACROS) for name in section)


def _said(name: Any) -> str:
    return ascii(str(name)[:60])


def _parameter(source: Source, name: Any, spec: Mapping[str, Any]) -> None:
    for key, wanted, word in (
        ("Type", str, "text"),
        ("AllowedValues", list, "a list"),
        ("AllowedPattern", str, "text"),
    ):
        value = spec.get(key)
        if not isinstance(value, (wanted, type(None))):
            path = ("Parameters", name, key)
            refuse(source, path, f"{key} of parameter {name} is {kind_of(value)}", f"Make it {word}.")


def _resource(source: Source, name: Any, body: Any, conditions: set[str] | None) -> None:
    path = ("Resources", name)
    if not isinstance(body, dict):
        refuse(source, path, f"resource {name} is {kind_of(body)}", "Make it a mapping with a Type.")
    if not isinstance(body.get("Type"), str):
        said = f"the Type of resource {name} is {kind_of(body['Type'])}" if "Type" in body else f"{name} has no Type"
        refuse(source, (*path, "Type"), said, "Name its type, such as AWS::SQS::Queue.")
    properties = body.get("Properties")
    if not isinstance(properties, (dict, type(None))):
        said = f"the Properties of resource {name} are {kind_of(properties)}"
        refuse(source, (*path, "Properties"), said, "Make them a mapping.")
    wanted = body.get("DependsOn")
    waits = [wanted] if isinstance(wanted, str) else wanted
    if waits is not None and not (isinstance(waits, list) and all(isinstance(item, str) for item in waits)):
        said = f"the DependsOn of resource {name} is neither a name nor a list of names"
        refuse(source, (*path, "DependsOn"), said, "Name the resources that it waits for.")
    if name in (waits or ()):
        said = f"circular dependency between resources: {name} depends on itself"
        refuse(source, (*path, "DependsOn"), said, "Remove its own name from its DependsOn.")
    _condition_of(source, path, body, conditions)


def _condition_of(source: Source, path: Path, body: Mapping[str, Any], known: set[str] | None) -> None:
    wanted = body.get("Condition")
    if wanted is None:
        return
    if not isinstance(wanted, str):
        refuse(source, (*path, "Condition"), f"the Condition of {path[1]} is {kind_of(wanted)}", "Name a condition.")
    refuse_unknown_condition(source, (*path, "Condition"), wanted, known)


def refuse_unknown_condition(source: Source, path: Path, name: str, known: set[str] | None) -> None:
    """Raises TemplateError for a condition that the template does not define; without `known` it cannot be told."""
    if known is not None and name not in known:
        refuse(
            source, path, f"there is no condition {_said(name)}", "Define it under Conditions, or remove the reference."
        )


def _conditions(source: Source, conditions: Mapping[str, Any], known: set[str] | None) -> None:
    edges: dict[str, list[str]] = {}
    for name, body in conditions.items():
        edges[name] = []
        stack: list[Any] = [body]
        while stack:
            node = stack.pop()
            if isinstance(node, list):
                stack.extend(node)
            elif isinstance(node, dict):
                stack.extend(node.values())
                for function, argument in node.items() if len(node) == 1 else ():
                    _condition_function(source, name, function, argument)
                    if function == "Condition":
                        refuse_unknown_condition(source, ("Conditions", name), argument, known)
                        edges[name].append(argument)
    circle = find_circle(edges)
    if circle:
        said = f"circular dependency between conditions: {', '.join(map(str, circle[:10]))}"
        refuse(source, ("Conditions", circle[0]), said, "A condition cannot need itself; write one of them out.")


def _condition_function(source: Source, name: str, function: Any, argument: Any) -> None:
    path = ("Conditions", name)
    if function == "Condition" and not isinstance(argument, str):
        refuse(source, path, f"condition {name} names {kind_of(argument)} as a condition", "Name a condition.")
    if function not in _CONDITION_ARGUMENTS:
        return
    least, most = _CONDITION_ARGUMENTS[function]
    if not isinstance(argument, list) or not least <= len(argument) <= most:
        said = {1: "one value", 2: "two values"}[least] + (" or more" if most > least else "")
        refuse(source, path, f"{function} of condition {name} takes a list of {said}", "Mend its arguments.")
