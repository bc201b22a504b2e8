"""The intrinsic functions: what is known becomes a constant, what exists only after apply an expression."""

import ipaddress
import re
from typing import Any

from lsqm.model.terraform import EXPRESSIONS, Call, Reference, Value
from lsqm.normalize.cloudformation.choices import Choice
from lsqm.normalize.cloudformation.diagnose import Diagnostics
from lsqm.normalize.cloudformation.evaluate import Evaluator
from lsqm.normalize.cloudformation.load import Path
from lsqm.normalize.cloudformation.names import local_name, snake
from lsqm.normalize.cloudformation.parameters import text
from lsqm.normalize.cloudformation.placeholders import PLACEHOLDER, spans
from lsqm.normalize.cloudformation.references import NO_VALUE, Resolved, use_of
from lsqm.normalize.cloudformation.shape import kind_of
from lsqm.normalize.cloudformation.standins import ACCOUNT, REGION, ZONES, stand_in_for

_COUNT = re.compile(r"[0-9]{1,9}")
_MOST_BLOCKS = 256


class Resolver(Evaluator):
    """Evaluates values of one template, functions and all."""

    def _fn_ref(self, argument: Any, path: Path) -> Resolved:
        if not isinstance(argument, (str, int, dict)):
            self._misused("Ref", path, f"names {kind_of(argument)}")
        name = str(argument) if not isinstance(argument, dict) else text(self.static(argument, path))
        if name.startswith("AWS::"):
            return self._pseudo(name, path)
        if name in self._parameters:
            return self._parameters[name]
        return self._reference(name, "", path)

    def _reference(self, name: str, attribute: str, path: Path) -> Value:
        if self._static and attribute:
            known = self._references.constant(name, attribute)
            if known is not None:
                return known
        return self._references.attribute(name, attribute, path) if attribute else self._references.ref(name, path)

    def _pseudo(self, name: str, path: Path) -> Resolved:
        match name:
            case "AWS::NoValue":
                return NO_VALUE
            case "AWS::Region":
                return REGION if self._static else self._data("aws_region", ".name")
            case "AWS::AccountId":
                return ACCOUNT if self._static else self._data("aws_caller_identity", ".account_id")
            case "AWS::Partition":
                return "aws" if self._static else self._data("aws_partition", ".partition")
            case "AWS::URLSuffix":
                return "amazonaws.com" if self._static else self._data("aws_partition", ".dns_suffix")
            case "AWS::StackName":
                return self._stack
            case "AWS::StackId":
                return (
                    f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{self._stack}"
                    "/00000000-0000-4000-8000-000000000000"
                )
            case "AWS::NotificationARNs":
                return []
            case _:
                self._diagnostics.add(
                    "unknown-reference", path, f"{name} is not a pseudo parameter", effect="The property is left out."
                )
                return NO_VALUE

    def _data(self, type_: str, path: str, name: str = "current") -> Reference:
        address = f"data.{type_}.{name}"
        self.data[address] = (type_, name)
        return Reference(address, path)

    def _fn_getatt(self, argument: Any, path: Path) -> Resolved:
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        if not isinstance(parts, list) or len(parts) < 2:
            self._misused("Fn::GetAtt", path, "takes a resource and an attribute of it")
        name = text(self.value(parts[0], path))
        attribute = ".".join(text(self.value(part, path)) for part in parts[1:])
        return self._reference(name, attribute, path)

    def _fn_sub(self, argument: Any, path: Path) -> Resolved:
        variables: dict[str, Value] = {}
        if isinstance(argument, list):
            given = argument[1] if len(argument) == 2 else None
            if not isinstance(given, dict) or not isinstance(argument[0], str):
                self._misused("Fn::Sub", path, "takes text, or a list of text and a mapping")
            for key, item in given.items():
                resolved = self.value(item, (*path, 1, key))
                variables[str(key)] = "" if resolved is NO_VALUE else resolved
            argument = argument[0]
        if argument is None or isinstance(argument, dict):
            self._misused("Fn::Sub", path, "takes text, or a list of text and a mapping")
        if not isinstance(argument, str):
            return text(argument)
        parts: list[Value] = []
        position = 0
        for start, end in spans(argument, PLACEHOLDER, "}"):
            parts.append(argument[position:start])
            position = end
            name = argument[start + 2 : end - 1].strip()
            if name.startswith("!"):
                parts.append("${" + name[1:] + "}")
            elif name in variables:
                parts.append(variables[name])
            else:
                resolved = self._sub_name(name, path)
                parts.append("" if resolved is NO_VALUE else resolved)
        parts.append(argument[position:])
        return self._resolve_in(self._join(parts), path)

    def _sub_name(self, name: str, path: Path) -> Resolved:
        if name.startswith("AWS::") or name in self._parameters or "." not in name:
            return self._fn_ref(name, path)
        owner, attribute = name.split(".", 1)
        return self._reference(owner, attribute, path)

    def _fn_join(self, argument: Any, path: Path) -> Resolved:
        if not isinstance(argument, list) or len(argument) != 2:
            self._misused("Fn::Join", path, "takes a delimiter and a list")
        delimiter = text(self.value(argument[0], path))
        items = self.value(argument[1], (*path, 1))
        if isinstance(items, EXPRESSIONS):
            return Call("join", (delimiter, items)) if self._references.is_list(items) else items
        if isinstance(items, dict):
            self._misused("Fn::Join", path, "joins a list, not a mapping")
        if not isinstance(items, list):
            return text(items)
        parts: list[Value] = []
        for position, item in enumerate(items):
            if position:
                parts.append(delimiter)
            parts.append(Call("join", (delimiter, item)) if self._references.is_list(item) else item)
        return self._resolve_in(self._join(parts), path)

    def _fn_split(self, argument: Any, path: Path) -> Resolved:
        if not isinstance(argument, list) or len(argument) != 2:
            self._misused("Fn::Split", path, "takes a delimiter and text")
        if argument[0] is None or argument[0] == "":
            self._misused("Fn::Split", path, "splits by something, not by nothing")
        delimiter, source = text(self.value(argument[0], path)), self.value(argument[1], (*path, 1))
        if isinstance(source, EXPRESSIONS):
            return Call("split", (delimiter, source))
        if isinstance(source, list):
            return source
        return text(source).split(delimiter) if delimiter else [text(source)]

    def _fn_select(self, argument: Any, path: Path) -> Resolved:
        if not isinstance(argument, list) or len(argument) != 2:
            self._misused("Fn::Select", path, "takes an index and a list")
        raw, items = text(self.static(argument[0], path)), self.value(argument[1], (*path, 1))
        if not _COUNT.fullmatch(raw):
            if not isinstance(argument[0], dict):
                self._misused("Fn::Select", path, f"takes an index from 0 upwards, not {raw[:40]!a}")
            return self._bad("Fn::Select", path)
        index = int(raw)
        if isinstance(items, list):
            if index < len(items):
                return items[index]
            if items and all(isinstance(item, str) for item in items):
                self._diagnostics.stand_in(
                    path,
                    f"{path[1] if len(path) > 1 else path[0]}: item {index} of a list of {len(items)} is its last.",
                )
                return items[-1]
            value = stand_in_for(use_of(path))
            self._diagnostics.stand_in(path, f"Item {index} of an empty list is set to {value!r}.")
            return value
        if isinstance(items, str):
            pieces = items.split(",")
            return pieces[min(index, len(pieces) - 1)].strip()
        return self._references.element(items, index) if isinstance(items, EXPRESSIONS) else NO_VALUE

    def _fn_findinmap(self, argument: Any, path: Path) -> Resolved:
        if not isinstance(argument, list) or len(argument) < 3:
            self._misused("Fn::FindInMap", path, "takes a mapping and two keys")
        keys = [text(self.static(part, path)) for part in argument[:3]]
        fallback = argument[3] if len(argument) > 3 and isinstance(argument[3], dict) else {}
        level: Any = self._mappings
        for depth, key in enumerate(keys):
            found = level.get(key, NO_VALUE) if isinstance(level, dict) else NO_VALUE
            if found is NO_VALUE and isinstance(level, dict):
                found = next((item for name, item in level.items() if str(name) == key), NO_VALUE)
            if found is NO_VALUE:
                if "DefaultValue" in fallback:
                    return self.value(fallback["DefaultValue"], (*path, 3))
                if depth == 0 and isinstance(argument[0], str) and "Fn::Transform" not in self._mappings:
                    self._misused("Fn::FindInMap", path, f"names {key[:60]!a}, which is none of the Mappings")
                if not isinstance(level, dict) or not level or depth == 0:
                    return self._bad("Fn::FindInMap", path, f"the mapping has no {key!r}")
                other = next(iter(level))
                self._diagnostics.stand_in(path, f"Mapping {keys[0]} has no {key!r}; {str(other)!r} is used.")
                found = level[other]
            level = found
        return level

    def _fn_if(self, argument: Any, path: Path) -> Resolved:
        if not isinstance(argument, list) or len(argument) != 3:
            self._misused("Fn::If", path, "takes a condition and two values")
        if not isinstance(argument[0], (str, dict, bool)):
            self._misused("Fn::If", path, f"names {kind_of(argument[0])} as its condition")
        holds = self._test(argument[0], path)
        branch, other = (1, 2) if holds else (2, 1)
        taken = self.value(argument[branch], (*path, branch))
        if not self._static and _is_property(path) and isinstance(argument[0], str) and argument[0] in self._conditions:
            self._left(argument[0], holds, argument[other], (*path, other))
        return taken

    def _left(self, condition: str, holds: bool, node: Any, path: Path) -> None:  # noqa: FBT001 - one private caller
        """Note the branch not taken, unless there is something wrong in it."""
        said, self._diagnostics = self._diagnostics, Diagnostics(self._diagnostics.source)
        try:
            with self._references.granting(condition):
                other = self.value(node, path)
            clean = not self._diagnostics.found
        finally:
            self._diagnostics = said
        if clean and other is not NO_VALUE:
            self.choices.add(path[:-2], Choice(local=local_name(condition), holds=holds, other=other))
            self.kept[condition] = holds

    def _fn_getazs(self, _argument: Any, _path: Path) -> Resolved:
        if self._static:
            return list(ZONES)
        address = "data.aws_availability_zones.available"
        self.data[address] = ("aws_availability_zones", "available")
        return Reference(address, ".names")

    def _fn_base64(self, argument: Any, path: Path) -> Resolved:
        value = self.value(argument, path)
        return NO_VALUE if value is NO_VALUE else Call("base64encode", (value,))

    def _fn_cidr(self, argument: Any, path: Path) -> Resolved:
        if not isinstance(argument, list) or len(argument) not in {2, 3}:
            self._misused("Fn::Cidr", path, "takes a block, a count and, where it is not 8, the bits")
        if not isinstance(argument[1], dict) and not (
            _COUNT.fullmatch(text(argument[1])) and 0 < int(text(argument[1])) <= _MOST_BLOCKS
        ):
            self._misused("Fn::Cidr", path, f"gives 1 to {_MOST_BLOCKS} blocks, not {text(argument[1])[:40]!a}")
        block = self.value(argument[0], (*path, 0))
        known = self.static(argument[0], (*path, 0))
        if isinstance(known, (list, *EXPRESSIONS)):  # Amazon gives a /56 of IPv6; an IPv4 block is taken to be a /16
            wide = len(argument) > 2 and text(self.static(argument[2], path)) == "64"
            known = "2001:db8::/56" if wide else "10.0.0.0/16"
        try:
            count = int(text(self.static(argument[1], path)))
            network = ipaddress.ip_network(text(known), strict=False)
            host_bits = int(text(self.static(argument[2], path))) if len(argument) > 2 else 8
            new_bits = network.max_prefixlen - host_bits - network.prefixlen
            if new_bits < 0 or host_bits < 0 or not 0 < count <= _MOST_BLOCKS:
                return self._bad("Fn::Cidr", path)
            if not isinstance(block, EXPRESSIONS):
                pieces = network.subnets(prefixlen_diff=new_bits)
                return [str(next(pieces)) for _ in range(min(count, 2**new_bits))]
        except (ValueError, TypeError):
            return self._bad("Fn::Cidr", path)
        return [Call("cidrsubnet", (block, new_bits, number)) for number in range(count)]

    def _fn_importvalue(self, argument: Any, path: Path) -> Resolved:
        name = text(self.static(argument, path))
        if self._export_names is None:
            self._export_names = {}
            names = [text(self.static(exported, ("Outputs",))) for exported, _ in self._exports]
            self._export_names = dict(zip(names, (value for _, value in self._exports), strict=True))
        if name in self._export_names:
            return self.value(self._export_names[name], path)
        value = stand_in_for(use_of(path), snake(name))
        self._diagnostics.stand_in(path, f"Import {name} of another stack is set to {value!r}.", code="import")
        return value

    def _fn_tojsonstring(self, argument: Any, path: Path) -> Resolved:
        value = self.value(argument, path)
        return NO_VALUE if value is NO_VALUE else Call("jsonencode", (value,))

    def _fn_length(self, argument: Any, path: Path) -> Resolved:
        value = self.value(argument, path)
        return len(value) if isinstance(value, list) else Call("length", (value,))

    def _fn_equals(self, argument: Any, path: Path) -> Resolved:
        return self._test({"Fn::Equals": argument}, path)

    def _fn_and(self, argument: Any, path: Path) -> Resolved:
        return self._test({"Fn::And": argument}, path)

    def _fn_or(self, argument: Any, path: Path) -> Resolved:
        return self._test({"Fn::Or": argument}, path)

    def _fn_not(self, argument: Any, path: Path) -> Resolved:
        return self._test({"Fn::Not": argument}, path)


def _is_property(path: Path) -> bool:
    """Whether this `Fn::If` is a property of a resource, in no list and no other function."""
    inner = path[2:-1]
    return (
        path[:1] == ("Resources",)
        and len(inner) > 1
        and not any(isinstance(step, int) or step.startswith("Fn::") for step in inner)
    )
