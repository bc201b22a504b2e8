"""The content hash (FR-014): SHA-256 over what Terraform files mean, not over how they are written.

Comments, spacing, the order of arguments and of top-level blocks, and the split into files do not change it; any
value, block or carried file does. Each directory is a module, as it is for Terraform. Text is read into trees, trees
are written in one canonical form, and the forms are hashed; zip archives count by their entries, not by timestamps.
"""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from lsqm.errors import DataError
from lsqm.model.ids import ArchitectureHash
from lsqm.normalize.hcl.parse import decode, parse
from lsqm.normalize.hcl.tree import (
    Access,
    Block,
    Body,
    Call,
    Directive,
    Expr,
    For,
    Interpolation,
    Literal,
    Name,
    Object,
    Operation,
    Template,
    Tuple,
)

_VERSION = "lsqm-1"
"""Part of every hash: a change of the canonical form changes it on purpose."""

_NO_MEANING = frozenset({"metadata.json", ".terraform.lock.hcl"})
_MERGED = frozenset({"terraform", "locals"})
"""Top-level blocks that Terraform merges: two of them mean the same as one."""

_ZIP_BYTES = 256 * 1024 * 1024


def fingerprint(files: Mapping[str, bytes]) -> ArchitectureHash:
    """The hash of these files' meaning; keys are relative POSIX paths. Raises DataError for a `.tf` that is not HCL."""
    try:
        return _fingerprint(files)
    except RecursionError:
        raise DataError("an expression is nested too deep to hash", hint="Break it up with locals.") from None


def _fingerprint(files: Mapping[str, bytes]) -> ArchitectureHash:
    modules: dict[str, list[tuple[str, Body]]] = {}
    carried: list[str] = []
    for path, content in files.items():
        name = PurePosixPath(path)
        if name.name in _NO_MEANING:
            continue
        if name.suffix == ".tf":
            modules.setdefault(str(name.parent), []).append((name.name, parse(decode(content, file=path), file=path)))
        elif name.name.endswith(".tfvars"):
            carried.append(_digest("variables", path, _body(parse(decode(content, file=path), file=path))))
        else:
            carried.append(_digest("file", path, _content(content)))
    canonical = [_digest("module", folder, *_module(bodies)) for folder, bodies in modules.items()]
    return ArchitectureHash(_digest(_VERSION, *sorted(canonical), *sorted(carried)))


def _module(files: Iterable[tuple[str, Body]]) -> list[str]:
    """Ordinary files in any order; override files after them, each by itself, because they are applied by name."""
    ordinary: list[str] = []
    overrides: list[str] = []
    for name, body in sorted(files, key=lambda file: file[0]):
        if name == "override.tf" or name.endswith("_override.tf"):
            overrides.append(_digest("override", *sorted(_top_level(body))))
        else:
            ordinary.extend(_top_level(body))
    return [*sorted(ordinary), *overrides]


def _top_level(body: Body) -> list[str]:
    forms: list[str] = []
    for block in body.blocks:
        if block.type in _MERGED:
            forms.extend(_form(block.type, part) for part in _parts(block.body))
        else:
            forms.append(_block(block))
    forms.extend(_form("attribute", attribute.name, _expr(attribute.expr)) for attribute in body.attributes)
    return forms


def _parts(body: Body) -> list[str]:
    parts = [_form("attribute", attribute.name, _expr(attribute.expr)) for attribute in body.attributes]
    for block in body.blocks:
        if block.type == "required_providers":
            parts.extend(_form("required", part) for part in _parts(block.body))
        else:
            parts.append(_block(block))
    return parts


def _block(block: Block) -> str:
    kind = block.body.expr("type")
    if block.type == "variable" and kind is not None:
        others = tuple(attribute for attribute in block.body.attributes if attribute.name != "type")
        return _form("block", block.type, *block.labels, _type(kind), _body(replace(block.body, attributes=others)))
    return _form("block", block.type, *block.labels, _body(block.body))


def _type(kind: Expr) -> str:
    """A variable's type; old spellings mean what `terraform fmt` makes of them."""
    match kind:
        case Template(text="list" | "map" | "set" as word):
            return _form("type", _form("call", word, "", _form("name", "string")))
        case Template(text="string" | "number" | "bool" | "any" as word):
            return _form("type", _form("name", word))
        case Name(name="list" | "map" | "set" as word):
            return _form("type", _form("call", word, "", _form("name", "any")))
        case _:
            return _form("type", _expr(kind))


def _body(body: Body) -> str:
    """Arguments by name, nested blocks by type; blocks of one type keep their order, which some resources rely on."""
    arguments = sorted(_form(attribute.name, _expr(attribute.expr)) for attribute in body.attributes)
    nested = [_block(block) for block in sorted(body.blocks, key=lambda block: block.type)]
    return _form("body", *arguments, *nested)


def _expr(expr: Expr) -> str:
    match expr:
        case Literal(value=value):
            return _form("literal", json.dumps(_number(value)))
        case Template():
            return _template(expr)
        case Tuple(items=items):
            return _form("tuple", *map(_expr, items))
        case Object(items=items):
            keyed = [
                _form(item.key if isinstance(item.key, str) else _expr(item.key), _expr(item.value)) for item in items
            ]
            return _form("object", *sorted(keyed))
        case Call():
            return _form("call", expr.name, "..." if expr.expand else "", *map(_expr, expr.arguments))
        case Name(name=name):
            return _form("name", name)
        case Access(key=key):
            return _form(expr.kind, _expr(expr.target), _key(key))
        case Operation():
            return _form("operation", expr.operator, *map(_expr, expr.operands))
        case For():
            optional = [_expr(part) if part is not None else "" for part in (expr.key, expr.condition)]
            flags = f"{expr.grouped:d}{expr.braces:d}"
            return _form("for", flags, *expr.names, _expr(expr.source), _expr(expr.result), *optional)


def _key(key: str | Expr) -> str:
    return _form("key", key) if isinstance(key, str) else _expr(key)


def _template(template: Template) -> str:
    """A string; one that is nothing but `${expr}` means `expr`."""
    parts = template.parts
    if len(parts) == 1 and isinstance(parts[0], Interpolation):
        return _expr(parts[0].expr)
    forms: list[str] = []
    for part in parts:
        match part:
            case str():
                forms.append(_form("text", part))
            case Interpolation():
                forms.append(_form("interpolation", f"{part.trim_before:d}{part.trim_after:d}", _expr(part.expr)))
            case Directive():
                flags = f"{part.trim_before:d}{part.trim_after:d}"
                forms.append(_form("directive", part.keyword, flags, *part.names, *map(_expr, part.exprs)))
    return _form("string", *forms)


def _number(value: float | bool | None) -> float | bool | None:  # noqa: FBT001  a literal of the language, not a switch
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _content(content: bytes) -> str:
    """A zip by its entries, so that when and by what it was packed means nothing; anything else by its bytes."""
    if content.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                entries = archive.infolist()
                if sum(entry.file_size for entry in entries) <= _ZIP_BYTES:
                    packed = (
                        _digest(entry.filename, _sha(archive.read(entry))) for entry in entries if not entry.is_dir()
                    )
                    return _digest("zip", *sorted(packed))
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError, zlib.error):
            pass  # not a readable zip: its bytes are all it is
    return _sha(content)


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _form(*parts: str) -> str:
    """Join unambiguously: each part is preceded by its length."""
    return "".join(f"{len(part)}:{part}" for part in parts) + ";"


def _digest(*parts: str) -> str:
    return _sha(_form(*parts).encode("utf-8", "surrogatepass"))
