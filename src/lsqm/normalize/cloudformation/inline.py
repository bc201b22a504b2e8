"""Nested stacks whose templates are at hand become part of the template that nests them.

What the inner template names gets the nested stack's logical id in front: resources, conditions, mappings, and the
parameters that nobody gives a value. Parameters that are given are replaced by what is given, `Child.Outputs.Name` by
what the inner template says its output is. Exports of inner templates can be imported anywhere in the set.
"""

import copy
import itertools
import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lsqm.normalize import sam
from lsqm.normalize.cloudformation.diagnose import Diagnostics
from lsqm.normalize.cloudformation.extend import unrolled, uses_loops
from lsqm.normalize.cloudformation.load import Source, TemplateError, load
from lsqm.normalize.cloudformation.parameters import parameter_values

MAX_DEPTH = 6
MAX_STACKS = 200
_KINDS = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}

Read = Callable[[str], bytes | None]
Transform = Callable[[Source, Diagnostics, Read], Source]
"""Applies the SAM transform to a source that needs it."""


@dataclass(slots=True)
class Set:
    """A template with its nested ones inside."""

    template: dict[str, Any]
    exports: list[tuple[Any, Any]] = field(default_factory=list)
    """What inner templates export: the name and the value, both as template values of the whole."""
    origins: dict[str, str] = field(default_factory=dict)
    """Logical id that came from a nested stack → the logical id of that stack in the template."""


def nests(template: Mapping[str, Any]) -> bool:
    """Whether a template has nested stacks at all."""
    resources = template.get("Resources")
    return isinstance(resources, dict) and any(_kind(body) for body in resources.values())


def inlined(source: Source, diagnostics: Diagnostics, read: Read, transform: Transform) -> Set:
    """The template with every nested stack that can be read put inside."""
    budget = itertools.count(1)

    def counted(path: str) -> bytes | None:
        found = read(path)
        if found is not None and next(budget) > MAX_STACKS:
            raise TemplateError(
                f"{source.file}: its nested stacks grow to more than {MAX_STACKS}",
                hint="Convert the inner templates on their own.",
            )
        return found

    return _inline(source, diagnostics, counted, transform, ".", ())


def _inline(
    source: Source, diagnostics: Diagnostics, read: Read, transform: Transform, folder: str, outer: tuple[str, ...]
) -> Set:
    result = Set(template=copy.deepcopy(source.template))
    resources = result.template.get("Resources")
    for name in list(resources) if isinstance(resources, dict) else ():
        body = result.template["Resources"][name]
        kind = _kind(body)
        properties = body.get("Properties") if kind else None
        if not isinstance(properties, dict) or len(outer) >= MAX_DEPTH:
            continue
        found = _find(properties.get(_KINDS[kind]), folder, read)
        if found is None or found[0] in outer:
            continue
        where, data = found
        try:
            inner = load(data, file=where)
        except TemplateError as error:
            diagnostics.add("nested-stack", ("Resources", name), f"{where} cannot be read: {error}")
            continue
        if not isinstance(inner.template.get("Resources"), dict):
            continue
        said = Diagnostics(inner)
        if uses_loops(inner.template):
            values = parameter_values(inner.template, Diagnostics(inner))
            inner = Source(file=where, template=unrolled(inner.template, values, said))
        base = posixpath.dirname(where)
        child = _inline(inner, said, read, transform, base, (*outer, where))
        plain = transform(Source(file=where, template=child.template), said, _beside(read, base))
        _rebase(plain.template, base)
        diagnostics.found.extend(said.found)
        _Merge(result, name, body, plain.template, child).run()
    return result


def _beside(read: Read, base: str) -> Read:
    return lambda path: read(_join(base, path))


def _kind(body: Any) -> str:
    kind = body.get("Type") if isinstance(body, dict) else None
    return kind if isinstance(kind, str) and kind in _KINDS else ""


def _join(base: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(base, path))


def _find(where: Any, folder: str, read: Read) -> tuple[str, bytes] | None:
    """The inner template: at its path, or at the end of a URL's path."""
    if isinstance(where, dict) and len(where) == 1:
        name, argument = next(iter(where.items()))
        if name == "Fn::Sub":
            where = argument[0] if isinstance(argument, list) and argument else argument
        elif name == "Fn::Join" and isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], list):
            where = "/".join(part for part in argument[1] if isinstance(part, str))
    if not isinstance(where, str):
        return None
    words = [word for word in re.sub(r"^\w+://", "", where.split("?")[0]).split("/") if word not in {"", "."}]
    starts = range(len(words)) if "://" in where or "${" in where else range(1)
    for start in starts:
        path = _join(folder, "/".join(words[start:]))
        data = None if path.startswith("..") or "$" in path else read(path)
        if data is not None:
            return path, data
    return None


def _rebase(node: Any, base: str) -> None:
    """Code that the inner template names by path lies beside the inner template."""
    stack = [node] if base else []
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            for bucket, key in (("S3Bucket", "S3Key"), ("Bucket", "Key")):
                if item.get(bucket) == sam.PLACEHOLDER_BUCKET and isinstance(item.get(key), str):
                    item[key] = _join(base, item[key])
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


class _Merge:
    """Puts one inner template in the place of its nested stack."""

    def __init__(self, result: Set, name: str, body: Mapping[str, Any], inner: Mapping[str, Any], child: Set) -> None:
        self._result = result
        self._name = name
        self._body = body
        self._inner = inner
        self._child = child
        self._ids = set(_section(inner, "Resources"))
        self._given: dict[str, Any] = {}

    def run(self) -> None:
        template = self._result.template
        properties = self._body.get("Properties", {})
        given = properties.get("Parameters")
        self._parameters(given if isinstance(given, dict) else {}, template)
        for section in ("Mappings", "Conditions"):
            held = template.setdefault(section, {})
            for key, value in _section(self._inner, section).items():
                held[self._name + str(key)] = self._of(value, in_conditions=section == "Conditions")
        outputs = {
            f"Outputs.{key}": self._of(value["Value"])
            for key, value in _section(self._inner, "Outputs").items()
            if isinstance(value, dict) and "Value" in value
        }
        for key, value in _section(self._inner, "Outputs").items():
            export = value.get("Export") if isinstance(value, dict) else None
            if isinstance(export, dict) and f"Outputs.{key}" in outputs:
                self._result.exports.append((self._of(export.get("Name")), outputs[f"Outputs.{key}"]))
        self._result.exports.extend((self._of(name), self._of(value)) for name, value in self._child.exports)
        resources: dict[str, Any] = {}
        members = [self._name + str(key) for key in self._ids]
        for key, value in template["Resources"].items():
            if key != self._name:
                resources[key] = value
                continue
            for inner_id, inner_body in _section(self._inner, "Resources").items():
                resources[self._name + str(inner_id)] = self._resource(inner_body, template)
                self._result.origins[self._name + str(inner_id)] = self._name
        del template["Resources"]
        for key in template:
            template[key] = _Outer(self._name, outputs, sorted(members)).of(template[key])
        template["Resources"] = _Outer(self._name, outputs, sorted(members)).of(resources)

    def _parameters(self, given: Mapping[str, Any], template: dict[str, Any]) -> None:
        for key, spec in _section(self._inner, "Parameters").items():
            listed = isinstance(spec, dict) and "List" in str(spec.get("Type"))
            value = given.get(key)
            if isinstance(value, dict):
                self._given[key] = _as_list(value) if listed else value
                continue
            own: dict[str, Any] = dict(spec) if isinstance(spec, dict) else {"Type": "String"}
            if value is not None:
                own["Default"] = ",".join(map(str, value)) if isinstance(value, list) else value
            template.setdefault("Parameters", {})[self._name + str(key)] = own
            self._given[key] = {"Ref": self._name + str(key)}

    def _resource(self, body: Any, template: dict[str, Any]) -> Any:
        if not isinstance(body, dict):
            return body
        out = {key: self._of(value) for key, value in body.items() if key not in {"DependsOn", "Condition"}}
        wanted = body.get("DependsOn")
        inner = [wanted] if isinstance(wanted, str) else wanted if isinstance(wanted, list) else []
        outer = self._body.get("DependsOn")
        also = [outer] if isinstance(outer, str) else outer if isinstance(outer, list) else []
        waits = [self._name + item for item in inner if isinstance(item, str)] + also
        if waits:
            out["DependsOn"] = waits
        conditions = [body["Condition"]] if isinstance(body.get("Condition"), str) else []
        own, whole = (self._name + conditions[0] if conditions else ""), self._body.get("Condition")
        if own and isinstance(whole, str):
            both = f"{whole}And{own}"
            template["Conditions"][both] = {"Fn::And": [{"Condition": whole}, {"Condition": own}]}
            own = both
        if own or isinstance(whole, str):
            out["Condition"] = own or whole
        return out

    def _of(self, node: Any, *, in_conditions: bool = False) -> Any:
        """A value of the inner template as a value of the whole."""
        if isinstance(node, list):
            return [self._of(item, in_conditions=in_conditions) for item in node]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            name, argument = next(iter(node.items()))
            match name:
                case "Ref" if isinstance(argument, str):
                    return self._ref(argument)
                case "Condition" if isinstance(argument, str) and in_conditions:
                    return {"Condition": self._name + argument}
                case "Fn::If" if isinstance(argument, list) and argument and isinstance(argument[0], str):
                    return {"Fn::If": [self._name + argument[0], *(self._of(item) for item in argument[1:])]}
                case "Fn::FindInMap" if isinstance(argument, list) and argument and isinstance(argument[0], str):
                    return {"Fn::FindInMap": [self._name + argument[0], *(self._of(item) for item in argument[1:])]}
                case "Fn::GetAtt":
                    parts = argument.split(".", 1) if isinstance(argument, str) else argument
                    if isinstance(parts, list) and parts and parts[0] in self._ids:
                        return {"Fn::GetAtt": [self._name + parts[0], *(self._of(item) for item in parts[1:])]}
                case "Fn::Sub":
                    return self._sub(argument)
                case _:
                    pass
        return {key: self._of(value, in_conditions=in_conditions) for key, value in node.items()}

    def _ref(self, name: str) -> Any:
        if name in self._given:
            return copy.deepcopy(self._given[name])
        if name == "AWS::StackName":
            return {"Fn::Sub": f"${{AWS::StackName}}-{self._name}"}
        return {"Ref": self._name + name if name in self._ids else name}

    def _sub(self, argument: Any) -> Any:
        text, variables = _sub_parts(argument)
        if text is None:
            return {"Fn::Sub": argument}
        variables = {key: self._of(value) for key, value in variables.items()}

        def replace(match: re.Match[str]) -> str:
            name = match.group(1).strip()
            owner = name.split(".")[0]
            if name.startswith("!") or name in variables:
                return match.group(0)
            if name in self._given:
                variables[name] = copy.deepcopy(self._given[name])
            elif name == "AWS::StackName":
                return f"${{AWS::StackName}}-{self._name}"
            elif owner in self._ids:
                return f"${{{self._name}{name}}}"
            return match.group(0)

        changed = re.sub(r"\$\{([^${}]*)\}", replace, text)
        return {"Fn::Sub": [changed, variables] if variables else changed}


@dataclass(frozen=True, slots=True)
class _Outer:
    """Replaces what the outer template says of its nested stack."""

    name: str
    outputs: Mapping[str, Any]
    members: list[str]

    def of(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self.of(item) for item in node]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            name, argument = next(iter(node.items()))
            if name == "Fn::GetAtt":
                parts = argument.split(".", 1) if isinstance(argument, str) else argument
                if isinstance(parts, list) and len(parts) > 1 and parts[0] == self.name:
                    key = ".".join(str(part) for part in parts[1:])
                    return copy.deepcopy(self.outputs.get(key, node))
            if name == "Ref" and argument == self.name:
                return {"Fn::Sub": f"${{AWS::StackName}}-{self.name}"}
            if name == "Fn::Sub":
                return self._sub(argument)
        out = {key: self.of(value) for key, value in node.items()}
        wanted = out.get("DependsOn")
        if wanted == self.name or (isinstance(wanted, list) and self.name in wanted):
            others = [item for item in wanted if item != self.name] if isinstance(wanted, list) else []
            out["DependsOn"] = others + self.members
        return out

    def _sub(self, argument: Any) -> Any:
        text, variables = _sub_parts(argument)
        if text is None:
            return {"Fn::Sub": argument}
        variables = {key: self.of(value) for key, value in variables.items()}

        def replace(match: re.Match[str]) -> str:
            owner, _, key = match.group(1).strip().partition(".")
            if owner != self.name or key not in self.outputs:
                return match.group(0)
            word = re.sub(r"\W", "", owner + key)
            variables[word] = copy.deepcopy(self.outputs[key])
            return f"${{{word}}}"

        changed = re.sub(r"\$\{([^${}]*)\}", replace, text)
        return {"Fn::Sub": [changed, variables] if variables else changed}


def _sub_parts(argument: Any) -> tuple[str | None, dict[str, Any]]:
    if isinstance(argument, str):
        return argument, {}
    if isinstance(argument, list) and argument and isinstance(argument[0], str):
        given = argument[1] if len(argument) > 1 and isinstance(argument[1], dict) else {}
        return argument[0], dict(given)
    return None, {}


def _as_list(value: dict[str, Any]) -> Any:
    """What is given to a list parameter is text with commas; a join with commas is undone."""
    joined = value.get("Fn::Join")
    if isinstance(joined, list) and len(joined) == 2 and joined[0] == ",":
        return joined[1]
    return {"Fn::Split": [",", value]}


def _section(template: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = template.get(name)
    return section if isinstance(section, dict) else {}
