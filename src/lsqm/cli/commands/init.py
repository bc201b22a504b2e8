"""`lsqm init`."""

from pathlib import Path

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command


@lsqm_command("init", epilog="Example: lsqm init --artifact-repo acme/localstack-quality")
@click.option(
    "--artifact-repo", default=None, metavar="REPO", help="owner/name, URL or path of the results' repository."
)
@click.option("--issue-repo", default=None, metavar="REPO", help="owner/name of the tracker for confirmed regressions.")
@click.option("--force", is_flag=True, help="Replace files that differ.")
def command(invocation: Invocation, artifact_repo: str | None, issue_repo: str | None, force: bool) -> int:
    """Write lsqm.toml with every setting explained, and a GitHub workflow that runs lsqm every Sunday.

    Files that are there and differ are shown as a diff and kept, unless --force is given.
    """
    from lsqm.artifacts.files import write_atomic
    from lsqm.cli.scaffold import configuration, difference, workflow
    from lsqm.errors import ExitCode

    invocation.override(artifact_repo=artifact_repo, issue_repo=issue_repo)
    wanted = {
        Path("lsqm.toml"): configuration(invocation.configuration),
        Path(".github/workflows/lsqm.yml"): workflow(),
    }
    lines, kept = [], []
    for path, text in wanted.items():
        present = path.read_text(encoding="utf-8") if path.is_file() else None
        if present == text:
            lines.append(f"{path}: up to date")
        elif present is not None and not force:
            kept.append(str(path))
            lines += [f"{path}: differs and is kept (--force replaces it)", difference(path, present, text)]
        else:
            lines.append(f"{path}: {'would be written' if invocation.dry_run else 'written'}")
            if not invocation.dry_run:
                write_atomic(path, text.encode())
    lines += [
        "Secrets to set (repository → Settings → Secrets and variables → Actions):",
        "  LOCALSTACK_AUTH_TOKEN  a CI token; images since March 2026 do not start without one",
        "  LSQM_GITHUB_TOKEN      may write the artifact repository and open issues; the job's own token may not",
        "  ANTHROPIC_API_KEY      optional; without it apps come from the builtin generator",
        "  SLACK_WEBHOOK_URL      optional",
    ]
    invocation.result({"files": [str(path) for path in wanted], "kept": kept}, "\n".join(lines))
    return ExitCode.PARTIAL if kept else ExitCode.OK
