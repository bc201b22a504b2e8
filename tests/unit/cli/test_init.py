"""`lsqm init` writes files that lsqm itself reads back, and never overwrites what somebody changed without being told."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from lsqm import config
from lsqm.cli.main import cli

FILES = ("lsqm.toml", ".github/workflows/lsqm.yml", ".github/workflows/lsqm-watchdog.yml")


def run(*arguments: str):
    return CliRunner().invoke(cli, ["init", *arguments])


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_was_given_is_set_and_the_rest_is_explained(here: Path) -> None:
    given = ("--artifact-repo", "acme/quality", "--issue-repo", "acme/issues", "--localstack-plan", "base")
    assert run(*given, "--localstack-version", "4.14.0", "--source", "path:infra", "--source", "starter").exit_code == 0
    text = (here / "lsqm.toml").read_text()
    assert 'artifact_repo = "acme/quality"' in text.splitlines()
    assert "# parallel = 4" in text.splitlines()
    assert "token" not in [line.split(" = ")[0].strip("# ") for line in text.splitlines()]
    read = config.load(file=None, directory=here, environment={}, flags={}).settings
    assert (read.artifact_repo, read.issue_repo, read.localstack_plan) == ("acme/quality", "acme/issues", "base")
    assert (read.localstack_version, read.sources) == ("4.14.0", ("path:infra", "starter"))
    uncommented = "\n".join(line.removeprefix("# ") if " = " in line else line for line in text.splitlines())
    (here / "all.toml").write_text(uncommented)
    assert config.load(file=here / "all.toml", directory=here, environment={}, flags={}).settings.parallel == 4


def test_the_secrets_and_where_to_set_them_are_said(here: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], check=True)
    subprocess.run(["git", "remote", "add", "origin", "git@github.com:acme/infra.git"], check=True)
    output = run("--artifact-repo", "acme/quality").output
    assert "https://github.com/acme/infra/settings/secrets/actions" in output
    for name in ("LOCALSTACK_AUTH_TOKEN", "LSQM_GITHUB_TOKEN", "ANTHROPIC_API_KEY", "SLACK_WEBHOOK_URL"):
        assert name in output
        assert name in (here / FILES[1]).read_text()


def test_a_second_time_changes_nothing_and_keeps_what_was_chosen(here: Path) -> None:
    run("--artifact-repo", "acme/quality", "--shards", "7", "--package", "lsqm @ git+https://example.org/lsqm@main")
    before = [(here / name).read_text() for name in FILES]
    again = run()
    assert again.exit_code == 0
    assert again.output.count("up to date") == 3
    assert [(here / name).read_text() for name in FILES] == before
    assert yaml.safe_load(before[1])["env"]["LSQM_PACKAGE"] == "lsqm @ git+https://example.org/lsqm@main"
    assert "|| '7'" in before[1]


def test_a_changed_file_is_shown_and_kept_until_forced(here: Path) -> None:
    run()
    (here / FILES[1]).write_text("name: mine\n")
    again = run()
    assert again.exit_code == 4
    assert "-name: mine" in again.output
    assert "+name: lsqm" in again.output
    assert (here / FILES[1]).read_text() == "name: mine\n"
    assert run("--force").exit_code == 0
    assert (here / FILES[1]).read_text().startswith("# Written by")


def test_a_dry_run_writes_nothing(here: Path) -> None:
    assert run("--dry-run").exit_code == 0
    assert list(here.iterdir()) == []


def test_a_source_that_is_none_is_refused_before_anything_is_written(here: Path) -> None:
    assert run("--source", "nonsense:x").exit_code == 2
    assert list(here.iterdir()) == []


def test_without_an_artifact_repository_it_says_what_that_means() -> None:
    assert "artifact_repo is not set" in run().output
    assert "artifact_repo is not set" not in run("--artifact-repo", "acme/quality").output


def test_on_a_terminal_it_asks_for_what_no_flag_gives(here: Path) -> None:
    answers = ["acme/quality", "base", "path:infra starter", "4.14.0"]
    outer, inner = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "lsqm", "init", "--issue-repo", "acme/issues"],
        stdin=inner,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TERM": "dumb"},
    )
    os.close(inner)
    os.write(outer, "".join(f"{answer}\n" for answer in answers).encode())
    _, questions = process.communicate(timeout=60)
    os.close(outer)
    assert process.returncode == 0, questions
    assert b"Issue repository" not in questions
    read = config.load(file=None, directory=here, environment={}, flags={}).settings
    assert (read.artifact_repo, read.issue_repo, read.localstack_plan) == ("acme/quality", "acme/issues", "base")
    assert (read.localstack_version, read.sources) == ("4.14.0", ("path:infra", "starter"))
