"""Lowers resolved properties to blocks, driven by the provider's schema and a table of differences."""

import ipaddress
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from lsqm.model.diagnostic import Severity
from lsqm.model.terraform import Call, Value
from lsqm.normalize.cloudformation.choices import Choice, Choices, merged
from lsqm.normalize.cloudformation.coercion import DOCUMENT, Coercion, is_of, strangers
from lsqm.normalize.cloudformation.diagnose import Diagnostics
from lsqm.normalize.cloudformation.ir import Body, Tally
from lsqm.normalize.cloudformation.load import Path
from lsqm.normalize.cloudformation.names import candidates, singular, snake
from lsqm.normalize.cloudformation.parameters import text
from lsqm.normalize.cloudformation.spelling import spelled
from lsqm.normalize.cloudformation.standins import for_arn, stand_in_for
from lsqm.normalize.cloudformation.tables import Split, Table
from lsqm.normalize.provider_schema import Argument, BlockSchema, NestedBlock, resource_schema

Rules = Table | Split


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
        self._coercion = Coercion(is_list)
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
            if known is not None and isinstance(value, (str, int, float)) and not is_of(value, known.kind):
                coerced = self._coercion.coerce(value, known.type, name)
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
                held[key] = merged(choice, held[key], self._coercion.string(choice.other, ""))

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
        coerced = self._coercion.coerce(value, argument.type, name)
        if coerced is None:
            self._dropped(full, path, f"its value does not fit the argument {name}")
            return
        for member in dict.fromkeys(strangers(value, argument.type)):
            self._dropped(f"{full}.{member}", path, "Terraform has no argument for it")
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
        if not value and (name.endswith(_NEVER_EMPTY) or full.startswith("AuthParameters.")):
            if argument.required:
                stand_in = for_arn(name) if name.endswith("_arn") else stand_in_for(name)
                return self._chosen(stand_in, full, path, "is empty")
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


def full_name(prefix: str, key: str) -> str:
    """The dotted name of a property, as tables spell it."""
    return f"{prefix}.{key}" if prefix else key


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
            if DOCUMENT.search(name) and not name.endswith(("type", "name")):
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


_NEVER_EMPTY = ("_id", "_arn", "_ids", "identifier", "_key", "zone", "role")
_MAY_BE_EMPTY = frozenset(
    {"prefix", "description", "comment", "value", "path", "base_path", "root_directory", "default_root_object", "input",
     "message_body", "origin_path", "pattern", "filter_pattern", "origin_access_identity", "secret_string"}
)  # fmt: skip
_NOT_ARNS = frozenset({"function_arn", "lambda_arn", "invoke_arn", "task_arn"})


def _schema_at(schema: BlockSchema, blocks: list[str]) -> BlockSchema:
    for block in blocks:
        nested = schema.blocks.get(block.rstrip("?"))
        if nested is None:
            return BlockSchema()
        schema = nested.body
    return schema
