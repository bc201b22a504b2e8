"""Defaults < file < environment < flags, and every mistake costs one sentence that says where it is."""

from pathlib import Path

import pytest

from lsqm import config
from lsqm.config import Provenance
from lsqm.errors import ExitCode, UsageError


def load(tmp_path: Path, *, toml: str | None = None, environment: dict[str, str] | None = None, **flags: object):
    if toml is not None:
        (tmp_path / "lsqm.toml").write_text(toml)
    return config.load(file=None, directory=tmp_path, environment=environment or {}, flags=flags)


def test_each_layer_wins_over_the_one_below_and_is_remembered(tmp_path: Path) -> None:
    toml = "parallel = 2\ntimeout = 100\nquota = 7\n"
    found = load(tmp_path, toml=toml, environment={"LSQM_PARALLEL": "3", "LSQM_TIMEOUT": "200"}, parallel=5)
    assert (found.settings.parallel, found.settings.timeout, found.settings.quota) == (5, 200, 7)
    assert found.provenance["parallel"] is Provenance.FLAG
    assert found.provenance["timeout"] is Provenance.ENVIRONMENT
    assert found.provenance["quota"] is Provenance.FILE
    assert found.provenance["model"] is Provenance.DEFAULT


@pytest.mark.parametrize(
    ("variable", "field", "value"),
    [
        ("ARTIFACT_REPO", "artifact_repo", "me/results"),
        ("ANTHROPIC_TOKEN_BUDGET", "anthropic_token_budget", 12),
        ("LOCALSTACK_VERSION", "localstack_version", "4.14.0"),
        ("LSQM_PARALLEL", "parallel", 2),
        ("LSQM_TIMEOUT", "timeout", 60),
        ("ISSUE_REPO", "issue_repo", "me/issues"),
        ("GITHUB_API_URL", "github_api_url", "http://127.0.0.1:1"),
    ],
)
def test_the_names_of_the_specification_are_read(tmp_path: Path, variable: str, field: str, value: object) -> None:
    assert getattr(load(tmp_path, environment={variable: str(value)}).settings, field) == value


def test_defaults_are_those_of_the_specification(tmp_path: Path) -> None:
    settings = load(tmp_path).settings
    assert settings.anthropic_token_budget == 500_000
    assert settings.localstack_version == "latest"
    assert (settings.parallel, settings.timeout) == (4, 300)
    assert settings.issue_repo == "localstack/localstack"


@pytest.mark.parametrize(
    ("toml", "says", "hint"),
    [
        ("paralel = 2", "lsqm.toml: unknown key 'paralel'", "parallel"),
        ("parallel = 'two'", "lsqm.toml: parallel: ", "at once"),
        ("parallel = 0", "lsqm.toml: parallel: ", "at once"),
        ("github_token = 'x'", "github_token is a secret", "GITHUB_TOKEN"),
        ("parallel = ", "cannot be read", "TOML"),
        ("emulator = 'podman'", "lsqm.toml: emulator: ", "embedded"),
        ("emulator = 'http://[::1'", "emulator: this is no http:// or https:// URL, got", "embedded"),
        ("github_api_url = 'api.github.com'", "github_api_url: this is no http:// or https:// URL, got", "GitHub"),
        ("anthropic_base_url = 'https://x:bad'", "anthropic_base_url: this is no http://", "Claude"),
        ("issue_repo = 'nonsense'", "issue_repo: this is not of the form that is wanted, got 'nonsense'", "owner/name"),
        ("localstack_version = '4 14'", "localstack_version: this is not of the form", "tag"),
        ("[sources]\na = 1", "lsqm.toml: sources", "mine"),
    ],
)
def test_a_mistake_in_the_file_is_one_sentence_with_file_key_and_remedy(
    tmp_path: Path, toml: str, says: str, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path, toml=toml)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert hint in caught.value.hint
    assert caught.value.exit_code is ExitCode.USAGE


def test_a_mistake_in_the_environment_names_the_variable(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="environment variable LSQM_TIMEOUT: .*'soon'"):
        load(tmp_path, environment={"LSQM_TIMEOUT": "soon"})


def test_a_missing_file_that_was_asked_for_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.toml does not exist"):
        config.load(file=tmp_path / "nowhere.toml", directory=tmp_path, environment={}, flags={})


def test_empty_variables_count_as_unset(tmp_path: Path) -> None:
    assert load(tmp_path, environment={"LSQM_PARALLEL": " ", "ISSUE_REPO": ""}).settings.parallel == 4


def test_secrets_are_in_no_representation(tmp_path: Path) -> None:
    settings = load(tmp_path, environment={"GITHUB_TOKEN": "hunter2hunter2"}).settings
    assert "hunter2" not in repr(settings) + str(settings.public())
    assert settings.secrets == ("hunter2hunter2",)


def test_sources_from_the_environment_are_split(tmp_path: Path) -> None:
    found = load(tmp_path, environment={"LSQM_SOURCES": "path:/a, git:b"}).settings
    assert found.sources == ("path:/a", "git:b")
