"""The default network and a public image, in place of those that only a parameter names.

A stand-in such as `vpc-0123456789abcdef0` is well-formed, but no account has it, and nothing that needs it can be
created. Every account and every emulator has a default network and Amazon's own Linux, so what stands for a VPC, a
subnet, a security group, a route table or an image becomes a data source of those.
"""

from collections.abc import Iterable, Iterator, Mapping

from lsqm.model.terraform import Block, Call, Conditional, Index, Reference, Template, Value
from lsqm.normalize.cloudformation.ir import Body
from lsqm.normalize.cloudformation.standins import GROUP, IMAGE, ROUTE_TABLE, SUBNETS, VPC, ZONES

_VPC = Reference("data.aws_vpc.default", ".id")


def _filtered(type_: str, name: str, filters: Mapping[str, str], attributes: dict[str, Value] | None = None) -> Block:
    inner = [
        Block(type="filter", attributes={"name": key, "values": [value]}) for key, value in sorted(filters.items())
    ]
    return Block(type="data", labels=(type_, name), attributes=attributes or {}, blocks=inner)


_SOURCES: dict[str, Block] = {
    IMAGE: _filtered(
        "aws_ami",
        "amazon_linux",
        {"name": "amzn2-ami-hvm-2.0.*-x86_64-gp2"},
        {"most_recent": True, "owners": ["137112412989"]},
    ),
    VPC: _filtered("aws_vpc", "default", {"is-default": "true"}),
    GROUP: _filtered("aws_security_group", "default", {"group-name": "default"}, {"vpc_id": _VPC}),
    ROUTE_TABLE: _filtered("aws_route_table", "default", {"association.main": "true"}, {"vpc_id": _VPC}),
    **{
        subnet: _filtered("aws_subnet", f"default_{zone[-1]}", {"availability-zone": zone, "default-for-az": "true"})
        for subnet, zone in zip(SUBNETS, ZONES, strict=False)
    },
}
"""Stand-in → the data source that finds the real one. Filters by name, which emulators know better than arguments."""


def settle(bodies: Iterable[Body], outputs: Iterable[Block], lookups: Iterable[dict[str, Value]]) -> Iterator[Block]:
    """Replace stand-ins by references to what every account has; yields the data sources they need.

    Only a whole value or a whole item of a list is replaced: inside longer text a stand-in remains.
    """
    used: dict[str, None] = {}
    for body in bodies:
        _settle_body(body, used)
    for attributes in (*(block.attributes for block in outputs), *lookups):
        for name, value in attributes.items():
            attributes[name] = _settled(value, used)
    if any(stand_in in used for stand_in in (GROUP, ROUTE_TABLE)):
        used[VPC] = None
    for stand_in, block in _SOURCES.items():
        if stand_in in used:
            yield block


def _settle_body(body: Body, used: dict[str, None]) -> None:
    for name, value in body.attributes.items():
        body.attributes[name] = _settled(value, used)
    for inner in body.blocks.values():
        for each in inner:
            _settle_body(each, used)


def _settled(value: Value, used: dict[str, None]) -> Value:
    match value:
        case str() if value in _SOURCES:
            used[value] = None
            return Reference(_SOURCES[value].address, ".id")
        case list():
            return [_settled(item, used) for item in value]
        case dict():
            return {key: _settled(item, used) for key, item in value.items()}
        case Call():
            return Call(value.name, tuple(_settled(item, used) for item in value.arguments))
        case Conditional():
            return Conditional(value.condition, _settled(value.yes, used), _settled(value.no, used))
        case Index():
            return Index(_settled(value.value, used), value.key)
        case Template():
            return Template(tuple(_settled(part, used) for part in value.parts))
        case _:
            return value
