"""Programs that only pack code for functions: modules that ship a `package.py` and run it around each apply.

They are the one kind of program whose result is known well enough to do without it: a zip. What it would have told
becomes a constant, what it would have built a stand-in that fits the functions. Every other program stays refused.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping

from lsqm.normalize.hcl.active import Instance, scope_of
from lsqm.normalize.hcl.evaluate import Scope
from lsqm.normalize.hcl.tree import Block
from lsqm.normalize.terraform.archives import stub, tree_path
from lsqm.normalize.terraform.modules import HERE, Configuration, Module, Source
from lsqm.normalize.terraform.source_tree import join

_RUNS_IT = re.compile(r"\$\{path\.module\}/package\.py\"")
_FILES = 500
_BYTES = 4 * 1024**2


def is_told(block: Block, source: Source) -> bool:
    """A `data "external"` that asks the module's own packer what it is going to build."""
    return block.type == "data" and block.labels[:1] == ("external",) and _runs_packer(block, source)


def is_build(block: Block, source: Source) -> bool:
    """A resource without effect of its own, whose provisioners run the module's own packer."""
    if block.type != "resource" or block.labels[:1] not in {("null_resource",), ("terraform_data",)}:
        return False
    provisioners = list(block.body.of_type("provisioner"))
    return bool(provisioners) and all(
        one.labels[:1] == ("local-exec",) and _runs_packer(one, source) for one in provisioners
    )


def _runs_packer(block: Block, source: Source) -> bool:
    return bool(_RUNS_IT.search(source.text[block.start : block.end]))


def answers(filename: str) -> dict[str, str]:
    """What the packer tells, as HCL: attribute of `result` → expression."""
    return {
        "filename": filename,
        "build_plan": '"{}"',
        "build_plan_filename": '"lsqm-build-plan.json"',
        "timestamp": '"1767225600000000000"',
        "was_missing": '"false"',
    }


def package(configuration: Configuration, module: Module, live: list[Instance]) -> dict[str, bytes]:
    """One package for every function that the module makes: their sources as they are, else stand-ins that load.

    Nothing is installed and no command is run: a function with requirements gets its own files only.
    """
    entries: dict[str, bytes] = {}
    for scope in _scopes(module, live):
        inputs = scope.names["var"]
        runtime, handler = inputs.get("runtime"), inputs.get("handler")
        packed = dict(_sources(configuration, inputs.get("source_path")))
        if isinstance(runtime, str) and isinstance(handler, str) and not _loads(packed, handler):
            packed |= stub(runtime, handler)
        for name, content in packed.items():
            entries.setdefault(name, content)
    return entries or stub("", "")


def _scopes(module: Module, live: list[Instance]) -> Iterator[Scope]:
    blocks = [block for _, block in module.blocks("variable")]
    for one in live:
        if one.folder == module.folder:
            yield scope_of(blocks, one.inputs, {"module": HERE + module.folder})


def _sources(configuration: Configuration, value: object) -> Mapping[str, bytes]:
    """The files that a plain `source_path` names: a folder's content, a file; what else it can be is not followed."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("path")
    path = tree_path(value, configuration.entry) if isinstance(value, str) else ""
    if not path:
        return {}
    tree = configuration.tree
    if not tree.is_folder(path):
        content = tree.read(path)
        return {} if content is None else {posixpath.basename(path): content}
    files = {posixpath.relpath(file, path): tree.read(file) or b"" for file in list(tree.below(path))[:_FILES]}
    return files if sum(map(len, files.values())) <= _BYTES else {}


def _loads(packed: Mapping[str, bytes], handler: str) -> bool:
    file = handler.rpartition(".")[0]
    return any(posixpath.splitext(name)[0] == file for name in packed)


def place_of(module: Module) -> str:
    """Where the package lies, virtual."""
    return join(module.folder, "lsqm_archives", "package.zip")
