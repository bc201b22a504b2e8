"""The AWS provider's own schema, compact: what decides argument or block, type, required or computed.

`data/aws_schema.json.gz` is generated: `terraform providers schema -json | python -m lsqm.normalize.provider_schema`.
Inside are a first line with its provenance and then one line per resource type, parsed only when asked for:
`type<TAB>{"a": {argument: [type, flags]}, "b": {block: [nesting, min, max, {"a": ..., "b": ...}]}}`, where flags are
letters of `r`equired, `o`ptional, `c`omputed, `s`ensitive and a type is what Terraform's own JSON calls it.
"""

import gzip
import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, TextIO

DATA = "aws_schema.json.gz"
PROVIDER = "registry.terraform.io/hashicorp/aws"


@dataclass(frozen=True, kw_only=True, slots=True)
class Argument:
    """One argument or attribute of a block."""

    type: Any
    """`string`, `number`, `bool`, or a list such as `["list", "string"]`, `["map", "string"]`, `["object", {...}]`."""
    required: bool = False
    optional: bool = False
    computed: bool = False
    sensitive: bool = False

    @property
    def settable(self) -> bool:
        return self.required or self.optional

    @property
    def kind(self) -> str:
        """The outermost type: `string`, `number`, `bool`, `list`, `set`, `map`, `object`, `dynamic`."""
        return str(self.type[0] if isinstance(self.type, list) else self.type)


@dataclass(frozen=True, kw_only=True, slots=True)
class NestedBlock:
    """A block type inside a block; `max_items` 0 means no limit."""

    nesting: str
    min_items: int
    max_items: int
    body: "BlockSchema"


@dataclass(frozen=True, kw_only=True, slots=True)
class BlockSchema:
    """What may stand inside one block."""

    arguments: Mapping[str, Argument] = field(default_factory=dict)
    blocks: Mapping[str, NestedBlock] = field(default_factory=dict)

    def argument(self, name: str) -> Argument | None:
        """The argument of this name if a configuration may set it."""
        found = self.arguments.get(name)
        return found if found is not None and found.settable else None


@cache
def _lines() -> Mapping[str, str]:
    text = gzip.decompress(resources.files("lsqm.normalize").joinpath("data", DATA).read_bytes()).decode()
    return dict(line.split("\t", 1) for line in text.splitlines())


@cache
def resource_schema(type_: str) -> BlockSchema | None:
    """The schema of a resource type, or None when the provider has no such type."""
    line = _lines().get(type_)
    return None if line is None or type_.startswith("#") else _block(json.loads(line))


def resource_types() -> frozenset[str]:
    """All resource types of the provider."""
    return frozenset(name for name in _lines() if not name.startswith("#"))


def provenance() -> Mapping[str, str]:
    """Which provider the data came from: `provider`, `version`, `sha256` of the full schema."""
    return dict(json.loads(_lines()["#provenance"]))


def _block(raw: Mapping[str, Any]) -> BlockSchema:
    return BlockSchema(
        arguments={
            name: Argument(
                type=kind,
                required="r" in flags,
                optional="o" in flags,
                computed="c" in flags,
                sensitive="s" in flags,
            )
            for name, (kind, flags) in raw.get("a", {}).items()
        },
        blocks={
            name: NestedBlock(nesting=nesting, min_items=low, max_items=high, body=_block(body))
            for name, (nesting, low, high, body) in raw.get("b", {}).items()
        },
    )


def compact(block: Mapping[str, Any]) -> dict[str, Any]:
    """One block of `terraform providers schema -json` in the short form of the data file."""
    letters = {"required": "r", "optional": "o", "computed": "c", "sensitive": "s"}
    arguments = {
        name: [spec.get("type", "dynamic"), "".join(c for key, c in letters.items() if spec.get(key))]
        for name, spec in block.get("attributes", {}).items()
    }
    blocks = {
        name: [spec["nesting_mode"], spec.get("min_items", 0), spec.get("max_items", 0), compact(spec["block"])]
        for name, spec in block.get("block_types", {}).items()
        if name != "timeouts"
    }
    return {key: value for key, value in (("a", arguments), ("b", blocks)) if value}


def build(source: TextIO, target: Path, *, version: str) -> int:
    """Write the data file from `terraform providers schema -json`; returns its size in bytes."""
    text = source.read()
    types = json.loads(text)["provider_schemas"][PROVIDER]["resource_schemas"]
    origin = {"provider": PROVIDER, "version": version, "sha256": hashlib.sha256(text.encode()).hexdigest()}
    lines = ["#provenance\t" + json.dumps(origin, sort_keys=True)]
    lines += [
        f"{name}\t" + json.dumps(compact(types[name]["block"]), separators=(",", ":"), sort_keys=True)
        for name in sorted(types)
    ]
    data = gzip.compress(("\n".join(lines) + "\n").encode(), compresslevel=9, mtime=0)
    target.write_bytes(data)
    return len(data)


if __name__ == "__main__":
    place = Path(__file__).parent / "data" / DATA
    size = build(sys.stdin, place, version=sys.argv[1] if len(sys.argv) > 1 else "unknown")
    sys.stdout.write(f"{place}: {size} bytes\n")
