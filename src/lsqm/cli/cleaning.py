"""What `lsqm clean` finds: leftovers of killed runs, and on request caches, tools or the whole workspace."""

import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lsqm.cli.workspace import Workspace, abandoned
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
    found = [*orphans(workspace), *containers()]
    if everything:
        return [*found, folder("workspace", workspace.root)] if workspace.root.is_dir() else found
    found += [folder("scratch folder", path) for path in abandoned(workspace.scratch)]
    for wanted, name, path in ((cache, "cache", workspace.cache), (tools, "tools", workspace.tools)):
        if wanted and path.is_dir():
            found.append(folder(name, path))
    return found


def folder(kind: str, path: Path) -> Leftover:
    """A folder and all in it."""
    size = sum(item.lstat().st_size for item in path.rglob("*") if item.is_file() and not item.is_symlink())
    return Leftover(kind=kind, name=str(path), size=size, remove=lambda: shutil.rmtree(path, ignore_errors=True))


def orphans(workspace: Workspace) -> list[Leftover]:
    """Processes that still work in the scratch folder of a run whose lsqm is gone."""
    found: list[Leftover] = []
    folders = {str(path) for path in abandoned(workspace.scratch)}
    proc = Path("/proc")
    if not folders or not proc.is_dir():
        return found
    for path in proc.iterdir():
        if not path.name.isdigit() or int(path.name) == os.getpid():
            continue
        try:
            where = str((path / "cwd").readlink())
            name = (path / "comm").read_text().strip()
        except OSError:
            continue
        if any(where == parent or where.startswith(parent + "/") for parent in folders):
            found.append(_process(int(path.name), name))
    return found


def _process(pid: int, name: str) -> Leftover:
    def end() -> None:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    return Leftover(kind="process", name=f"{pid} {name}", size=0, remove=end)


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
