"""The root and every module it calls, read and parsed."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lsqm.model.architecture import SkipReason
from lsqm.normalize.hcl.active import with_locals
from lsqm.normalize.hcl.evaluate import UNKNOWN, Scope, Value, evaluate
from lsqm.normalize.hcl.parse import HclError, decode, parse
from lsqm.normalize.hcl.tree import Block, Body
from lsqm.normalize.terraform.source_tree import SourceTree, join

Vendor = Callable[[str, str], Path | None]
"""(module source without `//folder`, version constraint or `""`) → folder of the fetched package, or None."""

_MODULES = 200
HERE = "\0tree/"
"""How `path.module` and its kin begin while paths are being worked out: what follows is a virtual path."""


class Rejected(Exception):
    """The design cannot be taken: why, and what a person needs to disagree."""

    def __init__(self, reason: SkipReason, *details: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One `.tf` file of a module."""

    path: str
    """Virtual."""
    text: str
    body: Body


@dataclass(kw_only=True, slots=True)
class Module:
    """A folder of `.tf` files."""

    folder: str
    sources: list[Source]
    calls: dict[str, str] = field(default_factory=dict)
    """Module block name → virtual folder of what it calls."""
    inputs: list[Mapping[str, Value]] = field(default_factory=list)
    """What each caller passes, as far as it is known."""
    scope: Scope = field(default_factory=Scope)

    def blocks(self, *types: str) -> Iterator[tuple[Source, Block]]:
        """Top-level blocks of these types."""
        for source in self.sources:
            for block in source.body.of_type(*types):
                yield source, block


@dataclass(kw_only=True, slots=True)
class Configuration:
    """The root module and everything below it; `modules` is keyed by virtual folder."""

    tree: SourceTree
    entry: str
    modules: dict[str, Module]

    @property
    def root(self) -> Module:
        return self.modules[self.entry]


def load(tree: SourceTree, entry: str, vendor: Vendor | None = None) -> Configuration:
    """Read the root and, transitively, its modules. Raises Rejected."""
    configuration = Configuration(tree=tree, entry=join(entry), modules={})
    waiting: list[tuple[str, Mapping[str, Value] | None]] = [(configuration.entry, None)]
    while waiting:
        folder, inputs = waiting.pop()
        module = configuration.modules.get(folder)
        if module is None:
            if len(configuration.modules) >= _MODULES:
                raise Rejected(SkipReason.TOO_LARGE, f"more than {_MODULES} modules")
            module = configuration.modules[folder] = Module(folder=folder, sources=_read(tree, folder))
            if inputs is not None:
                module.inputs.append(inputs)
            module.scope = _scope(module, configuration)
            waiting.extend(_calls(module, tree, vendor))
        elif inputs is not None and inputs not in module.inputs:
            module.inputs.append(inputs)
            module.scope = _scope(module, configuration)
    return configuration


def _read(tree: SourceTree, folder: str) -> list[Source]:
    sources: list[Source] = []
    for name in tree.names(folder):
        path = join(folder, name)
        if name.endswith(".tf.json") and tree.is_file(path):
            raise Rejected(SkipReason.UNPARSABLE, f"{path}: Terraform in JSON syntax is not read")
        if not name.endswith(".tf") or name.startswith((".", "#")) or not tree.is_file(path):
            continue
        try:
            text = decode(tree.read(path) or b"", file=path)
            sources.append(Source(path=path, text=text, body=parse(text, file=path)))
        except HclError as error:
            raise Rejected(SkipReason.UNPARSABLE, str(error)) from error
    return sources


def _calls(module: Module, tree: SourceTree, vendor: Vendor | None) -> Iterator[tuple[str, Mapping[str, Value]]]:
    for source, block in module.blocks("module"):
        name = block.labels[0] if block.labels else ""
        expr = block.body.expr("source")
        called = evaluate(expr, Scope()) if expr is not None else None
        if not isinstance(called, str):
            raise Rejected(SkipReason.UNPARSABLE, f'{source.path}: module "{name}" has no constant source')
        if called.startswith(("./", "../")) or called in {".", ".."}:
            folder = join(module.folder, called)
        else:
            wanted = block.body.expr("version")
            version = str(evaluate(wanted, Scope())) if wanted is not None else ""
            folder = _vendored(called, version, tree, vendor)
        if not tree.is_folder(folder):
            raise Rejected(SkipReason.NEEDS_INPUT, f'{source.path}: module "{name}" is not there: {called}')
        module.calls[name] = folder
        yield folder, {item.name: evaluate(item.expr, module.scope) for item in block.body.attributes}


def _vendored(called: str, version: str, tree: SourceTree, vendor: Vendor | None) -> str:
    package, _, inner = _split(called)
    place = vendor(package, version) if vendor else None
    if place is None:
        raise Rejected(SkipReason.NEEDS_NETWORK, f"remote module {called} {version}".rstrip())
    mount = "lsqm_vendor/" + _slug(f"{package}-{version}" if version else package)
    tree.mount(mount, place)
    return join(mount, inner)


def _split(source: str) -> tuple[str, str, str]:
    """`git::https://host/repo.git//modules/x?ref=v1` → package with its query, `//`, folder in the package."""
    base, mark, query = source.partition("?")
    start = base.find("://") + 3 if "://" in base else 0
    at = base.find("//", start)
    if at < 0:
        return source, "", "."
    return base[:at] + mark + query, "//", base[at + 2 :] or "."


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", re.sub(r"^[a-z]+::", "", text)).strip("-.")[:80]


def _scope(module: Module, configuration: Configuration) -> Scope:
    """What is known inside a module: its folder, its variables where all callers agree, and its locals."""
    here = {"module": HERE + module.folder, "root": HERE + configuration.entry, "cwd": HERE + configuration.entry}
    variables: dict[str, Value] = {}
    for _, block in module.blocks("variable"):
        name = block.labels[0] if block.labels else ""
        default = block.body.expr("default")
        value = evaluate(default, Scope()) if default is not None else UNKNOWN
        passed = [inputs.get(name, value) for inputs in module.inputs] or [value]
        variables[name] = passed[0] if all(one == passed[0] for one in passed) else UNKNOWN
    names: dict[str, Value] = {"path": here, "var": variables, "terraform": {"workspace": "default"}}
    return with_locals(
        names, [(item.name, item.expr) for _, block in module.blocks("locals") for item in block.body.attributes]
    )
