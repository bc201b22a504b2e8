"""`lsqm init` writes files that lsqm itself reads back, and never overwrites what somebody changed without being told."""

import json
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


def test_it_writes_the_same_whatever_this_machine_s_environment_says(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LSQM_PARALLEL", "2")
    monkeypatch.setenv("ARTIFACT_REPO", "acme/quality")
    monkeypatch.setenv("GITHUB_API_URL", "https://github.example.org/api/v3")
    first = run()
    assert "Set here in the environment and so not written, nor seen on GitHub: ARTIFACT_REPO, LSQM_PARALLEL" in (
        first.output
    )
    assert "artifact_repo is not set" in first.output, "the workflow would not see it"
    assert "# parallel = 4" in (here / "lsqm.toml").read_text().splitlines()
    for name in ("LSQM_PARALLEL", "ARTIFACT_REPO", "GITHUB_API_URL"):
        monkeypatch.delenv(name)
    again = run()
    assert again.exit_code == 0
    assert again.output.count("up to date") == 3


def test_what_is_there_and_no_text_is_a_difference(here: Path) -> None:
    run()
    (here / FILES[1]).write_bytes(b"\xff\xfe\n")
    again = run()
    assert again.exit_code == 4
    assert "differs and is kept" in again.output
    assert run("--force").exit_code == 0


@pytest.mark.parametrize("package", ['lsqm; python_version > "3.11"', "lsqm @ file:///a\\b", "lsqm[dask]==2026.11.0"])
def test_any_package_is_a_string_in_the_workflow_and_is_remembered(here: Path, package: str) -> None:
    run("--package", package)
    for name in FILES[1:]:
        assert yaml.safe_load((here / name).read_text())["env"]["LSQM_PACKAGE"] == package
    assert run().output.count("up to date") == 3


def test_where_github_would_not_find_the_workflow_it_says_so(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "in no git repository" in run().output
    subprocess.run(["git", "init", "--quiet"], check=True)
    assert "repository's root" not in run().output
    (here / "sub").mkdir()
    monkeypatch.chdir(here / "sub")
    assert f"run `lsqm init` in {here} instead" in run().output


def test_json_tells_differences_and_secrets_too(here: Path) -> None:
    told = json.loads(run("--json", "--dry-run", "--artifact-repo", "acme/quality").output)
    assert (told["dry_run"], told["written"], told["kept"]) == (True, list(FILES), [])
    assert [each["name"] for each in told["to_set"] if each["needed"]] == ["LOCALSTACK_AUTH_TOKEN", "LSQM_GITHUB_TOKEN"]
    assert "acme/quality" in told["to_set"][1]["purpose"]
    run()
    (here / FILES[2]).write_text("name: mine\n")
    told = json.loads(run("--json").output)
    assert told["kept"] == [FILES[2]]
    assert "-name: mine" in told["differences"][FILES[2]]


@pytest.mark.parametrize("tag", ["4 14", "", "-x", "localstack:4"])
def test_a_tag_that_is_none_is_refused(here: Path, tag: str) -> None:
    refused = run("--localstack-version", tag)
    assert refused.exit_code == 2
    assert "not of the form that is wanted" in refused.stderr
    assert list(here.iterdir()) == []


def test_a_dry_run_writes_nothing(here: Path) -> None:
    assert run("--dry-run").exit_code == 0
    assert list(here.iterdir()) == []


def test_a_source_that_is_none_is_refused_before_anything_is_written(here: Path) -> None:
    assert run("--source", "nonsense:x").exit_code == 2
    assert list(here.iterdir()) == []


def test_without_an_artifact_repository_it_says_what_that_means() -> None:
    assert "artifact_repo is not set" in run().output
    assert "artifact_repo is not set" not in run("--artifact-repo", "acme/quality").output


def on_a_terminal(typed: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """`lsqm init` with somebody who types."""
    outer, inner = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "lsqm", "init", *arguments],
        stdin=inner,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TERM": "dumb"},
    )
    os.close(inner)
    os.write(outer, typed)
    output, questions = process.communicate(timeout=60)
    os.close(outer)
    return subprocess.CompletedProcess([], process.returncode, output, questions)


def test_on_a_terminal_it_asks_for_what_no_flag_gives(here: Path) -> None:
    answers = ["acme/quality", "base", "path:infra starter", "4.14.0"]
    done = on_a_terminal("".join(f"{answer}\n" for answer in answers).encode(), "--issue-repo", "acme/issues")
    assert done.returncode == 0, done.stderr
    assert b"Issue repository" not in done.stderr
    read = config.load(file=None, directory=here, environment={}, flags={}).settings
    assert (read.artifact_repo, read.issue_repo, read.localstack_plan) == ("acme/quality", "acme/issues", "base")
    assert (read.localstack_version, read.sources) == ("4.14.0", ("path:infra", "starter"))


def test_an_answer_that_cannot_be_is_asked_again(here: Path) -> None:
    answers = ["acme/quality", "nonsense", "acme/issues", "gold", "base", "blah:x", "path:infra", "a b", "4.14.0"]
    done = on_a_terminal("".join(f"{answer}\n" for answer in answers).encode())
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(b"Error: ") == 4
    assert b"unknown source 'blah:x'" in done.stderr
    read = config.load(file=None, directory=here, environment={}, flags={}).settings
    assert (read.issue_repo, read.localstack_plan, read.sources) == ("acme/issues", "base", ("path:infra",))
    assert on_a_terminal(b"-\n\n\n\n\ny\n").returncode == 0
    read = config.load(file=None, directory=here, environment={}, flags={}).settings
    assert (read.artifact_repo, read.issue_repo) == ("", "acme/issues")


def test_whoever_walks_away_from_a_question_interrupts(here: Path) -> None:
    done = on_a_terminal(b"acme/quality\n\x04")
    assert done.returncode == 130
    assert b"bug in lsqm" not in done.stderr
    assert list(here.iterdir()) == []
