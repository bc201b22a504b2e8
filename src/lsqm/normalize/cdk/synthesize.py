"""CDK app → CloudFormation templates, by running the app in a cage with a frozen environment.

A CDK app is a program; there is no other way to know what it means. It runs on a copy of its folder, without network,
secrets or container engine, with limits, and only if a cage holds. What it asks of an account gets the answers that
CDK itself invents, and is reported.
"""

import json
import os
import posixpath
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lsqm.model.architecture import SkipReason
from lsqm.model.diagnostic import Diagnostic, Location, Severity
from lsqm.normalize.cdk.assembly import AssemblyError, read_assembly
from lsqm.normalize.cdk.command import App, CdkFileError, Language, parse_app
from lsqm.normalize.cdk.failures import explain
from lsqm.normalize.cdk.store import Synthesis, digest, load, one_more, save
from lsqm.normalize.left_out import LeftOut
from lsqm.ports.cage import Access, Cage, Limits
from lsqm.ports.cdk import CdkTools
from lsqm.ports.commands import Command, CommandResult

ACCOUNT = "000000000000"
"""The account number that LocalStack gives everybody."""
RULES = "3"
"""Goes up when the same app could give another result."""

_UNWANTED = ("node_modules", ".git", "cdk.out", ".venv", "venv", "__pycache__", ".terraform")
_FILES = 4000
_BYTES = 100 << 20
_MEGABYTE = 1 << 20
_TRIES = 3
"""Runs in which an app may take too long before that is held against it."""


def synthesize(
    tree: Path,
    entry: str,
    *,
    tools: CdkTools,
    cage: Cage,
    scratch: Path,
    cache: Path | None = None,
    region: str = "us-east-1",
    deadline_seconds: float = 120,
) -> Synthesis:
    """Run the app whose `cdk.json` is `entry` and read what it made.

    Args:
        tree: the fetched repository; it is only read.
        entry: the app's `cdk.json`, relative to `tree`, POSIX.
        tools: the frozen environments.
        cage: runs the app; without network whatever it is.
        scratch: an empty directory for this one run; removed by the caller.
        cache: where results are kept, by everything they depend on; None keeps none.
        region: what apps without a region of their own are synthesized for.
        deadline_seconds: of the run, wall clock.

    Raises:
        CdkFileError: `cdk.json` cannot be read.
        Unavailable: the cage cannot be built.
    """
    folder = tree / posixpath.dirname(entry)
    app = _read_app(folder, entry)
    if isinstance(app, LeftOut):
        return Synthesis(templates=(), skip=app)
    top = _top(tree, folder)
    if top is None:
        size = f"{_FILES} files or {_BYTES // _MEGABYTE} MiB"
        return _left_out(SkipReason.TOO_LARGE, f"the app's folder holds more than {size}")
    kept = None
    if cache is not None:
        place = folder.relative_to(top).as_posix()
        key = digest(top, _walk(top), RULES, tools.pin, region, place, app.entry, *app.arguments)
        kept = cache / key[:2] / f"{key}.json"
        if (before := load(kept)) is not None:
            return before
    work = _lay_out(scratch, top, tools)
    command = Command(
        argv=_argv(app, tools),
        cwd=work / "app" / folder.relative_to(top),
        env=_environment(app, work, node=tools.node, region=region),
        deadline_seconds=deadline_seconds,
    )
    limits = Limits(file_bytes=256 * _MEGABYTE, cpu_seconds=int(deadline_seconds) * 2)
    result = cage.run(command, Access(read_only=tools.read_only, writable=(work,), limits=limits))
    if result.timed_out:
        late = LeftOut(
            reason=SkipReason.TOO_LARGE, detail=f"the app takes longer than {deadline_seconds:.0f} s to synthesize"
        )
        # Once says as much about this machine's load as about the app, so nothing is kept but how often it happened.
        return Synthesis(templates=(), skip=late, again=kept is None or one_more(kept.with_suffix(".late")) < _TRIES)
    made = _judge(result, work, entry)
    if kept is not None:
        save(kept, made)
    return made


def _judge(result: CommandResult, work: Path, entry: str) -> Synthesis:
    if not result.ok:
        complaint = (result.stderr or result.stdout).decode(errors="replace")
        return Synthesis(templates=(), skip=explain(complaint, home=f"{work}/app/"))
    try:
        assembly = read_assembly(work / "out")
    except AssemblyError as error:
        return _left_out(SkipReason.UNPARSABLE, f"the app ends without a usable assembly: {error}")
    if not any(template.template.get("Resources") for template in assembly.templates):
        return _left_out(SkipReason.NOTHING_TO_CREATE, "no stack of the app creates a resource")
    return Synthesis(templates=assembly.templates, diagnostics=tuple(_invented(assembly.missing, entry)))


def _left_out(reason: SkipReason, detail: str) -> Synthesis:
    return Synthesis(templates=(), skip=LeftOut(reason=reason, detail=detail))


def _read_app(folder: Path, entry: str) -> App | LeftOut:
    settings = _json(folder / "cdk.json", entry)
    context = _json(folder / "cdk.context.json", entry) if (folder / "cdk.context.json").is_file() else None
    return parse_app(settings, context, exists=lambda path: (folder / path).is_file(), file=entry)


def _json(path: Path, entry: str) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        name = posixpath.join(posixpath.dirname(entry), path.name)
        raise CdkFileError(f"{name} cannot be read: {error}", hint="mend the file, or leave the app out") from error


def _top(tree: Path, folder: Path) -> Path | None:
    """The largest folder around the app that holds no other app: apps refer to `../` files beside them."""
    if _weight(folder) is None:
        return None
    top = folder
    while top != tree:
        parent = top.parent
        others = [path for path in _walk(parent) if path.name == "cdk.json" and not path.is_relative_to(folder)]
        if others or parent == tree or _weight(parent) is None:
            break
        top = parent
    return top


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _UNWANTED]
        yield from (Path(place) / name for name in names)


def _weight(folder: Path) -> int | None:
    """Bytes in a folder, None when it holds too many of them or too many files."""
    total = 0
    for number, path in enumerate(_walk(folder)):
        total += path.lstat().st_size
        if number >= _FILES or total > _BYTES:
            return None
    return total


def _lay_out(scratch: Path, top: Path, tools: CdkTools) -> Path:
    """The only directory that the app may write: a copy of it, a home, and where its templates go."""
    work = scratch / "work"
    shutil.copytree(top, work / "app", symlinks=True, ignore=shutil.ignore_patterns(*_UNWANTED))
    for name in ("home", "out", "tmp"):
        (work / name).mkdir()
    (work / "node_modules").symlink_to(tools.node_modules)
    (work / "package-lock.json").write_text("{}")  # NodejsFunction wants one above the app even if it bundles nothing
    for marker in tools.jsii_cache.rglob(".jsii-runtime-package-cache"):
        # jsii touches a marker in each package's folder, so only what lies beside the markers can be shared read-only
        mine = work / "jsii" / marker.parent.relative_to(tools.jsii_cache)
        mine.mkdir(parents=True)
        (mine / marker.name).touch()
        for shared in marker.parent.iterdir():
            if shared.name.startswith(".jsii."):
                # jsii refuses to follow one of its own files out of the package
                shutil.copyfile(shared, mine / shared.name)
            elif shared.name != marker.name:
                (mine / shared.name).symlink_to(shared)
    return work


def _environment(app: App, work: Path, *, node: Path, region: str) -> dict[str, str]:
    zones = {f"availability-zones:account={ACCOUNT}:region={region}": [f"{region}{letter}" for letter in "abc"]}
    context = (
        zones
        | app.context
        | {
            "aws:cdk:bundling-stacks": [],
            "aws:cdk:enable-asset-metadata": True,
            "aws:cdk:enable-path-metadata": True,
            "aws:cdk:version-reporting": False,
        }
    )
    return {
        "PATH": f"{node.parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(work / "home"),
        "TMPDIR": str(work / "tmp"),
        "LANG": "C.UTF-8",
        "CDK_OUTDIR": str(work / "out"),
        "CDK_CONTEXT_JSON": json.dumps(context),
        "CDK_DEFAULT_ACCOUNT": ACCOUNT,
        "CDK_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(work / "jsii"),
        "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION": "1",
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
        "NODE_OPTIONS": "--max-old-space-size=2048",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _argv(app: App, tools: CdkTools) -> list[str]:
    if app.language is Language.PYTHON:
        program = ["-m", app.entry] if app.module else [app.entry]
        return [str(tools.python), *program, *app.arguments]
    runner = tools.node_modules / "tsx" / "dist" / "cli.mjs"
    return [str(tools.node), str(runner), app.entry, *app.arguments]


def _invented(missing: tuple[str, ...], entry: str) -> Iterator[Diagnostic]:
    for key in missing:
        yield Diagnostic(
            code="context-lookup",
            severity=Severity.WARNING,
            message=f"the app looks up {key.partition(':')[0]} in an account",
            location=Location(file=entry),
            subject=key,
            effect="CDK's placeholder value stands in for it",
        )
