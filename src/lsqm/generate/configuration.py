"""What an architecture's Terraform says in so many words: its resource blocks and the values that are plain to see.

Nothing is guessed: a value counts only if it is a literal, or a variable or local that is one. Everything else is left
to the state that Terraform writes when it applies.
"""

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from lsqm.errors import DataError

_INTERPOLATION = re.compile(r"(?<!\$)\$\{([^{}]*)\}")
_REFERENCE = re.compile(r"(var|local)\.([A-Za-z_][\w-]*)")
_ESCAPES = {'\\"': '"', "\\\\": "\\", "\\n": "\n", "\\t": "\t", "\\r": "\r"}
_HEREDOC = re.compile(r"<<-?([A-Za-z_][\w-]*)[ \t]*$", re.MULTILINE)
_MAX_DEPTH = 20


class _Unknown:
    """Stands for a value that only Terraform can compute."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()
"""The value is set, but by an expression."""


def is_plain(value: Any) -> bool:
    """Whether nothing in `value` is left to Terraform."""
    if isinstance(value, Mapping):
        return all(map(is_plain, value.values()))
    if isinstance(value, list):
        return all(map(is_plain, value))
    return not isinstance(value, _Unknown)


@dataclass(frozen=True, kw_only=True, slots=True)
class ResourceBlock:
    """One `resource` block."""

    address: str
    """`module.data.aws_s3_bucket.this`: without the keys of count and for_each."""
    type: str
    values: Mapping[str, Any]
    """Arguments and nested blocks (lists of mappings), evaluated; `UNKNOWN` where only Terraform can tell."""
    text: str
    """The block's expressions as one string: what it mentions."""
    region: str = ""
    """Where it is, in a design of more than one region that says so plainly; otherwise empty."""

    def get(self, path: str) -> Any:
        """The value at a dotted path; first of a repeated block. None when it is not set."""
        value: Any = self.values
        for step in path.split("."):
            if isinstance(value, list):
                value = value[0] if value else None
            if isinstance(value, _Unknown):
                return UNKNOWN
            if not isinstance(value, Mapping):
                return None
            value = value.get(step)
        return value

    def states(self, path: str) -> bool:
        """Whether the configuration sets `path` to a plain value."""
        value = self.get(path)
        return value is not None and is_plain(value)

    def mentions(self, kind: str) -> bool:
        """Whether an expression of this block refers to a resource of type `kind`."""
        return f"{kind}." in self.text


def read_configuration(files: Mapping[str, bytes]) -> tuple[ResourceBlock, ...]:
    """All resource blocks of the root module and of the local modules it calls, ordered by address.

    Raises:
        DataError: a file is not Terraform.
    """
    modules: dict[str, dict[str, Any]] = {}
    for path in sorted(files, key=_override_last):
        if path.endswith((".tf", ".tf.json")):
            module = modules.setdefault(posixpath.dirname(path), {})
            _merge(module, _parse(path, files[path]))
    given = _given(files)
    blocks = sorted(_blocks(modules, folder="", prefix="", given=given, depth=0), key=lambda block: block.address)
    if len({block.region for block in blocks if block.region}) > 1:
        return tuple(blocks)
    return tuple(replace(block, region="") for block in blocks)


def _override_last(path: str) -> tuple[bool, str]:
    stem = posixpath.basename(path).split(".")[0]
    return stem == "override" or stem.endswith("_override"), path


def _parse(path: str, content: bytes) -> dict[str, Any]:
    import hcl2  # noqa: PLC0415  heavy: only when an app is made
    from lark.exceptions import LarkError  # noqa: PLC0415  what hcl2 raises

    try:
        text = content.decode("utf-8-sig")
        return _from_json(json.loads(text)) if path.endswith(".json") else hcl2.loads(_tidy(text))
    except (LarkError, ValueError, RecursionError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(
            f"{path} cannot be read as Terraform: {reason}", hint="mend the file, or leave the architecture out"
        ) from error


def _tidy(text: str) -> str:
    """The text without blanks after a heredoc's end, which Terraform allows and the parser does not."""
    for mark in sorted(set(_HEREDOC.findall(text))):
        text = re.sub(rf"^([ \t]*{re.escape(mark)})[ \t]+$", r"\1", text, flags=re.MULTILINE)
    return text.rstrip() + "\n"


def _from_json(document: Any) -> dict[str, Any]:
    """JSON syntax in the shape of the HCL parser: one list item per block, quoted strings."""
    shaped: dict[str, Any] = {}
    for kind, body in _quoted(document).items():
        blocks = body if isinstance(body, list) else [body]
        if kind == "resource":
            names = [
                (first, second, item)
                for block in blocks
                for first, some in block.items()
                for second, item in some.items()
            ]
            shaped[kind] = [{first: {second: item}} for first, second, item in names]
        else:
            shaped[kind] = [{name: item} for block in blocks for name, item in block.items()]
    return shaped


def _quoted(value: Any) -> Any:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return [_quoted(item) for item in value]
    if isinstance(value, dict):
        return {key: _quoted(item) for key, item in value.items()}
    return value


def _merge(module: dict[str, Any], parsed: Mapping[str, Any]) -> None:
    """Add a file's blocks to its module; a block that is there already is overridden argument by argument."""
    for block in parsed.get("resource", ()):
        for kind, named in block.items():
            for name, body in named.items():
                module.setdefault("resource", {}).setdefault((_bare(kind), _bare(name)), {}).update(body)
    for kind in ("variable", "module"):
        for block in parsed.get(kind, ()):
            for name, body in block.items():
                module.setdefault(kind, {}).setdefault(_bare(name), {}).update(body)
    for block in parsed.get("provider", ()):
        for name, body in block.items():
            module.setdefault("provider", {}).setdefault((_bare(name), _bare(str(body.get("alias", "")))), {}).update(
                body
            )
    for block in parsed.get("locals", ()):
        module.setdefault("locals", {}).update(block)


def _given(files: Mapping[str, bytes]) -> dict[str, Any]:
    """Root variables that *.tfvars files set, later files winning as Terraform has it."""
    given: dict[str, Any] = {}
    names = [name for name in files if "/" not in name and name.endswith((".auto.tfvars", ".auto.tfvars.json"))]
    for name in ("terraform.tfvars", "terraform.tfvars.json", *sorted(names)):
        if name in files:
            if name.endswith(".json"):
                given.update(_quoted(json.loads(files[name])))
            else:
                given.update(_parse(name, files[name]))
    return given


def _blocks(
    modules: Mapping[str, Mapping[str, Any]],
    *,
    folder: str,
    prefix: str,
    given: Mapping[str, Any],
    depth: int,
    regions: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[ResourceBlock]:
    module = modules.get(folder, {})
    scope = _Scope(module, given)
    regions = {**regions, **_regions(module, scope)}
    for (kind, name), body in module.get("resource", {}).items():
        yield ResourceBlock(
            address=f"{prefix}{kind}.{name}",
            type=kind,
            values=scope.evaluate(body),
            text=_text_of(body),
            region=regions.get(_provider(body.get("provider", "aws")), ""),
        )
    for name, body in module.get("module", {}).items():
        source = scope.evaluate(body.get("source"))
        if isinstance(source, str) and source.startswith(".") and depth < _MAX_DEPTH:
            below = posixpath.normpath(posixpath.join(folder, source))
            yield from _blocks(
                modules,
                folder="" if below == "." else below,
                prefix=f"{prefix}module.{name}.",
                given={key: _Evaluated(scope.evaluate(value)) for key, value in body.items()},
                depth=depth + 1,
                regions=_handed_on(body.get("providers"), regions),
            )


def _regions(module: Mapping[str, Any], scope: "_Scope") -> dict[str, str]:
    """Provider, as a `provider` argument names it → its region, where that is plain."""
    found = {}
    for (name, alias), body in module.get("provider", {}).items():
        region = scope.evaluate(body.get("region"))
        if name == "aws" and isinstance(region, str):
            found[f"aws.{alias}" if alias else "aws"] = region
    return found


def _handed_on(providers: Any, regions: Mapping[str, str]) -> dict[str, str]:
    """The regions of a module's providers: its own names for those of its caller, or the caller's default."""
    if isinstance(providers, list):
        providers = providers[0] if providers else None
    if not isinstance(providers, Mapping):
        providers = {"aws": "aws"}
    named = {_provider(inner): regions.get(_provider(outer), "") for inner, outer in providers.items()}
    return {name: region for name, region in named.items() if region}


def _provider(reference: Any) -> str:
    """`aws.west` of `${aws.west}` and of `"aws.west"`."""
    return re.sub(r"[${}\"\s]", "", str(reference))


@dataclass(frozen=True, slots=True)
class _Evaluated:
    value: Any


class _Scope:
    """Evaluates what is plain in one module."""

    def __init__(self, module: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        self._variables = {
            name: body["default"] for name, body in module.get("variable", {}).items() if "default" in body
        }
        self._variables.update(given)
        self._locals = module.get("locals", {})

    def evaluate(self, value: Any, depth: int = 0) -> Any:
        if isinstance(value, _Evaluated):
            return value.value
        if depth > _MAX_DEPTH:
            return UNKNOWN
        if isinstance(value, list):
            return [self.evaluate(item, depth) for item in value]
        if isinstance(value, Mapping):
            return {_bare(key): self.evaluate(item, depth) for key, item in value.items() if not key.startswith("__")}
        if isinstance(value, str):
            return self._text(value, depth)
        return value

    def _text(self, text: str, depth: int) -> Any:
        if len(text) > 1 and text[0] == text[-1] == '"':
            return self._template(text[1:-1], depth)
        inside = _INTERPOLATION.fullmatch(text)
        return self._reference(inside[1] if inside else text, depth)

    def _template(self, text: str, depth: int) -> Any:
        if text.startswith("<<"):
            return UNKNOWN if "${" in text or "%{" in text else _heredoc(text)
        if whole := _INTERPOLATION.fullmatch(text):
            return self._reference(whole[1], depth)
        parts: list[str] = []
        end = 0
        for match in _INTERPOLATION.finditer(text):
            value = self._reference(match[1], depth)
            if not isinstance(value, str | int | float) or isinstance(value, bool):
                return UNKNOWN
            parts += [text[end : match.start()], str(value)]
            end = match.end()
        parts.append(text[end:])
        joined = "".join(parts)
        if re.search(r"(?<!\$)\$\{|(?<!%)%\{", joined):
            return UNKNOWN
        return re.sub(r'\\["\\ntr]', lambda found: _ESCAPES[found[0]], joined).replace("$${", "${").replace("%%{", "%{")

    def _reference(self, expression: str, depth: int) -> Any:
        match expression.strip():
            case "true":
                return True
            case "false":
                return False
            case "null":
                return None
            case _:
                pass
        found = _REFERENCE.fullmatch(expression.strip())
        if not found:
            return UNKNOWN
        known = self._variables if found[1] == "var" else self._locals
        return self.evaluate(known[found[2]], depth + 1) if found[2] in known else UNKNOWN


def _heredoc(text: str) -> str | _Unknown:
    first, _, rest = text.partition("\n")
    lines = rest.split("\n")[:-1]
    if first.startswith("<<-"):
        margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
        lines = [line[margin:] for line in lines]
    return "".join(line + "\n" for line in lines)


def _bare(name: str) -> str:
    return name[1:-1] if len(name) > 1 and name[0] == name[-1] == '"' else name


def _text_of(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(_text_of(item) for key, item in value.items() if not key.startswith("__"))
    if isinstance(value, list):
        return " ".join(_text_of(item) for item in value)
    return value if isinstance(value, str) and "${" in value else ""
