"""`lsqm init` writes files that lsqm itself reads back, and never overwrites what somebody changed without being told."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from lsqm import config
from lsqm.cli.main import cli


def run(*arguments: str):
    return CliRunner().invoke(cli, ["init", *arguments])


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_was_given_is_set_and_the_rest_is_explained(here: Path) -> None:
    assert run("--artifact-repo", "acme/quality").exit_code == 0
    text = (here / "lsqm.toml").read_text()
    assert 'artifact_repo = "acme/quality"' in text.splitlines()
    assert "# parallel = 4" in text.splitlines()
    assert "token" not in [line.split(" = ")[0].strip("# ") for line in text.splitlines()]
    read = config.load(file=None, directory=here, environment={}, flags={})
    assert read.settings.artifact_repo == "acme/quality"
    uncommented = "\n".join(line.removeprefix("# ") if " = " in line else line for line in text.splitlines())
    (here / "all.toml").write_text(uncommented)
    assert config.load(file=here / "all.toml", directory=here, environment={}, flags={}).settings.parallel == 4


def test_the_workflow_runs_weekly_with_least_permissions_and_no_foreign_action(here: Path) -> None:
    run()
    workflow = yaml.safe_load((here / ".github/workflows/lsqm.yml").read_text())
    assert workflow[True]["schedule"] == [{"cron": "0 0 * * 0"}]  # YAML 1.1 reads the key `on` as true
    assert workflow["permissions"] == {}
    assert all("uses" not in step for step in workflow["jobs"]["run"]["steps"])


def test_a_second_time_changes_nothing_and_a_changed_file_is_kept(here: Path) -> None:
    run()
    assert run().output.count("up to date") == 2
    (here / "lsqm.toml").write_text("parallel = 2\n")
    again = run()
    assert again.exit_code == 4
    assert "-parallel = 2" not in again.output.replace("+parallel = 2", "")
    assert (here / "lsqm.toml").read_text() == "parallel = 2\n"
    assert run("--force").exit_code == 0
    assert "parallel = 2" in (here / "lsqm.toml").read_text().splitlines()


def test_a_dry_run_writes_nothing(here: Path) -> None:
    assert run("--dry-run").exit_code == 0
    assert list(here.iterdir()) == []
