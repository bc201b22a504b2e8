"""The files that `lsqm init` writes."""

import difflib
import json
from pathlib import Path

from lsqm.config import SECRETS, Configuration, Provenance, Settings, environment_variable


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


def workflow() -> str:
    """The weekly workflow. It uses no action of anybody, so there is nothing to pin but what it installs."""
    return """# Written by `lsqm init`: one run a week, and on request.
name: lsqm
on:
  schedule:
    - cron: "0 0 * * 0"
  workflow_dispatch:
    inputs:
      localstack_version:
        description: LocalStack image tag
        default: latest
permissions: {}
concurrency:
  group: lsqm
  cancel-in-progress: false
jobs:
  run:
    runs-on: ubuntu-24.04
    timeout-minutes: 210
    env:
      LOCALSTACK_VERSION: ${{ inputs.localstack_version || 'latest' }}
    steps:
      - name: Install lsqm
        run: pipx install "lsqm[embedded]"
      - name: Fetch the configuration
        env:
          TOKEN: ${{ github.token }}
        run: |
          export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=http.extraHeader
          GIT_CONFIG_VALUE_0="Authorization: Basic $(printf 'x-access-token:%s' "$TOKEN" | base64 -w0)"
          export GIT_CONFIG_VALUE_0
          git clone --depth 1 "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY" here
      - name: Pull the emulator
        run: docker pull "localstack/localstack:$LOCALSTACK_VERSION"
      - name: Run
        working-directory: here
        env:
          LOCALSTACK_AUTH_TOKEN: ${{ secrets.LOCALSTACK_AUTH_TOKEN }}
          GITHUB_TOKEN: ${{ secrets.LSQM_GITHUB_TOKEN }}
          ANTHROPIC_API_KEY: ${{ secrets.ANTHROPIC_API_KEY }}
          SLACK_WEBHOOK_URL: ${{ secrets.SLACK_WEBHOOK_URL }}
        run: lsqm run
      - name: Summary
        if: always()
        run: cat ~/.local/share/lsqm/artifacts/reports/latest/summary.md >> "$GITHUB_STEP_SUMMARY" || true
"""


def difference(path: Path, present: str, wanted: str) -> str:
    """What replacing a file would change."""
    lines = difflib.unified_diff(
        present.splitlines(), wanted.splitlines(), f"{path} (present)", f"{path} (new)", lineterm=""
    )
    return "\n".join(lines)
