"""Which files a design reads, and where they go when its root becomes the top.

The root folder becomes `.`; what lies elsewhere in the tree goes to `lsqm_tree/<where it was>`, so that relative paths
among those files stay as they are; vendored modules are under `lsqm_vendor/` already.
"""

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lsqm.model.architecture import SkipReason
from lsqm.normalize.hcl.evaluate import Scope, evaluate
from lsqm.normalize.hcl.tree import Attribute, Body, Call, Expr, Interpolation, Template, reference, walk
from lsqm.normalize.terraform.edits import Edit, Edits
from lsqm.normalize.terraform.modules import HERE, Configuration, Module, Rejected, Source
from lsqm.normalize.terraform.source_tree import SourceTree, inside, join

_READERS = frozenset(
    {
        *(
            "file",
            "fileexists",
            "filebase64",
            "filebase64sha256",
            "filebase64sha512",
            "filemd5",
            "filesha1",
            "filesha256",
        ),
        *("filesha512", "templatefile"),
    }
)
_FOLDER_READERS = frozenset({"fileset"})
_UPLOADS = frozenset(
    {
        ("resource.aws_lambda_function", "filename"),
        ("resource.aws_lambda_layer_version", "filename"),
        ("resource.aws_s3_object", "source"),
        ("resource.aws_s3_bucket_object", "source"),
        ("resource.aws_synthetics_canary", "zip_file"),
        ("data.local_file", "filename"),
    }
)
"""Arguments that hold the path of a file to upload or read."""
_ARCHIVES = (".zip", ".jar", ".whl", ".tar.gz")
TOTAL_BYTES = 32 * 1024 * 1024
TOTAL_FILES = 3000


@dataclass(kw_only=True, slots=True)
class Carried:
    """Virtual paths of what goes along, and paths that are named but not there."""

    files: set[str] = field(default_factory=set)
    missing: dict[str, str] = field(default_factory=dict)
    """Virtual path that a resource wants to upload → the type of resource."""


class Layout:
    """Virtual path → path in the result."""

    def __init__(self, entry: str) -> None:
        self._entry = entry

    def place(self, path: str) -> str:
        """Where the file or folder at the virtual path `path` goes."""
        if inside(path, self._entry):
            return posixpath.relpath(path, self._entry)
        if inside(path, "lsqm_vendor"):
            return path
        return join("lsqm_tree", path)

    def between(self, path: str, base: str) -> str:
        """How `path` is written relative to `base`, both virtual, in the result."""
        return posixpath.relpath(self.place(path), self.place(base))


def carry(configuration: Configuration, layout: Layout, edits: Edits) -> Carried:
    """Find every file the design reads; rewrite module sources and paths that the new layout changes.

    Raises Rejected for a path outside the tree, and for a file that is read but is not there.
    """
    carried = Carried()
    for module in configuration.modules.values():
        _sources(module, layout, edits)
        for source in module.sources:
            for attribute, kind in _attributes(source.body, ""):
                _attribute(configuration, module, source, attribute, kind, layout, edits, carried)
    _variable_files(configuration, carried)
    return carried


def _variable_files(configuration: Configuration, carried: Carried) -> None:
    for name in configuration.tree.names(configuration.entry):
        if name == "terraform.tfvars" or name.endswith(".auto.tfvars"):
            carried.files.add(join(configuration.entry, name))


def _sources(module: Module, layout: Layout, edits: Edits) -> None:
    for source, block in module.blocks("module"):
        attribute = block.body.attribute("source")
        if attribute is None:
            continue
        between = layout.between(module.calls[block.labels[0]], module.folder)
        wanted = between if between.startswith("../") or between == ".." else f"./{between}"
        written = evaluate(attribute.expr, Scope())
        if posixpath.normpath(str(written)) != posixpath.normpath(wanted):
            edits.add(source.path, Edit(start=attribute.expr.start, end=attribute.expr.end, replacement=f'"{wanted}"'))
            edits.say(f'Module "{block.labels[0]}" comes from {wanted} instead of {written}.')
            version = block.body.attribute("version")
            if version is not None:
                edits.add(source.path, Edit(start=version.start, end=version.end))


def _attributes(body: Body, kind: str) -> Iterator[tuple[Attribute, str]]:
    for attribute in body.attributes:
        yield attribute, kind
    for block in body.blocks:
        inner = ".".join((block.type, block.labels[0])) if block.type in {"resource", "data"} and block.labels else kind
        if block.type == "module":
            inner = "module"
        yield from _attributes(block.body, inner)


def _attribute(
    configuration: Configuration,
    module: Module,
    source: Source,
    attribute: Attribute,
    kind: str,
    layout: Layout,
    edits: Edits,
    carried: Carried,
) -> None:
    if kind == "data.archive_file" or (kind == "module" and attribute.name in {"source", "version"}):
        return  # what is packed is in the zip; where a module comes from was seen to
    read: dict[Expr, str] = {}
    for expr in walk(attribute.expr):
        if isinstance(expr, Call) and expr.arguments and expr.name in _READERS | _FOLDER_READERS:
            read[expr.arguments[0]] = expr.name
    named = (kind, attribute.name) in _UPLOADS
    for expr in walk(attribute.expr):
        how = read.get(expr) or ("upload" if named and expr is attribute.expr else "")
        if how or (isinstance(expr, Template) and _mentions_path(expr)):
            _path(configuration, module, source, expr, how, kind, layout, edits, carried)
        elif isinstance(expr, Template) and expr.text and "/" in expr.text and not expr.heredoc:
            path = join(configuration.entry, expr.text)
            if not expr.text.startswith("/") and configuration.tree.is_file(path):
                carried.files.add(path)


def _mentions_path(template: Template) -> bool:
    return any(isinstance(part, Interpolation) and reference(part.expr)[:1] == ("path",) for part in template.parts)


def _path(
    configuration: Configuration,
    module: Module,
    source: Source,
    expr: Expr,
    how: str,
    kind: str,
    layout: Layout,
    edits: Edits,
    carried: Carried,
) -> None:
    value = evaluate(expr, module.scope)
    where = f"{source.path}: {how}" if how else source.path
    if not isinstance(value, str):
        if isinstance(expr, Template):
            _prefix(configuration, module, expr, carried)
        return
    if not value.startswith(HERE) and (value.startswith(("/", "~")) or (how and "://" in value)):
        if how in _READERS | _FOLDER_READERS or (how == "upload" and value.startswith("~")):
            raise Rejected(SkipReason.UNSAFE, f"{where} reads {value}, outside the repository")
        return
    path = join(value.removeprefix(HERE)) if value.startswith(HERE) else join(configuration.entry, value)
    if path.startswith("../") or path == "..":
        raise Rejected(SkipReason.UNSAFE, f"{where} reads {path}, outside the repository")
    tree = configuration.tree
    if tree.is_file(path):
        carried.files.add(path)
    elif tree.is_folder(path):
        if how in _FOLDER_READERS or _mentions_deeper(expr):
            carried.files.update(tree.below(path))
        elif not how:
            return
    elif how == "upload" or (how.startswith(("filebase64sha", "filesha", "filemd5")) and path.endswith(_ARCHIVES)):
        carried.missing[path] = kind if how == "upload" else carried.missing.get(path, kind)
    elif how in _READERS - {"fileexists"}:
        raise Rejected(SkipReason.NEEDS_INPUT, f"{where} reads {path}, which is not in the repository")
    elif not how:
        return
    _rewrite(configuration, module, source, expr, value, path, layout, edits)


def _mentions_deeper(expr: Expr) -> bool:
    """`"${path.module}/templates"` names a folder on purpose; `path.module` alone is where the module is."""
    return isinstance(expr, Template) and len(expr.parts) > 1


def _prefix(configuration: Configuration, module: Module, template: Template, carried: Carried) -> None:
    """A path that is known in part: everything in the folder of its known beginning goes along."""
    known: list[str] = []
    for part in template.parts:
        text = part if isinstance(part, str) else None
        if isinstance(part, Interpolation):
            value = evaluate(part.expr, module.scope)
            text = value if isinstance(value, str) else None
        if text is None:
            break
        known.append(text)
    begin = "".join(known)
    if not begin.startswith(HERE):
        return
    folder = (
        join(begin.removeprefix(HERE)) if begin.endswith("/") else join(posixpath.dirname(begin.removeprefix(HERE)))
    )
    if folder.startswith("../") or folder in {"..", "."} or folder == configuration.entry:
        folder = module.folder if inside(module.folder, folder) or folder == "." else folder
    if configuration.tree.is_folder(folder):
        carried.files.update(path for path in configuration.tree.below(folder) if not path.endswith(".tf"))


def _rewrite(
    configuration: Configuration,
    module: Module,
    source: Source,
    expr: Expr,
    value: str,
    path: str,
    layout: Layout,
    edits: Edits,
) -> None:
    """When the layout moves the file relative to where the expression starts from, write the path anew."""
    if not isinstance(expr, Template):
        return
    from_module = any(
        isinstance(part, Interpolation) and reference(part.expr) == ("path", "module") for part in expr.parts
    )
    base = module.folder if from_module else configuration.entry
    between = layout.between(path, base)
    if between == posixpath.relpath(path, base):
        return
    start = "${path.module}/" if from_module else "${path.root}/" if value.startswith(HERE) else ""
    edits.add(source.path, Edit(start=expr.start, end=expr.end, replacement=f'"{start}{between}"'))
    edits.say(f"{source.path} reads {between} instead of {posixpath.relpath(path, base)}.")


def gather(tree: SourceTree, paths: Iterable[str], layout: Layout) -> dict[str, bytes]:
    """Result path → content of these virtual paths. Raises Rejected when they are too much."""
    files: dict[str, bytes] = {}
    total = 0
    for path in sorted(paths):
        content = tree.read(path)
        if content is None:
            continue
        total += len(content)
        if total > TOTAL_BYTES or len(files) >= TOTAL_FILES:
            raise Rejected(SkipReason.TOO_LARGE, f"reads more than {TOTAL_FILES} files or {TOTAL_BYTES >> 20} MiB")
        files[layout.place(path)] = content
    return files
