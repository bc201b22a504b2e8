"""The folder lsqm works in, and the artifact repository's checkout inside it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lsqm.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Workspace:
    """Paths below one workspace. Everything here can be made again, but for unpushed results in `artifacts`."""

    root: Path

    @property
    def artifacts(self) -> Path:
        """Working copy of the artifact repository."""
        return self.root / "artifacts"

    @property
    def local_remote(self) -> Path:
        """The artifact repository itself when ARTIFACT_REPO is not set."""
        return self.root / "artifacts.git"

    @property
    def tools(self) -> Path:
        """Downloaded Terraform, provider mirror, generated CLI configuration."""
        return self.root / "tools"

    @property
    def cache(self) -> Path:
        """Fetched repositories and archives."""
        return self.root / "cache"

    @property
    def scratch(self) -> Path:
        """One folder per running trial, removed after it."""
        return self.root / "scratch"

    @property
    def logs(self) -> Path:
        """One JSON-lines file per run or command, tracebacks, crash reports."""
        return self.root / "logs"

    def make(self) -> None:
        """Create the folder. Raises Unavailable when that is not possible."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(
                f"the workspace {self.root} cannot be made: {error.strerror}",
                hint="Choose another folder with --workspace or LSQM_WORKSPACE.",
            ) from error
        if not os.access(self.root, os.W_OK):
            raise Unavailable(
                f"the workspace {self.root} is not writable", hint="Choose another folder with --workspace."
            )


@contextmanager
def scratch_owner(folder: Path) -> Iterator[Path]:
    """A scratch folder that names its owner, so that a later lsqm knows whether it is still in use."""
    folder.mkdir(parents=True)
    (folder / "owner").write_text(f"{os.getpid()}\n", encoding="ascii")
    try:
        yield folder
    finally:
        import shutil

        shutil.rmtree(folder, ignore_errors=True)


def abandoned(scratch: Path) -> list[Path]:
    """Scratch folders whose owner is gone (killed with SIGKILL, or the machine restarted)."""
    found = []
    for folder in sorted(scratch.iterdir()) if scratch.is_dir() else []:
        try:
            owner = int((folder / "owner").read_text(encoding="ascii"))
            os.kill(owner, 0)
        except (OSError, ValueError):
            found.append(folder)
            continue
        if not _is_lsqm(owner):
            found.append(folder)
    return found


def _is_lsqm(pid: int) -> bool:
    """Whether a process is Python, so that a re-used process id does not keep a folder for ever."""
    try:
        return (
            b"python" in Path(f"/proc/{pid}/cmdline").read_bytes() or b"lsqm" in Path(f"/proc/{pid}/comm").read_bytes()
        )
    except OSError:
        return Path("/proc").is_dir() is False
