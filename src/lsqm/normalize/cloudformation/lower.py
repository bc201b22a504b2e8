"""Lowers resolved properties to blocks, driven by the provider's schema and a table of differences."""

import ipaddress
import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from lsqm.model.diagnostic import Severity
from lsqm.model.terraform import EXPRESSIONS, Block, Call, Conditional, Index, Reference, Template, Value
from lsqm.normalize.cloudformation.choices import Choice, Choices, merged
from lsqm.normalize.cloudformation.diagnose import Diagnostics
from lsqm.normalize.cloudformation.load import Path
from lsqm.normalize.cloudformation.names import candidates, singular, snake
from lsqm.normalize.cloudformation.parameters import text
from lsqm.normalize.cloudformation.spelling import spelled
from lsqm.normalize.cloudformation.standins import for_arn, stand_in_for
from lsqm.normalize.cloudformation.tables import Split, Table
from lsqm.normalize.provider_schema import Argument, BlockSchema, NestedBlock, resource_schema


@dataclass(slots=True)
class Body:
    """A block under construction."""

    attributes: dict[str, Value] = field(default_factory=dict)
    blocks: dict[str, list["Body"]] = field(default_factory=dict)
    switch: Conditional | None = None
    """`for_each` of a block that is there only under a condition."""

    def first(self, name: str) -> "Body":
        """The only block of this type, made when missing."""
        found = self.blocks.setdefault(name, [])
        if not found:
            found.append(Body())
        return found[0]

    def add(self, name: str, /, **attributes: Value) -> "Body":
        """One more block of this type."""
        body = Body(attributes=dict(attributes))
        self.blocks.setdefault(name, []).append(body)
        return body

    @property
    def empty(self) -> bool:
        return not self.attributes and not self.blocks

    def freeze(self, type_: str, labels: tuple[str, ...] = (), comment: str = "") -> Block:
        """The finished block."""
        inner = [body.freeze(name) for name, bodies in self.blocks.items() for body in bodies]
        if self.switch is not None:
            content = Block(type="content", attributes=self.attributes, blocks=inner)
            return Block(type="dynamic", labels=(type_,), attributes={"for_each": self.switch}, blocks=[content])
        return Block(type=type_, labels=labels, attributes=self.attributes, blocks=inner, comment=comment)


Rules = Table | Split


@dataclass(slots=True)
class Tally:
    """Properties seen and properties carried over."""

    total: int = 0
    mapped: int = 0


class Lowering:
    """Fills one resource body from properties."""

    def __init__(
        self,
        *,
        diagnostics: Diagnostics,
        tally: Tally,
        is_list: Callable[[Value], bool],
        type_name: str,
        choices: Choices | None = None,
    ) -> None:
        self._diagnostics = diagnostics
        self._tally = tally
        self._is_list = is_list
        self._type_name = type_name
        self._choices = choices or Choices()

    def fill(
        self,
        body: Body,
        properties: Mapping[str, Any],
        rules: Rules,
        path: Path,
        prefix: str = "",
        *,
        asked: Collection[str] = (),
    ) -> None:
        """Put `properties` into `body`, a resource of type `rules.type`; defaults and missing arguments come after.

        Branches of `Fn::If` that were not taken are kept, but for those of the properties that were `asked` for.
        """
        schema = resource_schema(rules.type)
        if schema is None:
            return
        self._object(body, schema, properties, _Scope(rules=rules, root=body, schema=schema, asked=asked), prefix, path)
        for target, value in rules.defaults.items():
            self._default(body, schema, target, value)

    def missing(self, body: Body, schema: BlockSchema, words: str, where: str = "") -> list[str]:
        """Set stand-ins for required arguments and blocks that nothing filled; returns their paths.

        What a hook filled in its own way gets the type that the provider wants.
        """
        found: list[str] = []
        for name, value in list(body.attributes.items()):
            known = schema.arguments.get(name)
            if known is not None and isinstance(value, (str, int, float)) and not _is_of(value, known.kind):
                coerced = self.coerce(value, known.type, name)
                if coerced is None:
                    del body.attributes[name]
                else:
                    body.attributes[name] = coerced
        for name, argument in schema.arguments.items():
            if argument.required and name not in body.attributes and name not in body.blocks:
                body.attributes[name] = _stand_in(name, argument.kind, words)
                found.append(where + name)
        for name, nested in schema.blocks.items():
            if nested.min_items and not body.blocks.get(name) and name not in body.attributes:
                body.blocks[name] = [Body() for _ in range(nested.min_items)]
                found.append(where + name)
            for inner in body.blocks.get(name, ()):
                found += self.missing(inner, nested.body, words, f"{where}{name}.")
        return found

    # --- objects

    def _object(
        self,
        body: Body,
        schema: BlockSchema,
        properties: Mapping[str, Any],
        scope: "_Scope",
        prefix: str,
        path: Path,
    ) -> None:
        for key, value in properties.items():
            if value is None:
                continue
            full = full_name(prefix, key)
            self._property(body, schema, key, value, scope, full, (*path, key))
        if self._choices:
            self._keep(body, schema, scope, prefix, path)
            for key in properties:
                self._keep_entries(
                    body.attributes.get(scope.rules.rename.get(full_name(prefix, key), snake(key))), (*path, key)
                )

    def _keep(self, body: Body, schema: BlockSchema, scope: "_Scope", prefix: str, path: Path) -> None:
        """Put the branches of `Fn::If` that were not taken beside those that were."""
        for key, choice in self._choices.below(path):
            full = full_name(prefix, key)
            if (body is scope.root and key in scope.asked) or scope.rules.rename.get(full, "").startswith(("/", ".")):
                continue
            apart = Lowering(
                diagnostics=Diagnostics(self._diagnostics.source),
                tally=Tally(),
                is_list=self._is_list,
                type_name=self._type_name,
            )
            other = Body()
            aside = _Scope(rules=scope.rules, root=other, schema=scope.schema)
            apart._property(other, schema, key, choice.other, aside, full, (*path, key))
            if not apart._diagnostics.found:
                self._merge_choice(choice, body, other, schema, scope)

    def _keep_entries(self, held: Value, path: Path) -> None:
        """The same for the entries of a map, such as the environment of a function."""
        for key, choice in self._choices.below(path) if isinstance(held, dict) else ():
            if isinstance(held, dict) and key in held:
                held[key] = merged(choice, held[key], self._string(choice.other, ""))

    @staticmethod
    def _merge_choice(choice: Choice, body: Body, other: Body, schema: BlockSchema, scope: "_Scope") -> None:
        for name, value in other.attributes.items():
            argument = schema.arguments.get(name)
            if name not in body.attributes and (argument is None or argument.required or name == scope.name):
                continue
            kept = merged(choice, body.attributes.get(name), value)
            if kept is not None:
                body.attributes[name] = kept
        for name, bodies in other.blocks.items():
            if name not in body.blocks and name in schema.blocks and not schema.blocks[name].min_items:
                for each in bodies:
                    each.switch = choice.blocks
                body.blocks[name] = bodies

    def _property(
        self, body: Body, schema: BlockSchema, key: str, value: Any, scope: "_Scope", full: str, path: Path
    ) -> None:
        rules = scope.rules
        self._tally.total += 1
        if full in rules.drop:
            self._diagnostics.add(
                "property-dropped",
                path,
                f"{full}: {rules.drop[full]}",
                effect="It is left out.",
                severity=Severity.NOTE,
            )
            return
        if full in rules.values and isinstance(value, (str, bool, int)):
            value = rules.values[full].get(text(value), value)
        target = rules.rename.get(full)
        if target is None:
            found = self._find(schema, key, value)
            if found is None:
                self._dropped(full, path, "Terraform has no argument for it")
                return
            target = found
        if target == ".":
            self._merge(body, schema, value, scope, full, path)
            return
        place, where = (scope.root, scope.schema) if target.startswith("/") else (body, schema)
        self._place(place, where, target.lstrip("/").split("."), value, scope, full, path)

    def _merge(self, body: Body, schema: BlockSchema, value: Any, scope: "_Scope", full: str, path: Path) -> None:
        self._tally.mapped += 1
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, Mapping):
            self._object(body, schema, value, scope, full, path)
        else:
            self._dropped(full, path, "its value is only known after apply, and blocks are needed")

    def _find(self, schema: BlockSchema, key: str, value: Any) -> str | None:
        names = list(candidates(key))
        for name in names:
            if schema.argument(name) or name in schema.blocks:
                return name
        for name in names:
            for single in singular(name):
                if single in schema.blocks and isinstance(value, (list, Mapping)):
                    return single
        own = snake(self._type_name) + "_"
        for name in names:
            for other in (name.removeprefix(own), own + name):
                if other != name and (schema.argument(other) or other in schema.blocks):
                    return other
        return None

    def _place(
        self,
        body: Body,
        schema: BlockSchema,
        target: list[str],
        value: Any,
        scope: "_Scope",
        full: str,
        path: Path,
    ) -> None:
        name = target[0]
        if len(target) > 1:
            nested = schema.blocks.get(name)
            if nested is not None:
                self._place(body.first(name), nested.body, target[1:], value, scope, full, path)
                return
            holder = body.attributes.setdefault(name, {})
            if isinstance(holder, dict):
                self._tally.mapped += 1
                holder[".".join(target[1:])] = value
            return
        nested = schema.blocks.get(name)
        if nested is not None:
            self._block(body, name, nested, value, scope, full, path)
            return
        argument = schema.argument(name)
        if argument is None:
            self._dropped(full, path, f"this version of the provider has no argument {name}")
            return
        coerced = self.coerce(value, argument.type, name)
        if coerced is None:
            self._dropped(full, path, f"its value does not fit the argument {name}")
            return
        coerced = self._fit(name, coerced, argument, full, path)
        if coerced is None:
            return
        if body is scope.root and (mended := spelled(scope.rules.type, name, coerced)) != coerced:
            shown = repr(mended) if isinstance(mended, str) else "the same without those characters"
            self._say_chosen(full, path, f"the service does not take such a name; {shown} stands in.")
            coerced = mended
        self._tally.mapped += 1
        earlier = body.attributes.get(name)
        if isinstance(earlier, list) and isinstance(coerced, list):
            coerced = earlier + [item for item in coerced if item not in earlier]
        elif isinstance(earlier, dict) and isinstance(coerced, dict):
            coerced = {**earlier, **coerced}
        body.attributes[name] = coerced

    def _fit(self, name: str, value: Value, argument: Argument, full: str, path: Path) -> Value:
        """Constants that the provider would refuse: empty ids, ARNs that are none, CIDR blocks with host bits."""
        if isinstance(value, list) and "cidr" in name:
            return [self._fit(name, item, argument, full, path) if isinstance(item, str) else item for item in value]
        if not isinstance(value, str):
            return value
        if not value and name.endswith(("_id", "_arn", "_ids", "identifier", "_key", "zone", "role")):
            if argument.required:
                return self._chosen(
                    for_arn(name) if name.endswith("_arn") else stand_in_for(name), full, path, "is empty"
                )
            self._dropped(full, path, "it is empty, and Terraform wants a value or nothing")
            return None
        if name.endswith("_arn") and not value.startswith("arn:") and name not in _NOT_ARNS:
            return self._chosen(for_arn(name), full, path, f"{value!r} is not an ARN, which {name} must be")
        if "kms_key" in name and not re.fullmatch(r"[\w/:.-]+", value):
            return self._chosen(for_arn(name), full, path, f"{value!r} is no key")
        if value.startswith("arn:") and value.endswith(":") and name.endswith(("_arn", "destination", "arn")):
            return self._chosen(for_arn(name), full, path, f"{value!r} names nothing")
        if not value and not argument.required and name not in _MAY_BE_EMPTY:
            self._dropped(full, path, "it is empty, and Terraform wants a value or nothing")
            return None
        return self.network(name, value, full, path) if "cidr" in name and value else value

    def network(self, name: str, value: Value, full: str, path: Path) -> Value:
        """A CIDR block without host bits; a stand-in for text that is none."""
        if not isinstance(value, str):
            return value
        try:
            found = ipaddress.ip_network(value, strict=False)
        except ValueError:
            stand_in = "2001:db8::/56" if "ipv6" in name else "10.0.0.0/16"
            return self._chosen(stand_in, full, path, f"{value!r} is no network")
        return str(found) if found.version == 4 else value

    def _chosen(self, value: str, full: str, path: Path, why: str) -> str:
        self._say_chosen(full, path, f"{why}; {value!r} stands in.")
        return value

    def _say_chosen(self, full: str, path: Path, why: str) -> None:
        self._diagnostics.stand_in(path, f"{full} of {path[1] if len(path) > 1 else path[0]}: {why}")

    def _block(
        self, body: Body, name: str, nested: NestedBlock, value: Any, scope: "_Scope", full: str, path: Path
    ) -> None:
        if isinstance(value, Mapping) and set(value) == {"Quantity", "Items"}:
            value = value["Items"]
        items = value if isinstance(value, list) else [value]
        bodies = body.blocks.setdefault(name, [])
        self._tally.mapped += 1
        for position, item in enumerate(items):
            place = (*path, position) if isinstance(value, list) else path
            if not isinstance(item, Mapping):
                self._dropped(full, place, f"a {name} block cannot be made of a single value")
                self._tally.mapped -= 1
                continue
            if nested.max_items == 1 and bodies and isinstance(value, list):
                self._dropped(full, place, f"Terraform takes only one {name} block")
                continue
            inner = bodies[0] if nested.max_items == 1 and bodies else Body()
            self._object(inner, nested.body, item, scope, full, place)
            if inner not in bodies:
                bodies.append(inner)
        if not bodies:
            del body.blocks[name]

    def _default(self, body: Body, schema: BlockSchema, target: str, value: Any) -> None:
        *blocks, name = target.split(".")
        places = [body]
        for block in blocks:
            optional = block.endswith("?")
            step = block.rstrip("?")
            places = [
                inner
                for place in places
                for inner in (place.blocks.get(step) or ([] if optional else [place.first(step)]))
            ]
        for place in places:
            if name in place.attributes or name in place.blocks:
                continue
            if isinstance(value, dict) and name in _schema_at(schema, blocks).blocks:
                place.add(name, **value)
            else:
                place.attributes[name] = value

    def _dropped(self, full: str, path: Path, why: str) -> None:
        self._diagnostics.add("property-dropped", path, f"{full}: {why}", effect="It is left out.")

    # --- values

    def coerce(self, value: Any, kind: Any, name: str = "") -> Value:
        """`value` as Terraform's type `kind`; None when it cannot be."""
        outer, inner = (kind[0], kind[1]) if isinstance(kind, list) else (kind, None)
        match outer:
            case "string":
                return self._string(value, name)
            case "number":
                return _number(value)
            case "bool":
                return _bool(value)
            case "list" | "set":
                return self._sequence(value, inner)
            case "map":
                return self._map(value, inner)
            case "object":
                return self._record(value, inner or {})
            case _:
                return value if not isinstance(value, Mapping) else dict(value)

    def _string(self, value: Any, name: str) -> Value:
        if isinstance(value, Call) and value.name == "base64encode" and name == "user_data":
            return self._string(value.arguments[0], "")
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], (str, *EXPRESSIONS)):
            return value[0]
        if isinstance(value, (list, Mapping)):
            return Call("jsonencode", (_plain(value),))
        if isinstance(value, EXPRESSIONS):
            return Call("join", (",", value)) if self._is_list(value) else value
        if isinstance(value, str) and _DOCUMENT.search(name):
            return document(value)
        return text(value)

    def _sequence(self, value: Any, inner: Any) -> Value:
        if isinstance(value, Mapping) and set(value) == {"Quantity", "Items"}:
            value = value["Items"]
        if isinstance(value, EXPRESSIONS):
            return value if self._is_list(value) else [value]
        items = value if isinstance(value, list) else [value]
        if isinstance(value, str) and "," in value and inner == "string":
            items = [part.strip() for part in value.split(",")]
        out: list[Value] = []
        spread = False
        for item in items:
            if isinstance(item, list) and inner == "string":
                out.extend(text(each) if not isinstance(each, EXPRESSIONS) else each for each in item)
                continue
            if isinstance(item, EXPRESSIONS) and self._is_list(item) and inner == "string":
                spread = True
                out.append(item)
                continue
            coerced = self.coerce(item, inner)
            if coerced is not None:
                out.append(coerced)
        if spread:
            parts = [item if isinstance(item, EXPRESSIONS) and self._is_list(item) else [item] for item in out]
            return parts[0] if len(parts) == 1 else Call("concat", tuple(parts))
        return out

    def _map(self, value: Any, inner: Any) -> Value:
        if isinstance(value, EXPRESSIONS):
            return value
        if isinstance(value, list):
            return _pairs(value, lambda item: self.coerce(item, inner))
        if not isinstance(value, Mapping):
            return None
        return {str(key): self.coerce(item, inner) for key, item in value.items()}

    def _record(self, value: Any, members: Mapping[str, Any]) -> Value:
        if not isinstance(value, Mapping):
            return value if isinstance(value, EXPRESSIONS) else None
        out: dict[str, Value] = {}
        for key, item in value.items():
            name = next((name for name in candidates(str(key)) if name in members), None)
            if name:
                out[name] = self.coerce(item, members[name])
        return out


def full_name(prefix: str, key: str) -> str:
    """The dotted name of a property, as tables spell it."""
    return f"{prefix}.{key}" if prefix else key


def _is_of(value: float | str, kind: str) -> bool:
    """Whether a constant is what Terraform takes for an argument of this kind."""
    match kind:
        case "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case "bool":
            return isinstance(value, bool)
        case "string" | "dynamic":
            return True
        case _:
            return False


def _stand_in(name: str, kind: str, words: str) -> Value:
    match kind:
        case "number":
            return 1
        case "bool":
            return False
        case "list" | "set":
            return []
        case "map" | "object":
            return {}
        case _:
            if name.endswith("name"):
                return words
            if _DOCUMENT.search(name) and not name.endswith(("type", "name")):
                return Call("jsonencode", ({},))
            return stand_in_for(name)


@dataclass(slots=True)
class _Scope:
    rules: Rules
    root: Body
    schema: BlockSchema
    asked: Collection[str] = ()

    @property
    def name(self) -> str:
        """The argument that gets a made-up name when the template has none."""
        return self.rules.name if isinstance(self.rules, Table) else ""


_DOCUMENT = re.compile(r"policy|document|definition|pattern|body|schema|content|template|json")


_MAY_BE_EMPTY = frozenset(
    {"prefix", "description", "comment", "value", "path", "base_path", "root_directory", "default_root_object", "input",
     "message_body", "origin_path", "pattern", "filter_pattern", "origin_access_identity", "secret_string"}
)  # fmt: skip
_NOT_ARNS = frozenset({"function_arn", "lambda_arn", "invoke_arn"})


def _schema_at(schema: BlockSchema, blocks: list[str]) -> BlockSchema:
    for block in blocks:
        nested = schema.blocks.get(block.rstrip("?"))
        if nested is None:
            return BlockSchema()
        schema = nested.body
    return schema


def _plain(value: Any) -> Value:
    return dict(value) if isinstance(value, Mapping) else value


def document(value: str) -> Value:
    """JSON text as `jsonencode` of what it says, other text as it is."""
    stripped = value.strip()
    if stripped[:1] in {"{", "["}:
        try:
            parsed = json.loads(stripped)
        except (ValueError, RecursionError):
            return value
        if isinstance(parsed, (dict, list)) and parsed:
            return Call("jsonencode", (parsed,))
    return value


def _number(value: Any) -> Value:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float, *EXPRESSIONS)):
        return value
    if isinstance(value, str):
        try:
            number = float(value.strip())
        except ValueError:
            return None
        return int(number) if number.is_integer() else number
    return None


def _bool(value: Any) -> Value:
    if isinstance(value, (bool, *EXPRESSIONS)):
        return value
    lower = text(value).lower() if isinstance(value, (str, int)) else ""
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(lower)


def _pairs(items: list[Any], convert: Callable[[Any], Value]) -> Value:
    """`[{Key: a, Value: b}]` as a map."""
    out: dict[Any, Value] = {}
    for item in items:
        if not isinstance(item, Mapping):
            return None
        lowered = {str(key).lower(): each for key, each in item.items()}
        key = next(
            (lowered[word] for word in ("key", "name", "parameterkey", "parametername") if word in lowered), None
        )
        if key is None or isinstance(key, (list, Mapping)):
            return None
        value = next((lowered[word] for word in ("value", "parametervalue") if word in lowered), "")
        out[key if isinstance(key, EXPRESSIONS) else text(key)] = convert(value)
    return out


def type_of(value: Value, schema_of: Callable[[str], BlockSchema | None]) -> Any:
    """Terraform type of a reference where the schema tells, else None."""
    if isinstance(value, Reference) and not value.address.startswith("data."):
        schema = schema_of(value.address.split(".")[0])
        match = re.fullmatch(r"(?:\[0\]|\[\*\])?\.(\w+)", value.path)
        argument: Argument | None = schema.arguments.get(match.group(1)) if schema and match else None
        return argument.type if argument else None
    return None


def yields_list(value: Value, schema_of: Callable[[str], BlockSchema | None]) -> bool:
    """Whether an expression is a list, as far as can be told."""
    match value:
        case list():
            return True
        case Call(name=name):
            return name in {"split", "concat", "compact", "flatten", "slice", "cidrsubnets", "toset", "tolist"}
        case Reference(address=address, path=path) if address.startswith("data.aws_availability_zones."):
            return path == ".names"
        case Reference():
            found = type_of(value, schema_of)
            return isinstance(found, list) and found[0] in {"list", "set"}
        case Conditional(yes=yes):
            return yields_list(yes, schema_of)
        case Index() | Template():
            return False
        case _:
            return False
