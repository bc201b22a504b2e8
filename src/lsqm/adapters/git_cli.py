"""git by command line: no prompts, no hooks, an explicit author, a deadline, and secrets only in its environment."""

import base64
import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lsqm.errors import Unavailable
from lsqm.ports.git import GitError

_INHERITED = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "XDG_CONFIG_HOME", "SSH_AUTH_SOCK", "SSH_AGENT_PID"),
        *("GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSL_CAINFO", "SSL_CERT_FILE", "SSL_CERT_DIR"),
        *("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"),
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    }
)
"""What a user sets up so that git works for them; nothing else of the environment reaches git."""

_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.quotePath": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "commit.gpgSign": "false",
    "tag.gpgSign": "false",
    "advice.detachedHead": "false",
    "init.defaultBranch": "main",
    "protocol.ext.allow": "never",
    "submodule.recurse": "false",
    "fetch.recurseSubmodules": "false",
    "transfer.fsckObjects": "false",
}
_PROTOCOLS = "https:http:ssh:git:file"


@dataclass(frozen=True, kw_only=True, slots=True)
class GitCli:
    """The `Git` port. `environment` is the process's own; only a known part of it is handed on."""

    environment: Mapping[str, str]
    author_name: str = "lsqm"
    author_email: str = "lsqm@users.noreply.github.com"
    tokens: Mapping[str, str] = field(default_factory=dict)
    """Base URL such as `https://github.com/` → token; sent as a header, never part of a URL."""
    deadline_seconds: float = 900.0

    def run(self, repository: Path, arguments: Sequence[str], *, env: Mapping[str, str] | None = None) -> str:
        """Run `git ARGUMENTS` in `repository`. Raises GitError, or Unavailable when there is no git at all."""
        argv = ["git", *arguments]
        shown = self._redact(" ".join(argv))
        try:
            process = subprocess.Popen(
                argv,
                cwd=repository,
                env=self._environment() | dict(env or {}),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except FileNotFoundError as error:
            if repository.is_dir():
                raise Unavailable("git is not installed", hint="install git 2.30 or newer") from error
            raise GitError(f"{shown}: {repository} does not exist") from error
        try:
            out, err = process.communicate(timeout=self.deadline_seconds)
        except subprocess.TimeoutExpired as error:
            raise GitError(f"{shown}: no end within {self.deadline_seconds:g} s", exit_code=-1) from error
        finally:
            _end(process)
        if process.returncode != 0:
            stderr = self._redact(err.decode(errors="replace").strip())
            last = stderr.splitlines()[-1] if stderr else f"exit code {process.returncode}"
            raise GitError(f"{shown}: {last}", stderr=stderr, exit_code=process.returncode)
        return out.decode(errors="surrogateescape")

    def _environment(self) -> dict[str, str]:
        environment = {name: value for name, value in self.environment.items() if name in _INHERITED}
        settings = dict(_SETTINGS)
        for base, token in self.tokens.items():
            credentials = base64.b64encode(f"x-access-token:{token}".encode()).decode()
            settings[f"http.{base}.extraHeader"] = f"Authorization: Basic {credentials}"
        environment |= {
            "LC_ALL": "C",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "true",
            "SSH_ASKPASS": "true",
            "GIT_ALLOW_PROTOCOL": _PROTOCOLS,
            "GIT_LFS_SKIP_SMUDGE": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_CONFIG_COUNT": str(len(settings)),
        }
        environment.setdefault("GIT_SSH_COMMAND", "ssh -o BatchMode=yes")
        for role in ("AUTHOR", "COMMITTER"):
            environment[f"GIT_{role}_NAME"] = self.author_name
            environment[f"GIT_{role}_EMAIL"] = self.author_email
        for number, (key, value) in enumerate(settings.items()):
            environment[f"GIT_CONFIG_KEY_{number}"] = key
            environment[f"GIT_CONFIG_VALUE_{number}"] = value
        return environment

    def _redact(self, text: str) -> str:
        for token in self.tokens.values():
            encoded = base64.b64encode(f"x-access-token:{token}".encode()).decode()
            text = text.replace(token, "***").replace(encoded, "***")
        return text


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Leave nothing behind: ssh, git-remote-https and the like are in git's own process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdout, process.stderr):
        if stream:
            stream.close()
