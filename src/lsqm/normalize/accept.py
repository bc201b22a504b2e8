"""One candidate through its converter, then through the rules that decide whether it is tested."""

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lsqm.errors import DataError
from lsqm.model.architecture import Architecture, Candidate, Dialect, Metadata, Origin, Skip, SkipReason
from lsqm.model.diagnostic import Diagnostic
from lsqm.normalize.fingerprint import fingerprint
from lsqm.normalize.hcl.read import facts
from lsqm.normalize.services import services_of, unsupported
from lsqm.normalize.terraform import intake
from lsqm.normalize.terraform.modules import Vendor
from lsqm.normalize.terraform.source_tree import SourceTree, TooLarge, join

if TYPE_CHECKING:
    from lsqm.normalize.cdk import Synthesis
    from lsqm.normalize.cloudformation import Conversion

RULES = "2026.11.2"
"""Version of the rules below and of the converters: a skip decided by older rules is looked at again."""

CDK = "cdk"
"""What a skip lacks where apps are not synthesized: see `Skip.lacks`."""

_CFN_TYPE = re.compile(rb"""["']?Type["']?\s*:\s*["']?(AWS::\w+::\w+)(?![\w:])""")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Converted:
    """What every converter gives."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    source_types: tuple[str, ...] = ()
    """Resource types of the original, for services that conversion left out."""
    resource_types: Mapping[str, int] = field(default_factory=dict)
    fidelity: float = 1.0
    changes: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    skip: SkipReason | None = None
    details: tuple[str, ...] = ()
    lacks: str = ""


def normalize(
    candidate: Candidate,
    *,
    plan: str,
    min_fidelity: float,
    discovered_at: str,
    vendor: Vendor | None = None,
    synthesize: "Callable[[Candidate], Synthesis] | None" = None,
) -> Architecture | Skip:
    """Make an architecture of a candidate, or say why not.

    Args:
        candidate: a fetched design.
        plan: LocalStack plan (or `ministack`) whose services it may use.
        min_fidelity: 0.0 to 1.0; less carried over than this is skipped as `low-fidelity`.
        discovered_at: UTC, ISO 8601, for the record.
        vendor: gives the package folder of a remote Terraform module by source and version, None if not at hand.
        synthesize: runs a CDK app in its cage (`lsqm.normalize.cdk.synthesize`); None where that is not possible.
    """
    try:
        if candidate.dialect is Dialect.CDK:
            converted = _cdk(candidate, synthesize)
        else:
            converted = _CONVERTERS[candidate.dialect](candidate, vendor)
        resource_types = converted.resource_types
        if converted.skip is None:
            found = facts(converted.files)
            resource_types = found.resource_types
            used = services_of([*found.resource_types, *found.data_types])
            wanted = services_of([*found.resource_types, *found.data_types, *converted.source_types])
        else:
            used = wanted = services_of([*converted.resource_types, *converted.source_types])
        refused = _refuse(converted, resource_types, unsupported(wanted, plan), min_fidelity)
        if refused is not None:
            reason, details = refused
            skip = _skip(candidate, discovered_at, reason, details, wanted, resource_types)
            return replace(skip, lacks=converted.lacks)
        content_hash = fingerprint(converted.files)
    except DataError as error:
        return _skip(candidate, discovered_at, SkipReason.UNPARSABLE, (str(error),))
    except RecursionError:
        return _skip(candidate, discovered_at, SkipReason.UNPARSABLE, ("nested too deep to be read",))
    except TooLarge as large:
        return _skip(candidate, discovered_at, SkipReason.TOO_LARGE, (f"{large} is too large",))
    metadata = Metadata(
        hash=content_hash,
        name=readable_name(candidate.origin),
        dialect=candidate.dialect,
        origin=candidate.origin,
        services=used,
        resource_count=sum(resource_types.values()),
        resource_types=resource_types,
        fidelity=converted.fidelity,
        discovered_at=discovered_at,
        changes=converted.changes,
    )
    return Architecture(metadata=metadata, files=converted.files, diagnostics=converted.diagnostics)


def _refuse(
    converted: _Converted, resource_types: Mapping[str, int], missing: tuple[str, ...], min_fidelity: float
) -> tuple[SkipReason, tuple[str, ...]] | None:
    """The first rule that speaks against a design. An unsupported service comes first: nothing else can mend it."""
    if missing:
        return SkipReason.UNSUPPORTED_SERVICES, missing
    if converted.skip is not None:
        return converted.skip, converted.details
    if not any(kind.startswith("aws_") for kind in resource_types):
        return SkipReason.NOTHING_TO_CREATE, ("no AWS resource came out of it",)
    if converted.fidelity < min_fidelity:
        lost = tuple(f"{one.location}: {one.message}" for one in converted.diagnostics[:20])
        return SkipReason.LOW_FIDELITY, (f"fidelity {converted.fidelity:.2f} is below {min_fidelity:.2f}", *lost)
    return None


def _skip(
    candidate: Candidate,
    skipped_at: str,
    reason: SkipReason,
    details: tuple[str, ...],
    services: tuple[str, ...] = (),
    resource_types: Mapping[str, int] | None = None,
) -> Skip:
    return Skip(
        origin=candidate.origin,
        dialect=candidate.dialect,
        reason=reason,
        details=details,
        services=services,
        resource_types=resource_types or {},
        skipped_at=skipped_at,
        rules=RULES,
    )


def _terraform(candidate: Candidate, vendor: Vendor | None) -> _Converted:
    taken = intake(candidate.tree, candidate.entry, vendor=vendor)
    return _Converted(
        files=taken.files,
        # What came out says it all, and better: the root's variables have their values there.
        source_types=(*taken.resource_types, *taken.data_types) if taken.skip else (),
        resource_types=taken.resource_types,
        changes=taken.changes,
        skip=taken.skip,
        details=taken.details,
    )


def _template(candidate: Candidate, _vendor: Vendor | None) -> _Converted:
    from lsqm.normalize.cloudformation import convert_template  # noqa: PLC0415  heavy: SAM translator, schemas

    tree = SourceTree(candidate.tree)
    text = tree.read(candidate.entry)
    if text is None:
        return _Converted(skip=SkipReason.NEEDS_TOOL, details=(f"{candidate.entry} is no template file",))
    read = _reader(tree, posixpath.dirname(candidate.entry))
    made = convert_template(text, file=candidate.entry, siblings=read)
    types = tuple(sorted({match.decode() for match in _CFN_TYPE.findall(text)}))
    return _conversion(made, types)


def _serverless(candidate: Candidate, _vendor: Vendor | None) -> _Converted:
    from lsqm.normalize.cloudformation import convert_document  # noqa: PLC0415  heavy
    from lsqm.normalize.serverless import convert_serverless, without_plumbing  # noqa: PLC0415

    tree = SourceTree(candidate.tree)
    text = tree.read(candidate.entry)
    if text is None:
        return _Converted(skip=SkipReason.UNPARSABLE, details=(f"{candidate.entry} is no file",))
    read = _reader(tree, posixpath.dirname(candidate.entry))
    service = convert_serverless(text, file=candidate.entry, read=read)
    if service.skip is not None:
        return _Converted(
            skip=service.skip.reason, details=(service.skip.detail,), diagnostics=tuple(service.diagnostics)
        )
    template = without_plumbing(service.template)
    made = convert_document(template, file=candidate.entry, siblings=read)
    return _conversion(made, _types(template), tuple(service.diagnostics))


def _cdk(candidate: Candidate, synthesize: "Callable[[Candidate], Synthesis] | None") -> _Converted:
    from lsqm.normalize.cdk import joined  # noqa: PLC0415
    from lsqm.normalize.cloudformation import convert_document  # noqa: PLC0415  heavy

    if synthesize is None:
        details = ("CDK apps are not synthesized here (docs/cdk.md)",)
        return _Converted(skip=SkipReason.NEEDS_TOOL, details=details, lacks=CDK)
    found = synthesize(candidate)
    if (left := found.skip) is not None:
        return _Converted(skip=left.reason, details=(left.detail,), lacks=left.lacks, diagnostics=found.diagnostics)
    template = joined(found.templates)
    made = convert_document(template, file=candidate.entry)
    return _conversion(made, _types(template), found.diagnostics)


def _types(template: Mapping[str, Any]) -> tuple[str, ...]:
    resources = template.get("Resources") or {}
    return tuple(sorted({str(one.get("Type", "")) for one in resources.values() if isinstance(one, dict)}))


def _conversion(made: "Conversion", types: tuple[str, ...], before: tuple[Diagnostic, ...] = ()) -> _Converted:
    return _Converted(
        files=made.files,
        source_types=types,
        fidelity=made.fidelity.share,
        changes=tuple(made.stand_ins),
        diagnostics=(*before, *made.diagnostics),
    )


def _reader(tree: SourceTree, folder: str) -> Callable[[str], bytes | None]:
    """Reads files beside a template, never outside the tree."""

    def read(path: str) -> bytes | None:
        try:
            return tree.read(join(folder, path))
        except TooLarge:
            return None

    return read


_CONVERTERS: Mapping[Dialect, Callable[[Candidate, Vendor | None], _Converted]] = {
    Dialect.TERRAFORM: _terraform,
    Dialect.CLOUDFORMATION: _template,
    Dialect.SAM: _template,
    Dialect.SERVERLESS: _serverless,
}

_COMMON = re.compile(
    r"^(template|serverless|cloudformation|sam|main|index|infra|infrastructure|terraform|iac|deploy|src|\.)$"
)


def readable_name(origin: Origin) -> str:
    """A slug that says what it is: the last telling word of the path, else the repository's name."""
    path = posixpath.splitext(origin.path)[0] if "." in posixpath.basename(origin.path) else origin.path
    words = [word for word in path.split("/") if word and not _COMMON.match(word)]
    words = words or [origin.repository.rstrip("/").rpartition("/")[2]]
    slug = re.sub(r"[^a-z0-9]+", "-", words[-1].lower().removesuffix(".git")).strip("-")
    return slug[:60].strip("-") or "architecture"
