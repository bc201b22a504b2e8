"""The files that `lsqm init` writes."""

import difflib
import json
import re
import subprocess
import textwrap
from dataclasses import dataclass
from importlib import resources
from itertools import zip_longest
from pathlib import Path

from lsqm.config import SECRETS, Configuration, Provenance, Settings, environment_variable

SHARDS = 4
"""Machines that the workflow validates on unless told otherwise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkflowSecret:
    """A secret of the workflow."""

    name: str
    needed: bool
    purpose: str
    """What it is, what it may do and who sees it; `{artifacts}` and `{issues}` stand for the two repositories."""


WORKFLOW_SECRETS = (
    WorkflowSecret(
        name="LOCALSTACK_AUTH_TOKEN",
        needed=True,
        purpose="a CI token of LocalStack: images since March 2026 do not start without one. The jobs that run foreign "
        "code see it, and hand it to the emulator alone.",
    ),
    WorkflowSecret(
        name="LSQM_GITHUB_TOKEN",
        needed=True,
        purpose="a fine-grained token: Contents read and write on {artifacts}, Issues read and write on it and on "
        "{issues}. Needed to publish: a job's own token reaches no other repository. Jobs that run foreign code never "
        "see it.",
    ),
    WorkflowSecret(
        name="ANTHROPIC_API_KEY",
        needed=False,
        purpose="optional: without it apps come from the builtin generator.",
    ),
    WorkflowSecret(name="SLACK_WEBHOOK_URL", needed=False, purpose="optional: without it no message is sent."),
)


def configuration(given: Configuration) -> str:
    """`lsqm.toml`: what a flag or the file gave as it is, every other setting as a comment with its default.

    What only this machine's environment says is left out: the file is for the workflow too, and the same for everybody.
    """
    lines = ["# Settings of lsqm. Environment variables and flags override them; secrets never stand here."]
    for name, field in Settings.model_fields.items():
        if name in SECRETS:
            continue
        chosen = given.provenance[name] in {Provenance.FLAG, Provenance.FILE}
        value = getattr(given.settings, name) if chosen else field.default
        shown = json.dumps(
            list(value) if isinstance(value, tuple) else str(value) if isinstance(value, Path) else value
        )
        lines += [
            "",
            f"# {field.description} ({environment_variable(name)})",
            f"{'' if chosen else '# '}{name} = {shown}",
        ]
    return "\n".join(lines) + "\n"


def workflow(name: str, *, version: str, package: str, shards: int) -> str:
    """One of the GitHub workflows below `workflows/`, for this version of lsqm."""
    text = (resources.files("lsqm.cli") / "workflows" / name).read_text(encoding="utf-8")
    # A JSON string is a YAML string, whatever is in it.
    for placeholder, value in {
        "@VERSION@": version,
        '"@PACKAGE@"': json.dumps(package),
        "@SHARDS@": str(shards),
    }.items():
        text = text.replace(placeholder, value)
    return text


def chosen_before(present: str) -> tuple[str, int]:
    """Package and number of shards that a workflow written earlier names; a plain release of lsqm is not a choice."""
    line = re.search(r'^  LSQM_PACKAGE: (".+")$', present, re.MULTILINE)
    shards = re.search(r"inputs\.shards \|\| '(\d+)'", present)
    try:
        package = str(json.loads(line[1])) if line else ""
    except ValueError:  # somebody else's hand
        package = ""
    own = not re.fullmatch(r"lsqm==[\w.]+", package)
    return package if own else "", int(shards[1]) if shards else SHARDS


def repository_page(directory: Path) -> str:
    """Where this folder's repository is on GitHub, as far as its git configuration says."""
    try:
        done = subprocess.run(
            ["git", "config", "--get", "remote.origin.url"], cwd=directory, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    found = re.fullmatch(
        r"(?:https://|ssh://)?(?:[^@/]*@)?([\w.-]+)[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?", done.stdout.strip()
    )
    return f"https://{found[1]}/{found[2]}" if found else ""


def repository_root(directory: Path) -> Path | None:
    """The root of the git repository that `directory` is in."""
    places = (directory, *directory.parents)
    return next((place for place in places if (place / ".git").exists()), None)


def remarks(given: Configuration, directory: Path) -> list[str]:
    """What would keep the workflow from doing what these settings say, a sentence each."""
    found = []
    chosen = {Provenance.FLAG, Provenance.FILE}
    if given.provenance["artifact_repo"] not in chosen or not given.settings.artifact_repo:
        found.append("artifact_repo is not set: runs on GitHub would leave their results nowhere. See --artifact-repo.")
    here_only = [
        environment_variable(name)
        for name, origin in given.provenance.items()
        if origin is Provenance.ENVIRONMENT and name not in SECRETS
    ]
    if here_only:
        found.append(f"Set here in the environment and so not written, nor seen on GitHub: {', '.join(here_only)}.")
    root = repository_root(directory)
    if root is None:
        found.append(
            "This folder is in no git repository: GitHub runs the workflows once they lie in one, at its root."
        )
    elif root != directory:
        found.append(f"GitHub reads workflows at a repository's root only: run `lsqm init` in {root} instead.")
    return found


def secrets_to_set(artifact_repo: str, issue_repo: str) -> list[tuple[WorkflowSecret, str]]:
    """Each secret of the workflow with its purpose for these repositories."""
    names = {
        "artifacts": artifact_repo or "the artifact repository",
        "issues": issue_repo or "the issue repository",
    }
    return [(secret, secret.purpose.format_map(names)) for secret in WORKFLOW_SECRETS]


def secrets_page_url(page: str) -> str:
    """Where the secrets of the repository with this page are set."""
    return (
        f"{page}/settings/secrets/actions" if page else "your repository → Settings → Secrets and variables → Actions"
    )


def secrets_page(page: str, artifact_repo: str, issue_repo: str) -> str:
    """Which secrets the workflow needs, where they are set and what each may do."""
    lines = [
        f"Secrets to set at {secrets_page_url(page)}",
        "(or with `gh secret set NAME`); the first two are needed:",
    ]
    for secret, purpose in secrets_to_set(artifact_repo, issue_repo):
        wrapped = textwrap.wrap(purpose, 55, break_long_words=False, break_on_hyphens=False)
        lines += [f"  {name:21}  {line}" for name, line in zip_longest([secret.name], wrapped, fillvalue="")]
    return "\n".join(lines)


def difference(path: Path, present: str, wanted: str) -> str:
    """What replacing a file would change."""
    lines = difflib.unified_diff(
        present.splitlines(), wanted.splitlines(), f"{path} (present)", f"{path} (new)", lineterm=""
    )
    return "\n".join(lines)
