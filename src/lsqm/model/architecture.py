"""From a place on the internet to something that can be tested: Origin → Candidate → Architecture | Skip."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from lsqm.model.diagnostic import Diagnostic
from lsqm.model.ids import ArchitectureHash


class Dialect(StrEnum):
    """The language a candidate is written in."""

    TERRAFORM = "terraform"
    CLOUDFORMATION = "cloudformation"
    SAM = "sam"
    SERVERLESS = "serverless"
    CDK = "cdk"


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where one candidate came from, exactly.

    `url` is its stable name without the commit (FR-011 skips by it), `commit` pins its content.
    """

    source: str
    """The configured source that found it, such as `github-org:aws-samples` or `path:/corpus`."""
    repository: str
    """`host/owner/name`, a path, or a registry module."""
    commit: str
    """Commit id, version or content digest."""
    path: str
    """Template file or Terraform root inside the repository, `.` for the top."""
    url: str
    """`repository//path`: the key of FR-011."""
    licence: str = ""
    """SPDX id where the source tells, else empty."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A mined, not yet accepted design: a tree on disk and the place in it where the design begins."""

    origin: Origin
    dialect: Dialect
    tree: Path
    """The fetched folder, read only. Everything the design may refer to lies below it."""
    entry: str
    """Template file or Terraform root directory relative to `tree`, in POSIX form."""
    content_key: str = ""
    """Digest of what the candidate depends on, when the source knows it: skips work before normalizing."""


class SkipReason(StrEnum):
    """Why a candidate is not tested (FR-070). Stored, counted and shown, never silent."""

    UNSUPPORTED_SERVICES = "unsupported-services"
    LOW_FIDELITY = "low-fidelity"
    UNSAFE = "unsafe"
    UNPARSABLE = "unparsable"
    NEEDS_NETWORK = "needs-network"
    FOREIGN_PROVIDER = "foreign-provider"
    NOTHING_TO_CREATE = "nothing-to-create"
    NEEDS_INPUT = "needs-input"
    NEEDS_PLUGIN = "needs-plugin"
    NEEDS_TOOL = "needs-tool"
    TOO_LARGE = "too-large"
    INTERNAL_ERROR = "internal-error"
    """lsqm itself failed on it: a bug, whose traceback is in the log."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Skip:
    """A candidate that was left out, with the reason and the details a person needs to disagree."""

    origin: Origin
    dialect: Dialect
    reason: SkipReason
    details: tuple[str, ...] = ()
    """For unsupported-services the service names; otherwise sentences."""
    services: tuple[str, ...] = ()
    resource_types: Mapping[str, int] = field(default_factory=dict)
    skipped_at: str = ""
    rules: str = ""
    """Version of the rules that decided, so that a newer lsqm looks again."""
    lacks: str = ""
    """`cdk` if it was only skipped because this machine could not synthesize: looked at again by one that can."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Metadata:
    """What FR-015 asks for, and what else a reader of `architectures/HASH/metadata.json` needs."""

    hash: ArchitectureHash
    name: str
    """Readable slug made from the origin; not unique."""
    dialect: Dialect
    origin: Origin
    services: tuple[str, ...]
    """AWS service names as LocalStack spells them (`s3`, `lambda`, `stepfunctions`), sorted."""
    resource_count: int
    resource_types: Mapping[str, int]
    """Terraform resource type → number of resource blocks, local modules included."""
    fidelity: float = 1.0
    """Share of the original that was carried over; 1.0 for native Terraform."""
    discovered_at: str = ""
    """UTC, ISO 8601."""
    changes: tuple[str, ...] = ()
    """Everything lsqm changed, froze or stood in for while normalizing, one sentence each."""
    other_origins: tuple[Origin, ...] = ()
    """Further places where the same meaning was found (FR-014)."""
    previous: ArchitectureHash | None = None
    """The version of the same origin that this one replaces."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Architecture:
    """An accepted design: Terraform that needs no input, no network and no provider but those on the allow-list."""

    metadata: Metadata
    files: Mapping[str, bytes]
    """Relative POSIX path → content: `*.tf`, local modules and every file they read."""
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def hash(self) -> ArchitectureHash:
        return self.metadata.hash


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexEntry:
    """One line of `architectures/index.json`: what must be known without opening the architecture's folder."""

    name: str
    dialect: Dialect
    source: str
    url: str
    commit: str
    services: tuple[str, ...]
    resource_count: int
    discovered_at: str
    fidelity: float = 1.0
    other_urls: tuple[str, ...] = ()
    superseded_by: ArchitectureHash | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Index:
    """`architectures/index.json` in memory."""

    architectures: Mapping[ArchitectureHash, IndexEntry] = field(default_factory=dict)
    skipped: Mapping[str, Skip] = field(default_factory=dict)
    """By origin URL."""

    def known_urls(self) -> frozenset[str]:
        """Every origin URL that was accepted, found again or skipped before (FR-011)."""
        urls = {entry.url for entry in self.architectures.values()}
        for entry in self.architectures.values():
            urls.update(entry.other_urls)
        return frozenset(urls | set(self.skipped))
