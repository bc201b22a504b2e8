"""Facts about Terraform files that are at hand as `path → content`: what they create, use, ask for and read."""

import json
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lsqm.normalize.hcl.active import instances, local_calls
from lsqm.normalize.hcl.evaluate import Scope, Value, evaluate
from lsqm.normalize.hcl.parse import decode, parse
from lsqm.normalize.hcl.tree import Block, Body, blocks


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What a configuration is, seen from outside. Addresses are `folder:kind.name`, the root's folder is `.`."""

    resource_types: Mapping[str, int] = field(default_factory=dict)
    """Type → number of blocks; a module's blocks count once for every call that leads to it, and only where their
    `count` or `for_each` is not known to be nothing."""
    data_types: Mapping[str, int] = field(default_factory=dict)
    """`data.…` type → number of blocks, likewise."""
    providers: tuple[str, ...] = ()
    """Provider names that resources, data sources, provider blocks or requirements name."""
    required_providers: Mapping[str, str] = field(default_factory=dict)
    """Provider name → source address, `hashicorp/<name>` where none is given."""
    module_sources: tuple[str, ...] = ()
    """Every module source that is not a local path."""
    open_variables: tuple[str, ...] = ()
    """The root's variables without default."""
    outputs: tuple[str, ...] = ()
    """The root's outputs."""
    backends: tuple[str, ...] = ()
    provisioners: tuple[str, ...] = ()

    @property
    def resource_count(self) -> int:
        return sum(self.resource_types.values())


def facts(files: Mapping[str, bytes]) -> Facts:
    """Read the configuration whose root is at the top of `files`. Raises HclError for a module that is not HCL."""
    modules: dict[str, list[Body]] = {}
    _reach(files, modules)
    live = instances(modules, ".", _given(files), calls=local_calls(modules))
    bodies = [body for module in modules.values() for body in module]
    every = [block for body in bodies for block in blocks(body)]
    root = [block for body in modules.get(".", []) for block in body.blocks]
    required = _required(every)
    kinds = [block.labels[0] for block in every if block.type in {"resource", "data"} and block.labels]
    providers = {kind.split("_")[0] for kind in kinds} | set(required) | set(_labels(every, "provider"))
    return Facts(
        resource_types=count_types([one.blocks for one in live], "resource"),
        data_types=count_types([one.blocks for one in live], "data", "data."),
        providers=tuple(sorted(providers)),
        required_providers=required,
        module_sources=tuple(sorted({s for block in every if block.type == "module" and (s := _remote(block))})),
        open_variables=tuple(
            block.labels[0] for block in root if block.type == "variable" and block.body.attribute("default") is None
        ),
        outputs=tuple(_labels(root, "output")),
        backends=tuple(_labels(every, "backend")),
        provisioners=tuple(_labels(every, "provisioner")),
    )


def count_types(calls: Sequence[Iterable[Block]], block_type: str, prefix: str = "") -> dict[str, int]:
    """Type → number of blocks of `block_type` in the modules called, each given once per call."""
    counts: dict[str, int] = {}
    for called in calls:
        for block in called:
            if block.type == block_type and block.labels:
                kind = prefix + block.labels[0]
                counts[kind] = counts.get(kind, 0) + 1
    return dict(sorted(counts.items()))


def _reach(files: Mapping[str, bytes], modules: dict[str, list[Body]]) -> None:
    """Parse the root and every module that is called."""
    waiting = ["."]
    while waiting:
        folder = waiting.pop()
        if folder in modules:
            continue
        inside = [path for path in files if path.endswith(".tf") and (posixpath.dirname(path) or ".") == folder]
        modules[folder] = [parse(decode(files[path], file=path), file=path) for path in sorted(inside)]
        waiting += local_calls({folder: modules[folder]}).get(folder, {}).values()


def _given(files: Mapping[str, bytes]) -> dict[str, Value]:
    """The root's variables as the files give them that Terraform reads of itself."""
    given: dict[str, Value] = {}
    automatic = sorted(path for path in files if path.endswith((".auto.tfvars", ".auto.tfvars.json")))
    for path in ("terraform.tfvars", "terraform.tfvars.json", *automatic):
        if "/" in path or path not in files:
            continue
        if path.endswith(".json"):
            try:
                values = json.loads(files[path])
            except ValueError:
                continue
            given.update(values if isinstance(values, dict) else {})
        else:
            body = parse(decode(files[path], file=path), file=path)
            given.update({item.name: evaluate(item.expr, Scope()) for item in body.attributes})
    return given


def _labels(found: Iterable[Block], block_type: str) -> list[str]:
    return list(dict.fromkeys(block.labels[0] for block in found if block.type == block_type and block.labels))


def _source(block: Block) -> str:
    expr = block.body.expr("source")
    value = evaluate(expr, Scope()) if expr is not None else ""
    return value if isinstance(value, str) else ""


def _remote(block: Block) -> str:
    source = _source(block)
    return "" if source.startswith(".") else source


def _required(every: Iterable[Block]) -> dict[str, str]:
    required: dict[str, str] = {}
    for block in every:
        if block.type == "required_providers":
            for attribute in block.body.attributes:
                value = evaluate(attribute.expr, Scope())
                source = value.get("source") if isinstance(value, dict) else None
                required[attribute.name] = source if isinstance(source, str) else f"hashicorp/{attribute.name}"
    return dict(sorted(required.items()))
