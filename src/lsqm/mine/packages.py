"""Module packages: from a module source, as Terraform writes it, to a folder on disk, pinned.

What a stranger's code names is fetched only over https, ssh or from the hosts that lsqm is configured with; never from
this machine or its neighbours.
"""

import hashlib
import ipaddress
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from lsqm.mine.archive import DEFAULT_LIMITS, ArchiveRefused, Limits, extract
from lsqm.mine.repository import fetch, resolve
from lsqm.mine.versions import newest, release
from lsqm.ports.code_host import CodeHost, CodeHostError
from lsqm.ports.git import Git, GitError
from lsqm.ports.module_registry import ModuleRegistry, ModuleVersion, RegistryError

MAX_PACKAGE_BYTES = 256 * 1024**2
_REGISTRY = re.compile(r"(?:(?P<host>[a-z0-9.-]+\.[a-z0-9.-]+)/)?(?P<id>[\w-]+/[\w-]+/[\w-]+)")
_SCP = re.compile(r"(?:git::)?git@(?P<host>[^:/]+):(?P<path>.+)")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_ARCHIVE = re.compile(r"\.(zip|tar\.gz|tgz|tar\.bz2|tbz2|tar\.xz|txz|tar)$")
_LOCAL_NAMES = ("localhost", ".localhost", ".local", ".internal", ".localdomain")

Download = Callable[[str, Path, int], None]
"""(URL, file to write, most bytes); raises CodeHostError."""


class PackageError(Exception):
    """The package cannot be had. `passing` is true when it may be there next time."""

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """A fetched package."""

    folder: Path
    """Where the module's own root is."""
    commit: str
    """What pins it: a commit id, or the digest of an archive."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """A module source taken apart."""

    kind: str
    """`git` or `archive`."""
    url: str
    ref: str = ""
    folder: str = ""
    """Inside the package; may be one `*`."""

    @property
    def hosted_name(self) -> str:
        """`owner/name` as code hosts name repositories, empty for other shapes."""
        parts = urlsplit(self.url).path.strip("/").removesuffix(".git")
        return parts if parts.count("/") == 1 else ""


@dataclass(kw_only=True, slots=True)
class Packages:
    """Fetches packages, each address once."""

    work: Path
    git: Git
    host: CodeHost
    registry: ModuleRegistry
    download: Download
    trusted: tuple[str, ...] = ()
    """Base URLs that lsqm is configured with: they may be on this machine and without https."""
    provider_version: str = ""
    """The AWS provider that will be used: versions that admit it are preferred. Empty: the newest."""
    limits: Limits = field(default=DEFAULT_LIMITS)
    outages: list[str] = field(default_factory=list)
    """What could not be had that may be there next time: one sentence each time that it was asked for."""
    _fetched: dict[Address, Package] = field(default_factory=dict)
    _lost: dict[tuple[str, str], str] = field(default_factory=dict)
    """(source, version) → why it cannot be had in this run; empty when asking later is no use either."""

    def vendor(self, source: str, version: str) -> Path | None:
        """The folder of a remote module's package, None when it cannot be had: the hook that normalizing takes.

        What could not be had is not asked for again in this run: every attempt has cost its own retries.
        """
        if (source, version) not in self._lost:
            found = self._vendor(source, version)
            if isinstance(found, Path):
                return found
            self._lost[source, version] = found
        if outage := self._lost[source, version]:
            self.outages.append(outage)
        return None

    def _vendor(self, source: str, version: str) -> Path | str:
        """The folder, or the outage that kept it away; an empty text when it is not to be had at all."""
        try:
            if match := _REGISTRY.fullmatch(source):
                if match["host"] not in (None, self.registry.host, "registry.terraform.io"):
                    return ""
                chosen = self.choose(match["id"], version)
                address = parse_address(self.registry.location(match["id"], chosen)) if chosen else None
            else:
                address = parse_address(source)
            return self.get(address).folder if address else ""
        except (PackageError, RegistryError) as error:
            passing = error.passing if isinstance(error, PackageError) else not error.missing
            return f"the module {source} could not be fetched: {error}" if passing else ""

    def choose(self, module: str, constraint: str = "") -> str:
        """The newest version that the constraint admits and the AWS provider in use fits; failing that, the newest."""
        known = self.registry.versions(module)
        fitting = [item.version for item in _fitting(known, self.provider_version)]
        return newest(fitting, constraint) or newest((item.version for item in known), constraint)

    def get(self, address: Address) -> Package:
        """Fetch a package, or hand out the one fetched before. Raises PackageError."""
        if address not in self._fetched:
            self._check(address.url)
            folder = self.work / hashlib.sha256(repr(address).encode()).hexdigest()[:16]
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            try:
                fetched = self._archive(address, folder) if address.kind == "archive" else self._git(address, folder)
            except ArchiveRefused as error:
                raise PackageError(f"{address.url}: {error}") from error
            except CodeHostError as error:
                raise PackageError(str(error), passing=not error.missing) from error
            except GitError as error:
                raise PackageError(error.stderr or str(error), passing=True) from error
            self._fetched[address] = Package(folder=_inside(fetched.folder, address), commit=fetched.commit)
        return self._fetched[address]

    def _git(self, address: Address, folder: Path) -> Package:
        name = address.hosted_name
        if name and self._is_hosted(address.url):
            commit = address.ref if _COMMIT.fullmatch(address.ref) else self.host.head(name, address.ref or "HEAD")
            packed = folder / "tarball"
            self.host.tarball(name, commit or address.ref or "HEAD", packed, limit_bytes=MAX_PACKAGE_BYTES)
            extraction = extract(packed, folder / "tree", limits=self.limits, strip=1)
            packed.unlink()
            return Package(folder=folder / "tree", commit=commit or extraction.comment)
        commit = resolve(self.git, address.url, address.ref, folder)
        fetched = fetch(self.git, address.url, commit, address.ref, folder, self.limits)
        return Package(folder=fetched.tree, commit=fetched.commit)

    def _archive(self, address: Address, folder: Path) -> Package:
        packed = folder / "archive"
        self.download(address.url, packed, MAX_PACKAGE_BYTES)
        digest = hashlib.sha256(packed.read_bytes()).hexdigest()
        extract(packed, folder / "tree", limits=self.limits)
        packed.unlink()
        return Package(folder=folder / "tree", commit=f"sha256:{digest}")

    def _is_hosted(self, url: str) -> bool:
        return urlsplit(url).hostname == self.host.host or _origin(url) in map(_origin, self.trusted)

    def _check(self, url: str) -> None:
        """Refuse what would make this machine fetch from itself, its neighbours or its files."""
        parts = urlsplit(url)
        if _origin(url) in map(_origin, self.trusted):
            return
        if parts.scheme not in ("https", "ssh"):
            raise PackageError(f"{url}: only https and ssh are fetched from")
        host = (parts.hostname or "").lower()
        if not host or host.endswith(_LOCAL_NAMES) or ("." not in host and ":" not in host) or _is_inner(host):
            raise PackageError(f"{url}: not a public host")


def parse_address(source: str) -> Address:
    """Take a module source apart. Raises PackageError for kinds that are not fetched."""
    if match := _SCP.fullmatch(source):
        source = f"git::ssh://git@{match['host']}/{match['path']}"
    if source.startswith("github.com/"):
        owner_name = "/".join(source.split("?")[0].split("/")[:3])
        source = f"git::https://{owner_name}.git{source[len(owner_name) :].removeprefix('.git')}"
    forced, mark, rest = source.partition("::")
    if not mark:
        forced, rest = "", source
    base, _, query = rest.partition("?")
    start = base.find("://") + 3
    inner = base.find("//", start)
    folder = base[inner + 2 :] if inner >= 0 else ""
    base = base[:inner] if inner >= 0 else base
    asked = parse_qs(query)
    if forced == "git" and "://" in base:
        return Address(kind="git", url=base, ref=asked.get("ref", [""])[0], folder=folder)
    archive = asked.get("archive", [""])[0]
    if not forced and "://" in base and (archive or _ARCHIVE.search(base)):
        kept = "&".join(part for part in query.split("&") if part and not part.startswith(("archive=", "checksum=")))
        return Address(kind="archive", url=base + (f"?{kept}" if kept else ""), folder=folder)
    raise PackageError(f"{source}: neither git nor an archive")


def _inside(tree: Path, address: Address) -> Path:
    """The module's folder in its package; nothing above the package can be named."""
    if not address.folder:
        return tree
    if address.folder == "*":
        folders = [path for path in tree.iterdir() if path.is_dir()]
        found = folders[0] if len(folders) == 1 else tree
    else:
        found = (tree / address.folder).resolve()
    if not found.is_dir() or not found.is_relative_to(tree.resolve()):
        raise PackageError(f"{address.url}: no folder {address.folder} in it")
    return found


def _is_inner(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _fitting(versions: Sequence[ModuleVersion], provider_version: str) -> list[ModuleVersion]:
    """Those that say they work with the provider.

    The first releases of a major version often do not say yet what they need. So a major version counts only if its
    newest release fits, too, unless no other is left.
    """
    if not provider_version:
        return list(versions)
    fitting = [item for item in versions if newest([provider_version], item.providers.get("aws", ""))]
    lines: dict[int, list[str]] = {}
    for item in versions:
        if number := release(item.version):
            lines.setdefault(number[0], []).append(item.version)
    heads = {newest(line) for line in lines.values()}
    sound = {number[0] for item in fitting if item.version in heads and (number := release(item.version))}
    return [item for item in fitting if (number := release(item.version)) and number[0] in sound] or fitting
