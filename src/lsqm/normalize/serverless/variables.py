"""Replacing `${…}`: nothing outside the service's own files is read, nothing is run, nothing is asked of AWS.

What cannot be known here (environment, SSM parameters, other stacks, missing files) becomes a recorded stand-in, so
that the architecture stays usable. JavaScript is never executed.
"""

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lsqm.normalize.serverless.document import load_json, load_yaml
from lsqm.normalize.serverless.report import Path, Report, shown
from lsqm.normalize.serverless.syntax import Literal, Source, Variable, parse

ACCOUNT = "000000000000"
"""The account number that LocalStack gives everybody."""

_SCRIPTS = (".js", ".cjs", ".mjs", ".ts", ".mts", ".cts")
_STRUCTURE = {"resources", "functions", "layers", "provider", "custom", "params", "constructs", "stepFunctions"}
_STRUCTURED = (".yml", ".yaml", ".json")
_DEPTH = 60


class NeedsScript(Exception):
    """Part of the service's structure is made by a program. The converter turns it into a reason to leave it out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Missing:
    """A variable none of whose sources gave a value."""

    source: Source
    why: str


@dataclass(kw_only=True, slots=True)
class Resolver:
    """Resolves the variables of one configuration, lazily and once each."""

    root: Mapping[str, Any]
    read: Callable[[str], bytes | None]
    stage: str
    region: str
    report: Report
    plugins: Mapping[str, Callable[[str], Any]] = field(default_factory=dict)
    """Variable sources that treated plugins add, such as lift's `construct`."""
    _memo: dict[str, Any] = field(default_factory=dict)
    _pending: set[str] = field(default_factory=set)
    _files: dict[str, Any] = field(default_factory=dict)
    _here: Path = ()

    def resolve(self, value: Any, path: Path = ()) -> Any:
        """A copy of `value`, which stands at `path`, without variables."""
        if len(path) > _DEPTH:
            self.report.warn("too-deep", "nested too deeply, possibly refers to itself", at=path[:8], effect="left out")
            return None
        self._here = path
        value = self._expand(value)
        if isinstance(value, _Missing):
            return self._stand_in(value, path)
        if isinstance(value, dict):
            return {key: self.resolve(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.resolve(item, (*path, number)) for number, item in enumerate(value)]
        return value

    def _expand(self, value: Any) -> Any:
        """Resolve a string at its own level; what it stands for may still hold variables inside."""
        if not isinstance(value, str) or "${" not in value:
            return value
        if value not in self._memo:
            if value in self._pending:
                return _Missing(source=_first(value), why="refers to itself")
            self._pending.add(value)
            try:
                self._memo[value] = self._evaluate(parse(value))
            finally:
                self._pending.discard(value)
        return self._memo[value]

    def _evaluate(self, parts: list[str | Variable]) -> Any:
        if len(parts) == 1:
            return parts[0] if isinstance(parts[0], str) else self._variable(parts[0])
        text = ""
        for part in parts:
            text += part if isinstance(part, str) else self._word(self._variable(part))
        return text

    def _word(self, value: Any) -> str:
        """A variable inside a longer string, with whatever it holds itself resolved."""
        value = self._expand(value)
        if isinstance(value, _Missing):
            return _as_text(self._stand_in(value, self._here, inside=True))
        if isinstance(value, dict | list):
            here = self._here
            value = self.resolve(value, here)
            self._here = here
        return _as_text(value)

    def _variable(self, variable: Variable) -> Any:
        missing: _Missing | None = None
        for source in variable.sources:
            value = self._expand(source.value if isinstance(source, Literal) else self._look_up(source))
            if isinstance(value, _Missing):
                missing = missing or value
            elif value is not None or source is variable.sources[-1]:
                if value is None and isinstance(source, Source):
                    break
                return value
        first = variable.sources[0]
        if isinstance(first, Source) and first.type == "self":
            default = {"provider.stage": self.stage, "provider.region": self.region}.get(first.address or "")
            if default is not None:
                return default
        return missing or _Missing(source=first if isinstance(first, Source) else _first(""), why="has no value")

    def _look_up(self, source: Source) -> Any:
        address = None if source.address is None else self._text(source.address)
        match source.type:
            case "self":
                return self._walk(self.root, address or "")
            case "file":
                return self._file(self._text(source.parameters or ""), address)
            case "opt":
                return {"stage": self.stage, "region": self.region}.get(address or "")
            case "sls":
                return {"stage": self.stage, "instanceId": "lsqm"}.get(address or "")
            case "aws":
                return {"region": self.region, "accountId": ACCOUNT}.get(address or "")
            case "param":
                return self._parameter(address or "")
            case "strToBool":
                return self._text(source.parameters or "").lower() in {"true", "1"}
            case _:
                return self._elsewhere(source, address)

    def _elsewhere(self, source: Source, address: str | None) -> Any:
        if address is not None and source.type in self.plugins:
            return self.plugins[source.type](address)
        why = "is set outside the repository" if source.type in _OUTSIDE else "comes from a source that is not known"
        return _Missing(source=Source(type=source.type, parameters=source.parameters, address=address), why=why)

    def _text(self, raw: str) -> str:
        return self._word(raw).strip()

    def _walk(self, value: Any, address: str) -> Any:
        keys = address.split(".") if address else []
        for number, key in enumerate(keys):
            value = self._expand(value)
            if isinstance(value, dict):
                value = value.get(key)
            elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
                value = value[int(key)]
            elif isinstance(value, _Missing):
                rest = ".".join([*([value.source.address] if value.source.address else []), *keys[number:]])
                return replace(value, source=replace(value.source, address=rest))
            else:
                return None
        return value

    def _parameter(self, name: str) -> Any:
        for stage in (self.stage, "default"):
            for holder in (self._walk(self.root, f"params.{stage}"), self._walk(self.root, f"stages.{stage}.params")):
                held = self._expand(holder)
                if isinstance(held, dict) and held.get(name) is not None:
                    return held[name]
        return None

    def _file(self, name: str, address: str | None) -> Any:
        path = posixpath.normpath(name.replace("~", "home"))
        shown_source = Source(type="file", parameters=path, address=address)
        if path.lower().endswith(_SCRIPTS):
            return _Missing(source=shown_source, why="is the result of a program, which lsqm does not run")
        if path not in self._files:
            self._files[path] = self._load(path)
        content = self._files[path]
        if content is None:
            return _Missing(source=shown_source, why="is not in the repository")
        return self._walk(content, address) if address else content

    def _load(self, path: str) -> Any:
        raw = None if posixpath.isabs(path) else self.read(path)
        if raw is None:
            return None
        if path.lower().endswith((".yml", ".yaml")):
            return load_yaml(raw, file=path)
        if path.lower().endswith((".json", ".tfstate")):
            return load_json(raw, file=path)
        return raw.decode("utf-8", "replace")

    def _stand_in(self, missing: _Missing, path: Path, *, inside: bool = False) -> Any:
        """A plausible value, recorded; nothing where a whole part of the structure is missing.

        Args:
            missing: what could not be found.
            path: where it is wanted.
            inside: whether it is part of a longer string.
        """
        source = missing.source
        whole_file = source.type == "file" and not source.address and (source.parameters or "").endswith(_STRUCTURED)
        structural = not inside and bool(path) and (whole_file or (path[0] in _STRUCTURE and _is_structure(path)))
        if structural and source.type == "file" and (source.parameters or "").lower().endswith(_SCRIPTS):
            raise NeedsScript(f"{shown(path)} is made by {source.parameters}, a program that lsqm does not run")
        if structural:
            value, effect = None, "left out"
        else:
            value = _slug(source)
            effect = f"{value!r} stands in for it"
        self.report.warn("missing-value", f"${{{source}}} {missing.why}", at=path, effect=effect)
        return value


_OUTSIDE = {"env", "ssm", "cf", "s3", "secrets", "git", "output", "terraform", "vault", "doppler", "custom"}


_MAPPINGS = {
    "apiGateway",
    "environment",
    "events",
    "httpApi",
    "iam",
    "iamRoleStatements",
    "logs",
    "package",
    "tags",
    "vpc",
}


def _is_structure(path: Path) -> bool:
    """Whether a mapping or list is expected here rather than a word."""
    if len(path) == 1:
        return True
    if path[0] == "provider":
        return len(path) == 2 and path[1] in _MAPPINGS
    if path[0] == "functions":
        return len(path) == 2 or (len(path) == 3 and path[-1] in _MAPPINGS)
    if path[0] == "resources":
        return len(path) <= 3 and path[-1] != "Description"
    return False


def _first(text: str) -> Source:
    parts = [part for part in parse(text) if isinstance(part, Variable)]
    first = parts[0].sources[0] if parts else None
    return first if isinstance(first, Source) else Source(type="self")


def _slug(source: Source) -> str:
    """`env:TABLE_NAME` → `table-name`: a word that AWS accepts as a name nearly everywhere."""
    words = re.split(r"[./]", source.address or source.parameters or source.type)
    word = re.sub(r"[^a-z0-9]+", "-", next((w for w in reversed(words) if w), "value").lower()).strip("-")
    return word if len(word) >= 3 else f"{word}-value".strip("-")


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    return str(value)
