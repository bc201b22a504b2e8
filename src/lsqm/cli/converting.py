"""The normalizer on its own: one template file to a folder of Terraform, and how its outcome is told."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsqm.artifacts import files
from lsqm.errors import DataError, UsageError

if TYPE_CHECKING:
    from lsqm.model.diagnostic import Diagnostic
    from lsqm.normalize.cloudformation import Conversion

SUFFIXES = {".yaml", ".yml", ".json", ".template"}
MAX_SIBLING_BYTES = 8 * 1024 * 1024


def templates_in(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """Templates to convert, each with the folder below `--out` that its result goes into (`.` for a single one).

    Raises:
        UsageError: a path does not exist.
    """
    found: list[tuple[Path, str]] = []
    for path in paths:
        if not _exists(path):
            raise UsageError(f"{path} does not exist", hint="Name a template or a folder of templates.")
        if path.is_dir():
            found += [
                (item, str(item.relative_to(path).with_suffix("")))
                for item in sorted(path.rglob("*"))
                if item.is_file() and item.suffix.lower() in SUFFIXES and _looks_like_one(item)
            ]
        else:
            found.append((path, path.stem))
    if len(found) == 1 and not paths[0].is_dir():
        return [(found[0][0], ".")]
    names: dict[str, int] = {}
    unique = []
    for path, name in found:
        names[name] = names.get(name, 0) + 1
        unique.append((path, name if names[name] == 1 else f"{name}-{names[name]}"))
    return unique


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror}", hint="Check the path and its permissions."
        ) from error


def _looks_like_one(path: Path) -> bool:
    from lsqm.normalize.cloudformation import detect

    if path.name in {"serverless.yml", "serverless.yaml"}:
        return True
    try:
        with path.open("rb") as stream:
            return detect(stream.read(MAX_SIBLING_BYTES)) is not None
    except OSError:
        return False


def convert_file(path: Path) -> "Conversion":
    """Convert one template of any dialect.

    Raises:
        DataError: it cannot be read, or it is a Serverless service that cannot be treated; says why.
        TemplateError: it is not a template.
    """
    from lsqm.normalize.cloudformation import convert_document, convert_template

    text = _read(path)
    read = sibling_reader(path.parent)
    if path.name not in {"serverless.yml", "serverless.yaml"}:
        return convert_template(text, file=str(path), siblings=read)
    from lsqm.normalize.serverless import convert_serverless, without_plumbing

    service = convert_serverless(text, file=str(path), read=read)
    if service.skip is not None:
        raise DataError(
            f"{path} cannot be converted ({service.skip.reason}): {service.skip.detail}",
            hint="Remove what it names, or package it with the Serverless Framework and convert the result.",
        )
    conversion = convert_document(without_plumbing(service.template), file=str(path), siblings=read)
    return replace(conversion, diagnostics=(*service.diagnostics, *conversion.diagnostics))


def _read(path: Path) -> bytes:
    """A template, when it is a file of a size that one can have: pipes and devices may never end."""
    from lsqm.normalize.cloudformation.load import MAX_BYTES

    try:
        if not path.is_file():
            raise DataError(f"{path} is not a file", hint="Name a template or a folder of templates.")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DataError(
                f"{path}: {size} bytes is more than a template may have ({MAX_BYTES})",
                hint="Split the template into nested stacks; CloudFormation itself takes 1 MB.",
            )
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror}", hint="Check the path and its permissions."
        ) from error


def sibling_reader(folder: Path) -> Callable[[str], bytes | None]:
    """Reads files beside a template, never outside its folder and never huge ones."""
    root = folder.resolve()

    def read(relative: str) -> bytes | None:
        try:
            path = (root / relative).resolve()
            if not path.is_relative_to(root) or not path.is_file() or path.stat().st_size > MAX_SIBLING_BYTES:
                return None
            return path.read_bytes()
        except (OSError, ValueError):
            return None

    return read


def write(conversion: "Conversion", target: Path) -> None:
    """Write the files. Raises UsageError when the folder holds other Terraform: mixing the two would help nobody."""
    others = [item.name for item in target.glob("*.tf") if item.name not in conversion.files] if target.is_dir() else []
    if others:
        raise UsageError(
            f"{target} already holds other Terraform ({', '.join(sorted(others)[:3])})", hint="Choose an empty folder."
        )
    try:
        for name, data in conversion.files.items():
            files.write_atomic(target / name, data)
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}", hint="Choose another --out.") from error


def outcome_json(path: Path, target: Path, conversion: "Conversion") -> dict[str, Any]:
    """The outcome for programs."""
    fidelity = conversion.fidelity
    return {
        "template": str(path),
        "out": str(target),
        "files": sorted(conversion.files),
        "fidelity": {
            "share": fidelity.share,
            "resources_total": fidelity.resources_total,
            "resources_mapped": fidelity.resources_mapped,
            "properties_total": fidelity.properties_total,
            "properties_mapped": fidelity.properties_mapped,
        },
        "stand_ins": list(conversion.stand_ins),
        "diagnostics": [
            {
                "code": item.code,
                "severity": item.severity.value,
                "file": item.location.file,
                "line": item.location.line,
                "column": item.location.column,
                "subject": item.subject,
                "message": item.message,
                "effect": item.effect,
            }
            for item in conversion.diagnostics
        ],
    }


def outcome_text(path: Path, target: Path, conversion: "Conversion", *, verbose: bool) -> str:
    """The outcome for people, in the manner of a compiler. Notes only with `verbose`."""
    fidelity = conversion.fidelity
    shown = [item for item in conversion.diagnostics if verbose or item.severity != "note"]
    lines = [diagnostic_text(item) for item in shown]
    hidden = len(conversion.diagnostics) - len(shown)
    if verbose:
        lines += [f"stand-in: {sentence}" for sentence in conversion.stand_ins]
    lines.append(
        f"{path} → {target}: {fidelity.resources_mapped} of {fidelity.resources_total} resources, "
        f"{fidelity.properties_mapped} of {fidelity.properties_total} properties, "
        f"{len(conversion.stand_ins)} stand-ins" + (f", {hidden} notes (-v shows them)" if hidden else "")
    )
    return "\n".join(lines)


def diagnostic_text(item: "Diagnostic") -> str:
    """`file:line:column: severity[code]: message` and its effect."""
    effect = f"\n  = {item.effect}" if item.effect else ""
    return f"{item.location}: {item.severity.value}[{item.code}]: {item.message}{effect}"
