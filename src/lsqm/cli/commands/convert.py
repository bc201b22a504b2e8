"""`lsqm convert`."""

from pathlib import Path

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command


@lsqm_command(
    "convert",
    epilog="Examples: lsqm convert template.yaml --out terraform/; lsqm convert templates/ --out converted/ --json",
    logs=False,
)
@click.argument("templates", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="TEMPLATE...")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for the result.")
@click.option("--strict", is_flag=True, help="Fail when anything was dropped or replaced.")
def command(invocation: Invocation, templates: tuple[Path, ...], out: Path, strict: bool) -> int:
    """Turn CloudFormation, SAM or Serverless templates into Terraform that applies without questions.

    A template is converted into --out itself; several, or a folder of them, each into a folder of their own. Everything
    that could not be carried over is a diagnostic with its place. Exits 2 when a template cannot be read or, with
    --strict, when something was lost.
    """
    from lsqm.cli.converting import convert_file, outcome_json, outcome_text, templates_in, write
    from lsqm.errors import ExitCode, LsqmError, UsageError

    found = templates_in(templates)
    if not found:
        raise UsageError(
            f"no template in {', '.join(map(str, templates))}",
            hint="Name a CloudFormation, SAM or Serverless template, or a folder that holds some.",
        )
    if invocation.dry_run:
        return invocation.would([f"convert {path} into {out / name}" for path, name in found])
    values, texts, failed = [], [], False
    for path, name in found:
        target = out / name
        try:
            conversion = convert_file(path)
            write(conversion, target)
        except LsqmError as error:
            if len(found) == 1:
                raise
            failed = True
            values.append({"template": str(path), "error": str(error), "hint": error.hint})
            texts.append(f"error: {error}\n  → {error.hint}")
            continue
        lost = strict and any(item.severity != "note" for item in conversion.diagnostics)
        failed |= lost
        values.append(outcome_json(path, target, conversion))
        texts.append(outcome_text(path, target, conversion, verbose=invocation.verbose or strict))
    invocation.result(values[0] if len(values) == 1 else {"templates": values}, "\n".join(texts))
    return ExitCode.USAGE if failed else ExitCode.OK
