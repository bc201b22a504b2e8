"""tflocal and terraform: the command lines, and their machine-readable output. Prose is never read."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lsqm.ports.cage import Access
from lsqm.ports.commands import Command, CommandResult
from lsqm.ports.emulator import RunningEmulator
from lsqm.validate.request import Toolchain, TrialRequest
from lsqm.validate.workdir import WorkDirectory, read_untrusted

PLAN_FILE = "lsqm.tfplan"
_OUTPUT_LIMIT = 16 << 20
_DOCUMENT_LIMIT = 64 << 20
_NOT_EMPTY = re.compile(r"\b(?:BucketNotEmpty|RepositoryNotEmptyException|HostedZoneNotEmpty)\b")
_PATHS = re.compile(r'"(/[^"]+)"')


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """One error diagnostic of Terraform."""

    summary: str
    detail: str = ""
    address: str = ""
    """Resource address, empty when it concerns the configuration as a whole."""

    @property
    def text(self) -> str:
        return f"{self.summary}\n{self.detail}".strip()


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What one command said with `-json`."""

    errors: tuple[Trouble, ...] = ()
    unfinished: tuple[str, ...] = ()
    """Resources that were begun and neither completed nor failed: where a hung apply hangs."""
    planned: tuple[tuple[str, str], ...] = ()
    """(address, action) of every planned change."""
    changed_outputs: tuple[tuple[str, str], ...] = ()
    """(output, action) of every planned change of an output."""
    has_summary: bool = False
    """Whether it got as far as its closing summary."""

    @property
    def waiting(self) -> str:
        """What it was at when it was stopped, as the end of a sentence."""
        return f"; waiting for {', '.join(self.unfinished[:3])}" if self.unfinished else ""


def environment(tools: Toolchain, work: WorkDirectory, endpoint: str, log: Path | None) -> dict[str, str]:
    """The complete environment of a Terraform command: no secret, no proxy, no profile of the user."""
    env = {
        "PATH": f"{tools.terraform.parent}:{tools.path}",
        "HOME": str(work.home),
        "TMPDIR": "/tmp",  # noqa: S108  a provider's socket needs a short path; the cage has a /tmp of its own
        "LANG": "C.UTF-8",
        "TF_CMD": str(tools.terraform),
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "CHECKPOINT_DISABLE": "1",
        "GOGC": "400",
        "DISABLE_DEPRECATION_NOTICE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "S3_HOSTNAME": urlsplit(endpoint).hostname or "127.0.0.1",
        "TF_DATA_DIR": str(work.terraform / ".terraform"),
    }
    if tools.cli_config is not None:
        env["TF_CLI_CONFIG_FILE"] = str(tools.cli_config)
    if tools.plugin_cache is not None:
        env["TF_PLUGIN_CACHE_DIR"] = str(tools.plugin_cache)
    if log is not None:
        env["TF_LOG_PROVIDER"] = "DEBUG"
        env["TF_LOG_PATH"] = str(log)
    return env


def command(
    request: TrialRequest, work: WorkDirectory, *arguments: str, endpoint: str, deadline: float, log: Path | None = None
) -> Command:
    """`tflocal ARGUMENTS` in the architecture's directory."""
    return Command(
        argv=[str(request.tools.python), str(request.tools.tflocal), *arguments],
        cwd=work.terraform,
        env=environment(request.tools, work, endpoint, log if request.record_api_calls else None),
        deadline_seconds=deadline,
        output_limit_bytes=_OUTPUT_LIMIT,
    )


def show_plan(request: TrialRequest, work: WorkDirectory, deadline: float) -> Command:
    """`terraform show -json` of the stored plan; it needs no emulator, hence no tflocal."""
    return Command(
        argv=[str(request.tools.terraform), "show", "-json", PLAN_FILE],
        cwd=work.terraform,
        env=environment(request.tools, work, "http://127.0.0.1:9", None),
        deadline_seconds=deadline,
        output_limit_bytes=_DOCUMENT_LIMIT,
    )


def access(
    request: TrialRequest, work: WorkDirectory, running: RunningEmulator | None, *, internet: bool = False
) -> Access:
    """What Terraform may see: its programs, its providers, its directory, the emulator."""
    return Access(
        endpoint=running.endpoint if running else "",
        network=running.network if running else "",
        internet=internet,
        read_only=(*tool_paths(request.tools),),
        writable=(
            work.terraform,
            work.home,
            *((request.tools.plugin_cache,) if internet and request.tools.plugin_cache else ()),
        ),
        limits=request.terraform_limits,
    )


def tool_paths(tools: Toolchain) -> tuple[Path, ...]:
    """Everything that the programs read, the directories named in Terraform's CLI configuration included."""
    paths = [tools.terraform, tools.tflocal, tools.python, *tools.read_only]
    if tools.cli_config is not None:
        paths.append(tools.cli_config)
        text = read_untrusted(tools.cli_config.resolve(), 1 << 20).decode(errors="replace")
        paths.extend(path for path in map(Path, _PATHS.findall(text)) if path.exists())
    if tools.plugin_cache is not None and tools.plugin_cache.exists():
        paths.append(tools.plugin_cache)
    return tuple(paths)


def read_report(stdout: bytes) -> Report:
    """Understand the lines of `-json`; lines that are no JSON object (tflocal's own) are passed over."""
    errors: list[Trouble] = []
    begun: dict[str, None] = {}
    planned: list[tuple[str, str]] = []
    outputs: list[tuple[str, str]] = []
    has_summary = False
    for message in _messages(stdout):
        kind = message.get("type")
        if kind == "diagnostic" and message["diagnostic"].get("severity") == "error":
            diagnostic = message["diagnostic"]
            errors.append(
                Trouble(
                    summary=str(diagnostic.get("summary", "")),
                    detail=str(diagnostic.get("detail", "")),
                    address=str(diagnostic.get("address", "")),
                )
            )
        elif kind == "apply_start":
            begun[message["hook"]["resource"]["addr"]] = None
        elif kind in {"apply_complete", "apply_errored"}:
            begun.pop(message["hook"]["resource"]["addr"], None)
        elif kind == "planned_change":
            planned.append((message["change"]["resource"]["addr"], str(message["change"]["action"])))
        elif kind == "outputs":
            outputs += [(name, str(value.get("action", ""))) for name, value in message["outputs"].items()]
        elif kind == "change_summary":
            has_summary = True
    return Report(
        errors=tuple(errors),
        unfinished=tuple(begun),
        planned=tuple(planned),
        changed_outputs=tuple(pair for pair in outputs if pair[1] not in {"", "noop"}),
        has_summary=has_summary,
    )


def excuse(result: CommandResult, report: Report) -> str:
    """Why what a `destroy` left is no evidence against the emulator; empty when it is."""
    if result.timed_out:
        return "destroy outran its deadline"
    if report.errors and all(_NOT_EMPTY.search(error.text) for error in report.errors):
        return "AWS deletes nothing either that still holds something"
    return ""


def _messages(stdout: bytes) -> list[dict[str, Any]]:
    found = []
    for line in stdout.splitlines():
        if not line.startswith(b"{"):
            continue
        try:
            message = json.loads(line)
        except ValueError:
            continue
        if isinstance(message, dict):
            found.append(message)
    return found


def provider_versions(work: WorkDirectory) -> Mapping[str, str]:
    """`registry/namespace/name` → version, as `init` locked them."""
    text = read_untrusted(work.terraform / ".terraform.lock.hcl", 1 << 20).decode(errors="replace")
    return dict(re.findall(r'provider "([^"]+)" \{\s*version\s*=\s*"([^"]+)"', text))


def resources_in_state(work: WorkDirectory) -> tuple[str, ...]:
    """Addresses of managed resources that the state still holds."""
    try:
        state = json.loads(read_untrusted(work.terraform / "terraform.tfstate", _DOCUMENT_LIMIT) or b"{}")
        return tuple(
            ".".join(filter(None, (entry.get("module", ""), entry["type"], entry["name"])))
            for entry in state.get("resources", [])
            if entry.get("mode") == "managed" and entry.get("instances")
        )
    except (ValueError, KeyError, AttributeError, TypeError):
        return ("terraform.tfstate is unreadable",)


def read_state(work: WorkDirectory) -> dict[str, Any]:
    """Terraform's state after apply; empty when it cannot be read."""
    try:
        state = json.loads(read_untrusted(work.terraform / "terraform.tfstate", _DOCUMENT_LIMIT) or b"{}")
    except ValueError:
        return {}
    return state if isinstance(state, dict) else {}
