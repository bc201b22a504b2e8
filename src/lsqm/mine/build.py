"""From sources as configured to sources that can be asked."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lsqm.errors import UsageError
from lsqm.mine.folder import FolderSource, StarterSource
from lsqm.mine.github import GitHubSource
from lsqm.mine.packages import Packages
from lsqm.mine.repository import GitSource
from lsqm.mine.source import Detect, Source
from lsqm.mine.spec import SourceKind, SourceSpec, parse_source
from lsqm.mine.terraform_registry import RegistrySource, family
from lsqm.ports.code_host import CodeHost
from lsqm.ports.git import Git

OWN_REPOSITORIES = {
    SourceKind.SERVERLESS_EXAMPLES: "serverless/examples",
    SourceKind.CDK_EXAMPLES: "aws-samples/aws-cdk-examples",
}
"""FR-009 and FR-010."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tools:
    """What sources work with."""

    base: Path
    """Where relative paths of `path:` and `git:` sources begin."""
    starter: Path
    """The corpus that comes with lsqm."""
    work: Path
    """A folder for what is fetched; whoever made it removes it after the run."""
    git: Git
    detect: Detect
    host: CodeHost | None = None
    """None: GitHub sources are not available."""
    packages: Packages | None = None
    """Which also knows the module registry. None: registry sources are not available."""


def build_sources(texts: Sequence[str], tools: Tools) -> tuple[Source, ...]:
    """One source for each text, in order, repeated ones once. Raises UsageError."""
    specs = dict.fromkeys(parse_source(text) for text in texts)
    named = frozenset(name for spec in specs if (name := _named_repository(spec)))
    return tuple(build_source(spec, tools, elsewhere=named) for spec in specs)


def build_source(spec: SourceSpec, tools: Tools, *, elsewhere: frozenset[str] = frozenset()) -> Source:
    """The source that `spec` names; `elsewhere` are repositories that other sources already mine."""
    work = tools.work / _folder_name(spec.name)
    match spec.kind:
        case SourceKind.PATH:
            folder = tools.base / Path(spec.value).expanduser()
            source = FolderSource(name=spec.name, written=spec.value, folder=folder, work=work, detect=tools.detect)
            source.check()
            return source
        case SourceKind.STARTER:
            return StarterSource(folder=tools.starter, detect=tools.detect)
        case SourceKind.GIT:
            url = spec.value
            if "://" not in url and (tools.base / url).exists():
                url = str(tools.base / url)
            return GitSource(
                name=spec.name,
                url=url,
                called=spec.value,
                ref=spec.ref,
                work=work,
                git=tools.git,
                detect=tools.detect,
            )
        case SourceKind.GITHUB_ORG if tools.host:
            return GitHubSource(
                name=spec.name, owner=spec.value, host=tools.host, work=work, detect=tools.detect, elsewhere=elsewhere
            )
        case SourceKind.GITHUB | SourceKind.SERVERLESS_EXAMPLES | SourceKind.CDK_EXAMPLES if tools.host:
            repository = _named_repository(spec)
            return GitHubSource(name=spec.name, repository=repository, host=tools.host, work=work, detect=tools.detect)
        case SourceKind.REGISTRY | SourceKind.REGISTRY_FAMILY if tools.packages:
            return RegistrySource(
                name=spec.name,
                registry=tools.packages.registry,
                packages=tools.packages,
                detect=tools.detect,
                module=spec.value if spec.kind is SourceKind.REGISTRY else "",
                family=family(spec.value) if spec.kind is SourceKind.REGISTRY_FAMILY else None,
            )
        case _:
            raise UsageError(f"source {spec.name!r} is not available", hint="remove it from sources")


def _named_repository(spec: SourceSpec) -> str:
    return spec.value if spec.kind is SourceKind.GITHUB else OWN_REPOSITORIES.get(spec.kind, "")


def _folder_name(name: str) -> str:
    readable = re.sub(r"[^A-Za-z0-9.-]+", "-", name)[:40]
    return f"{readable}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
