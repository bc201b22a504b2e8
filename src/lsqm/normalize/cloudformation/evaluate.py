"""The evaluator: walks template values, tests conditions, puts text together; the functions are its subclass's."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from lsqm.model.terraform import EXPRESSIONS, Call, Index, Reference, Template, Value
from lsqm.normalize.cloudformation.choices import Choices
from lsqm.normalize.cloudformation.diagnose import Diagnostics
from lsqm.normalize.cloudformation.load import Path, TemplateError
from lsqm.normalize.cloudformation.names import snake
from lsqm.normalize.cloudformation.parameters import text
from lsqm.normalize.cloudformation.placeholders import DYNAMIC, spans
from lsqm.normalize.cloudformation.references import NO_VALUE, NoValue, References, Resolved, use_of
from lsqm.normalize.cloudformation.shape import refuse, refuse_unknown_condition
from lsqm.normalize.cloudformation.standins import behind, stand_in_for

MAX_TEXT = 16_000_000


class Evaluator:
    """Evaluates values of one template; calls `_fn_NAME` for the function of that name."""

    def __init__(
        self,
        template: dict[str, Any],
        parameters: dict[str, Any],
        references: References,
        diagnostics: Diagnostics,
        *,
        stack: str,
        exports: Sequence[tuple[Any, Any]] = (),
    ) -> None:
        self._parameters = parameters
        self._references = references
        self._diagnostics = diagnostics
        self._exports = exports
        self._export_names: dict[str, Any] | None = None
        self._stack = stack
        self._mappings = _section(template, "Mappings")
        self._conditions = _section(template, "Conditions")
        self._resources = _section(template, "Resources")
        self._evaluated: dict[str, bool] = {}
        self._spent = 0
        self._static = 0
        self.choices = Choices()
        self.kept: dict[str, bool] = {}
        """Conditions that a kept branch hangs on."""
        self.data: dict[str, tuple[str, str]] = {}
        """Data sources in use: address → type and name."""

    # --- entry points

    def value(self, node: Any, path: Path) -> Resolved:
        """Evaluate a template value."""
        if isinstance(node, dict):
            if len(node) == 1:
                name, argument = next(iter(node.items()))
                if name == "Ref" or (isinstance(name, str) and name.startswith("Fn::")):
                    return self._function(name, argument, (*path, name))
            out: dict[str, Value] = {}
            for key, item in node.items():
                resolved = self.value(item, (*path, key))
                if resolved is not NO_VALUE:
                    out[str(key)] = resolved
            return out
        if isinstance(node, list):
            items = [self.value(item, (*path, position)) for position, item in enumerate(node)]
            return [item for item in items if item is not NO_VALUE]
        if isinstance(node, str) and "{{resolve:" in node:
            return self._dynamic(node, path)
        return node

    def static(self, node: Any, path: Path) -> Resolved:
        """Evaluate with fixed region, account and partition, as conditions and map keys need it."""
        self._static += 1
        try:
            return self.value(node, path)
        finally:
            self._static -= 1

    def condition(self, name: str, path: Path) -> bool:
        """Whether a named condition holds."""
        if name in self._evaluated:
            return self._evaluated[name]
        if name not in self._conditions:
            if not any(str(key).startswith("Fn::") for key in self._conditions):
                refuse_unknown_condition(self._diagnostics.source, path, name, set(self._conditions))
            self._diagnostics.add(
                "unknown-condition", path, f"Condition {name} is not defined", effect="It is taken to be true."
            )
            return True
        self._evaluated[name] = False  # a condition that needs itself is false
        self._static += 1
        try:
            result = self._test(self._conditions[name], ("Conditions", name))
        finally:
            self._static -= 1
        self._evaluated[name] = result
        return result

    def holds(self, node: Any, path: Path) -> bool:
        """Whether a condition that stands by itself holds, such as a rule's assertion."""
        self._static += 1
        try:
            return self._test(node, path)
        finally:
            self._static -= 1

    # --- conditions

    def _test(self, node: Any, path: Path) -> bool:
        if isinstance(node, bool):
            return node
        if isinstance(node, str):
            return node.lower() == "true" if node.lower() in {"true", "false"} else self.condition(node, path)
        if not isinstance(node, dict) or len(node) != 1:
            return bool(node)
        name, argument = next(iter(node.items()))
        inner = (*path, name)
        items = argument if isinstance(argument, list) else [argument]
        match name:
            case "Condition":
                return self.condition(str(argument), inner)
            case "Fn::And":
                return all(self._test(item, inner) for item in items)
            case "Fn::Or":
                return any(self._test(item, inner) for item in items)
            case "Fn::Not":
                return not self._test(items[0] if items else True, inner)
            case "Fn::Equals":
                sides = [self.static(item, inner) for item in items]
                return len(sides) == 2 and _same(sides[0], sides[1])
            case "Fn::Contains":
                where, what = (self.static(item, inner) for item in [*items, None, None][:2])
                return isinstance(where, list) and any(_same(item, what) for item in where)
            case _:
                resolved = self.value(node, path)
                return text(resolved).lower() == "true" if not isinstance(resolved, EXPRESSIONS) else True

    # --- functions

    def _function(self, name: str, argument: Any, path: Path) -> Resolved:
        if name == "Fn::Transform":
            return self._transform(argument, path)
        handler: Callable[[Any, Path], Resolved] | None = getattr(
            self, "_fn_" + name.removeprefix("Fn::").replace(":", "_").lower(), None
        )
        if handler is None:
            self._diagnostics.add(
                "unknown-function", path, f"{name} is not a function lsqm knows", effect="The property is left out."
            )
            return NO_VALUE
        return handler(argument, path)

    def _transform(self, argument: Any, path: Path) -> Resolved:
        name = argument.get("Name", "?") if isinstance(argument, dict) else "?"
        self._diagnostics.add(
            "macro", path, f"The macro {name} runs only inside CloudFormation", effect="What it would add is missing."
        )
        return NO_VALUE

    def _misused(self, function: str, path: Path, takes: str) -> NoReturn:
        """What CloudFormation refuses before it creates anything."""
        refuse(
            self._diagnostics.source,
            path,
            f"{function} {takes}",
            "Mend its arguments; CloudFormation refuses them too.",
        )

    def _bad(self, function: str, path: Path, why: str = "its arguments do not fit") -> NoValue:
        self._diagnostics.add("bad-function", path, f"{function}: {why}", effect="The property is left out.")
        return NO_VALUE

    # --- text

    def _join(self, parts: list[Value]) -> Value:
        flat: list[Value] = []
        for part in parts:
            for piece in part.parts if isinstance(part, Template) else (part,):
                if isinstance(piece, list):
                    piece = ",".join(text(item) for item in piece)  # noqa: PLW2901
                if isinstance(piece, EXPRESSIONS):
                    flat.append(Call("join", (",", piece)) if self._references.is_list(piece) else piece)
                    self._spend(32)
                    continue
                word = json.dumps(piece) if isinstance(piece, dict) else text(piece)
                self._spend(len(word))
                if flat and isinstance(before := flat[-1], str):
                    flat[-1] = before + behind(before, word)
                elif word:
                    flat.append(word)
        if not flat:
            return ""
        if len(flat) == 1:
            return flat[0]
        return Template(tuple(flat))

    def _spend(self, size: int) -> None:
        self._spent += size + 1
        if self._spent > MAX_TEXT:
            raise TemplateError(
                f"{self._diagnostics.source.file}: its substitutions grow to more than {MAX_TEXT} characters",
                hint="No real template is like this; it was not read further.",
            )

    def _resolve_in(self, value: Value, path: Path) -> Value:
        """Dynamic references may come out of a substitution."""
        if isinstance(value, str) and "{{resolve:" in value:
            return self._dynamic(value, path)
        if isinstance(value, Template) and any(isinstance(part, str) and "{{resolve:" in part for part in value.parts):
            return self._dynamic_template(value, path)
        return value

    # --- dynamic references

    def _dynamic(self, value: str, path: Path) -> Value:
        return self._dynamic_template(Template((value,)), path)

    def _dynamic_template(self, value: Template, path: Path) -> Value:
        marks: list[Value] = []
        line = ""
        for part in value.parts:
            if isinstance(part, str):
                line += part.replace("\0", "")
            else:
                line += f"\0{len(marks)}\0"
                marks.append(part)
        out: list[Value] = []
        position = 0
        for start, end in spans(line, DYNAMIC, "}}"):
            out.extend(_unmark(line[position:start], marks))
            service, _, rest = line[start + len("{{resolve:") : end - 2].partition(":")
            out.append(self._dynamic_one(service, _unmark(rest, marks), path))
            position = end
        out.extend(_unmark(line[position:], marks))
        return self._join(out)

    def _dynamic_one(self, service: str, parts: list[Value], path: Path) -> Value:
        owner = next((part for part in parts if isinstance(part, Reference)), None)
        tail = "".join(part for part in parts if isinstance(part, str))
        if service == "secretsmanager" and owner and owner.address.startswith("aws_secretsmanager_secret."):
            version = owner.address.replace("aws_secretsmanager_secret.", "aws_secretsmanager_secret_version.")
            whole = Reference(version, ".secret_string")
            key = re.search(r"SecretString:([^:]+)", tail)
            return Index(Call("jsondecode", (whole,)), key.group(1)) if key else whole
        name = tail.split(":")[0] or "value"
        key_name = snake(tail.replace("SecretString", "").strip(":").split(":")[-1] or name)
        stand_in = stand_in_for(use_of(path), key_name)
        self._diagnostics.stand_in(
            path, f"The dynamic reference {service}:{tail} is set to {stand_in!r}.", code="dynamic-reference"
        )
        return stand_in


def _unmark(line: str, marks: list[Value]) -> list[Value]:
    pieces = line.split("\0")
    return [marks[int(piece)] if position % 2 else piece for position, piece in enumerate(pieces)]


def _section(template: dict[str, Any], name: str) -> dict[str, Any]:
    section = template.get(name)
    return section if isinstance(section, dict) else {}


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, (dict, list, *EXPRESSIONS)) or isinstance(right, (dict, list, *EXPRESSIONS)):
        return bool(left == right)
    return text(left) == text(right)
