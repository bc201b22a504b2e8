"""The frozen environments in which CDK apps are synthesized."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class CdkTools:
    """Interpreters with a pinned aws-cdk-lib; nothing of an app's own requirements is ever installed."""

    node: Path
    """The Node.js program; Python apps need it too."""
    node_modules: Path
    """Packages that TypeScript apps may import, with `tsx`."""
    python: Path
    """The interpreter of a virtual environment with aws-cdk-lib."""
    jsii_cache: Path
    """Packages that jsii has unpacked before; read only, shared by all runs."""
    read_only: tuple[Path, ...]
    """Every directory that must be readable for these to start."""
    pin: str
    """Digest of the lock files: two results compare only when it is the same."""


class CdkToolbox(Protocol):
    """Finds and makes the environments."""

    def find(self) -> CdkTools | None:
        """The environments, if they were made before from the same lock files."""
        ...

    def prepare(self) -> CdkTools:
        """Make them if they are not there; takes network and minutes, runs nothing mined. Raises Unavailable."""
        ...
