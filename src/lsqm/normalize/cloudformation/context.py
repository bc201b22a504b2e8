"""One resource being lowered: what hooks work with."""

from collections.abc import Callable, Mapping
from typing import Any

from lsqm.model.terraform import Reference, Value
from lsqm.normalize.cloudformation.ir import Item, Made
from lsqm.normalize.cloudformation.load import Path
from lsqm.normalize.cloudformation.lower import Lowering
from lsqm.normalize.cloudformation.module import Module
from lsqm.normalize.cloudformation.names import snake
from lsqm.normalize.cloudformation.tables import Table
from lsqm.normalize.cloudformation.watched import handed_on, unread, watched
from lsqm.normalize.provider_schema import BlockSchema, resource_schema


class Context:
    """One resource being lowered: what hooks work with."""

    def __init__(
        self, compiler: Module, item: Item, table: Table, made: Made, properties: dict[str, Any], path: Path
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
        self._taken: dict[str, Any] = {}

    def run(self, hook: "Callable[[Context], None] | None") -> None:
        """Splits, the hook, the generic part, names, and what is missing."""
        if hook is not None:
            hook(self)
        for split in self.table.split:
            self.asked.add(split.property)
            if split.property in self.properties:
                self._split(split, self.properties.pop(split.property))
        self.lowering.fill(self.body, self.properties, self.table, self.path, asked=self.asked)
        self._name()
        parts = [made for made in self.compiler.made.values() if made.item is self.item]
        self._forgotten(parts)
        for made in parts:
            schema = resource_schema(made.type)
            if schema is not None:
                self._complete(made, schema)

    def _forgotten(self, parts: list[Made]) -> None:
        """Say what the hook took and never looked at."""
        for made in parts:
            bodies = [made.body]
            for body in bodies:
                handed_on(body.attributes.values())
                bodies.extend(inner for each in body.blocks.values() for inner in each)
        for name, value in self._taken.items():
            if self.compiler.diagnostics.mentions((*self.path, name)):
                continue
            for path in unread(value):
                full = ".".join([name, *(step for step in path if isinstance(step, str))])
                self.compiler.diagnostics.add(
                    "property-dropped",
                    (*self.path, name, *path),
                    f"{full}: Terraform has no argument for it",
                    effect="It is left out.",
                )

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
        self._taken[name] = watched(self.properties.pop(name))
        return self._taken[name]

    def another(self, type_: str, wanted: str = "") -> Made:
        """One more resource that belongs to this one."""
        return self.compiler.add(type_, wanted or self.item.logical_id, self.item)

    def rename(self, type_: str) -> None:
        """This resource turns out to be of another type."""
        self.table = self.compiler.rename(self.made, type_)

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
