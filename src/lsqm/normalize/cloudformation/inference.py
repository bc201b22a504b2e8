"""Type inference: what kind of value an expression yields, as far as the provider's schema tells."""

import re
from collections.abc import Callable
from typing import Any

from lsqm.model.terraform import Call, Conditional, Index, Reference, Template, Value
from lsqm.normalize.provider_schema import Argument, BlockSchema


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
