"""From a loaded template to blocks and files: allocates names, resolves references, lowers resource by resource."""

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from lsqm.model.diagnostic import Severity
from lsqm.model.terraform import (
    EXPRESSIONS,
    Block,
    Call,
    Conditional,
    Index,
    Raw,
    Reference,
    Template,
    Value,
    block_references,
)
from lsqm.normalize.cloudformation.circles import refuse_circles
from lsqm.normalize.cloudformation.diagnose import Diagnostics
from lsqm.normalize.cloudformation.inference import type_of, yields_list
from lsqm.normalize.cloudformation.ir import Body, Item, Made, Output, Tally
from lsqm.normalize.cloudformation.links import link
from lsqm.normalize.cloudformation.load import Path, Source
from lsqm.normalize.cloudformation.lower import Lowering
from lsqm.normalize.cloudformation.names import Names, candidates, local_name, snake
from lsqm.normalize.cloudformation.neighbours import neighbours
from lsqm.normalize.cloudformation.parameters import parameter_values, text
from lsqm.normalize.cloudformation.policies import date_policies
from lsqm.normalize.cloudformation.resolve import NO_VALUE, Resolver, use_of
from lsqm.normalize.cloudformation.rules import check_rules
from lsqm.normalize.cloudformation.security_groups import untangle
from lsqm.normalize.cloudformation.standins import ACCOUNT, REGION, stand_in_for
from lsqm.normalize.cloudformation.surroundings import settle
from lsqm.normalize.cloudformation.tables import Table, table_for
from lsqm.normalize.provider_schema import BlockSchema, resource_schema

_NOT_RESOURCES = ("AWS::CDK::Metadata",)


class Compiler:
    """Compiles one template."""

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
        self._current: Item | None = None
        self._granted: set[str] = set()
        self._switches: dict[str, None] = {}
        self._lookups: dict[str, dict[str, Value]] = {}
        self._folds: list[tuple[str, dict[str, Value]]] = []
        self._guarded: list[Made] = []
        self._after_parts: list[tuple[Made, str]] = []
        self._deployments: list[tuple[Made, Value]] = []

    def compile(self) -> Output:
        """Everything, in the order of the template."""
        check_rules(self.template, self.resolver.holds, self.diagnostics)
        self._allocate()
        for item in self.items.values():
            self._current = item
            self._lower(item)
        self._current = None
        for address, attributes in self._folds:
            if address in self.made:
                self.made[address].body.attributes |= attributes
        outputs = self._outputs()
        link(self.made)
        self.made = untangle(self.made, self.names.block)
        beside = list(neighbours(self.made.values(), self.names.block, self.diagnostics))
        surroundings = list(settle((made.body for made in self.made.values()), outputs, self._lookups.values()))
        date_policies(self.made.values(), self.diagnostics)
        self._dependencies()
        self._permissions()
        refuse_circles(self.made, self.diagnostics)
        for path, entries in self.packages.items():
            self.files[path] = zip_bytes(entries)
        output = Output(files=self.files, outputs=outputs, lookups=self._lookups, resources=beside)
        output.conditions = {local_name(name): False for name in self._switches}
        for made in self.made.values():
            output.resources.append(made.body.freeze("resource", (made.type, made.name), made.comment))
        used = {address for block in (*output.resources, *outputs) for address in block_references(block)}
        kept = {local_name(name): holds for name, holds in self.resolver.kept.items()}
        output.conditions |= {name: holds for name, holds in kept.items() if f"local.{name}" in used}
        for address, (type_, name) in self.resolver.data.items():
            if address in used:
                given: dict[str, Value] = {"state": "available"} if type_ == "aws_availability_zones" else {}
                output.data.append(Block(type="data", labels=(type_, name), attributes=given))
        output.data.extend(block for address, block in self.extra_data.items() if address in used)
        output.data.extend(surroundings)
        output.data.sort(key=lambda block: block.labels)
        return output

    # --- allocation

    def _allocate(self) -> None:
        resources = self.template.get("Resources")
        for logical_id, raw in resources.items() if isinstance(resources, dict) else ():
            if not isinstance(raw, dict) or not isinstance(raw.get("Type"), str):
                self.diagnostics.add("bad-resource", ("Resources", logical_id), f"{logical_id} has no Type")
                continue
            kind = raw["Type"]
            if kind in _NOT_RESOURCES:
                continue
            item = Item(logical_id=str(logical_id), cfn_type=kind, raw=raw, table=_table(kind))
            if item.table:
                item.name = self.names.block(item.table.type, item.logical_id)
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

    # --- one resource

    def _lower(self, item: Item) -> None:
        if item.switch and item.table is None:
            return
        if item.cfn_type not in _FREE:
            self.resources_total += 1
        if item.table is None:
            self._unmapped(item)
            return
        self.resources_mapped += 1
        raw = item.raw.get("Properties")
        path = (*item.path, "Properties")
        resolved = self.resolver.value(raw if isinstance(raw, dict) else {}, path)
        properties = dict(resolved) if isinstance(resolved, dict) else {}
        made = Made(type=item.table.type, name=item.name, body=Body(), item=item)
        if not item.folded:
            self.made[made.address] = made
        context = Context(self, item, item.table, made, properties, path)
        context.run()
        self._attributes(item)

    def _attributes(self, item: Item) -> None:
        """The resource attributes beside Properties."""
        for name, why in _RESOURCE_ATTRIBUTES.items():
            if name in item.raw:
                self.diagnostics.add(
                    "attribute-dropped", (*item.path, name), f"{name}: {why}", effect="It is left out."
                )
        metadata = item.raw.get("Metadata")
        if isinstance(metadata, dict) and "AWS::CloudFormation::Init" in metadata:
            self.diagnostics.add(
                "cfn-init",
                (*item.path, "Metadata", "AWS::CloudFormation::Init"),
                "cfn-init reads this from CloudFormation at boot",
                effect="The instance starts without that setup.",
            )

    def _unmapped(self, item: Item) -> None:
        kind = item.cfn_type
        if kind in _FREE:
            return
        if kind.startswith(("Custom::", "AWS::CloudFormation::CustomResource")):
            code, why = "custom-resource", "what it does is known only to its Lambda function"
        elif kind == "AWS::CloudFormation::Stack":
            code, why = "nested-stack", "its template is not at hand"
        elif kind.startswith("AWS::"):
            code, why = "unsupported-type", "there is no Terraform resource for it in this compiler"
        else:
            code, why = "private-type", "it is a type of somebody's own registry"
        self.diagnostics.add(
            code, (*item.path, "Type"), f"{kind}: {why}", effect="The resource is left out.", severity=Severity.WARNING
        )

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
        self._lookups.setdefault(name, {})[given] = known
        return Index(Reference(f"local.{name}"), given)

    def carry(self, wanted: str, stand_in: str) -> Value:
        """Carry a file that the template names, or its stand-in, in the folder; the expression that reads it."""
        path = safe_path(wanted) or "files/file"
        found = self.sibling(path)
        self.files[path] = found if found is not None else stand_in.encode()
        return Call("file", (Template((Reference("path.module"), f"/{path}")),))

    def fold(self, item: Item, attributes: dict[str, Value]) -> None:
        """Set attributes of the resource that `item` is folded into."""
        self._folds.append((item.address, attributes))

    def rename(self, context: "Context", type_: str) -> None:
        """The resource turns out to be of another type."""
        made, item = context.made, context.item
        assert item.table is not None
        del self.made[made.address]
        made.type, made.name = type_, self.names.block(type_, item.logical_id)
        item.name, item.table = made.name, replace(item.table, type=type_)
        context.table = item.table
        self.made[made.address] = made

    def after_permissions(self, made: Made) -> None:
        """`made` can only be created once the targets it names let it in."""
        self._guarded.append(made)

    def after_part(self, made: Made, type_: str) -> None:
        """`made` can only be created once the part of that type of the same template resource exists."""
        self._after_parts.append((made, type_))

    def after_methods(self, made: Made, api: Value) -> None:
        """A deployment takes a picture of the API, so it waits for every part of it."""
        self._deployments.append((made, api))

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
        if item.switch in self._granted or (self._current is not None and self._current.switch):
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

    # --- around the resources

    def _outputs(self) -> list[Block]:
        section = self.template.get("Outputs")
        blocks: list[Block] = []
        for name, raw in section.items() if isinstance(section, dict) else ():
            path = ("Outputs", name)
            if not isinstance(raw, dict) or "Value" not in raw:
                continue
            condition = raw.get("Condition")
            if isinstance(condition, str) and not self.resolver.condition(condition, (*path, "Condition")):
                continue
            value = self.resolver.value(raw["Value"], (*path, "Value"))
            if value is NO_VALUE:
                continue
            attributes: dict[str, Value] = {}
            if isinstance(raw.get("Description"), str):
                attributes["description"] = raw["Description"]
            attributes["value"] = value
            if self._sensitive(value):
                attributes["sensitive"] = True
            blocks.append(Block(type="output", labels=(self.names.block("output", str(name)),), attributes=attributes))
        return blocks

    def _sensitive(self, value: Value) -> bool:
        block = Block(type="output", attributes={"value": value})
        for address in block_references(block):
            schema = resource_schema(address.split(".")[0])
            if schema and any(spec.sensitive and name in _text(value) for name, spec in schema.arguments.items()):
                return True
        return False

    def _dependencies(self) -> None:
        """`DependsOn`, where no reference says the same, and the switches of conditions that do not hold."""
        leaders = {made.item.logical_id: made for made in reversed(self.made.values())}
        for made in self.made.values():
            item = made.item
            if item.switch:
                self._switches[item.switch] = None
                count = Conditional(Reference("local." + local_name(item.switch)), 1, 0)
                made.body.attributes = {"count": count, **made.body.attributes}
            if made is not leaders[item.logical_id]:
                continue
            wanted = item.raw.get("DependsOn")
            names = [wanted] if isinstance(wanted, str) else wanted if isinstance(wanted, list) else []
            already = set(block_references(made.body.freeze("resource")))
            found = [self.items[name].address for name in names if isinstance(name, str) and name in self.items]
            found += [
                other.address
                for other in self.made.values()
                if other.type == _RECORDED_BY.get(made.type)
                and other.item.switch in {"", item.switch}
                and item.logical_id not in str(other.item.raw.get("DependsOn"))
            ]
            extra = [address for address in dict.fromkeys(found) if address and address not in already | {made.address}]
            if extra:
                made.body.attributes["depends_on"] = [Raw(address, (address,)) for address in extra]

    def _permissions(self) -> None:
        """A notification waits for the permissions and policies of its targets."""
        for made in self._guarded:
            targets = set(block_references(made.body.freeze("resource"))) - {made.item.address}
            waits = [
                other.address
                for other in self.made.values()
                if other.type in _PERMISSIONS
                and (other.item.switch in {"", made.item.switch})
                and targets & set(block_references(other.body.freeze("resource")))
            ]
            known = made.body.attributes.get("depends_on")
            earlier = known if isinstance(known, list) else []
            if waits:
                made.body.attributes["depends_on"] = [*earlier, *(Raw(address, (address,)) for address in waits)]
        for made, type_ in self._after_parts:
            own = [other for other in self.made.values() if other.item is made.item and other.type == type_]
            if own:
                made.body.attributes["depends_on"] = [Raw(other.address, (other.address,)) for other in own]
        for made, api in self._deployments:
            parts = [
                other.address
                for other in self.made.values()
                if other.type in _API_PARTS
                and other.body.attributes.get("rest_api_id") == api
                and (other.item.switch in {"", made.item.switch})
            ]
            known = made.body.attributes.get("depends_on")
            earlier = known if isinstance(known, list) else []
            new = [Raw(address, (address,)) for address in parts]
            if parts:
                made.body.attributes["depends_on"] = [*earlier, *(item for item in new if item not in earlier)]


_RECORDED_BY = {
    "aws_config_delivery_channel": "aws_config_configuration_recorder",
    "aws_config_config_rule": "aws_config_configuration_recorder",
}
"""Resource type → the type that AWS Config wants to be there first, without either naming the other."""
_PERMISSIONS = frozenset({"aws_lambda_permission", "aws_sqs_queue_policy", "aws_sns_topic_policy"})
_API_PARTS = frozenset(
    {
        "aws_api_gateway_method",
        "aws_api_gateway_integration",
        "aws_api_gateway_integration_response",
        "aws_api_gateway_method_response",
        "aws_api_gateway_gateway_response",
    }
)
_FOLDED = {"AWS::Lambda::Version": "FunctionName", "AWS::AppSync::GraphQLSchema": "ApiId"}


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


def safe_path(text: str) -> str:
    """A relative POSIX path inside the folder, whatever the text says; empty when nothing is left."""
    words = [re.sub(r"[^A-Za-z0-9._-]+", "-", word) for word in text.replace("\\", "/").split("/")]
    return "/".join(word for word in words if word.strip("."))[:160]


def zip_bytes(files: Mapping[str, tuple[str, int]]) -> bytes:
    """A zip with fixed times and order; values are text and mode."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            content, mode = files[name]
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            archive.writestr(entry, content)
    return buffer.getvalue()


def _text(value: Value) -> str:
    return json.dumps(value, default=str)


class Context:
    """One resource being lowered: what hooks work with."""

    def __init__(
        self, compiler: Compiler, item: Item, table: Table, made: Made, properties: dict[str, Any], path: Path
    ) -> None:
        self.compiler = compiler
        self.item = item
        self.table = table
        self.made = made
        self.body = made.body
        self.properties = properties
        self.path = path
        self.lowering = Lowering(
            diagnostics=compiler.diagnostics,
            tally=compiler.tally,
            is_list=compiler.is_list,
            type_name=item.cfn_type.split("::")[-1],
            choices=compiler.resolver.choices,
        )
        self.asked: set[str] = set()
        """Properties that the hook took care of, present or not."""

    def run(self) -> None:
        """Splits, the hook, the generic part, names, and what is missing."""
        if self.table.hook:
            from lsqm.normalize.cloudformation import hooks  # noqa: PLC0415 - hooks know this class

            hooks.HOOKS[self.table.hook](self)
        for split in self.table.split:
            self.asked.add(split.property)
            if split.property in self.properties:
                self._split(split, self.properties.pop(split.property))
        self.lowering.fill(self.body, self.properties, self.table, self.path, asked=self.asked)
        self._name()
        for made in [made for made in self.compiler.made.values() if made.item is self.item]:
            schema = resource_schema(made.type)
            if schema is not None:
                self._complete(made, schema)

    def _complete(self, made: Made, schema: BlockSchema) -> None:
        """Stand-ins for what Terraform must have and the template does not say."""
        words = snake(self.item.logical_id).replace("_", "-")
        for where in self.lowering.missing(made.body, schema, words):
            self.compiler.diagnostics.add(
                "required-missing",
                self.item.path,
                f"Terraform needs {where} for {made.type}, and the template does not say it",
                effect="A stand-in is set.",
            )

    def _name(self) -> None:
        name = self.table.name
        if name and name not in self.body.attributes and f"{name}_prefix" not in self.body.attributes:
            self.body.attributes = {
                name: self.compiler.names.physical(self.item.logical_id),
                **self.body.attributes,
            }

    def _split(self, split: Any, value: Any) -> None:
        values = value if split.each and isinstance(value, list) else [value]
        for position, each in enumerate(values):
            suffix = f"_{position + 1}" if len(values) > 1 else ""
            made = self.another(split.type, self.item.logical_id + suffix)
            if split.parent:
                made.body.attributes[split.parent] = self.own(split.parent_attribute)
            properties = {split.into: each} if split.into else each
            if not isinstance(properties, Mapping):
                properties = {split.property: each}
            path = (*self.path, split.property)
            self.lowering.fill(made.body, properties, split, path)

    # --- for hooks

    def take(self, name: str) -> Any:
        """A property, taken out of what the generic part sees; None when absent. Counts as carried over."""
        self.asked.add(name)
        if name not in self.properties:
            return None
        self.compiler.tally.total += 1
        self.compiler.tally.mapped += 1
        return self.properties.pop(name)

    def another(self, type_: str, wanted: str = "") -> Made:
        """One more resource that belongs to this one."""
        return self.compiler.add(type_, wanted or self.item.logical_id, self.item)

    def own(self, attribute: str = "id") -> Value:
        """A reference to this resource from a block of the same template resource."""
        index = "[0]" if self.item.switch else ""
        return Reference(self.made.address, f"{index}.{attribute}")

    def fill(self, made: Made, properties: Mapping[str, Any], *, prefix: str = "", rules: Any = None) -> None:
        """The generic lowering for another resource of this one."""
        table = rules or Table(type=made.type)
        self.lowering.fill(made.body, properties, table, (*self.path, prefix) if prefix else self.path, prefix)

    def physical(self, limit: int = 64) -> str:
        """A name that CloudFormation would have made up."""
        return self.compiler.names.physical(self.item.logical_id, limit=limit)

    def drop(self, name: str, why: str) -> None:
        """Leave a property out with a reason."""
        if name in self.properties:
            self.properties.pop(name)
            self.compiler.tally.total += 1
            self.compiler.diagnostics.add(
                "property-dropped", (*self.path, name), f"{name}: {why}", effect="It is left out."
            )


_FREE = frozenset(
    {"AWS::CloudFormation::WaitConditionHandle", "AWS::CloudFormation::WaitCondition", "AWS::CDK::Metadata"}
)
_RESOURCE_ATTRIBUTES = {
    "CreationPolicy": "Terraform does not wait for signals",
    "UpdatePolicy": "Terraform updates in its own way",
}
_SERVICES = {
    "ApiGateway": "api_gateway", "ApplicationAutoScaling": "appautoscaling", "CertificateManager": "acm",
    "DirectoryService": "directory_service", "EC2": "ec2", "ElasticBeanstalk": "elastic_beanstalk",
    "Events": "cloudwatch_event", "KinesisAnalyticsV2": "kinesisanalyticsv2", "KinesisFirehose": "kinesis_firehose",
    "Logs": "cloudwatch_log", "OpenSearchService": "opensearch", "AmazonMQ": "mq", "StepFunctions": "sfn",
    "ServiceDiscovery": "service_discovery", "SSO": "ssoadmin", "ResourceGroups": "resourcegroups",
}  # fmt: skip


def _table(cfn_type: str) -> Table | None:
    """The table's entry, else the provider's resource of exactly the same name."""
    table = table_for(cfn_type)
    if table is not None:
        return table
    match = re.fullmatch(r"AWS::(\w+)::(\w+)", cfn_type)
    if not match or match.group(1) == "CloudFormation":
        return None
    service, kind = match.groups()
    for prefix in (_SERVICES.get(service, service.lower()), snake(service)):
        type_ = f"aws_{prefix}_{snake(kind)}"
        if resource_schema(type_) is not None:
            return Table(type=type_)
    return None


__all__ = ["Compiler", "Context", "text"]
