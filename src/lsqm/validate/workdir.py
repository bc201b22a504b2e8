"""The temporary directory of one trial (FR-023), and reading what foreign code left in it without being led astray."""

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lsqm.model.app import App
from lsqm.model.architecture import Architecture

PREFIX = "lsqm-trial-"
"""Names begin so, followed by the run, so that leftovers of a killed run can be found."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkDirectory:
    """`terraform/` keeps its state between the phases, `app/` is only read, `plugin/` holds our two files."""

    root: Path

    @property
    def terraform(self) -> Path:
        return self.root / "terraform"

    @property
    def app(self) -> Path:
        return self.root / "app"

    @property
    def plugin(self) -> Path:
        return self.root / "plugin"

    @property
    def state_document(self) -> Path:
        """What was applied, for the app to read."""
        return self.plugin / "state.json"

    @property
    def outputs_document(self) -> Path:
        """The architecture's outputs, for the app to read."""
        return self.plugin / "outputs.json"

    @property
    def home(self) -> Path:
        """HOME of both, and where the app's temporary files go."""
        return self.root / "home"


@contextmanager
def work_directory(
    scratch: Path, run: str, architecture: Architecture, app: App, owner: str = ""
) -> Iterator[WorkDirectory]:
    """Write everything out; remove it at the end, whatever the trial did to it."""
    root = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{run}-", dir=scratch))
    work = WorkDirectory(root=root)
    try:
        root.chmod(0o755)
        (root / ".lsqm-owner").write_text(owner, encoding="utf-8")
        write_tree(work.terraform, architecture.files)
        write_tree(work.app, {name: text.encode() for name, text in app.files.items()})
        inside = Path(__file__).parent / "inside"
        work.plugin.mkdir()
        work.home.mkdir()
        for name in ("supervisor.py", "lsqm_reporter.py"):
            shutil.copyfile(inside / name, work.plugin / name)
        # Buckets in the path: no resolver knows a name for each of them.
        (work.plugin / "aws-config").write_text("[default]\ns3 =\n    addressing_style = path\n")
        yield work
    finally:
        remove_tree(root)


def write_tree(top: Path, files: Mapping[str, bytes]) -> None:
    """Write `files` (relative POSIX path → content) below `top`. Raises ValueError for a path that leads out of it."""
    top.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        relative = PurePosixPath(name)
        if relative.is_absolute() or ".." in relative.parts or not relative.parts:
            raise ValueError(f"not a path below the architecture: {name!r}")
        path = top.joinpath(*relative.parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def read_untrusted(path: Path, limit: int) -> bytes:
    """The first `limit` bytes of a regular file; empty when it is anything else, a link above all."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    with os.fdopen(fd, "rb") as file:
        return file.read(limit) if stat.S_ISREG(os.fstat(fd).st_mode) else b""


def remove_tree(root: Path) -> None:
    """Remove it, also where foreign code took away the right to."""
    for directory, _, _ in os.walk(root):  # does not follow links
        with contextlib.suppress(OSError):
            Path(directory).chmod(0o700)
    shutil.rmtree(root, ignore_errors=True)
