"""Parcels between CI jobs: which commit of the remote they stand on, and what to do when it has moved on."""

from pathlib import Path
from typing import TYPE_CHECKING

from lsqm.artifacts import parcel as parcels
from lsqm.cli import wiring
from lsqm.cli.workspace import Workspace
from lsqm.config import Settings
from lsqm.model.event import Notice
from lsqm.publish.checkout import BASE, Checkout
from lsqm.publish.merge import merge_json, merge_lines

if TYPE_CHECKING:
    from lsqm.cli.invocation import Invocation


def base_here(settings: Settings) -> str:
    """The commit of the remote that this workspace's documents stand on, empty when they stand on none."""
    workspace = Workspace(settings.workspace)
    if (workspace.artifacts / ".git").is_dir():
        return Checkout(workspace.artifacts, wiring.git_for(settings)).find(BASE)
    note = _note(workspace)
    return note.read_text(encoding="utf-8").strip() if note.is_file() else ""


def take_over(invocation: "Invocation", parcel: Path) -> int:
    """Unpack into the workspace; merged by key where the remote is not what it was. Returns how many files came."""
    workspace = Workspace(invocation.settings.workspace)
    base = parcels.base_of(parcel)
    if not (workspace.artifacts / ".git").is_dir():
        count = parcels.unpack(parcel, workspace.artifacts)
        _note(workspace).write_text(f"{base}\n", encoding="utf-8")
        return count
    if base_here(invocation.settings) == base:
        return parcels.unpack(parcel, workspace.artifacts)
    message = "the artifact repository has moved on since this was packed: both are kept, merged by key"
    invocation.events.on(Notice(stage="unpack", message=message))
    return parcels.unpack(parcel, workspace.artifacts, merge=_merged)


def _note(workspace: Workspace) -> Path:
    return workspace.root / "artifacts.base"


def _merged(name: str, ours: bytes, theirs: bytes) -> bytes:
    return merge_lines(ours, theirs) if name.endswith(".jsonl") else merge_json(None, ours, theirs)
