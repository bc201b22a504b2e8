"""Which designs a fetched tree holds: by content, not by name, and without running anything."""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from lsqm.errors import DataError
from lsqm.model.architecture import Dialect
from lsqm.normalize.hcl.evaluate import Scope, evaluate
from lsqm.normalize.hcl.parse import decode, parse
from lsqm.normalize.hcl.tree import Body
from lsqm.normalize.terraform.source_tree import SourceTree, TooLarge, inside, join

_GENERATED = frozenset({"cdk.out", ".aws-sam", ".serverless", ".build", "dist", "wrappers", "testdata", "fixtures"})
"""Folders with what tools made or tests feed on."""
_LIBRARY = frozenset({"modules", "module", "tests", "test"})
"""Terraform below these is made to be called, not applied."""
_TEMPLATE = re.compile(r"\.(ya?ml|json|template|cfn|cform)$", re.IGNORECASE)
_SERVERLESS = re.compile(r"serverless(\.[\w-]+)?\.(ya?ml|json|ts|js|cjs|mjs)$")
_RESOURCES = re.compile(rb"""^\s*["']?Resources["']?\s*:""", re.MULTILINE)
_LISTED = re.compile(rb"""^\s*["']?Resources["']?\s*:\s*(?:\n\s*(?:#[^\n]*)?)*\n\s*-\s""", re.MULTILINE)
"""CodeDeploy's `appspec.yaml` has a list where templates have a map."""
_AWS_TYPE = re.compile(rb"""["']?Type["']?\s*:\s*["']?(?:AWS|Custom|Alexa)::\w+""")
_SAM = re.compile(rb"AWS::Serverless(?:::|-2016)")
_HEADER = re.compile(rb"""["']?AWSTemplateFormatVersion["']?\s*:""")
_TEMPLATE_BYTES = 2 * 1024 * 1024


def detect_entries(tree: Path) -> list[tuple[str, Dialect]]:
    """Every design in `tree`, as (template file or root folder relative to it, dialect), sorted.

    Terraform: folders that create something and are called by no other folder; where a module comes with `examples/`,
    those are the designs and the module is not. CloudFormation and SAM: templates by content. Serverless: their
    configuration file. CDK: the folder of `cdk.json`.
    """
    source_tree = SourceTree(tree)
    files = [path for path in source_tree.below(".") if not _generated(path)]
    names = {posixpath.basename(path) for path in files}
    entries: list[tuple[str, Dialect]] = []
    if any(name.endswith(".tf") for name in names):
        entries += [(root, Dialect.TERRAFORM) for root in _terraform_roots(source_tree, files)]
    serverless = {path: posixpath.dirname(path) or "." for path in files if _is_serverless(source_tree, path)}
    entries += [(path, Dialect.SERVERLESS) for path in serverless]
    entries += [
        (posixpath.dirname(path) or ".", Dialect.CDK) for path in files if posixpath.basename(path) == "cdk.json"
    ]
    for path in files:
        if path not in serverless and _TEMPLATE.search(path):
            dialect = _template(source_tree, path, within_serverless=any(inside(path, f) for f in serverless.values()))
            if dialect is not None:
                entries.append((path, dialect))
    return sorted(entries)


def _generated(path: str) -> bool:
    parts = path.split("/")[:-1]
    return any(part in _GENERATED or part.startswith(".") for part in parts)


def _terraform_roots(tree: SourceTree, files: list[str]) -> Iterator[str]:
    folders: dict[str, list[str]] = {}
    for path in files:
        if path.endswith(".tf"):
            folders.setdefault(posixpath.dirname(path) or ".", []).append(path)
    called: set[str] = set()
    creating: list[str] = []
    for folder, paths in folders.items():
        bodies = [body for path in paths if (body := _body(tree, path)) is not None]
        unreadable = len(bodies) < len(paths)
        if unreadable or any(block.type in {"resource", "module"} for body in bodies for block in body.blocks):
            creating.append(folder)
        for body in bodies:
            called.update(_local_calls(folder, body))
    for folder in sorted(creating):
        parts = folder.split("/")
        if folder in called or any(part in _LIBRARY for part in parts):
            continue
        examples = [join(folder, name) for name in ("examples", "example")]
        if any(inside(other, example) for other in creating for example in examples):
            continue
        yield folder


def _body(tree: SourceTree, path: str) -> Body | None:
    try:
        return parse(decode(tree.read(path) or b"", file=path), file=path)
    except (DataError, TooLarge, RecursionError):
        return None


def _local_calls(folder: str, body: Body) -> Iterator[str]:
    for block in body.of_type("module"):
        expr = block.body.expr("source")
        source = evaluate(expr, Scope()) if expr is not None else None
        if isinstance(source, str) and source.startswith("."):
            yield join(folder, source)


def _is_serverless(tree: SourceTree, path: str) -> bool:
    if not _SERVERLESS.fullmatch(posixpath.basename(path)):
        return False
    content = _head(tree, path)
    return b"provider" in content and b"service" in content


def _template(tree: SourceTree, path: str, *, within_serverless: bool) -> Dialect | None:
    content = _head(tree, path)
    if not _RESOURCES.search(content) and not (path.endswith(".json") and b'"Resources"' in content):
        return None
    if not _AWS_TYPE.search(content) or _LISTED.search(content):
        return None
    if within_serverless and not _HEADER.search(content):
        return None  # a fragment that the Serverless configuration includes
    return Dialect.SAM if _SAM.search(content) else Dialect.CLOUDFORMATION


def _head(tree: SourceTree, path: str) -> bytes:
    try:
        return (tree.read(path) or b"")[:_TEMPLATE_BYTES]
    except TooLarge:
        return b""
