"""Results kept by what they depend on: the app's files, the frozen environment, the region and lsqm's own rules."""

import dataclasses
import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lsqm.model.architecture import SkipReason
from lsqm.model.diagnostic import Diagnostic, Location, Severity
from lsqm.normalize.cdk.assembly import Template
from lsqm.normalize.left_out import LeftOut


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Synthesis:
    """What became of one app."""

    templates: tuple[Template, ...]
    """One per stack, in the order of deployment; empty when it was left out."""
    diagnostics: tuple[Diagnostic, ...] = ()
    skip: LeftOut | None = None
    again: bool = False
    """Whether `skip` says as much about today as about the app: another run may end better."""


def digest(top: Path, files: Iterable[Path], *facts: str) -> str:
    """A key over the names and contents of `files`, all below `top`, and over further facts."""
    whole = hashlib.sha256("\0".join(facts).encode())
    for path in sorted(files):
        whole.update(f"\0{path.relative_to(top).as_posix()}\0".encode())
        if path.is_symlink():
            whole.update(b"-> " + os.fsencode(path.readlink()))
        elif path.is_file():
            with path.open("rb") as stream:
                whole.update(hashlib.file_digest(stream, "sha256").digest())
    return whole.hexdigest()


def load(path: Path) -> Synthesis | None:
    """A kept result, None when there is none or it cannot be read."""
    try:
        held = json.loads(path.read_bytes())
        diagnostics = tuple(
            Diagnostic(**one | {"severity": Severity(one["severity"]), "location": Location(**one["location"])})
            for one in held["diagnostics"]
        )
        skip = held["skip"]
        return Synthesis(
            templates=tuple(_template(one) for one in held["templates"]),
            diagnostics=diagnostics,
            skip=LeftOut(reason=SkipReason(skip["reason"]), detail=skip["detail"]) if skip else None,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save(path: Path, made: Synthesis) -> None:
    """Keep a result; a reader sees all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(dataclasses.asdict(made), sort_keys=True), "utf-8")
    part.replace(path)


def one_more(path: Path) -> int:
    """Count how often something happened, over all runs; the count with this time."""
    try:
        count = int(path.read_text("ascii")) + 1
    except (OSError, ValueError):
        count = 1
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(str(count), "ascii")
    return count


def _template(held: dict[str, Any]) -> Template:
    nested = {key: _template(one) for key, one in held["nested"].items()}
    return Template(stack=held["stack"], template=held["template"], nested=nested)
