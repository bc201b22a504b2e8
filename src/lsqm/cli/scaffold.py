"""The files that `lsqm init` writes."""

import difflib
import json
import re
import subprocess
from importlib import resources
from pathlib import Path

from lsqm.config import SECRETS, Configuration, Provenance, Settings, environment_variable

SHARDS = 4
"""Machines that the workflow validates on unless told otherwise."""


def configuration(given: Configuration) -> str:
    """`lsqm.toml`: what was given as it is, every other setting as a comment with its default."""
    lines = ["# Settings of lsqm. Environment variables and flags override them; secrets never stand here."]
    for name, field in Settings.model_fields.items():
        if name in SECRETS:
            continue
        value = getattr(given.settings, name)
        chosen = given.provenance[name] in {Provenance.FLAG, Provenance.FILE}
        shown = json.dumps(
            list(value) if isinstance(value, tuple) else str(value) if isinstance(value, Path) else value
        )
        if not chosen and name == "workspace":
            shown = '"~/.local/share/lsqm"'
        lines += [
            "",
            f"# {field.description} ({environment_variable(name)})",
            f"{'' if chosen else '# '}{name} = {shown}",
        ]
    return "\n".join(lines) + "\n"


def workflow(name: str, *, version: str, package: str, shards: int) -> str:
    """One of the GitHub workflows below `workflows/`, for this version of lsqm."""
    text = (resources.files("lsqm.cli") / "workflows" / name).read_text(encoding="utf-8")
    for placeholder, value in {"@VERSION@": version, "@PACKAGE@": package, "@SHARDS@": str(shards)}.items():
        text = text.replace(placeholder, value)
    return text


def chosen_before(present: str) -> tuple[str, int]:
    """Package and number of shards that a workflow written earlier names; a plain release of lsqm is not a choice."""
    package = re.search(r'^  LSQM_PACKAGE: "(.+)"$', present, re.MULTILINE)
    shards = re.search(r"inputs\.shards \|\| '(\d+)'", present)
    own = package is not None and not re.fullmatch(r"lsqm==[\w.]+", package[1])
    return package[1] if package and own else "", int(shards[1]) if shards else SHARDS


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


def secrets_page(page: str, artifact_repo: str, issue_repo: str) -> str:
    """Which secrets the workflow needs, where they are set and what each may do."""
    where = (
        f"{page}/settings/secrets/actions" if page else "your repository → Settings → Secrets and variables → Actions"
    )
    artifacts, issues = artifact_repo or "the artifact repository", issue_repo or "the issue repository"
    return f"""Secrets to set at {where}
(or with `gh secret set NAME`); the first two are needed:
  LOCALSTACK_AUTH_TOKEN  a CI token of LocalStack: images since March 2026 do not start without one.
                         The jobs that run foreign code see it, and hand it to the emulator alone.
  LSQM_GITHUB_TOKEN      a fine-grained token: Contents read and write on {artifacts},
                         Issues read and write on it and on {issues}. Needed to publish: a job's own
                         token reaches no other repository. Jobs that run foreign code never see it.
  ANTHROPIC_API_KEY      optional: without it apps come from the builtin generator.
  SLACK_WEBHOOK_URL      optional: without it no message is sent."""


def difference(path: Path, present: str, wanted: str) -> str:
    """What replacing a file would change."""
    lines = difflib.unified_diff(
        present.splitlines(), wanted.splitlines(), f"{path} (present)", f"{path} (new)", lineterm=""
    )
    return "\n".join(lines)
