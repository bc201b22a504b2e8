"""`lsqm init`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command

if TYPE_CHECKING:
    from lsqm.config import Settings

_PLANS = ("community", "hobby", "base", "ultimate")


@lsqm_command(
    "init",
    epilog="Examples: lsqm init (asks); lsqm init --artifact-repo acme/localstack-quality --issue-repo "
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
        answers = _ask(answers, known)
        if not invocation.gives("localstack_version"):
            answers["localstack_version"] = click.prompt(
                "LocalStack version (image tag)", default=known.localstack_version, err=True
            )
    invocation.override(**answers)
    settings = invocation.settings
    for text in settings.sources:
        parse_source(text)
    installed = version("lsqm")
    folder = Path(".github/workflows")
    written = folder / "lsqm.yml"
    before = scaffold.chosen_before(written.read_text(encoding="utf-8") if written.is_file() else "")
    package = package or before[0] or f"lsqm=={installed}"
    shards = shards or before[1]
    wanted = {
        Path("lsqm.toml"): scaffold.configuration(invocation.configuration),
        **{
            folder / name: scaffold.workflow(name, version=installed, package=package, shards=shards)
            for name in ("lsqm.yml", "lsqm-watchdog.yml")
        },
    }
    lines, kept = [], []
    for path, text in wanted.items():
        present = path.read_text(encoding="utf-8") if path.is_file() else None
        if present == text:
            lines.append(f"{path}: up to date")
            continue
        if present is not None:
            shown = scaffold.difference(path, present, text)
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
        lines.append(f"{path}: {'would be written' if invocation.dry_run else 'written'}")
        if not invocation.dry_run:
            write_atomic(path, text.encode())
    secrets = scaffold.secrets_page(scaffold.repository_page(Path.cwd()), settings.artifact_repo, settings.issue_repo)
    if not settings.artifact_repo:
        lines.append("artifact_repo is not set: runs on GitHub would leave their results nowhere. See --artifact-repo.")
    lines += ["", secrets, "", "Next: `lsqm doctor`, commit these files, push; then Actions → lsqm → Run workflow."]
    invocation.result({"files": [str(path) for path in wanted], "kept": kept}, "\n".join(lines))
    return ExitCode.PARTIAL if kept else ExitCode.OK


def _ask(answers: "dict[str, object]", known: "Settings") -> "dict[str, object]":
    """What flags did not give, asked on the terminal; the default is what lsqm.toml says, or lsqm itself."""
    questions = {
        "artifact_repo": ("Artifact repository (owner/name, URL or path; - for one in the workspace)", None),
        "issue_repo": ("Issue repository (owner/name)", None),
        "localstack_plan": ("LocalStack plan", click.Choice(_PLANS)),
        "sources": ("Sources, separated by spaces", None),
    }
    given = dict(answers)
    for name, (question, kind) in questions.items():
        if given[name] is not None:
            continue
        present = getattr(known, name)
        shown = " ".join(present) if isinstance(present, tuple) else str(present)
        answer = click.prompt(question, default=shown or "-", type=kind, err=True)
        if answer in {"-", shown}:
            continue
        given[name] = tuple(str(answer).replace(",", " ").split()) if name == "sources" else answer
    return given
