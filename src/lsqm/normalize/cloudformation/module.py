"""The Terraform module under construction: the symbol table of resources, and everything that hooks add."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from lsqm.model.terraform import EXPRESSIONS, Block, Call, Index, Reference, Template, Value
from lsqm.normalize.cloudformation.archives import safe_path
from lsqm.normalize.cloudformation.diagnose import Diagnostics
from lsqm.normalize.cloudformation.inference import type_of, yields_list
from lsqm.normalize.cloudformation.ir import Body, Item, Made, Tally
from lsqm.normalize.cloudformation.load import Path, Source
from lsqm.normalize.cloudformation.names import Names, candidates, snake
from lsqm.normalize.cloudformation.parameters import parameter_values, text
from lsqm.normalize.cloudformation.references import NO_VALUE, use_of
from lsqm.normalize.cloudformation.resolve import Resolver
from lsqm.normalize.cloudformation.resource_types import NOT_RESOURCES, lookup_table
from lsqm.normalize.cloudformation.standins import ACCOUNT, REGION, stand_in_for
from lsqm.normalize.cloudformation.tables import Table
from lsqm.normalize.provider_schema import resource_schema

_DIGEST = re.compile(r"(?<=Deployment)[0-9a-f]{10}$")
"""What the SAM transform puts behind the name of a deployment, so that CloudFormation makes it anew."""
_FOLDED = {"AWS::Lambda::Version": "FunctionName", "AWS::AppSync::GraphQLSchema": "ApiId"}


class Module:
    """A Terraform module under construction: its resources, its files, and what a reference to a resource becomes."""

    def __init__(
        self,
        source: Source,
        diagnostics: Diagnostics,
        *,
        stack: str,
        seed: bytes,
        sibling: Callable[[str], bytes | None],
        exports: Sequence[tuple[Any, Any]] = (),
    ) -> None:
        self.template = source.template
        self.diagnostics = diagnostics
        self.stack = stack
        self.sibling = sibling
        self.names = Names(stack, seed)
        self.files: dict[str, bytes] = {}
        self.packages: dict[str, dict[str, tuple[str, int]]] = {}
        self.tally = Tally()
        self.items: dict[str, Item] = {}
        self.made: dict[str, Made] = {}
        self.extra_data: dict[str, Block] = {}
        self.parameters = parameter_values(self.template, diagnostics)
        self.resolver = Resolver(self.template, self.parameters, self, diagnostics, stack=stack, exports=exports)
        self.resources_total = 0
        self.resources_mapped = 0
        self.current: Item | None = None
        self._granted: set[str] = set()
        self.switches: dict[str, None] = {}
        self.lookups: dict[str, dict[str, Value]] = {}
        self.folds: list[tuple[str, dict[str, Value]]] = []
        self.guarded: list[Made] = []
        self.after_parts: list[tuple[Made, str]] = []
        self.deployments: list[tuple[Made, Value]] = []

    # --- allocation

    def allocate(self) -> None:
        """Give every resource of the template its type and its name."""
        resources = self.template.get("Resources")
        for logical_id, raw in resources.items() if isinstance(resources, dict) else ():
            if not isinstance(raw, dict) or not isinstance(raw.get("Type"), str):
                self.diagnostics.add("bad-resource", ("Resources", logical_id), f"{logical_id} has no Type")
                continue
            kind = raw["Type"]
            if kind in NOT_RESOURCES:
                continue
            item = Item(logical_id=str(logical_id), cfn_type=kind, raw=raw, table=lookup_table(kind))
            if item.table:
                item.name = self.names.block(item.table.type, _DIGEST.sub("", item.logical_id))
            condition = raw.get("Condition")
            if isinstance(condition, str) and not self.resolver.condition(condition, (*item.path, "Condition")):
                item.switch = condition
            self.items[item.logical_id] = item
        for item in self.items.values():
            if item.cfn_type in _FOLDED:
                self._aim(item)
            elif item.cfn_type == "AWS::EC2::VPCCidrBlock":
                self._aim_network(item)

    def _aim(self, item: Item) -> None:
        """A resource that Terraform folds into another one answers under the other's address."""
        raw = item.raw.get("Properties")
        argument = raw.get(_FOLDED[item.cfn_type]) if isinstance(raw, dict) else None
        target = self.items.get(_target(argument)) or self._named(argument, item)
        item.folded = True
        if target is not None and target.table is not None and item.table is not None:
            item.name = target.name
            item.switch = item.switch or target.switch
        else:
            item.table = None

    def _named(self, argument: Any, item: Item) -> Item | None:
        """The function of the template that has this very name."""
        wanted = self.resolver.static(argument, item.path)
        for other in self.items.values() if isinstance(wanted, str) and wanted else ():
            raw = other.raw.get("Properties")
            if other.cfn_type != "AWS::Lambda::Function" or not isinstance(raw, dict):
                continue
            if self.resolver.static(raw.get("FunctionName"), other.path) == wanted:
                return other
        return None

    def _aim_network(self, item: Item) -> None:
        """A range of IPv6 addresses that Amazon gives is an argument of the network, so that its subnets can use it."""
        raw = item.raw.get("Properties")
        if not isinstance(raw, dict) or text(raw.get("AmazonProvidedIpv6CidrBlock")).lower() != "true":
            return
        target = self.items.get(_target(raw.get("VpcId")))
        if target is not None and target.cfn_type == "AWS::EC2::VPC" and target.table and target.switch == item.switch:
            item.folded, item.name, item.table = True, target.name, replace(target.table, hook="vpc_cidr_block")

    # --- what is put in

    def add(self, type_: str, wanted: str, item: Item) -> Made:
        """One more resource that belongs to `item`."""
        made = Made(type=type_, name=self.names.block(type_, wanted), body=Body(), item=item)
        self.made[made.address] = made
        return made

    def package(self, path: str, entries: Mapping[str, tuple[str, int]]) -> Value:
        """Put files (text and mode) into the zip at `path` of the folder; functions may share one. Its expression."""
        self.packages.setdefault(path, {}).update(entries)
        return Template((Reference("path.module"), f"/{path}"))

    def lookup(self, name: str, given: str, known: Value) -> Value:
        """`given` as a key of the local map `name`, which says what the provider takes in its place."""
        self.lookups.setdefault(name, {})[given] = known
        return Index(Reference(f"local.{name}"), given)

    def carry(self, wanted: str, stand_in: str) -> Value:
        """Carry a file that the template names, or its stand-in, in the folder; the expression that reads it."""
        path = safe_path(wanted) or "files/file"
        found = self.sibling(path)
        self.files[path] = found if found is not None else stand_in.encode()
        return Call("file", (Template((Reference("path.module"), f"/{path}")),))

    def fold(self, item: Item, attributes: dict[str, Value]) -> None:
        """Set attributes of the resource that `item` is folded into."""
        self.folds.append((item.address, attributes))

    def rename(self, made: Made, type_: str) -> Table:
        """The resource turns out to be of another type; its rules from now on."""
        item = made.item
        assert item.table is not None
        del self.made[made.address]
        made.type, made.name = type_, self.names.block(type_, item.logical_id)
        item.name, item.table = made.name, replace(item.table, type=type_)
        self.made[made.address] = made
        return item.table

    def after_permissions(self, made: Made) -> None:
        """`made` can only be created once the targets it names let it in."""
        self.guarded.append(made)

    def after_part(self, made: Made, type_: str) -> None:
        """`made` can only be created once the part of that type of the same template resource exists."""
        self.after_parts.append((made, type_))

    def after_methods(self, made: Made, api: Value) -> None:
        """A deployment takes a picture of the API, so it waits for every method and route of it."""
        if api is not None:
            self.deployments.append((made, api))

    def data(self, type_: str, name: str, attributes: dict[str, Value]) -> Reference:
        """A data source, written out when something uses it."""
        address = f"data.{type_}.{name}"
        self.extra_data[address] = Block(type="data", labels=(type_, name), attributes=attributes)
        return Reference(address)

    def zone(self, name: Value) -> Value:
        """The hosted zone of this name in the template."""
        for item in self.items.values():
            if item.table and item.table.type == "aws_route53_zone":
                raw = item.raw.get("Properties")
                given = self.resolver.static(raw.get("Name"), item.path) if isinstance(raw, dict) else None
                if isinstance(given, str) and isinstance(name, str) and given.rstrip(".") == name.rstrip("."):
                    return self.reach(item.address, item, ".zone_id")
        return None

    # --- references

    def reach(self, made_address: str, item: Item, path: str) -> Value:
        """A reference to a block of `item`, through its count when it has one."""
        if not item.switch:
            return Reference(made_address, path)
        if item.switch in self._granted or (self.current is not None and self.current.switch):
            return Reference(made_address, "[0]" + path)
        return Call("one", (Reference(made_address, "[*]" + path),))

    def ref(self, logical_id: str, path: Path) -> Value:
        item = self.items.get(logical_id)
        if item is None:
            self.diagnostics.add(
                "unknown-reference",
                path,
                f"Ref {logical_id}: there is no such parameter or resource",
                effect="Text stands in.",
            )
            return logical_id
        if item.table is None:
            return self._missing(item, "", path)
        return self._own(item, item.table.ref)

    def attribute(self, logical_id: str, attribute: str, path: Path) -> Value:
        item = self.items.get(logical_id)
        if item is None:
            self.diagnostics.add(
                "unknown-reference",
                path,
                f"GetAtt {logical_id}.{attribute}: there is no such resource",
                effect="Text stands in.",
            )
            return stand_in_for(use_of(path), snake(attribute))
        if item.table is None:
            return self._missing(item, attribute, path)
        mapped = item.table.attributes.get(attribute)
        schema = resource_schema(item.table.type)
        if mapped is None and schema is not None:
            own = snake(item.cfn_type.split("::")[-1]) + "_"
            for name in candidates(attribute.replace(".", "_")):
                for spelled in (name, name.removeprefix(own)):
                    if mapped is None and (spelled in schema.arguments):
                        mapped = spelled
        if mapped is None:
            self.diagnostics.add(
                "unknown-attribute",
                path,
                f"GetAtt {logical_id}.{attribute}: {item.table.type} has no such attribute",
                effect=f"Its {item.table.ref} is used.",
            )
            mapped = item.table.ref
        return self._own(item, mapped)

    def _own(self, item: Item, attribute: str) -> Value:
        if attribute.startswith("[") and attribute.endswith("]"):
            return [self._own(item, attribute[1:-1])]
        address = item.address
        schema = resource_schema(item.table.type) if item.table else None
        if attribute == "id" and schema is not None and "id" not in schema.arguments:
            attribute = next((name for name in ("arn", "name") if name in schema.arguments), "id")
        if ":" in attribute:  # an attribute of a sibling resource: `type:attribute`
            type_, attribute = attribute.split(":", 1)
            address = f"{type_}.{item.name}"
        return self.reach(address, item, ("" if attribute.startswith("[") else ".") + attribute)

    def _missing(self, item: Item, attribute: str, path: Path) -> Value:
        words = snake(item.logical_id).replace("_", "-")
        if item.cfn_type == "AWS::CloudFormation::Stack" and attribute.startswith("Outputs."):
            value = stand_in_for(use_of(path), snake(attribute.removeprefix("Outputs.")))
        elif attribute.endswith("Arn") or (not attribute and item.cfn_type.endswith(("Topic", "Certificate"))):
            service = item.cfn_type.split("::")[1].lower() if item.cfn_type.startswith("AWS::") else "lambda"
            value = f"arn:aws:{service}:{REGION}:{ACCOUNT}:{words}"
        else:
            value = stand_in_for(use_of(path), snake(attribute))
            value = words if value == "stand-in" else value
        self.diagnostics.stand_in(
            path, f"{item.logical_id}{'.' + attribute if attribute else ''} ({item.cfn_type}) is set to {value!r}."
        )
        return value

    def constant(self, logical_id: str, attribute: str) -> Value:
        item = self.items.get(logical_id)
        properties = item.raw.get("Properties") if item else None
        if isinstance(properties, dict) and attribute in properties:
            value = self.resolver.static(properties[attribute], ("Resources", logical_id, "Properties", attribute))
            return None if value is NO_VALUE or isinstance(value, EXPRESSIONS) else value
        return None

    def is_list(self, value: Value) -> bool:
        return yields_list(value, resource_schema)

    @contextmanager
    def granting(self, condition: str) -> Iterator[None]:
        self._granted.add(condition)
        try:
            yield
        finally:
            self._granted.discard(condition)

    def element(self, value: Value, index: int) -> Value:
        found = type_of(value, resource_schema)
        kind = found[0] if isinstance(found, list) else found
        if kind in {"string", "number", "bool"}:  # one thing where CloudFormation has several
            return value
        return Index(Call("tolist", (value,)) if kind == "set" else value, index)


def _target(argument: Any) -> str:
    """Logical id of a `Ref` or `Fn::GetAtt`."""
    if isinstance(argument, dict):
        if isinstance(argument.get("Ref"), str):
            return str(argument["Ref"])
        found = argument.get("Fn::GetAtt")
        if isinstance(found, list) and found:
            return str(found[0])
        if isinstance(found, str):
            return found.split(".")[0]
    return ""
