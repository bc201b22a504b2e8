"""What `lsqm clean` finds: leftovers of killed runs, and on request caches, tools or the whole workspace."""

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lsqm.cli.workspace import Workspace
from lsqm.config import Settings
from lsqm.errors import Unavailable


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


def leftovers(settings: Settings, *, cache: bool, tools: bool, everything: bool) -> list[Leftover]:
    """Everything that would be removed, processes and containers before the folders they use."""
    workspace = Workspace(settings.workspace)
    found = [*local(workspace), *containers()]
    if everything:
        return [*found, folder("workspace", workspace.root)] if workspace.root.is_dir() else found
    for wanted, name, path in ((cache, "cache", workspace.cache), (tools, "tools", workspace.tools)):
        if wanted and path.is_dir():
            found.append(folder(name, path))
    return found


def folder(kind: str, path: Path) -> Leftover:
    """A folder and all in it."""
    size = sum(item.lstat().st_size for item in path.rglob("*") if item.is_file() and not item.is_symlink())
    return Leftover(kind=kind, name=str(path), size=size, remove=lambda: shutil.rmtree(path, ignore_errors=True))


def local(workspace: Workspace) -> list[Leftover]:
    """Processes and trial folders of an lsqm that is gone."""
    from lsqm.adapters.leftovers import sweep_local

    places = (workspace.scratch, Path(tempfile.gettempdir()))
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
