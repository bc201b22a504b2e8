"""What `lsqm clean` finds: leftovers of killed runs, and on request caches, tools or the whole workspace."""

import contextlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lsqm.artifacts.store import ArtifactStore
from lsqm.cli.workspace import Workspace, temporary
from lsqm.config import Settings
from lsqm.errors import DataError, Unavailable


@dataclass(frozen=True, kw_only=True, slots=True)
class Leftover:
    """One thing that can go."""

    kind: str
    name: str
    size: int
    """Bytes; 0 when it has none of its own."""
    remove: Callable[[], object]

    def describe(self) -> str:
        """`scratch folder /… (12 MB)`."""
        megabytes = f" ({self.size / 1e6:.1f} MB)" if self.size else ""
        return f"{self.kind} {self.name}{megabytes}"


def leftovers(settings: Settings, *, cache: bool, tools: bool, images: bool, everything: bool) -> list[Leftover]:
    """Everything that would be removed, processes and containers before the images and folders they use.

    Raises:
        Unavailable: with `everything`, when an lsqm is at work in the workspace.
    """
    workspace = Workspace(settings.workspace)
    if everything:
        refuse_while_at_work(workspace)
    found = [*local(workspace), *containers()]
    if images:
        found += old_images(workspace)
    if everything:
        trials = {item.name for item in found}
        found += [folder("workspace", path) for path in workspace.entries() if str(path) not in trials]
        if workspace.root.is_dir():
            found.append(
                Leftover(kind="empty folder", name=str(workspace.root), size=0, remove=lambda: _rmdir(workspace))
            )
        return found
    for wanted, name, path in ((cache, "cache", workspace.cache), (tools, "tools", workspace.tools)):
        if wanted and path.is_dir():
            found.append(folder(name, path))
    return found


def refuse_while_at_work(workspace: Workspace) -> None:
    """Raises Unavailable when a living lsqm has a trial in the workspace."""
    from lsqm.adapters.leftovers import OWNER_FILE
    from lsqm.adapters.owner import Owner

    for path in workspace.scratch.glob(f"*/{OWNER_FILE}"):
        with contextlib.suppress(OSError):
            owner = Owner.parse(path.read_text(encoding="utf-8"))
            if owner is not None and not owner.is_gone:
                raise Unavailable(
                    f"an lsqm is at work in {workspace.root} (process {owner.pid} on {owner.host})",
                    hint="Wait until it is done, or stop it.",
                )


def folder(kind: str, path: Path) -> Leftover:
    """A folder and all in it, or a file; of a link only the link."""
    if path.is_symlink() or not path.is_dir():
        return Leftover(kind=kind, name=str(path), size=0, remove=lambda: path.unlink(missing_ok=True))
    size = sum(item.lstat().st_size for item in path.rglob("*") if item.is_file() and not item.is_symlink())
    return Leftover(kind=kind, name=str(path), size=size, remove=lambda: remove_tree(path))


def remove_tree(path: Path) -> None:
    """Remove a folder; what somebody else removes meanwhile is fine.

    Raises:
        Unavailable: something of it stays, for instance files that a container wrote as root.
    """
    troubles: list[OSError] = []

    def trouble(_: object, __: object, error: tuple[type[BaseException], BaseException, object]) -> None:
        if isinstance(error[1], OSError) and not isinstance(error[1], FileNotFoundError):
            troubles.append(error[1])

    shutil.rmtree(path, onerror=trouble)
    if troubles:
        raise Unavailable(
            f"{troubles[0].filename} cannot be removed: {troubles[0].strerror}", hint=f"Remove {path} by hand."
        )


def _rmdir(workspace: Workspace) -> None:
    """Remove the workspace itself unless somebody else keeps something there."""
    with contextlib.suppress(OSError):
        workspace.root.rmdir()


def old_images(workspace: Workspace) -> list[Leftover]:
    """The cages' own images, and emulators of earlier runs that no tag names any more; none where no engine answers."""
    from lsqm.adapters.docker_engine import Engine, our_images, remove_image

    engine = Engine(os.environ)
    try:
        found = our_images(engine, recorded_digests(ArtifactStore(workspace.artifacts)))
    except Unavailable:
        return []
    finally:
        engine.close()

    def remover(image: str) -> Callable[[], object]:
        return lambda: remove_image(Engine(os.environ), image)

    return [Leftover(kind="image", name=name, size=size, remove=remover(key)) for key, name, size in found]


def recorded_digests(store: ArtifactStore) -> frozenset[str]:
    """Digests of the emulators that the runs of this workspace name."""
    found = set()
    for run in store.run_ids():
        with contextlib.suppress(DataError):
            emulator = store.load_manifest(run).emulator
            if emulator is not None and emulator.digest:
                found.add(emulator.digest)
    return frozenset(found)


def local(workspace: Workspace) -> list[Leftover]:
    """Processes and trial folders of an lsqm that is gone."""
    from lsqm.adapters.leftovers import sweep_local

    places = (workspace.scratch, temporary())
    found = sweep_local(*places, dry_run=True)
    return [
        *(
            Leftover(kind="process", name=_named(pid), size=0, remove=lambda: sweep_local(*places))
            for pid in found.processes
        ),
        *(folder("trial folder", path) for path in found.directories),
    ]


def _named(pid: int) -> str:
    try:
        return f"{pid} {Path(f'/proc/{pid}/comm').read_text(encoding='utf-8', errors='replace').strip()}"
    except OSError:
        return str(pid)


def containers() -> list[Leftover]:
    """Containers and networks with lsqm's label whose owner is gone; none where no engine answers."""
    from lsqm.adapters.docker_engine import Engine, sweep

    engine = Engine(os.environ)
    try:
        found = sweep(engine, dry_run=True)
    except Unavailable:
        return []
    names = [*(("container", name) for name in found.containers), *(("network", name) for name in found.networks)]
    return [Leftover(kind=kind, name=name, size=0, remove=lambda: sweep(engine)) for kind, name in names]
