"""Settings to adapters to the ports the pipeline needs: the one file that knows both sides."""

import os
import shutil
import sys
import threading
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from lsqm.artifacts.store import ArtifactStore
from lsqm.cli.workspace import Workspace
from lsqm.config import Settings
from lsqm.errors import Unavailable, UsageError
from lsqm.model.event import Notice
from lsqm.model.ids import ArchitectureHash, RunId

if TYPE_CHECKING:
    from lsqm.adapters.cages.choose import Choice
    from lsqm.adapters.git_cli import GitCli
    from lsqm.adapters.github import GitHub
    from lsqm.adapters.http import HttpClient
    from lsqm.adapters.terraform_tools import TerraformTools
    from lsqm.cli.invocation import Invocation
    from lsqm.model.emulator import EmulatorIdentity
    from lsqm.pipeline.stage import StageRecorder
    from lsqm.ports.cage import Cage
    from lsqm.ports.clock import Clock
    from lsqm.ports.commands import CommandRunner
    from lsqm.ports.emulator import Emulator
    from lsqm.ports.notifier import Notifier
    from lsqm.ports.text_model import TextModel
    from lsqm.ports.tracker import IssueTracker
    from lsqm.publish.remote import RemoteSpec
    from lsqm.publish.sync import SyncOutcome
    from lsqm.report import Links
    from lsqm.validate import Toolchain


def clock() -> "Clock":
    """The real clock."""
    from lsqm.adapters.clock import SystemClock

    return SystemClock()


def recorder_for(invocation: "Invocation") -> "StageRecorder":
    """What times and announces the stages of this invocation."""
    from lsqm.pipeline.stage import StageRecorder

    return StageRecorder(clock(), invocation.events)


# -- the artifact repository


def remote_of(settings: Settings) -> "RemoteSpec":
    """What ARTIFACT_REPO means. Raises UsageError."""
    from lsqm.publish.remote import remote_for

    return remote_for(
        settings.artifact_repo,
        workspace=settings.workspace,
        directory=Path.cwd(),
        server_url=settings.github_server_url,
    )


def git_for(settings: Settings, remote: "RemoteSpec | None" = None) -> "GitCli":
    """Make git with the tokens it may need; they travel in its environment only."""
    from lsqm.adapters.git_cli import GitCli

    tokens = {}
    if token := settings.github_token.get_secret_value():
        tokens[settings.github_server_url.rstrip("/") + "/"] = token
    if remote is not None and remote.base_url and remote.token:
        tokens[remote.base_url] = remote.token
    return GitCli(environment=os.environ, tokens=tokens)


def open_store(invocation: "Invocation", *, sync: bool, must_exist: bool = False) -> ArtifactStore:
    """The artifact repository's working copy, brought up to date first unless asked not to (FR-004).

    Raises:
        Unavailable: it has never been reached from this workspace and cannot be now.
        DataError: it is of a newer format, or something in it cannot be read.
    """
    settings = invocation.settings
    workspace = Workspace(settings.workspace)
    workspace.make()
    store = ArtifactStore(workspace.artifacts)
    if sync or not store.exists:
        outcome = sync_repository(invocation)
        for message in (*outcome.notes, *([f"working offline: {outcome.offline}"] if outcome.offline else [])):
            invocation.events.on(Notice(stage="sync", message=message, level="warning"))
    store.check_format()
    if must_exist and not store.run_ids():
        raise UsageError("there is no run yet", hint="Make one with `lsqm run`, or `lsqm demo` to look around.")
    return store


def sync_repository(invocation: "Invocation") -> "SyncOutcome":
    """Clone or update the artifact repository (FR-004, FR-005). Raises Unavailable, DataError, UsageError."""
    from lsqm.publish.sync import sync

    settings = invocation.settings
    workspace = Workspace(settings.workspace)
    workspace.make()
    remote = remote_of(settings)
    return sync(
        workspace.artifacts,
        remote,
        git=git_for(settings, remote),
        clock=clock(),
        initialise=lambda checkout: ArtifactStore(checkout).initialise(),
        waiting=lambda: invocation.events.on(Notice(stage="sync", message="waiting for another lsqm")),
    )


def find_run(store: ArtifactStore, text: str | None) -> RunId:
    """A run by id, unique prefix or `latest`. Raises UsageError, naming what there is."""
    runs = [run for run in store.run_ids() if store.layout.manifest(run).is_file()]
    if not runs:
        raise UsageError("there is no run yet", hint="Make one with `lsqm run`, or `lsqm demo` to look around.")
    if text in {None, "latest"}:
        return runs[-1]
    found = [run for run in runs if run.startswith(str(text))]
    if len(found) == 1:
        return found[0]
    problem = "no run has" if not found else f"{len(found)} runs have"
    raise UsageError(f"{problem} the id {text!r}", hint=f"The newest are: {', '.join(reversed(runs[-5:]))}")


def have_logs(invocation: "Invocation", store: ArtifactStore, run: RunId) -> None:
    """Fetch the logs of an older run that the clone left at the remote; without them the work goes on."""
    from lsqm.publish.sync import bring_logs

    settings = invocation.settings
    said = bring_logs(store.root, run, git=git_for(settings, remote_of(settings)))
    if said:
        invocation.events.on(Notice(stage="sync", message=said, level="warning"))


def links_for(settings: Settings, run: RunId, issues: "Mapping[ArchitectureHash, str] | None" = None) -> "Links":
    """What a report links to, as far as it can be known."""
    from lsqm.publish.remote import remote_for
    from lsqm.report import Links

    remote = remote_for(
        settings.artifact_repo,
        workspace=settings.workspace,
        directory=Path.cwd(),
        server_url=settings.github_server_url,
    )
    base = remote.url.removesuffix(".git") if remote.url.startswith("http") else ""
    return Links(
        issues=issues or {},
        report=settings.report_url,
        run=f"{base}/tree/HEAD/runs/{run}" if base else "",
        repository=base,
    )


# -- the outside


def http_client(settings: Settings, *, brief: bool = False) -> "HttpClient":
    """The one HTTP client of this invocation, with the token for GitHub's API; `brief` asks once and does not wait."""
    from lsqm.adapters.http import DEFAULT_PATIENCE, HttpClient, Patience

    token = settings.github_token.get_secret_value()
    return HttpClient(
        clock=clock(),
        user_agent=f"lsqm/{version('lsqm')}",
        tokens={settings.github_api_url: token} if token else {},
        patience=Patience(connect_seconds=5, read_seconds=10, attempts=1) if brief else DEFAULT_PATIENCE,
    )


def github(settings: Settings, http: "HttpClient") -> "GitHub":
    """GitHub for reading."""
    from lsqm.adapters.github import GitHub

    return GitHub(http=http, api_url=settings.github_api_url, server_url=settings.github_server_url)


def trackers(settings: Settings) -> "tuple[IssueTracker, IssueTracker | None]":
    """Where issues go: ISSUE_REPO, and the artifact repository when that one takes none for good (SC-007)."""
    from lsqm.adapters.github_issues import GitHubIssues

    client = http_client(settings)
    has_token = bool(settings.github_token.get_secret_value())

    def issues_of(name: str) -> GitHubIssues:
        return GitHubIssues(name=name, client=client, api_url=settings.github_api_url, has_token=has_token)

    url = remote_of(settings).url
    server = settings.github_server_url.rstrip("/") + "/"
    fallback = url.removeprefix(server).removesuffix(".git") if url.startswith(server) else ""
    return issues_of(settings.issue_repo), issues_of(fallback) if fallback.count("/") == 1 else None


def notifier(settings: Settings) -> "Notifier | None":
    """Slack, None without a webhook."""
    from lsqm.adapters.slack import SlackWebhook

    url = settings.slack_webhook_url.get_secret_value()
    return SlackWebhook(url=url, client=http_client(settings)) if url else None


def text_model(settings: Settings) -> "TextModel | None":
    """Claude, None without a key."""
    key = settings.anthropic_api_key.get_secret_value()
    if not key or settings.generator == "builtin":
        return None
    from lsqm.adapters.claude import ClaudeTextModel

    return ClaudeTextModel(api_key=key, base_url=settings.anthropic_base_url)


# -- validating


@cache
def terraform_tools(folder: Path, mirror: str) -> "TerraformTools":
    """Terraform, tflocal and the provider; found or fetched once per process. Raises Unavailable."""
    from lsqm.adapters.terraform_tools import find_tools

    def note(text: str) -> None:
        print(text, file=sys.stderr)  # noqa: T201  a download takes minutes: say so before it begins

    return find_tools(folder=folder, environment=os.environ, mirror=mirror, note=note)


def toolchain(settings: Settings) -> "Toolchain":
    """The programs of every trial."""
    from lsqm.adapters.python_environment import own_environment
    from lsqm.validate import Toolchain

    tools = terraform_tools(Workspace(settings.workspace).tools, settings.terraform_mirror)
    python = own_environment()
    return Toolchain(
        terraform=tools.terraform,
        tflocal=tools.tflocal,
        python=python.python,
        path=os.pathsep.join([str(tools.terraform.parent), str(python.python.parent), os.defpath]),
        cli_config=tools.cli_config,
        read_only=tuple(path for path in (tools.mirror, *python.read_only) if path),
        terraform_version=tools.terraform_version,
        tflocal_version=tools.tflocal_version,
        python_version=python.version,
        packages=python.packages,
    )


def make_emulator(settings: Settings) -> "Emulator":
    """The emulator that `--emulator` names. Raises Unavailable where its kind is not there."""
    if settings.emulator == "embedded":
        from lsqm.adapters.cages.choose import namespaces_hold
        from lsqm.adapters.emulators.embedded import EmbeddedEmulator

        # It runs the Lambda code of foreign architectures: where trials get a jail, so does it.
        caged = settings.cage in {"auto", "namespaces"} and namespaces_hold()
        return EmbeddedEmulator(clock=clock(), environment=os.environ, caged=caged)
    if settings.emulator == "docker":
        tag = settings.localstack_version
        return _docker_emulator(
            settings, f"{settings.localstack_image}{'@' if tag.startswith('sha256:') else ':'}{tag}"
        )
    from lsqm.adapters.emulators.external import ExternalEmulator

    return ExternalEmulator(settings.emulator)


def _docker_emulator(settings: Settings, image: str, digest: str = "") -> "Emulator":
    from lsqm.adapters.docker_engine import Engine
    from lsqm.adapters.emulators.docker import DockerEmulator, DockerOptions
    from lsqm.adapters.owner import this_process

    return DockerEmulator(
        DockerOptions(image=image, digest=digest, mount_socket=settings.docker_socket),
        engine=Engine(os.environ),
        owner=this_process(),
        clock=clock(),
        auth_token=settings.localstack_auth_token.get_secret_value(),
    )


def emulator_like(settings: Settings, identity: "EmulatorIdentity") -> "Emulator":
    """The emulator that once answered as `identity`: for Docker the same image by digest, else the one that is here."""
    if identity.kind == "docker" and identity.digest:
        return _docker_emulator(settings, identity.image, identity.digest)
    return make_emulator(settings)


def make_cage(settings: Settings, cancel: threading.Event, *, own_corpus: bool) -> "Choice":
    """The jail for foreign code (DESIGN section 7), with what a person should know about it.

    Args:
        cancel: stops what runs inside.
        own_corpus: only code that comes with lsqm will run; then no cage is needed where none can be had.

    Raises:
        Unavailable: no cage holds on this machine and nobody said to go on without.
    """
    from lsqm.adapters.cages.choose import choose_cage
    from lsqm.adapters.subprocesses import LocalCommandRunner

    runner = LocalCommandRunner(cancel)
    try:
        return choose_cage(runner, wanted=settings.cage, stronger=_docker_cages(settings, runner))
    except Unavailable:
        if not own_corpus:
            raise
        return choose_cage(runner, wanted="none")


def _docker_cages(settings: Settings, runner: "CommandRunner") -> "list[Cage]":
    """The cage in a container, when that is asked for: it only fits an emulator in Docker."""
    docker = shutil.which("docker")
    if settings.cage != "docker" or settings.emulator != "docker" or not docker:
        return []
    from lsqm.adapters.cages.docker import DockerCage
    from lsqm.adapters.owner import this_process

    kept = {name: os.environ[name] for name in ("PATH", "HOME", "DOCKER_HOST", "DOCKER_CONFIG") if name in os.environ}
    return [DockerCage(runner, docker=Path(docker), environment=kept, owner=this_process())]


def versions(settings: Settings) -> dict[str, str]:
    """Tool → version, for the run's manifest."""
    tools = terraform_tools(Workspace(settings.workspace).tools, settings.terraform_mirror)
    return {
        "lsqm": version("lsqm"),
        "python": ".".join(map(str, sys.version_info[:3])),
        "terraform": tools.terraform_version,
        "tflocal": tools.tflocal_version,
        "hashicorp/aws": tools.provider_version or "as the CLI configuration says",
    }
