"""`archive_file`: the zip it would have made, made now. And stand-ins for archives that a build would have made."""

import fnmatch
import io
import posixpath
import zipfile
from collections.abc import Mapping

from lsqm.model.architecture import SkipReason
from lsqm.normalize.hcl.evaluate import Scope, Value, evaluate
from lsqm.normalize.hcl.tree import Block
from lsqm.normalize.terraform.carry import Layout
from lsqm.normalize.terraform.edits import Edits
from lsqm.normalize.terraform.modules import HERE, Configuration, Module, Rejected
from lsqm.normalize.terraform.source_tree import inside, join

_OLDEST = (1980, 1, 1, 0, 0, 0)


def pack(entries: Mapping[str, bytes]) -> bytes:
    """A zip that depends on its entries only."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, _OLDEST)
            info.external_attr = 0o644 << 16
            archive.writestr(info, entries[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def entries_of(configuration: Configuration, block: Block, scope: Scope) -> dict[str, bytes] | None:
    """What an `archive_file` block packs: name in the zip → content. None when it cannot be known or is not there."""
    tree = configuration.tree
    body = block.body
    reading = Scope(names=scope.names, functions={"file": _FileFunction(configuration)})

    def value(name: str) -> Value:
        expr = body.expr(name)
        return evaluate(expr, reading) if expr is not None else None

    if isinstance(content := value("source_content"), str) and isinstance(
        name := value("source_content_filename"), str
    ):
        return {name: content.encode()}
    if isinstance(file := value("source_file"), str):
        path = tree_path(file, configuration.entry)
        found = tree.read(path) if path else None
        return None if found is None else {posixpath.basename(path): found}
    if isinstance(folder := value("source_dir"), str):
        path = tree_path(folder, configuration.entry)
        excluded = value("excludes")
        patterns = [str(pattern) for pattern in excluded] if isinstance(excluded, list) else []
        if not path or not tree.is_folder(path):
            return None
        names = {posixpath.relpath(file, path): file for file in tree.below(path)}
        kept = {name: file for name, file in names.items() if not _excluded(name, patterns)}
        return {name: tree.read(file) or b"" for name, file in kept.items()} or None
    return _given(block, reading)


def _given(block: Block, scope: Scope) -> dict[str, bytes] | None:
    given: dict[str, bytes] = {}
    for source in block.body.blocks:
        if source.type != "source":
            return None
        content, name = (source.body.expr(argument) for argument in ("content", "filename"))
        text = evaluate(content, scope) if content is not None else None
        label = evaluate(name, scope) if name is not None else None
        if not isinstance(text, str) or not isinstance(label, str):
            return None
        given[label] = text.encode()
    return given or None


def _excluded(name: str, patterns: list[str]) -> bool:
    parents = [name]
    while "/" in parents[-1]:
        parents.append(posixpath.dirname(parents[-1]))
    return any(fnmatch.fnmatch(part, pattern.rstrip("/")) for part in parents for pattern in patterns)


def tree_path(value: str, entry: str) -> str:
    """The virtual path that a path value means, `""` when it leads out of the tree."""
    path = join(value.removeprefix(HERE)) if value.startswith(HERE) else join(entry, value)
    return "" if value.startswith(("/", "~")) or path == ".." or path.startswith("../") else path


class _FileFunction:
    """Terraform's `file`, inside the tree."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration

    def __call__(self, path: str) -> str:
        content = self._configuration.tree.read(tree_path(path, self._configuration.entry) or "..")
        if content is None:
            raise ValueError(path)
        return content.decode("utf-8")


_PYTHON = "def {function}(event, context):\n    return {{'statusCode': 200, 'body': 'lsqm stand-in'}}\n"
_NODE = "exports.{function} = async () => ({{ statusCode: 200, body: 'lsqm stand-in' }});\n"
_RUBY = "def {function}(event:, context:)\n  {{ statusCode: 200, body: 'lsqm stand-in' }}\nend\n"


def stub(runtime: str, handler: str) -> dict[str, bytes]:
    """A package that a function with this runtime and handler loads; for compiled runtimes only its shape."""
    file, _, function = handler.rpartition(".")
    name = file or "index"
    for start, suffix, text in (("python", ".py", _PYTHON), ("nodejs", ".js", _NODE), ("ruby", ".rb", _RUBY)):
        if runtime.startswith(start):
            return {name + suffix: text.format(function=function or "handler").encode()}
    if runtime.startswith(("provided", "go")):
        return {"bootstrap": b"#!/bin/sh\necho lsqm stand-in\n"}
    return {"lsqm-stand-in.txt": b"The package was to be built first.\n"}


def stub_for(module: Module, wanted: str) -> dict[str, bytes]:
    """A stand-in for the archive `wanted` (file name), fitted to the function in `module` that mentions it."""
    for source, block in module.blocks("resource"):
        if block.labels[:1] != ("aws_lambda_function",) or wanted not in source.text[block.start : block.end]:
            continue
        values = {
            name: evaluate(expr, module.scope) for name in ("runtime", "handler") if (expr := block.body.expr(name))
        }
        runtime, handler = values.get("runtime"), values.get("handler")
        if isinstance(runtime, str) and isinstance(handler, str):
            return stub(runtime, handler)
    return stub("", "")


def built(
    configuration: Configuration, missing: Mapping[str, str], layout: Layout, edits: Edits, *, have: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Stand-ins for files that resources upload and that a build would have made: result path → content.

    Raises Rejected when such a file is no archive: what it should hold cannot be known.
    """
    made: dict[str, bytes] = {}
    for path, kind in sorted(missing.items()):
        place = layout.place(path)
        if place in have:
            continue
        if not path.endswith((".zip", ".jar", ".whl")) and kind != "resource.aws_lambda_function":
            raise Rejected(SkipReason.NEEDS_INPUT, f"{kind} uploads {path}, which is not in the repository")
        folder = max((m for m in configuration.modules if inside(path, m)), key=len, default=configuration.entry)
        made[place] = pack(stub_for(configuration.modules[folder], posixpath.basename(path)))
        edits.say(f"{path} was to be built first: a stand-in package took its place.")
    return made
