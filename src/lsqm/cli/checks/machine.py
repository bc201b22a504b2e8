"""This machine: Python, git, disk, memory."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from lsqm.cli.checks.check import EVERYTHING, SYNCING, VALIDATING, WORKING, Check, attempt, output_of
from lsqm.cli.workspace import temporary
from lsqm.config import Settings

GIB = 2**30
PER_TRIAL_GIB = 1.75
"""Measured: about 0.75 GiB for Terraform and its provider and 1 GiB for LocalStack per architecture."""
ENOUGH_GIB = 5.0


def checks(settings: Settings, environment: Mapping[str, str]) -> Iterator[Check]:
    """All of them; none asks the network."""
    del environment
    yield python(sys.version_info[:2])
    yield attempt(
        "git",
        lambda: output_of(["git", "--version"]),
        consequence="the artifact repository can be neither fetched nor pushed, and git sources not mined",
        stops=SYNCING | {"mine", "validate", "demo"},
    )
    yield disk("disk (workspace)", settings.workspace, stops=WORKING)
    yield disk("disk (temporary)", temporary(), stops=VALIDATING)
    yield memory(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), settings.parallel)


def python(version: tuple[int, ...]) -> Check:
    """The interpreter that runs lsqm, and the generated tests with it."""
    found = f"{platform.python_version()} at {sys.executable}"
    if version >= (3, 11):
        return Check(name="python", found=found)
    return Check(
        name="python",
        found=found,
        consequence="lsqm does not run on it",
        remedy="Install Python 3.11 or newer.",
        stops=EVERYTHING,
    )


def disk(name: str, folder: Path, *, stops: frozenset[str]) -> Check:
    """Room where lsqm writes, and whether it may; `stops` are the commands that cannot do without."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return Check(
            name=name,
            found=f"{folder} {'may not be written' if folder.is_dir() else 'is no folder'}",
            consequence="lsqm has no place to work",
            remedy="Choose another folder: --workspace or LSQM_WORKSPACE, and TMPDIR for temporary files.",
            stops=stops,
        )
    free = shutil.disk_usage(folder).free / GIB
    found = f"{free:.0f} GiB free at {folder}"
    if free >= ENOUGH_GIB:
        return Check(name=name, found=found)
    return Check(
        name=name,
        found=found,
        consequence="images, providers and logs may not fit; trials end as disk-full",
        remedy=f"Free {ENOUGH_GIB:g} GiB (`lsqm clean` shows what is ours), or choose another --workspace.",
    )


def memory(total_bytes: int, parallel: int) -> Check:
    """Memory for so many trials at once."""
    total = total_bytes / GIB
    found = f"{total:.0f} GiB for {parallel} trials at once"
    if total >= PER_TRIAL_GIB * parallel:
        return Check(name="memory", found=found)
    return Check(
        name="memory",
        found=found,
        consequence="trials may be killed for lack of memory",
        remedy=f"Use --parallel {max(1, int(total / PER_TRIAL_GIB))}.",
    )
