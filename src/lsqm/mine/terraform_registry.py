"""`registry:NAMESPACE/NAME/PROVIDER` and `registry-family:FAMILY`: every example of a module is an architecture.

A listing names each module's latest version: a module whose latest version is known is not asked about again.
"""

import re
import tomllib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from functools import partial
from importlib.resources import files
from pathlib import Path

from lsqm.mine.entries import Listing, Place, blobs_on_disk, candidates
from lsqm.mine.folder import survey
from lsqm.mine.packages import PackageError, Packages, parse_address
from lsqm.mine.source import Checkpoint, Detect, Item, NoteKind, Seen, SourceNote
from lsqm.mine.state import RepositoryState
from lsqm.model.architecture import Dialect
from lsqm.ports.module_registry import ModuleListing, ModulePage, ModuleRegistry, RegistryError

_MAX_PAGES = 10
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """What belongs together, as FR-007 lists it."""

    search: str
    names: re.Pattern[str]
    namespaces: tuple[str, ...]


def family(name: str) -> Family:
    """One of `families.toml`. Raises KeyError."""
    table = tomllib.loads(files("lsqm.mine").joinpath("families.toml").read_text(encoding="utf-8"))
    row = table["families"][name]
    return Family(search=row["search"], names=re.compile(row["names"]), namespaces=tuple(table["namespaces"]))


@dataclass(frozen=True, kw_only=True, slots=True)
class RegistrySource:
    """Modules of a registry: one by name, or those of a family."""

    name: str
    registry: ModuleRegistry
    packages: Packages
    detect: Detect
    module: str = ""
    """`namespace/name/provider`; else `family` is set."""
    family: Family | None = None
    per_run: int = 40
    """Modules fetched in one run."""

    def discover(self, seen: Seen) -> Iterator[Item]:
        """Every new or changed example, verified and much used modules first."""
        try:
            listed = [self._one()] if self.family is None else (yield from self._family(self.family))
        except RegistryError as error:
            yield self._note(NoteKind.FAILED, str(error), self.module)
            return
        busy = 0
        for module in listed:
            called = f"{self.registry.host}/{module.id}"
            known = seen.repository(called)
            if known and known.complete and module.version and known.branch == module.version:
                yield self._unchanged(known, called)
            elif busy < self.per_run:
                busy += 1
                try:
                    yield from self._mine(module, known, called, seen)
                except (RegistryError, PackageError) as error:
                    yield self._note(NoteKind.FAILED, str(error), module.id)

    def _one(self) -> ModuleListing:
        versions = [item.version for item in self.registry.versions(self.module)]
        return ModuleListing(id=self.module, version=versions[0] if versions else "")

    def _family(self, family: Family) -> Generator[Item, None, list[ModuleListing]]:
        """Collect what search and the known publishers list; returns it best first."""
        found: dict[str, ModuleListing] = {}
        pages = [
            partial(self.registry.search, family.search),
            *(partial(self.registry.namespace, namespace) for namespace in family.namespaces),
        ]
        failures: list[RegistryError] = []
        for page in pages:
            try:
                for module in _all_of(page):
                    if module.id.endswith("/aws") and family.names.fullmatch(module.name):
                        found.setdefault(module.id, module)
            except RegistryError as error:
                if not error.missing:
                    failures.append(error)
        if failures and not found:
            raise failures[0]
        for failure in failures:
            yield self._note(NoteKind.FAILED, str(failure), family.search)
        return sorted(found.values(), key=lambda module: (not module.verified, -module.downloads, module.id))

    def _mine(self, module: ModuleListing, known: RepositoryState | None, called: str, seen: Seen) -> Iterator[Item]:
        version = self.packages.choose(module.id)
        if not version:
            yield self._note(NoteKind.LEFT_OUT, "no released version", module.id)
            return
        if known and known.complete and known.note == version:
            # There is a newer version, but not for the AWS provider in use.
            yield self._unchanged(known, called)
            yield Checkpoint(source=self.name, repository=called, state=replace(known, branch=module.version))
            return
        address = parse_address(self.registry.location(module.id, version))
        package = self.packages.get(address)
        listing = Listing(blobs_on_disk(package.folder, survey(package.folder).files))
        place = Place(
            source=self.name,
            repository=called,
            commit=address.ref if _COMMIT.fullmatch(address.ref) else package.commit,
            tree=package.folder,
            listing=listing,
            branch=module.version,
            note=version,
        )
        examples = self._examples(package.folder)
        if not examples:
            yield self._note(NoteKind.LEFT_OUT, "a module without examples", module.id)
        yield from candidates(place, lambda _: examples, seen)

    def _examples(self, folder: Path) -> list[tuple[str, Dialect]]:
        return [
            (entry, dialect)
            for entry, dialect in self.detect(folder)
            if entry.startswith("examples/") and dialect is Dialect.TERRAFORM
        ]

    def _unchanged(self, known: RepositoryState, called: str) -> SourceNote:
        return SourceNote(
            source=self.name, kind=NoteKind.SEEN, message="unchanged", url=called, count=len(known.entries)
        )

    def _note(self, kind: NoteKind, message: str, where: str) -> SourceNote:
        return SourceNote(source=self.name, kind=kind, message=message, url=f"{self.registry.host}/{where}")


def _all_of(page_at: Callable[..., ModulePage]) -> Iterator[ModuleListing]:
    """Every module of a paged listing. A page that repeats what came before ends it: search is known to get stuck."""
    offset, before = 0, set[str]()
    for _ in range(_MAX_PAGES):
        page = page_at(offset=offset)
        fresh = [module for module in page.modules if module.id not in before]
        yield from fresh
        before.update(module.id for module in fresh)
        if page.next_offset is None or page.next_offset <= offset or not fresh:
            return
        offset = page.next_offset
