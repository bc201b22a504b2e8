"""How a source is written in `lsqm.toml` and on the command line."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from lsqm.errors import UsageError


class SourceKind(StrEnum):
    """The word before the colon."""

    PATH = "path"
    GIT = "git"
    GITHUB = "github"
    GITHUB_ORG = "github-org"
    REGISTRY = "registry"
    REGISTRY_FAMILY = "registry-family"
    STARTER = "starter"
    SERVERLESS_EXAMPLES = "serverless-examples"
    CDK_EXAMPLES = "cdk-examples"


FAMILIES = ("vpc", "lambda", "s3", "dynamodb", "sqs", "sns", "apigateway", "step-functions")
"""The eight module families of FR-007."""

WRITTEN = (
    "path:DIR, git:URL[@REF], github:OWNER/REPO, github-org:NAME, registry:NAMESPACE/NAME/PROVIDER, "
    "registry-family:FAMILY, starter, serverless-examples or cdk-examples"
)

_BARE = {SourceKind.STARTER, SourceKind.SERVERLESS_EXAMPLES, SourceKind.CDK_EXAMPLES}
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?"
_SHAPES = {
    SourceKind.GITHUB: (rf"{_NAME}/[A-Za-z0-9._-]+", "OWNER/REPO"),
    SourceKind.GITHUB_ORG: (_NAME, "the name of an organisation or user"),
    SourceKind.REGISTRY: (rf"{_NAME}/{_NAME}/{_NAME}", "NAMESPACE/NAME/PROVIDER"),
    SourceKind.REGISTRY_FAMILY: ("|".join(FAMILIES), "one of " + ", ".join(FAMILIES)),
}
_GIT_SCHEMES = {"https", "http", "ssh", "git", "file"}
_SCP = re.compile(r"(?P<user>[A-Za-z0-9._-]+)@(?P<host>[A-Za-z0-9.-]+):(?P<path>[^/].*|/.*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceSpec:
    """A source as configured."""

    kind: SourceKind
    value: str = ""
    ref: str = ""

    @property
    def name(self) -> str:
        """The text it was read from, in its one spelling."""
        if not self.value:
            return self.kind.value
        return f"{self.kind.value}:{self.value}" + (f"@{self.ref}" if self.ref else "")


def parse_source(text: str) -> SourceSpec:
    """Read one source. Raises UsageError that says what would be right."""
    text = text.strip()
    word, colon, value = text.partition(":")
    try:
        kind = SourceKind(word)
    except ValueError:
        raise UsageError(f"unknown source {text!r}", hint=f"write {WRITTEN}") from None
    if kind in _BARE:
        if colon:
            raise UsageError(f"source {text!r}: {word} takes no value", hint=f"write just {word}")
        return SourceSpec(kind=kind)
    if not value:
        raise UsageError(f"source {text!r}: nothing after {word}:", hint=f"write {WRITTEN}")
    if kind is SourceKind.PATH:
        return SourceSpec(kind=kind, value=value)
    if kind is SourceKind.GIT:
        url, ref = _split_ref(value)
        _check_git_url(text, url)
        return SourceSpec(kind=kind, value=url, ref=ref)
    pattern, wanted = _SHAPES[kind]
    if not re.fullmatch(pattern, value):
        raise UsageError(f"source {text!r}: {value!r} is not {wanted}", hint=f"write {word}: and {wanted}")
    return SourceSpec(kind=kind, value=value)


def _split_ref(value: str) -> tuple[str, str]:
    """The last `@` in the path part begins the ref; the one before a host belongs to the user's name."""
    if "://" in value:
        scheme, rest = value.split("://", 1)
        authority, slash, path = rest.partition("/")
        head, tail = f"{scheme}://{authority}{slash}", path
    elif match := _SCP.fullmatch(value):
        head, tail = value[: match.start("path")], match["path"]
    else:
        head, tail = "", value
    path, at, ref = tail.rpartition("@")
    return (head + path, ref) if at and path and ref else (value, "")


def _check_git_url(text: str, url: str) -> None:
    if url.startswith("-") or "::" in url or any(ord(character) < 33 for character in url):
        raise UsageError(f"source {text!r} is not a git URL", hint="use https, ssh, git, file or a path")
    if "://" not in url:
        return
    parts = urlsplit(url)
    if parts.scheme not in _GIT_SCHEMES:
        raise UsageError(
            f"source {text!r}: git cannot be asked over {parts.scheme!r} here",
            hint="use https, ssh, git, file or a path",
        )
    if parts.password is not None or (parts.username and parts.scheme in {"http", "https"}):
        # The URL itself is not repeated: it holds a secret and messages end up in logs.
        raise UsageError(
            f"a git source for {parts.hostname} has credentials in its URL",
            hint="remove them; set GITHUB_TOKEN or use a git credential helper",
        )


def repository_name(url: str) -> str:
    """`host/owner/name` for a URL of any spelling, the path for a local one: equal places get equal names."""
    if "://" in url and not url.startswith("file://"):
        parts = urlsplit(url)
        host = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
        name = f"{host}/{parts.path.strip('/')}"
    elif match := _SCP.fullmatch(url):
        name = f"{match['host']}/{match['path'].strip('/')}"
    else:
        name = url.removeprefix("file://").rstrip("/")
    return name.removesuffix(".git")
