"""Helper providers frozen: what `random`, `time`, `archive`, `local` and `template` would make becomes local values.

`null_resource` and `time_sleep` become the built-in `terraform_data`, so that what depends on them still does.
References are rewritten where they stand; everything else in the file stays as it was.
"""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lsqm.model.architecture import SkipReason
from lsqm.normalize.hcl.active import Instance
from lsqm.normalize.hcl.evaluate import Scope, Unknown, evaluate
from lsqm.normalize.hcl.tree import Access, Attribute, Block, Body, Expr, Name, Tuple, reference, walk
from lsqm.normalize.terraform import packagers
from lsqm.normalize.terraform.archives import entries_of, pack, stub_for, tree_path
from lsqm.normalize.terraform.carry import Layout
from lsqm.normalize.terraform.constants import MAKERS, Arguments
from lsqm.normalize.terraform.edits import Edit, Edits, apply, without
from lsqm.normalize.terraform.modules import Configuration, Module, Rejected, Source
from lsqm.normalize.terraform.names import local_name
from lsqm.normalize.terraform.packagers import is_build, is_told
from lsqm.normalize.terraform.policy import FROZEN
from lsqm.normalize.terraform.source_tree import join

_BUILT_IN = frozenset({"null_resource", "time_sleep"})
FILE = "lsqm_frozen.tf"
"""Where the local values go, in each module that needs some."""
_ARCHIVES = "lsqm_archives"


@dataclass(kw_only=True, slots=True)
class Frozen:
    """What freezing adds."""

    files: dict[str, bytes] = field(default_factory=dict)
    """Result path → content."""


def freeze(configuration: Configuration, layout: Layout, edits: Edits, live: list[Instance]) -> Frozen:
    """Note the edits and make the files; `live` are the calls of all modules.

    Raises Rejected for a helper whose result cannot be worked out.
    """
    frozen = Frozen()
    for module in configuration.modules.values():
        for source, block in module.blocks("resource"):
            if is_build(block, source):
                for inner in block.body.of_type("provisioner"):
                    edits.add(source.path, without(source.text, inner.start, inner.end))
                edits.say(f"Took the program that packs code out of {'.'.join(block.labels)} in {source.path}.")
        helpers = [(source, block) for source, block in module.blocks("resource", "data") if _is_helper(source, block)]
        if helpers:
            _Freezer(configuration, module, layout, edits, frozen, live).run(helpers)
    return frozen


def _is_helper(source: Source, block: Block) -> bool:
    return _kind(block) in FROZEN or is_told(block, source)


def _kind(block: Block) -> str:
    kind = block.labels[0] if block.labels else ""
    return f"data.{kind}" if block.type == "data" else kind


class _Freezer:
    """One module's helpers."""

    def __init__(
        self,
        configuration: Configuration,
        module: Module,
        layout: Layout,
        edits: Edits,
        frozen: Frozen,
        live: list[Instance],
    ) -> None:
        self.live = live
        self.configuration = configuration
        self.module = module
        self.layout = layout
        self.edits = edits
        self.frozen = frozen
        self.extra: list[str] = []

    def run(self, helpers: list[tuple[Source, Block]]) -> None:
        """Edit references first: the helpers' own arguments may refer to other helpers."""
        removed = {address(block) for _, block in helpers if _kind(block) not in _BUILT_IN}
        for source in self.module.sources:
            for attribute in _attributes(source.body):
                self.references(source, attribute, removed)
        lines: list[str] = []
        for source, block in helpers:
            if _kind(block) in _BUILT_IN:
                self.built_in(source, block)
            else:
                lines.append(f"  {local_name(_kind(block), block.labels[1])} = {self.value(source, block)}\n")
                self.edits.add(source.path, without(source.text, block.start, block.end))
                self.edits.say(f"Froze {'.'.join(address(block))} in {source.path}.")
        if lines:
            text = (
                "# Values that helper providers would have made, frozen by lsqm.\nlocals {\n"
                + "".join([*lines, *self.extra])
                + "}\n"
            )
            self.frozen.files[join(self.layout.place(self.module.folder), FILE)] = text.encode()

    # -- references

    def references(self, source: Source, attribute: Attribute, removed: set[tuple[str, ...]]) -> None:
        if attribute.name in {"depends_on", "replace_triggered_by"} and isinstance(attribute.expr, Tuple):
            for item in attribute.expr.items:
                found = reference(item)
                if found[:2] in removed or found[:3] in removed:
                    comma = re.compile(r"\s*,?").match(source.text, item.end)
                    self.edits.add(source.path, Edit(start=item.start, end=comma.end() if comma else item.end))
        for expr in walk(attribute.expr):
            if not isinstance(expr, Access) or expr.kind != "attribute":
                continue
            names = reference(expr)
            if names in removed and _plain(expr):
                kind = "data." + names[1] if names[0] == "data" else names[0]
                replacement = f"local.{local_name(kind, names[-1])}"
                self.edits.add(source.path, Edit(start=expr.start, end=expr.end, replacement=replacement))
            elif len(names) == 2 and names[0] in _BUILT_IN and isinstance(expr.target, Name):
                target = expr.target
                self.edits.add(source.path, Edit(start=target.start, end=target.end, replacement="terraform_data"))
            elif names[:1] == ("null_resource",) and expr.key == "triggers":
                edit = Edit(start=expr.end - len("triggers"), end=expr.end, replacement="triggers_replace")
                self.edits.add(source.path, edit)

    def built_in(self, source: Source, block: Block) -> None:
        """`null_resource`, `time_sleep` → `terraform_data`: same place in the graph, nothing to download."""
        label = source.text.index(block.labels[0], block.start)
        edit = Edit(start=label, end=label + len(block.labels[0]), replacement="terraform_data")
        self.edits.add(source.path, edit)
        for attribute in block.body.attributes:
            if attribute.name == "triggers":
                end = attribute.start + len("triggers")
                self.edits.add(source.path, Edit(start=attribute.start, end=end, replacement="triggers_replace"))
            elif attribute.name in {"create_duration", "destroy_duration"}:
                self.edits.add(source.path, without(source.text, attribute.start, attribute.end))
        self.edits.say(f"{'.'.join(block.labels)} in {source.path} became terraform_data.")

    # -- values

    def value(self, source: Source, block: Block) -> str:
        """The helper as an HCL expression: an object, or a list or map of them for `count` and `for_each`."""
        count, each = block.body.expr("count"), block.body.expr("for_each")
        kind = _kind(block)
        if kind == "data.archive_file":
            return self.archives(source, block, count, each)
        key = "lsqm_i" if count is not None else "lsqm_k" if each is not None else ""
        made = _object(self.attributes(source, block, key))
        made = re.sub(r"\bcount\.index\b", "lsqm_i", made)
        made = re.sub(r"\beach\.key\b", "lsqm_k", re.sub(r"\beach\.value\b", "lsqm_v", made))
        if count is not None:
            return f"[for lsqm_i in range({self.text(source, count)}) : {made}]"
        if each is not None:
            return f"{{ for lsqm_k, lsqm_v in {self.text(source, each)} : lsqm_k => {made} }}"
        return made

    def attributes(self, source: Source, block: Block, key: str) -> dict[str, str]:
        kind = _kind(block)
        arguments: Arguments = {
            item.name: (self.text(source, item.expr), evaluate(item.expr, self.module.scope))
            for item in block.body.attributes
        }
        if kind in MAKERS:
            return MAKERS[kind](".".join(address(block)), arguments, key)
        if kind == "data.external":
            return {"result": _object(self.packed(source, block)), "id": '"-"'}
        if kind == "data.template_file":
            return self.template_file(block, arguments)
        if kind in {"local_file", "local_sensitive_file"}:
            return self.local_file(source, block, arguments)
        filename = arguments["filename"][0] if "filename" in arguments else '""'
        return {
            "filename": filename,
            "content": f"file({filename})",
            "content_base64": f"filebase64({filename})",
            "content_sha256": f"filesha256({filename})",
            "content_base64sha256": f"filebase64sha256({filename})",
            "content_md5": f"filemd5({filename})",
            "id": f"filesha1({filename})",
        }

    def template_file(self, block: Block, arguments: Arguments) -> dict[str, str]:
        template = block.body.expr("template")
        values = arguments["vars"][0] if "vars" in arguments else "{}"
        text = arguments["template"][0] if "template" in arguments else '""'
        if text.startswith("file(") and template is not None:
            return {"rendered": f"templatefile({text[len('file(') : -1]}, {values})", "template": text}
        name = local_name("data.template_file", block.labels[1]) + "_text"
        self.extra.append(f"  {name} = {text}\n")
        return {"rendered": f"templatestring(local.{name}, {values})", "template": f"local.{name}"}

    def local_file(self, source: Source, block: Block, arguments: Arguments) -> dict[str, str]:
        content = next((arguments[name] for name in ("content", "sensitive_content") if name in arguments), None)
        encoded = arguments.get("content_base64")
        copied = arguments.get("source")
        text = content[0] if content else f"base64decode({encoded[0]})" if encoded else ""
        text = text or (f"file({copied[0]})" if copied else '""')
        filename = arguments.get("filename", ('""', ""))
        if content and isinstance(content[1], str) and isinstance(filename[1], str):
            path = tree_path(filename[1], self.configuration.entry)
            if path:
                self.frozen.files[self.layout.place(path)] = content[1].encode()
        elif self.is_read(address(block), "filename"):
            raise Rejected(SkipReason.FOREIGN_PROVIDER, f"{source.path}: {'.'.join(address(block))} writes at apply")
        return {"content": text, "filename": filename[0], "id": f"sha1({text})", "content_md5": f"md5({text})"}

    def is_read(self, wanted: tuple[str, ...], attribute: str) -> bool:
        """Whether some expression of the module reads this attribute of a helper."""
        return any(
            reference(expr)[: len(wanted) + 1] == (*wanted, attribute)
            for source in self.module.sources
            for each in _attributes(source.body)
            for expr in walk(each.expr)
        )

    # -- archives

    def packed(self, source: Source, block: Block) -> dict[str, str]:
        """What the module's packer would tell of the package that stands in for the one it would have built."""
        place = self.layout.place(packagers.place_of(self.module))
        self.frozen.files[place] = pack(packagers.package(self.configuration, self.module, self.live))
        self.edits.say(
            f"{'.'.join(address(block))} in {source.path} packs code: a package with the functions' own files, "
            "or stand-ins, and nothing installed took its place."
        )
        return packagers.answers(
            f'"${{path.module}}/{posixpath.relpath(place, self.layout.place(self.module.folder))}"'
        )

    def archives(self, source: Source, block: Block, count: Expr | None, each: Expr | None) -> str:
        scope = self.module.scope
        if count is not None:
            number = evaluate(count, scope)
            if not isinstance(number, int):
                raise _unsettled(source, block, "count")
            made = [self.archive(block, scope.with_names({"count": {"index": i}}), f"-{i}") for i in range(number)]
            return f"[{', '.join(made)}]"
        if each is not None:
            instances = evaluate(each, scope)
            if isinstance(instances, list):
                instances = {str(item): item for item in instances}
            if not isinstance(instances, dict) or any(isinstance(item, Unknown) for item in instances):
                raise _unsettled(source, block, "for_each")
            entries = [
                f'"{key}" = {self.archive(block, scope.with_names({"each": {"key": key, "value": value}}), f"-{key}")}'
                for key, value in instances.items()
            ]
            return f"{{ {', '.join(entries)} }}"
        return self.archive(block, scope, "")

    def archive(self, block: Block, scope: Scope, suffix: str) -> str:
        """Make the zip, where the design says it lies if that can be known, and describe it."""
        name = re.sub(r"[^\w.-]", "_", block.labels[1] + suffix)
        wanted = block.body.expr("output_path")
        value = evaluate(wanted, scope) if wanted is not None else None
        path = tree_path(value, self.configuration.entry) if isinstance(value, str) else ""
        path = path or join(self.module.folder, _ARCHIVES, f"{name}.zip")
        entries = entries_of(self.configuration, block, scope)
        if entries is None:
            entries = stub_for(self.module, f"archive_file.{block.labels[1]}")
            self.edits.say(f"archive_file.{block.labels[1]}{suffix} packs what is not there: a stand-in was packed.")
        content = pack(entries)
        self.frozen.files[self.layout.place(path)] = content
        place = posixpath.relpath(self.layout.place(path), self.layout.place(self.module.folder))
        text = f'"${{path.module}}/{place}"'
        functions = {
            "output_base64sha256": "filebase64sha256",
            "output_base64sha512": "filebase64sha512",
            "output_md5": "filemd5",
            "output_sha": "filesha1",
            "output_sha256": "filesha256",
            "output_sha512": "filesha512",
            "id": "filesha1",
        }
        described = {attribute: f"{function}({text})" for attribute, function in functions.items()}
        return _object({"output_path": text, "output_size": str(len(content)), "type": '"zip"', **described})

    def text(self, source: Source, expr: Expr) -> str:
        """The expression as it is written, with the edits that lie in it."""
        inner = [
            Edit(start=edit.start - expr.start, end=edit.end - expr.start, replacement=edit.replacement)
            for edit in self.edits.by_file.get(source.path, ())
            if expr.start <= edit.start and edit.end <= expr.end
        ]
        text = apply(source.text[expr.start : expr.end], inner)
        return text + "\n" if text.lstrip("(").startswith("<<") else text


def address(block: Block) -> tuple[str, ...]:
    """`("random_pet", "x")` or `("data", "archive_file", "x")`."""
    return ("data", *block.labels[:2]) if block.type == "data" else block.labels[:2]


def _unsettled(source: Source, block: Block, what: str) -> Rejected:
    detail = f"{source.path}: {what} of {'.'.join(address(block))} is only known to Terraform"
    return Rejected(SkipReason.FOREIGN_PROVIDER, detail)


def _plain(expr: Access) -> bool:
    """Names only: in `a.b[0].c` this is `a.b`, whose text can be replaced."""
    target: Expr = expr
    while isinstance(target, Access):
        if target.kind != "attribute":
            return False
        target = target.target
    return True


def _attributes(body: Body) -> Iterator[Attribute]:
    yield from body.attributes
    for block in body.blocks:
        yield from _attributes(block.body)


def _object(attributes: dict[str, str]) -> str:
    return "{\n" + "".join(f"    {name} = {text}\n" for name, text in attributes.items()) + "  }"
