"""What a CDK app's `cdk.json` says, read as data: which program makes the templates, and with which context.

The `app` line is parsed against an allow-list and never handed to a shell.
"""

import posixpath
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lsqm.errors import DataError
from lsqm.model.architecture import SkipReason
from lsqm.normalize.left_out import LeftOut

_HINT = "mend the file, or leave the app out"
_OTHER_LANGUAGES = {"mvn": "Java", "mvnw": "Java", "gradle": "Java", "gradlew": "Java", "go": "Go", "dotnet": "C#"}
_PYTHONS = {"python", "python3", "py"}
_NODE_RUNNERS = {"tsx", "ts-node", "node"}
_BUILDS = {"tsc", "npm", "yarn", "pnpm", "rm", "eslint", "prettier"}
"""Steps that check or build before the app runs; they make nothing that running the source itself would need."""
_NODE_FLAGS = {"--prefer-ts-exts", "--yes", "-y", "--transpile-only", "-T", "--files", "--swc", "--esm"}
_TYPESCRIPT = (".ts", ".mts", ".cts", ".tsx")
_SCRIPTS = (*_TYPESCRIPT, ".js", ".mjs", ".cjs")


class CdkFileError(DataError):
    """A `cdk.json` that cannot be read."""


class Language(StrEnum):
    """The languages whose apps can be synthesized."""

    PYTHON = "python"
    TYPESCRIPT = "typescript"


@dataclass(frozen=True, kw_only=True, slots=True)
class App:
    """A program that makes templates."""

    language: Language
    entry: str
    """Path of the program relative to the app's folder."""
    arguments: tuple[str, ...] = ()
    module: bool = False
    """Whether `entry` is a Python module (`python -m`)."""
    context: dict[str, Any]


def parse_app(cdk_json: Any, cdk_context: Any, *, exists: Callable[[str], bool], file: str) -> App | LeftOut:
    """Read the values of `cdk.json` and `cdk.context.json`.

    Args:
        cdk_json: parsed `cdk.json`.
        cdk_context: parsed `cdk.context.json`, None when there is none.
        exists: whether a file exists, by its path relative to the app's folder.
        file: path of the `cdk.json`, for messages.

    Raises:
        CdkFileError: it is not a mapping or its `app` is not text.
    """
    if not isinstance(cdk_json, dict) or not isinstance(cdk_json.get("app", ""), str):
        raise CdkFileError(f"{file} is no CDK configuration: it needs a text `app`", hint=_HINT)
    line = cdk_json.get("app", "")
    if not line.strip():
        return LeftOut(reason=SkipReason.NEEDS_INPUT, detail=f"{file} names no app to run")
    context: dict[str, Any] = {}
    for part in (cdk_json.get("context"), cdk_context):
        context |= part if isinstance(part, dict) else {}
    found = _program(line, exists)
    if isinstance(found, LeftOut):
        return found
    language, entry, arguments, module = found
    return App(language=language, entry=entry, arguments=arguments, module=module, context=context)


def _program(line: str, exists: Callable[[str], bool]) -> tuple[Language, str, tuple[str, ...], bool] | LeftOut:
    refused = LeftOut(reason=SkipReason.UNSAFE, detail=f"the app line {line!r} is more than running one program")
    try:
        steps = [shlex.split(step) for step in line.split("&&")]
    except ValueError:
        return refused
    steps = [_without_runner(step) for step in steps]
    if any(not step or any(set(";|&<>`$()") & set(word) for word in step) for step in steps):
        return refused
    *before, last = steps
    name = posixpath.basename(last[0])
    if name in _OTHER_LANGUAGES:
        detail = f"{_OTHER_LANGUAGES[name]} apps are not synthesized, only Python and TypeScript"
        return LeftOut(reason=SkipReason.NEEDS_TOOL, detail=detail)
    if any(posixpath.basename(step[0]) not in _BUILDS for step in before):
        return refused
    if name in _PYTHONS:
        return _python(last[1:], exists) or refused
    if name in _NODE_RUNNERS or last[0].endswith(_SCRIPTS):
        return _node(last[1:] if name in _NODE_RUNNERS else last, exists) or refused
    return refused


def _without_runner(step: list[str]) -> list[str]:
    """`npx --yes ts-node x` → `ts-node x`; `bunx`, `pnpm exec`, `poetry run` and `uv run` likewise."""
    for runner in (
        ["npx"],
        ["bunx"],
        ["yarn", "run"],
        ["pnpm", "exec"],
        ["poetry", "run"],
        ["pipenv", "run"],
        ["uv", "run"],
    ):
        if step[: len(runner)] == runner:
            rest = step[len(runner) :]
            while rest and rest[0].startswith("-"):
                rest = rest[1:]
            return rest
    return step


def _python(words: list[str], exists: Callable[[str], bool]) -> tuple[Language, str, tuple[str, ...], bool] | None:
    if len(words) > 1 and words[0] == "-m":
        return Language.PYTHON, words[1], tuple(words[2:]), True
    entry = posixpath.normpath(words[0]) if words else ""
    if not entry.endswith(".py") or not _inside(entry) or not exists(entry):
        return None
    return Language.PYTHON, entry, tuple(words[1:]), False


def _node(words: list[str], exists: Callable[[str], bool]) -> tuple[Language, str, tuple[str, ...], bool] | None:
    while words and words[0] in _NODE_FLAGS:
        words = words[1:]
    if not words or words[0].startswith("-"):
        return None
    entry = posixpath.normpath(words[0])
    stem = posixpath.splitext(entry)[0] if entry.endswith(_SCRIPTS) else entry
    candidates = [entry, *(stem + ending for ending in _SCRIPTS)]
    for folder in ("dist/", "build/", "lib/"):
        if stem.startswith(folder):
            candidates += [stem.removeprefix(folder) + ending for ending in _TYPESCRIPT]
    chosen = next((one for one in candidates if one.endswith(_SCRIPTS) and _inside(one) and exists(one)), None)
    return (Language.TYPESCRIPT, chosen, tuple(words[1:]), False) if chosen else None


def _inside(path: str) -> bool:
    return not posixpath.isabs(path) and not path.startswith("..")
