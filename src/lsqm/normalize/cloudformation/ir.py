"""The intermediate representation: resources of the template on their way to blocks of Terraform."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lsqm.model.terraform import Block, Conditional, Value
from lsqm.normalize.cloudformation.load import Path
from lsqm.normalize.cloudformation.tables import Table


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


@dataclass(slots=True)
class Tally:
    """Properties seen and properties carried over."""

    total: int = 0
    mapped: int = 0


@dataclass(slots=True)
class Item:
    """One resource of the template on its way to Terraform."""

    logical_id: str
    cfn_type: str
    raw: Mapping[str, Any]
    table: Table | None
    name: str = ""
    switch: str = ""
    """Name of the condition that keeps the resource from existing, empty when it exists."""
    folded: bool = False
    """Terraform has it inside another resource, and it answers under the other's address."""

    @property
    def path(self) -> Path:
        return ("Resources", self.logical_id)

    @property
    def address(self) -> str:
        return f"{self.table.type}.{self.name}" if self.table else ""


@dataclass(slots=True)
class Made:
    """A resource block under construction, with what it came from."""

    type: str
    name: str
    body: Body
    item: Item
    comment: str = ""

    @property
    def address(self) -> str:
        return f"{self.type}.{self.name}"


@dataclass(slots=True)
class Output:
    """What the compiler made."""

    resources: list[Block] = field(default_factory=list)
    data: list[Block] = field(default_factory=list)
    conditions: dict[str, Value] = field(default_factory=dict)
    lookups: dict[str, dict[str, Value]] = field(default_factory=dict)
    """Name of a local value → what the template says → what the provider takes for it."""
    outputs: list[Block] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
