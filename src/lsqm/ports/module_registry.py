"""A Terraform module registry: finding modules and learning where a version of one is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class RegistryError(Exception):
    """The registry said no, or nothing."""

    def __init__(self, message: str, *, missing: bool = False) -> None:
        super().__init__(message)
        self.missing = missing
        """It answered that there is no such thing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuleListing:
    """A module as listings tell it."""

    id: str
    """`namespace/name/provider`."""
    version: str
    """The latest."""
    verified: bool = False
    downloads: int = 0

    @property
    def name(self) -> str:
        return self.id.split("/")[1]


@dataclass(frozen=True, kw_only=True, slots=True)
class ModulePage:
    """One page of modules."""

    modules: tuple[ModuleListing, ...] = ()
    next_offset: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuleVersion:
    """One version of a module."""

    version: str
    providers: Mapping[str, str] = field(default_factory=dict)
    """Provider name → constraint of the root module; empty when the registry does not tell."""


class ModuleRegistry(Protocol):
    """registry.terraform.io, a private registry, or a stand-in."""

    @property
    def host(self) -> str:
        """What origins and module sources call it, such as `registry.terraform.io`."""
        ...

    def search(self, words: str, *, offset: int = 0) -> ModulePage:
        """Verified AWS modules that match. Raises RegistryError."""
        ...

    def namespace(self, name: str, *, offset: int = 0) -> ModulePage:
        """AWS modules of one publisher. Raises RegistryError."""
        ...

    def versions(self, module: str) -> tuple[ModuleVersion, ...]:
        """Every version of `namespace/name/provider`, in the registry's order. Raises RegistryError."""
        ...

    def location(self, module: str, version: str) -> str:
        """Where that version is, in the form of a module source: git or archive. Raises RegistryError."""
        ...
