"""`lsqm init`."""

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lsqm.config import Settings

_PLANS = ("community", "hobby", "base", "ultimate")


@lsqm_command(
    "init",
    epilog="Examples: lsqm init  # asks; lsqm init --artifact-repo acme/localstack-quality --issue-repo "
    "acme/quality-issues --source github-org:acme --no-input",
)
@click.option(
    "--artifact-repo", default=None, metavar="REPO", help="owner/name, URL or path of the results' repository."
)
@click.option("--issue-repo", default=None, metavar="REPO", help="owner/name of the tracker for confirmed regressions.")
@click.option("--localstack-plan", type=click.Choice(_PLANS), default=None, help="Whose services count as supported.")
@click.option("--source", "source", multiple=True, metavar="SOURCE", help="What to mine; several times for several.")
@click.option(
    "--shards", type=click.IntRange(1, 256), default=None, help="Machines the workflow validates on; default 4."
)
@click.option("--package", default=None, metavar="SPEC", help="What the workflow installs; default this lsqm version.")
@click.option("--no-input", is_flag=True, help="Ask nothing, also on a terminal.")
@click.option("--force", is_flag=True, help="Replace files that differ.")
def command(
    invocation: Invocation,
    artifact_repo: str | None,
    issue_repo: str | None,
    localstack_plan: str | None,
    source: tuple[str, ...],
    shards: int | None,
    package: str | None,
    no_input: bool,
    force: bool,
) -> int:
    """Write lsqm.toml with every setting explained, and the GitHub workflows: one run every Sunday, and a watchdog.

    Asks on a terminal for what no flag gives. What lsqm.toml says already is kept. Files that are there and differ are
    shown as a diff and kept, unless you agree or --force is given; a second time nothing changes. Ends with the secrets
    to set and where.
    """
    from importlib.metadata import version

    from lsqm import config
    from lsqm.artifacts.files import write_atomic
    from lsqm.cli import scaffold
    from lsqm.errors import ExitCode
    from lsqm.mine.spec import parse_source

    asks = not no_input and not invocation.as_json and sys.stdin.isatty()
    answers: dict[str, object] = {
        "artifact_repo": artifact_repo,
        "issue_repo": issue_repo,
        "localstack_plan": localstack_plan,
        "sources": source or None,
    }
    if asks:
        known = config.load(file=None, directory=Path.cwd(), environment={}, flags={}).settings
        open_questions = [name for name in _QUESTIONS if answers.get(name) is None and not invocation.gives(name)]
        answers.update(_ask(open_questions, known))
    invocation.override(**answers)
    settings = invocation.settings
    for text in settings.sources:
        parse_source(text)
    installed = version("lsqm")
    folder = Path(".github/workflows")
    before = scaffold.chosen_before(_read(folder / "lsqm.yml") or "")
    package = package or before[0] or f"lsqm=={installed}"
    shards = shards or before[1]
    wanted = {
        Path("lsqm.toml"): scaffold.configuration(invocation.configuration),
        **{
            folder / name: scaffold.workflow(name, version=installed, package=package, shards=shards)
            for name in ("lsqm.yml", "lsqm-watchdog.yml")
        },
    }
    lines: list[str] = []
    written, kept, differences = list[str](), list[str](), dict[str, str]()
    for path, text in wanted.items():
        present = _read(path)
        if present == text:
            lines.append(f"{path}: up to date")
            continue
        if present is not None:
            shown = differences[str(path)] = scaffold.difference(path, present, text)
            if asks and not force and not invocation.dry_run:
                click.echo(shown, err=True)
                replace = click.confirm(f"Replace {path}?", default=False, err=True)
            else:
                lines.append(shown)
                replace = force
            if not replace:
                kept.append(str(path))
                lines.append(f"{path}: differs and is kept (--force replaces it)")
                continue
        written.append(str(path))
        lines.append(f"{path}: {'would be written' if invocation.dry_run else 'written'}")
        if not invocation.dry_run:
            write_atomic(path, text.encode())
    remarks = scaffold.remarks(invocation.configuration, Path.cwd())
    page = scaffold.repository_page(Path.cwd())
    repositories = settings.artifact_repo, settings.issue_repo
    lines += [*remarks, "", scaffold.secrets_page(page, *repositories)]
    lines += ["", "Next: `lsqm doctor`, commit these files, push; then Actions → lsqm → Run workflow."]
    told = {
        "dry_run": invocation.dry_run,
        "files": [str(path) for path in wanted],
        "written": written,
        "kept": kept,
        "differences": differences,
        "remarks": remarks,
        "set_at": scaffold.secrets_page_url(page),
        "to_set": [
            {"name": secret.name, "needed": secret.needed, "purpose": purpose}
            for secret, purpose in scaffold.secrets_to_set(*repositories)
        ],
    }
    invocation.result(told, "\n".join(lines))
    return ExitCode.PARTIAL if kept else ExitCode.OK


def _read(path: Path) -> str | None:
    """What a file says, None where there is none; bytes that are no text differ from whatever is wanted."""
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None


_QUESTIONS = {
    "artifact_repo": "Artifact repository (owner/name, URL or path; - for one in the workspace)",
    "issue_repo": "Issue repository (owner/name)",
    "localstack_plan": f"LocalStack plan ({', '.join(_PLANS)})",
    "sources": "Sources, separated by spaces",
    "localstack_version": "LocalStack version (image tag)",
}


def _ask(names: "Iterable[str]", known: "Settings") -> "dict[str, object]":
    """What was answered on the terminal otherwise than by the default: what lsqm.toml says, or lsqm itself.

    An answer that cannot be is asked again.
    """
    given: dict[str, object] = {}
    for name in names:
        present = getattr(known, name)
        shown = " ".join(present) if isinstance(present, tuple) else str(present)
        answer = click.prompt(_QUESTIONS[name], default=shown or "-", value_proc=partial(_answer, name), err=True)
        if answer != shown:
            given[name] = tuple(answer.replace(",", " ").split()) if name == "sources" else answer
    return given


def _answer(name: str, text: str) -> str:
    """The value of an answer. Raises click.BadParameter, which asks again, where it cannot be one."""
    from lsqm import config
    from lsqm.errors import UsageError
    from lsqm.mine.spec import parse_source

    value = "" if name == "artifact_repo" and text.strip() == "-" else text.strip()
    try:
        config.load(file=None, directory=Path(os.devnull), environment={}, flags={name: value})
        for source in value.replace(",", " ").split() if name == "sources" else ():
            parse_source(source)
    except UsageError as error:
        raise click.BadParameter(f"{error}; {error.hint}") from error
    return value
