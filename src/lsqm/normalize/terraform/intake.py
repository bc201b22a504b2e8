"""Terraform from a fetched folder to files that need no input, no network and no foreign plugin."""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lsqm.model.architecture import SkipReason
from lsqm.normalize.terraform import policy
from lsqm.normalize.terraform.aliases import expose
from lsqm.normalize.terraform.archives import built
from lsqm.normalize.terraform.bridge import bridge
from lsqm.normalize.terraform.carry import Layout, carry, gather
from lsqm.normalize.terraform.edits import Edits
from lsqm.normalize.terraform.freeze import freeze
from lsqm.normalize.terraform.modules import Rejected, Vendor, load
from lsqm.normalize.terraform.settings import neutralise
from lsqm.normalize.terraform.source_tree import SourceTree, TooLarge, join
from lsqm.normalize.terraform.variables import ANSWERS, answer


@dataclass(frozen=True, kw_only=True, slots=True)
class TerraformIntake:
    """What became of one root: files, or a reason to skip."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    """Relative POSIX path → content, the root at the top."""
    resource_types: Mapping[str, int] = field(default_factory=dict)
    """Resource type → number of blocks, counted once for each call of the module they are in."""
    data_types: tuple[str, ...] = ()
    """`data.aws_…` types in use."""
    changes: tuple[str, ...] = ()
    """One sentence for everything that was changed, frozen or stood in for."""
    skip: SkipReason | None = None
    details: tuple[str, ...] = ()


def intake(tree: Path, entry: str, *, vendor: Vendor | None = None) -> TerraformIntake:
    """Take in the root configuration in the folder `entry` of `tree`.

    Args:
        tree: a fetched repository; nothing outside it is read.
        entry: the root's folder relative to `tree`, `.` for the top.
        vendor: gives the folder of a remote module's package by its source (without `//folder`) and version
            constraint, None when it is not at hand.
    """
    source_tree = SourceTree(tree)
    resource_types: Mapping[str, int] = {}
    data_types: tuple[str, ...] = ()
    try:
        configuration = load(source_tree, entry, vendor)
        live = policy.live_calls(configuration)
        resource_types = policy.count_resources(live)
        data_types = policy.data_sources(live)
        policy.check(configuration, resource_types)
        edits = Edits()
        layout = Layout(configuration.entry)
        bridge(configuration, edits)
        neutralise(configuration, edits)
        carried = carry(configuration, layout, edits)
        frozen = freeze(configuration, layout, edits, live)
        answers = answer(configuration, edits)
        files = gather(source_tree, carried.files, layout)
        files.update(frozen.files)
        files.update(built(configuration, carried.missing, layout, edits, have=files))
        if answers:
            files[ANSWERS] = answers
        for module in configuration.modules.values():
            for source in module.sources:
                text = edits.apply(source.path, source.text)
                if text.strip():
                    files[layout.place(source.path)] = text.encode()
        exposed, sentences = expose(files)
        files.update(exposed)
    except Rejected as rejected:
        return TerraformIntake(
            skip=rejected.reason, details=rejected.details, resource_types=resource_types, data_types=data_types
        )
    except TooLarge as large:
        details = (f"{posixpath.normpath(str(large))} is too large",)
        return TerraformIntake(
            skip=SkipReason.TOO_LARGE, details=details, resource_types=resource_types, data_types=data_types
        )
    return TerraformIntake(
        files=dict(sorted(files.items())),
        resource_types=resource_types,
        data_types=data_types,
        changes=(*edits.changes, *sentences),
    )


def is_root(tree: SourceTree, folder: str) -> bool:
    """Whether a folder holds Terraform files at all."""
    return any(name.endswith(".tf") and tree.is_file(join(folder, name)) for name in tree.names(folder))
