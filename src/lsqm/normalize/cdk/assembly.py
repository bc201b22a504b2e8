"""Reading what an app wrote: the cloud assembly's manifest, its templates, its nested stacks and stages."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_NESTED = "AWS::CloudFormation::Stack"
_DEPTH = 8
_LIMIT = 30 * 1024 * 1024


class AssemblyError(Exception):
    """The app ended well but left no readable assembly."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    """One synthesized stack."""

    stack: str
    """The stack's name in AWS."""
    template: dict[str, Any]
    nested: "dict[str, Template]"
    """Nested stacks by the logical id of the resource that creates each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Assembly:
    """Everything an app made."""

    templates: tuple[Template, ...]
    """In the order in which they would be deployed."""
    missing: tuple[str, ...]
    """Look-ups in an account that CDK answered with invented values, such as `vpc-provider:…`."""


def read_assembly(folder: Path) -> Assembly:
    """Read the assembly in `folder`, following stages but never leaving it.

    Raises:
        AssemblyError: there is no manifest, or a file that it names is absent, too large or not JSON.
    """
    templates: list[Template] = []
    missing: list[str] = []
    for place, manifest in _manifests(folder, folder):
        missing += [str(one.get("key")) for one in manifest.get("missing") or () if isinstance(one, dict)]
        stacks = {
            key: one
            for key, one in (manifest.get("artifacts") or {}).items()
            if isinstance(one, dict) and one.get("type") == "aws:cloudformation:stack"
        }
        for key in _in_order(stacks):
            properties = stacks[key].get("properties") or {}
            template = _load(folder, place / str(properties.get("templateFile")))
            name = str(properties.get("stackName") or key)
            templates.append(Template(stack=name, template=template, nested=_nested(folder, place, template)))
    return Assembly(templates=tuple(templates), missing=tuple(dict.fromkeys(missing)))


def _manifests(root: Path, place: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    manifest = _load(root, place / "manifest.json")
    yield place, manifest
    for artifact in (manifest.get("artifacts") or {}).values():
        if isinstance(artifact, dict) and artifact.get("type") == "cdk:cloud-assembly":
            inner = place / str((artifact.get("properties") or {}).get("directoryName"))
            yield from _manifests(root, inner)


def _in_order(stacks: dict[str, Any]) -> list[str]:
    """A stack after those it depends on."""
    done: dict[str, None] = {}

    def visit(key: str, above: frozenset[str]) -> None:
        if key in done or key in above or key not in stacks:
            return
        for other in stacks[key].get("dependencies") or ():
            visit(str(other), above | {key})
        done[key] = None

    for key in stacks:
        visit(key, frozenset())
    return list(done)


def _nested(root: Path, place: Path, template: dict[str, Any], depth: int = 0) -> dict[str, Template]:
    found: dict[str, Template] = {}
    for logical_id, resource in (template.get("Resources") or {}).items():
        if not isinstance(resource, dict) or resource.get("Type") != _NESTED or depth > _DEPTH:
            continue
        path = (resource.get("Metadata") or {}).get("aws:asset:path")
        if isinstance(path, str):
            inner = _load(root, place / path)
            nested = _nested(root, place, inner, depth + 1)
            found[logical_id] = Template(stack=logical_id, template=inner, nested=nested)
    return found


def _load(root: Path, path: Path) -> dict[str, Any]:
    real = path.resolve()
    if not real.is_relative_to(root.resolve()) or not real.is_file():
        raise AssemblyError(f"{path.name} is not in the assembly")
    if real.stat().st_size > _LIMIT:
        raise AssemblyError(f"{path.name} is larger than {_LIMIT >> 20} MiB")
    try:
        value = json.loads(real.read_bytes())
    except (ValueError, RecursionError) as error:
        raise AssemblyError(f"{path.name} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise AssemblyError(f"{path.name} is not a mapping")
    return value
