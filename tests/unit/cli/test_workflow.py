"""The workflows that `lsqm init` writes: valid, linted, pinned, and no secret where foreign code runs."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from lsqm.cli.main import COMMANDS, cli

FOREIGN = {
    "synthesize": set(),
    "prove": {"LOCALSTACK_AUTH_TOKEN"},
    "validate": {"LOCALSTACK_AUTH_TOKEN"},
    "confirm": {"LOCALSTACK_AUTH_TOKEN"},
}
"""Job that runs foreign code → the secrets it may see."""
RUNS_FOREIGN = re.compile(r"lsqm (prove|validate|confirm|run|demo|replay)\b|lsqm mine (?!.*--cdk without)")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(cli, ["init", "--artifact-repo", "acme/quality"]).exit_code == 0
    return sorted((tmp_path / ".github/workflows").iterdir())


@pytest.fixture
def workflow(files: list[Path]) -> dict[Any, Any]:
    read = yaml.safe_load(files[1].read_text())
    assert isinstance(read, dict)
    return read


def texts(value: Any) -> Iterator[str]:
    """Every string in a document."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from texts(key)
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    else:
        yield str(value)


def secrets_in(value: Any) -> set[str]:
    return {name for text in texts(value) for name in re.findall(r"\b(?:secrets\.(\w+)|(?:github)\.token)", text)}


def tool(name: str) -> str:
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    assert found, f"{name} is not installed (dependency group: dev)"
    return found


def test_github_would_accept_them(files: list[Path]) -> None:
    command = [tool("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_linter_finds_nothing_even_when_it_is_pedantic(files: list[Path]) -> None:
    command = [tool("zizmor"), "--offline", "--no-progress", "--persona=pedantic", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_runs_on_sunday_and_on_request_and_never_twice_at_once(workflow: dict[Any, Any]) -> None:
    assert workflow[True]["schedule"] == [{"cron": "0 0 * * 0"}]  # YAML 1.1 reads the key `on` as true
    assert {"localstack_version", "sources", "shards"} <= set(workflow[True]["workflow_dispatch"]["inputs"])
    assert workflow["concurrency"] == {"group": "lsqm", "cancel-in-progress": False}


def test_jobs_may_read_this_repository_and_nothing_else(files: list[Path]) -> None:
    for path in files:
        read = yaml.safe_load(path.read_text())
        assert read["permissions"] == {}
        for name, job in read["jobs"].items():
            assert job["permissions"] == {"contents": "read"}, name
            assert job["timeout-minutes"], name


def test_every_action_is_pinned_by_commit_and_named_by_version(files: list[Path]) -> None:
    for path in files:
        uses = [line for line in path.read_text().splitlines() if "uses:" in line]
        assert uses
        for line in uses:
            assert re.search(r"uses: [\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_no_job_that_runs_foreign_code_sees_a_secret_but_localstacks(workflow: dict[Any, Any]) -> None:
    runs_foreign = {
        name
        for name, job in workflow["jobs"].items()
        if any(RUNS_FOREIGN.search(str(step.get("run", ""))) for step in job["steps"])
    }
    assert runs_foreign == set(FOREIGN)
    for name, allowed in FOREIGN.items():
        assert secrets_in(workflow["jobs"][name]) == allowed, name
    shared = {key: value for key, value in workflow.items() if key != "jobs"}
    assert secrets_in(shared) == set()
    # A cache written by them would be read by jobs that are trusted.
    for name in FOREIGN:
        assert not any("actions/cache@" in str(step.get("uses", "")) for step in workflow["jobs"][name]["steps"])
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            if "actions/checkout@" in str(step.get("uses", "")):
                assert step["with"]["persist-credentials"] is False


def test_the_secrets_of_trusted_jobs_are_the_few_they_need(workflow: dict[Any, Any]) -> None:
    found = {name: secrets_in(job) for name, job in workflow["jobs"].items() if name not in FOREIGN}
    assert found == {
        "mine": {"LSQM_GITHUB_TOKEN", ""},  # "" is the job's own token
        "generate": {"ANTHROPIC_API_KEY"},
        "publish": {"LSQM_GITHUB_TOKEN", "SLACK_WEBHOOK_URL"},
    }


def test_no_step_puts_an_expression_into_its_script(files: list[Path]) -> None:
    for path in files:
        for job in yaml.safe_load(path.read_text())["jobs"].values():
            for step in job["steps"]:
                assert "${{" not in str(step.get("run", "")), step.get("name")


def test_it_calls_only_commands_and_flags_that_exist(files: list[Path]) -> None:
    import click

    for path in files:
        for line in re.findall(r"lsqm [a-z].*", "\n".join(_scripts(path))):
            words = line.split()
            assert words[1] in COMMANDS, line
            command = cli.get_command(click.Context(cli), words[1])
            assert command is not None
            known = {option for parameter in command.params for option in parameter.opts}
            for word in words[2:]:
                if word in {"||", "|", ">>", ";"}:
                    break
                if word.startswith("--"):
                    assert word in known, line


def _scripts(path: Path) -> list[str]:
    jobs = yaml.safe_load(path.read_text())["jobs"].values()
    return [str(step["run"]) for job in jobs for step in job["steps"] if "run" in step]
