"""The Python that runs the apps: lsqm's own interpreter and packages, described so that two results can be compared."""

import hashlib
import importlib.metadata
import sys
from dataclasses import dataclass
from pathlib import Path

_VISIBLE = ("boto3", "botocore", "pytest", "requests", "urllib3")
"""Packages whose versions can change what a test sees; lsqm's own dependencies beyond them cannot."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PythonEnvironment:
    """An interpreter with pytest and boto3."""

    python: Path
    version: str
    packages: str
    """`sha256:…` over the names and versions that tests can see."""
    read_only: tuple[Path, ...]
    """Directories that must be readable for it to start."""


def own_environment() -> PythonEnvironment:
    """The environment lsqm itself runs in."""
    versions = []
    for name in _VISIBLE:
        try:
            versions.append(f"{name}=={importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{name} is absent")
    places = dict.fromkeys(
        Path(place).resolve() for place in (sys.prefix, sys.base_prefix, Path(sys.executable).parent)
    )
    return PythonEnvironment(
        python=Path(sys.executable),
        version=".".join(map(str, sys.version_info[:3])),
        packages="sha256:" + hashlib.sha256("\n".join(versions).encode()).hexdigest(),
        read_only=tuple(places),
    )
