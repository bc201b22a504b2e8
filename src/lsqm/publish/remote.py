"""What `ARTIFACT_REPO` means, and what a remote's refusal means."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lsqm.errors import Unavailable, UsageError
from lsqm.ports.git import GitError

_OWNER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")
_SCP_LIKE = re.compile(r"[^/\\:]+@?[^/\\:]*:(?!//)[^\\].*")


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteSpec:
    """A git remote without credentials in it."""

    url: str
    """What git is given and people are shown."""
    branch: str = ""
    """Empty: the remote's default branch."""
    bare: Path | None = None
    """A local bare repository that is created when it is not there."""
    base_url: str = ""
    """For http(s): scheme and host, the key under which a token is sent; empty otherwise."""
    token: str = field(default="", repr=False)
    """A password that stood in the configured URL. The composition root hands it to the git adapter."""


def remote_for(artifact_repo: str, *, workspace: Path, directory: Path, server_url: str) -> RemoteSpec:
    """Understand `ARTIFACT_REPO`.

    Args:
        artifact_repo: an existing path, `owner/name` on GitHub, or anything else `git clone` takes; empty: a bare
            repository inside the workspace.
        workspace: where that one lives.
        directory: what a relative path is relative to.
        server_url: `https://github.com` or an enterprise server.

    Raises:
        UsageError: it is none of these.
    """
    text = artifact_repo.strip()
    if not text:
        bare = workspace / "artifacts.git"
        return RemoteSpec(url=bare.as_uri(), bare=bare)
    path = (directory / Path(text).expanduser()).absolute()
    if path.is_dir():
        return RemoteSpec(url=path.resolve().as_uri())
    if _OWNER_NAME.fullmatch(text):
        text = f"{server_url.rstrip('/')}/{text.removesuffix('.git')}.git"
    if "://" in text:
        return _from_url(text)
    if _SCP_LIKE.fullmatch(text):
        return RemoteSpec(url=text)
    raise UsageError(
        f"ARTIFACT_REPO {text!r} is neither an existing folder, nor owner/name, nor a URL",
        hint="Give owner/name, an https or ssh URL, or the path of a git repository "
        f"(`git init --bare {path}` makes one); leave it empty for one inside the workspace.",
    )


def _from_url(text: str) -> RemoteSpec:
    parts = urlsplit(text)
    if parts.scheme not in {"https", "http"}:
        # ssh takes no password from a URL, so one that stands there must not travel on.
        return RemoteSpec(url=text.replace(f":{parts.password}@", "@", 1) if parts.password else text)
    host = parts.hostname or ""
    base = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{parts.port}' if parts.port else ''}/"
    url = base + parts.path.lstrip("/") + (f"?{parts.query}" if parts.query else "")
    return RemoteSpec(url=url, base_url=base, token=unquote(parts.password or parts.username or ""))


class Refusal(StrEnum):
    """Why a remote call failed."""

    RACE = "race"
    """Somebody else pushed meanwhile: fetch, merge, try again."""
    PROTECTED = "protected"
    ACCESS = "access"
    MISSING = "missing"
    NETWORK = "network"
    LOCAL = "local"
    """The checkout itself is at fault."""


_SYMPTOMS: tuple[tuple[Refusal, tuple[str, ...]], ...] = (
    # Another lsqm replaced a file while git read it.
    (Refusal.RACE, ("unable to stat", 'error: open("')),
    (
        Refusal.LOCAL,
        (
            *("object file", "loose object", "bad object", "unable to read tree", "bad config", "not a valid object"),
            *("fatal: not a git repository", "invalid object", "bad ref", "index file", "unresolved deltas"),
        ),
    ),
    (
        Refusal.PROTECTED,
        (
            *("protected branch", "pre-receive hook declined", "denying non-fast-forward", "gh006", "gh013"),
            *("refusing to update checked out branch", "branch is currently checked out", "denying updating"),
        ),
    ),
    (
        Refusal.RACE,
        (
            *("fetch first", "non-fast-forward", "stale info", "cannot lock ref", "failed to update ref"),
            *("incorrect old value provided", "remote ref does not match", "reference already exists"),
            # Another lsqm writes results into the same checkout.
            *("not uptodate", "would be overwritten", "would lose untracked"),
        ),
    ),
    (
        Refusal.ACCESS,
        (
            *("authentication failed", "could not read username", "could not read password", "permission denied"),
            *("returned error: 401", "returned error: 403", "write access to repository not granted"),
            *("insufficient permission", "read-only file system", "dubious ownership"),
        ),
    ),
    (
        Refusal.MISSING,
        (
            *("repository not found", "does not exist", "does not appear to be a git repository", "not found"),
            "no such file or directory",
        ),
    ),
    (
        Refusal.NETWORK,
        (
            *("could not resolve host", "unable to access", "connection", "timed out", "no end within"),
            *("could not read from remote", "hung up", "early eof", "rpc failed", "network", "returned error: 5"),
            *("returned error: 429", "ssl", "tls", "unable to connect"),
        ),
    ),
)


def refusal(error: GitError) -> Refusal:
    """Classify what git said about a remote call; unknown words count as the network's."""
    text = f"{error}\n{error.stderr}".lower()
    return next((kind for kind, words in _SYMPTOMS if any(word in text for word in words)), Refusal.NETWORK)


_HINTS = {
    Refusal.ACCESS: "Set GITHUB_TOKEN to a token that may read and write its contents. The GITHUB_TOKEN of a GitHub "
    "Actions job only reaches the workflow's own repository.",
    Refusal.MISSING: "Create it first (an empty repository will do), or correct ARTIFACT_REPO. "
    "A private repository also looks missing without a GITHUB_TOKEN that may read it.",
    Refusal.LOCAL: "Run `lsqm sync`: it makes a fresh clone and takes over what is not pushed yet.",
    Refusal.PROTECTED: "Allow this account to push to the branch, or use a bare repository.",
}


def unavailable(remote: RemoteSpec, error: GitError) -> Unavailable:
    """The sentence for a remote that has never been reached from this workspace."""
    kind = refusal(error)
    return Unavailable(
        f"the artifact repository {remote.url} cannot be reached ({kind}): {error}",
        hint=_HINTS.get(kind, "Check the network and ARTIFACT_REPO; `git ls-remote` on it must work."),
    )


def hint(kind: Refusal) -> str:
    """What to do about a refused push."""
    return _HINTS.get(kind, "Nothing is lost: the next `lsqm push` sends it.")
