"""From a loaded template to blocks and files: the passes of the compiler, in order."""

import json

from lsqm.model.diagnostic import Severity
from lsqm.model.terraform import Block, Value, block_references
from lsqm.normalize.cloudformation.archives import zip_bytes
from lsqm.normalize.cloudformation.attribute_kinds import by_arn
from lsqm.normalize.cloudformation.circles import refuse_circles
from lsqm.normalize.cloudformation.context import Context
from lsqm.normalize.cloudformation.dependencies import order, order_by_permissions
from lsqm.normalize.cloudformation.hooks import HOOKS
from lsqm.normalize.cloudformation.ir import Body, Item, Made, Output
from lsqm.normalize.cloudformation.links import link
from lsqm.normalize.cloudformation.module import Module
from lsqm.normalize.cloudformation.names import local_name
from lsqm.normalize.cloudformation.neighbours import named, neighbours
from lsqm.normalize.cloudformation.policies import date_policies
from lsqm.normalize.cloudformation.references import NO_VALUE
from lsqm.normalize.cloudformation.resource_types import FREE
from lsqm.normalize.cloudformation.rules import check_rules
from lsqm.normalize.cloudformation.security_groups import untangle
from lsqm.normalize.cloudformation.surroundings import settle
from lsqm.normalize.provider_schema import resource_schema

_RESOURCE_ATTRIBUTES = {
    "CreationPolicy": "Terraform does not wait for signals",
    "UpdatePolicy": "Terraform updates in its own way",
}
_KEPT = ("DeletionPolicy", "UpdateReplacePolicy")
_KEEPING = frozenset({"Retain", "RetainExceptOnCreate", "Snapshot"})


class Compiler(Module):
    """The passes that compile one template."""

    def compile(self) -> Output:
        """Everything, in the order of the template."""
        check_rules(self.template, self.resolver.holds, self.diagnostics)
        self.allocate()
        for item in self.items.values():
            self.current = item
            self._lower(item)
        self.current = None
        for address, attributes in self.folds:
            if address in self.made:
                self.made[address].body.attributes |= attributes
        outputs = self._outputs()
        link(self.made)
        by_arn(self.made.values())
        self.made = untangle(self.made, self.names.block)
        beside = [
            *neighbours(self.made.values(), self.names.block, self.diagnostics),
            *named(self.made.values(), self.names.block, self.diagnostics),
        ]
        surroundings = list(settle((made.body for made in self.made.values()), outputs, self.lookups.values()))
        date_policies(self.made.values(), self.diagnostics)
        order(self)
        order_by_permissions(self)
        refuse_circles(self.made, self.diagnostics)
        for path, entries in self.packages.items():
            self.files[path] = zip_bytes(entries)
        output = Output(files=self.files, outputs=outputs, lookups=self.lookups, resources=beside)
        output.conditions = {local_name(name): False for name in self.switches}
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

    def _lower(self, item: Item) -> None:
        if item.switch and item.table is None:
            return
        if item.cfn_type not in FREE:
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
        context.run(HOOKS[item.table.hook] if item.table.hook else None)
        self._attributes(item)

    def _attributes(self, item: Item) -> None:
        """The resource attributes beside Properties."""
        for name, why in _RESOURCE_ATTRIBUTES.items():
            if name in item.raw:
                self.diagnostics.add(
                    "attribute-dropped", (*item.path, name), f"{name}: {why}", effect="It is left out."
                )
        kept = {name: item.raw.get(name) for name in _KEPT if item.raw.get(name) in _KEEPING}
        if kept and not item.folded:
            name, how = next(iter(kept.items()))
            self.diagnostics.add(
                "attribute-dropped",
                (*item.path, name),
                f"{' and '.join(kept)}: Terraform deletes what it destroys, and {how} has no counterpart",
                effect="It is left out.",
                severity=Severity.NOTE,
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
        if kind in FREE:
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


def _text(value: Value) -> str:
    return json.dumps(value, default=str)
