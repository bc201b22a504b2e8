"""Designs for another major version of the AWS provider, brought to the one that runs them.

Rows that are known by name come first: runtimes that the provider does not know yet, and what version 6 renamed. The
provider's own schema then finds every argument or block it does not have; those cannot be carried over, and the design
is skipped rather than tested as something else.
"""

import re
from collections.abc import Iterator

from lsqm.model.architecture import SkipReason
from lsqm.normalize.hcl.tree import Access, Block, Body, Expr, Template, expressions, reference
from lsqm.normalize.provider_schema import BlockSchema, resource_schema
from lsqm.normalize.terraform.edits import Edit, Edits, without
from lsqm.normalize.terraform.modules import Configuration, Rejected, Source
from lsqm.normalize.terraform.versions import AWS_PROVIDER

_RUNTIMES = {
    "nodejs": ("nodejs18.x", "nodejs20.x", "nodejs22.x"),
    "python": ("python3.8", "python3.9", "python3.10", "python3.11", "python3.12", "python3.13"),
    "java": ("java11", "java17", "java21"),
    "dotnet": ("dotnet6", "dotnet8"),
    "ruby": ("ruby3.2", "ruby3.3", "ruby3.4"),
}
"""Family → the runtimes that provider 5.100.0 knows, oldest first; a newer one becomes the last."""
_RUNTIME = re.compile(r"(nodejs|python|java|dotnet|ruby)(\d+)(?:\.(\d+|x))?")
_META = frozenset({"count", "for_each", "provider", "depends_on"})
_META_BLOCKS = frozenset({"lifecycle", "provisioner", "connection", "timeouts", "dynamic"})


def bridge(configuration: Configuration, edits: Edits) -> None:
    """Note the edits. Raises Rejected when a resource needs what the provider does not have."""
    lacking: list[str] = []
    for module in configuration.modules.values():
        for source in module.sources:
            for expr in expressions(source.body):
                _newer_runtime(source, expr, edits)
                _region_name(source, expr, edits)
            for block in source.body.of_type("resource"):
                lacking += _resource(source, block, edits)
    if lacking:
        raise Rejected(SkipReason.NEEDS_TOOL, f"AWS provider {AWS_PROVIDER} lacks:", *dict.fromkeys(lacking))


def _newer_runtime(source: Source, expr: Expr, edits: Edits) -> None:
    text = expr.text if isinstance(expr, Template) and not expr.heredoc else None
    match = _RUNTIME.fullmatch(text) if text else None
    if match is None:
        return
    newest = _RUNTIMES[match.group(1)][-1]
    if _version(match) > _version(_RUNTIME.fullmatch(newest)):
        edits.add(source.path, Edit(start=expr.start, end=expr.end, replacement=f'"{newest}"'))
        edits.say(f"Runtime {text} became {newest}, the newest that provider {AWS_PROVIDER} knows.")


def _version(match: "re.Match[str] | None") -> tuple[int, int]:
    minor = match.group(3) if match else None
    return (int(match.group(2)) if match else 0, int(minor) if minor and minor.isdigit() else 0)


def _region_name(source: Source, expr: Expr, edits: Edits) -> None:
    """Version 6 calls it `data.aws_region.x.region`."""
    if isinstance(expr, Access) and expr.kind == "attribute" and expr.key == "region":
        names = reference(expr)
        if names[:2] == ("data", "aws_region") and len(names) == 4:
            edits.add(source.path, Edit(start=expr.end - len("region"), end=expr.end, replacement="name"))
            edits.say(f"data.aws_region's `region` in {source.path} became `name`, as provider {AWS_PROVIDER} has it.")


def _resource(source: Source, block: Block, edits: Edits) -> list[str]:
    kind = block.labels[0] if block.labels else ""
    if not kind.startswith("aws_"):
        return []
    schema = resource_schema(kind)
    if schema is None:
        return [f"resource type {kind}"]
    region = block.body.attribute("region")
    if region is not None and schema.argument("region") is None:
        edits.add(source.path, without(source.text, region.start, region.end))
        edits.say(f"{'.'.join(block.labels)} in {source.path} is made in the provider's region.")
    if kind == "aws_dynamodb_table":
        for index in block.body.of_type("global_secondary_index"):
            _index_keys(source, index, edits)
    return [f"{kind}: {what}" for what in _unknown(block.body, schema, kind)]


def _index_keys(source: Source, index: Block, edits: Edits) -> None:
    """Version 6's `key_schema` blocks are version 5's `hash_key` and `range_key`."""
    for keys in index.body.of_type("key_schema"):
        kind, name = keys.body.expr("key_type"), keys.body.expr("attribute_name")
        if isinstance(kind, Template) and kind.text in {"HASH", "RANGE"} and name is not None:
            text = f"{kind.text.lower()}_key = {source.text[name.start : name.end]}"
            edits.add(source.path, Edit(start=keys.start, end=keys.end, replacement=text))
            edits.say(f"key_schema in {source.path} became hash_key and range_key.")


def _unknown(body: Body, schema: BlockSchema, kind: str) -> Iterator[str]:
    """Arguments and blocks that the schema does not have."""
    top = kind.startswith("aws_") and "." not in kind
    for attribute in body.attributes:
        known = schema.argument(attribute.name) is not None or attribute.name in schema.blocks
        if not known and not (top and (attribute.name in _META or attribute.name == "region")):
            yield f"argument {attribute.name}"
    for inner in body.blocks:
        name = inner.labels[0] if inner.type == "dynamic" and inner.labels else inner.type
        content = inner.body
        if inner.type == "dynamic":
            content = next((part.body for part in inner.body.of_type("content")), Body())
        elif inner.type in _META_BLOCKS and top:
            continue
        if (name == "key_schema" and kind.endswith("global_secondary_index")) or (name == "timeouts" and top):
            continue
        nested = schema.blocks.get(name)
        if nested is not None:
            yield from _unknown(content, nested.body, f"{kind}.{name}")
        elif schema.argument(name) is None:
            yield f"block {name}"
