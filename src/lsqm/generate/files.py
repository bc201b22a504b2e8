"""The parts of an app that are the same for everyone: its fixtures, its requirements, its digest."""

import hashlib
from collections.abc import Mapping

from lsqm.generate.template import template
from lsqm.model.app import APP_FILES

PINNED = {"boto3": "1.43.106", "pytest": "9.2.0", "pytest-timeout": "2.4.0"}
"""The only packages an app may require, and the version it gets. All are wheels."""


def own_conftest() -> str:
    """The part of conftest.py that is lsqm's and the same in every app."""
    return template("app_conftest.py")


def conftest(fixtures: str = "") -> str:
    """conftest.py: lsqm's own fixtures, then those of the app."""
    own = own_conftest()
    return f"{own}\n\n# Fixtures of this app\n\n{fixtures.strip()}\n" if fixtures.strip() else own


def requirements() -> str:
    """requirements.txt."""
    return "".join(f"{name}=={version}\n" for name, version in sorted(PINNED.items()))


def app_digest(files: Mapping[str, str]) -> str:
    """SHA-256 over the four files: it changes when any of them does."""
    digest = hashlib.sha256()
    for name in APP_FILES:
        content = files[name].encode()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
