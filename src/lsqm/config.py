"""Settings: defaults < `lsqm.toml` < environment < flags, each value knowing where it came from.

Secrets come from the environment only. Reading is a function of three mappings, so nothing here touches `os.environ`.
"""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from lsqm.errors import UsageError

CONFIG_FILE = "lsqm.toml"

DEFAULT_SOURCES = (
    "registry-family:vpc",
    "registry-family:lambda",
    "registry-family:s3",
    "registry-family:dynamodb",
    "registry-family:sqs",
    "registry-family:sns",
    "registry-family:apigateway",
    "registry-family:step-functions",
    "github-org:aws-quickstart",
    "github-org:aws-solutions",
    "github-org:aws-samples",
    "serverless-examples",
    "cdk-examples",
)
"""FR-007 to FR-010."""


class Provenance(StrEnum):
    """Where a setting's value came from, weakest first."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"
    FLAG = "flag"


class Settings(BaseModel):
    """Everything that can be set. Field names are the keys of `lsqm.toml`; `env` names the environment variable."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, str_strip_whitespace=True)

    artifact_repo: str = Field(
        "",
        json_schema_extra={"env": "ARTIFACT_REPO"},
        description="Artifact repository: anything `git clone` takes, or owner/name on GitHub. "
        "Empty: a repository inside the workspace.",
    )
    issue_repo: str = Field(
        "localstack/localstack",
        pattern=r"^$|^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$",
        json_schema_extra={"env": "ISSUE_REPO"},
        description="owner/name of the tracker for confirmed regressions.",
    )
    workspace: Path = Field(
        Path("~/.local/share/lsqm"),
        json_schema_extra={"env": "LSQM_WORKSPACE"},
        description="Folder for the checkout, caches and logs.",
    )
    emulator: str = Field(
        "docker",
        pattern=r"^(docker|embedded|https?://\S+)$",
        json_schema_extra={"env": "LSQM_EMULATOR"},
        description="docker, embedded (MiniStack), or the URL of an emulator somebody else runs.",
    )
    localstack_image: str = Field(
        "localstack/localstack",
        json_schema_extra={"env": "LOCALSTACK_IMAGE"},
        description="Image name without tag, for the docker emulator.",
    )
    localstack_version: str = Field(
        "latest",
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$",
        json_schema_extra={"env": "LOCALSTACK_VERSION"},
        description="Image tag, for the docker emulator.",
    )
    localstack_plan: Literal["community", "hobby", "base", "ultimate"] = Field(
        "hobby",
        json_schema_extra={"env": "LOCALSTACK_PLAN"},
        description="Which services count as supported: those of this LocalStack plan.",
    )
    sources: tuple[str, ...] = Field(
        DEFAULT_SOURCES,
        json_schema_extra={"env": "LSQM_SOURCES"},
        description="What to mine; in the environment separated by spaces or commas.",
    )
    quota: int = Field(
        2000,
        ge=1,
        json_schema_extra={"env": "LSQM_QUOTA"},
        description="New architectures at most from each source in one run.",
    )
    min_fidelity: float = Field(
        0.8,
        ge=0.0,
        le=1.0,
        json_schema_extra={"env": "LSQM_MIN_FIDELITY"},
        description="A converted architecture below this share of carried-over properties is skipped.",
    )
    generator: Literal["auto", "claude", "builtin"] = Field(
        "auto",
        json_schema_extra={"env": "LSQM_GENERATOR"},
        description="auto: Claude while there is a key and budget, else builtin.",
    )
    model: str = Field(
        "claude-sonnet-5-5", json_schema_extra={"env": "LSQM_MODEL"}, description="Claude model for generating apps."
    )
    anthropic_token_budget: int = Field(
        500_000,
        ge=0,
        json_schema_extra={"env": "ANTHROPIC_TOKEN_BUDGET"},
        description="Tokens per run: input, cache and output together.",
    )
    parallel: int = Field(
        4, ge=1, le=64, json_schema_extra={"env": "LSQM_PARALLEL"}, description="Architectures validated at once."
    )
    executor: str = Field(
        "local",
        pattern=r"^(local|dask://[^\s/:]+:[0-9]{1,5})$",
        json_schema_extra={"env": "LSQM_EXECUTOR"},
        description="Where trials are made: local, or dask://HOST:PORT for a Dask cluster (extra: dask).",
    )
    timeout: int = Field(
        300,
        ge=10,
        le=21_600,
        json_schema_extra={"env": "LSQM_TIMEOUT"},
        description="Seconds that terraform apply may take for one architecture.",
    )
    docker_socket: bool = Field(
        default=False,
        json_schema_extra={"env": "LSQM_DOCKER_SOCKET"},
        description="Give LocalStack the engine's socket, which stock images need for Lambda. "
        "It makes the emulator root on this machine.",
    )
    cage: Literal["auto", "docker", "namespaces", "none"] = Field(
        "auto",
        json_schema_extra={"env": "LSQM_CAGE"},
        description="Jail for mined Terraform and generated tests. auto: the strongest that proves itself, and no run "
        "without one; none: run foreign code uncaged, on your own responsibility.",
    )
    prove: Literal["claude", "all", "none"] = Field(
        "claude",
        json_schema_extra={"env": "LSQM_PROVE"},
        description="Apps that `lsqm generate` tries on an empty and on an applied reference emulator before it keeps "
        "them: those by Claude, which are repaired with what is found, all, or none.",
    )
    run_deadline: int = Field(
        10_800,
        ge=1,
        json_schema_extra={"env": "LSQM_RUN_DEADLINE"},
        description="Seconds that a whole run may take (SC-004); what does not fit is recorded as not run.",
    )
    terraform_mirror: str = Field(
        "",
        json_schema_extra={"env": "LSQM_TERRAFORM_MIRROR"},
        description="Folder with unpacked Terraform providers; empty: look in the usual places, else the registry.",
    )
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", json_schema_extra={"env": "LSQM_LOG_FORMAT"}, description="auto: console on a terminal, else json."
    )
    github_api_url: str = Field(
        "https://api.github.com", json_schema_extra={"env": "GITHUB_API_URL"}, description="GitHub REST API."
    )
    github_server_url: str = Field(
        "https://github.com", json_schema_extra={"env": "GITHUB_SERVER_URL"}, description="GitHub for git and links."
    )
    anthropic_base_url: str = Field(
        "https://api.anthropic.com", json_schema_extra={"env": "ANTHROPIC_BASE_URL"}, description="Claude API."
    )
    terraform_registry_url: str = Field(
        "https://registry.terraform.io",
        json_schema_extra={"env": "LSQM_TERRAFORM_REGISTRY_URL"},
        description="Terraform Registry for modules.",
    )
    report_url: str = Field(
        "",
        json_schema_extra={"env": "LSQM_REPORT_URL"},
        description="Where people can open reports/latest/index.html; used in links.",
    )

    anthropic_api_key: SecretStr = Field(
        SecretStr(""), json_schema_extra={"env": "ANTHROPIC_API_KEY"}, description="Secret."
    )
    github_token: SecretStr = Field(SecretStr(""), json_schema_extra={"env": "GITHUB_TOKEN"}, description="Secret.")
    slack_webhook_url: SecretStr = Field(
        SecretStr(""), json_schema_extra={"env": "SLACK_WEBHOOK_URL"}, description="Secret."
    )
    localstack_auth_token: SecretStr = Field(
        SecretStr(""), json_schema_extra={"env": "LOCALSTACK_AUTH_TOKEN"}, description="Secret."
    )

    @field_validator("sources", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("workspace")
    @classmethod
    def _expand(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("github_api_url", "github_server_url", "anthropic_base_url", "terraform_registry_url", "emulator")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value not in {"docker", "embedded"} and not _is_url(value):
            raise ValueError("this is no http:// or https:// URL")
        return value

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never appear in a log or a file."""
        return tuple(
            value.get_secret_value()
            for name in SECRETS
            if isinstance(value := getattr(self, name), SecretStr) and value.get_secret_value()
        )

    def public(self) -> dict[str, str]:
        """Setting → value as text, without secrets: what a run records about itself."""
        return {
            name: " ".join(value) if isinstance(value := getattr(self, name), tuple) else str(value)
            for name in sorted(type(self).model_fields)
            if name not in SECRETS
        }


SECRETS = ("anthropic_api_key", "github_token", "slack_webhook_url", "localstack_auth_token")


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0 and " " not in text
    except ValueError:
        return False


_IN_WORDS = {
    "string_pattern_mismatch": "this is not of the form that is wanted",
    "int_parsing": "this is no whole number",
    "float_parsing": "this is no number",
    "bool_parsing": "this is neither true nor false",
}
"""pydantic's words where they would show a regular expression or its own inside."""


def environment_variable(name: str) -> str:
    """The environment variable of the setting `name`."""
    extra = Settings.model_fields[name].json_schema_extra
    assert isinstance(extra, dict)
    return str(extra["env"])


@dataclass(frozen=True, slots=True)
class Configuration:
    """Settings and, for each, where its value came from."""

    settings: Settings
    provenance: Mapping[str, Provenance]
    file: Path | None
    """The configuration file that was read, None when there is none."""


def load(
    *, file: Path | None, directory: Path, environment: Mapping[str, str], flags: Mapping[str, Any]
) -> Configuration:
    """Resolve all settings.

    Args:
        file: `--config PATH`; it must exist. None: `lsqm.toml` in `directory` when there is one.
        directory: where `lsqm.toml` is looked for.
        environment: the process environment; empty values count as unset.
        flags: settings given on the command line, by field name; None counts as not given.

    Raises:
        UsageError: the file is missing or not TOML, a key is unknown, a value is wrong, a secret is in the file.
    """
    path = file if file is not None else directory / CONFIG_FILE
    from_file: dict[str, Any] = {}
    if file is not None or path.is_file():
        from_file = _read(path)
    from_environment = {
        name: environment[variable]
        for name in Settings.model_fields
        if environment.get(variable := environment_variable(name), "").strip()
    }
    from_flags = {name: value for name, value in flags.items() if value is not None and value != ()}
    layers = (
        (Provenance.FILE, from_file),
        (Provenance.ENVIRONMENT, from_environment),
        (Provenance.FLAG, from_flags),
    )
    provenance = dict.fromkeys(Settings.model_fields, Provenance.DEFAULT)
    values: dict[str, Any] = {}
    for origin, layer in layers:
        for name, value in layer.items():
            values[name], provenance[name] = value, origin
    try:
        settings = Settings(**values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        problem = _IN_WORDS.get(first["type"], first["msg"]).removeprefix("Value error, ")
        raise UsageError(
            f"{_place(name, provenance[name], path)}: {problem}, got {_shown(name, first['input'])}",
            hint=f"{name}: {Settings.model_fields[name].description}",
        ) from error
    return Configuration(settings, provenance, path if from_file or file is not None else None)


def _read(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(
            f"the configuration file {path} does not exist",
            hint="Check --config, or leave it out: every setting has a default.",
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"the configuration file {path} cannot be read: {error}", hint="Correct it; it must be TOML in UTF-8."
        ) from error
    for key in values:
        if key in SECRETS:
            raise UsageError(
                f"{path}: {key} is a secret and must not stand in a file",
                hint=f"Remove it and set the environment variable {environment_variable(key)}.",
            )
        if key not in Settings.model_fields:
            close = difflib.get_close_matches(key, Settings.model_fields, n=1)
            raise UsageError(
                f"{path}: unknown key {key!r}",
                hint=f"Did you mean {close[0]!r}?" if close else "`lsqm config show` lists the keys.",
            )
    return values


def _place(name: str, provenance: Provenance, path: Path) -> str:
    match provenance:
        case Provenance.FILE:
            return f"{path}: {name}"
        case Provenance.ENVIRONMENT:
            return f"environment variable {environment_variable(name)}"
        case Provenance.FLAG:
            return f"--{name.replace('_', '-')}"
        case Provenance.DEFAULT:
            return name


def _shown(name: str, value: object) -> str:
    return "a secret" if name in SECRETS else repr(value)
