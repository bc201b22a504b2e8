"""The public entry points of the compiler."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from textwrap import wrap
from typing import Any

from lsqm.model.architecture import Dialect
from lsqm.model.diagnostic import Diagnostic, Fidelity, Severity
from lsqm.model.terraform import Block
from lsqm.normalize import sam
from lsqm.normalize.cloudformation import extend, inline
from lsqm.normalize.cloudformation.compile import Compiler
from lsqm.normalize.cloudformation.diagnose import Diagnostics
from lsqm.normalize.cloudformation.ir import Output
from lsqm.normalize.cloudformation.load import Path, Source, TemplateError, load
from lsqm.normalize.cloudformation.parameters import parameter_values
from lsqm.normalize.cloudformation.shape import refuse_misshapen
from lsqm.normalize.cloudformation.standins import REGION
from lsqm.normalize.hcl.emit import emit

Siblings = Mapping[str, bytes] | Callable[[str], bytes | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversion:
    """A template as Terraform."""

    files: Mapping[str, bytes]
    """Relative POSIX path → content: `main.tf`, `outputs.tf`, `versions.tf`, zips of Lambda code."""
    diagnostics: tuple[Diagnostic, ...]
    fidelity: Fidelity
    stand_ins: tuple[str, ...]
    """One sentence for every value that lsqm chose."""


def detect(text: bytes) -> Dialect | None:
    """Whether this looks like a CloudFormation or SAM template; cheap, without parsing."""
    head = text[:2_000_000]
    if not re.search(rb"""["']?Resources["']?\s*:""", head):
        return None
    if b"AWS::Serverless::" in head or b"AWS::Serverless-2016-10-31" in head:
        return Dialect.SAM
    if re.search(rb"""["']?Type["']?\s*:\s*["']?(AWS|Custom)::\w+""", head):
        return Dialect.CLOUDFORMATION
    return None


def convert_template(text: bytes, *, file: str, siblings: Siblings | None = None) -> Conversion:
    """Convert a template.

    Args:
        text: the template, YAML or JSON.
        file: its name, for messages and for the stack name.
        siblings: files beside it by relative POSIX path, for definitions and nested stacks.

    Raises:
        TemplateError: nothing usable can be made of it.
    """
    return _guarded(load(text, file=file), text, siblings)


def convert_document(template: dict[str, Any], *, file: str, siblings: Siblings | None = None) -> Conversion:
    """Convert CloudFormation that is already parsed, such as what Serverless or CDK give. Raises TemplateError."""
    try:
        seed = json.dumps(template, sort_keys=True, default=str).encode()
    except (RecursionError, ValueError):
        raise TemplateError(f"{file}: nested too deep or in a circle", hint="Give a plain template.") from None
    return _guarded(Source(file=file, template=template), seed, siblings)


def _guarded(source: Source, seed: bytes, siblings: Siblings | None) -> Conversion:
    resources = source.template.get("Resources")
    if not isinstance(resources, dict) or not resources:
        raise TemplateError(
            f"{source.file}: the template has no Resources", hint="A template needs at least one resource."
        )
    try:
        return _convert(source, seed, siblings)
    except RecursionError:
        raise TemplateError(
            f"{source.file}: its functions are nested too deep", hint="No real template is like this; simplify it."
        ) from None


def _convert(source: Source, seed: bytes, siblings: Siblings | None) -> Conversion:
    diagnostics = Diagnostics(source)
    diagnostics.found.extend(source.diagnostics)
    sibling = _lookup(siblings)
    if extend.uses_loops(source.template):
        values = parameter_values(source.template, Diagnostics(source))
        source = replace(source, template=extend.unrolled(source.template, values, diagnostics))
    refuse_misshapen(source)
    exports: list[tuple[Any, Any]] = []
    if inline.nests(source.template):
        whole = inline.inlined(source, diagnostics, sibling, _sam)
        places: dict[Path, tuple[int, int]] = {
            ("Resources", name): source.positions[path]
            for name, owner in whole.origins.items()
            if (path := ("Resources", owner)) in source.positions
        }
        source = replace(source, template=whole.template, positions={**source.positions, **places})
        diagnostics.source = source
        exports = whole.exports
    source = _sam(source, diagnostics, sibling)
    compiler = Compiler(source, diagnostics, stack=stack_name(source.file), seed=seed, sibling=sibling, exports=exports)
    output = compiler.compile()
    fidelity = Fidelity(
        resources_total=compiler.resources_total,
        resources_mapped=compiler.resources_mapped,
        properties_total=compiler.tally.total,
        properties_mapped=compiler.tally.mapped,
    )
    return Conversion(
        files=_files(output, source.template),
        diagnostics=diagnostics.sorted(),
        fidelity=fidelity,
        stand_ins=tuple(diagnostics.stand_ins),
    )


def _sam(source: Source, diagnostics: Diagnostics, sibling: Callable[[str], bytes | None]) -> Source:
    """After the SAM transform, where it applies."""
    if not sam.is_sam(source.template):
        return source

    def complain(logical_id: str, message: str, effect: str) -> None:
        path = ("Resources", logical_id) if logical_id else ("Transform",)
        diagnostics.add("sam", path, f"{logical_id}: {message}", effect=effect, severity=Severity.WARNING)

    def definition(name: str) -> Any:
        data = sibling(name.removeprefix("./"))
        if data is None:
            return None
        try:
            return load(data, file=name).template
        except TemplateError:
            return None

    silent = Diagnostics(source)
    values = parameter_values(source.template, silent)
    changed = sam.transform(source.template, values, complain=complain, definition=definition)
    return replace(source, template=changed)


def _lookup(siblings: Siblings | None) -> Callable[[str], bytes | None]:
    if siblings is None:
        return lambda _: None
    return siblings if callable(siblings) else siblings.get


def stack_name(file: str) -> str:
    """A stack name made from the file's: letters, digits and hyphens, beginning with a letter."""
    path = PurePosixPath(file.replace("\\", "/"))
    word = path.name.split(".")[0]
    name = re.sub(r"[^A-Za-z0-9]+", "-", word).strip("-").lower()[:24].strip("-")
    return name if name[:1].isalpha() else f"stack-{name}".rstrip("-")


_VERSIONS = [
    Block(
        type="terraform",
        blocks=[
            Block(
                type="required_providers",
                attributes={"aws": {"source": "hashicorp/aws", "version": "~> 5.0"}},
            )
        ],
    ),
    Block(type="provider", labels=("aws",), attributes={"region": REGION}),
]


def _wrapped(line: str) -> list[str]:
    return wrap(line, _WIDTH, break_long_words=False, break_on_hyphens=False) or [""]


_WIDTH = 118


def _files(output: Output, template: Mapping[str, Any]) -> dict[str, bytes]:
    main: list[Block] = []
    if output.conditions:
        main.append(
            Block(
                type="locals",
                attributes=dict(output.conditions),
                comment="Conditions of the template, as its parameters decide them.",
            )
        )
    if output.lookups:
        main.append(
            Block(
                type="locals",
                attributes=dict(output.lookups),
                comment="What the provider does not know or Lambda and EC2 no longer have, and what stands in for it.",
            )
        )
    main.extend(output.data)
    main.extend(output.resources)
    description = template.get("Description")
    lines = [part for line in str(description).splitlines() for part in _wrapped(line)] if description else []
    head = "".join(f"# {line}".rstrip() + "\n" for line in lines)
    files = {"versions.tf": emit(_VERSIONS).encode(), "main.tf": f"{head}\n{emit(main)}".lstrip("\n").encode()}
    if output.outputs:
        files["outputs.tf"] = emit(output.outputs).encode()
    return files | output.files
