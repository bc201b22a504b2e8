"""The resources that a document becomes, before they have addresses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lsqm.model.terraform import Call, Raw, Reference, Template, Value
from lsqm.normalize.cloudformation.context import Context

API = ""
"""The key of the API itself."""


@dataclass(frozen=True, slots=True)
class Link:
    """An attribute of another part, named by its key."""

    part: str
    attribute: str = "id"


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One resource."""

    key: str
    """What links name it by; unique in the document."""
    type: str
    name: str
    """What its Terraform name is made from."""
    attributes: Mapping[str, Any]
    """Values, with links anywhere in them."""
    blocks: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    after: tuple[str, ...] = ()
    """Keys of the parts that it waits for without naming them."""
    comment: str = ""


@dataclass(kw_only=True, slots=True)
class Written:
    """A document that was understood."""

    properties: dict[str, Any] = field(default_factory=dict)
    """Properties of the API itself, under CloudFormation's names."""
    parts: list[Part] = field(default_factory=list)
    """In an order in which links only look back."""
    comment: str = ""


def write(r: Context, written: Written, prefix: str) -> None:
    """Make the parts resources of the API that `r` lowers; `prefix` goes before their names."""
    addresses = {API: r.made.address}
    for part in written.parts:
        made = r.another(part.type, prefix + part.name)
        addresses[part.key] = made.address
        made.comment = part.comment
        made.body.attributes |= {name: _linked(value, addresses) for name, value in part.attributes.items()}
        for name, attributes in part.blocks:
            made.body.add(name, **{key: _linked(value, addresses) for key, value in attributes.items()})
        if part.after:
            made.body.attributes["depends_on"] = [Raw(addresses[key], (addresses[key],)) for key in part.after]
    r.made.comment = written.comment


def _linked(value: Any, addresses: Mapping[str, str]) -> Value:
    match value:
        case Link(part=key, attribute=attribute):
            return Reference(addresses[key], f".{attribute}")
        case Template(parts=pieces):
            return Template(tuple(_linked(piece, addresses) for piece in pieces))
        case Call(name=name, arguments=values):
            return Call(name, tuple(_linked(each, addresses) for each in values))
        case dict():
            return {key: _linked(item, addresses) for key, item in value.items()}
        case list():
            return [_linked(item, addresses) for item in value]
        case _:
            return value  # type: ignore[no-any-return]
