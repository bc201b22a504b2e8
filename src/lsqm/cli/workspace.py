"""The folder lsqm works in, and the artifact repository's checkout inside it."""

import os
from dataclasses import dataclass
from pathlib import Path

from lsqm.errors import Unavailable


def temporary() -> Path:
    """Where `tempfile` puts things, found without its way of trying: writing a file there."""
    for name in ("TMPDIR", "TEMP", "TMP"):
        if (value := os.environ.get(name)) and os.access(value, os.W_OK | os.X_OK):
            return Path(value)
    return Path("/tmp")  # noqa: S108  read only, and each thing in it is told by its owner's mark


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
        """One folder per running trial, removed after it; each names its owner, so that leftovers can be told."""
        return self.root / "scratch"

    @property
    def shards(self) -> Path:
        """Shards of runs that were made on this machine and not merged elsewhere: one folder each."""
        return self.root / "shards"

    @property
    def logs(self) -> Path:
        """One JSON-lines file per run or command, tracebacks, crash reports."""
        return self.root / "logs"

    @property
    def reports(self) -> Path:
        """Reports of older runs."""
        return self.root / "reports"

    def entries(self) -> list[Path]:
        """What lsqm made directly below the workspace; other people's files beside it are not named."""
        if not self.root.is_dir():
            return []
        named = (
            *(self.artifacts, self.local_remote, self.tools, self.cache, self.scratch, self.shards, self.logs),
            self.reports,
        )
        found = [path for path in named if path.exists() or path.is_symlink()]
        return found + sorted({*self.root.glob("artifacts.*.aside"), *self.root.glob(".artifacts*.lock")})

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
