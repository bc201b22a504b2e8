"""Reading a fetched folder without ever leaving it: links that lead out, devices and huge files are not there.

Several trees (the candidate's own and vendored modules) are mounted under one set of virtual POSIX paths.
"""

import posixpath
import stat
from collections.abc import Iterator
from pathlib import Path

FILE_BYTES = 8 * 1024 * 1024
"""A design that carries a larger file is skipped."""

_TOOL_FOLDERS = frozenset({".git", ".terraform", ".terragrunt-cache", "node_modules", "__pycache__", ".venv", "venv"})
_TOOL_FILES = (".tfstate", ".tfstate.backup", ".terraform.lock.hcl", ".DS_Store")


class TooLarge(Exception):
    """A file that is needed is larger than `FILE_BYTES`."""


class SourceTree:
    """Virtual path → what lies there. `""` mounts the candidate's tree, other mounts are vendored modules."""

    def __init__(self, root: Path) -> None:
        self._mounts: dict[str, Path] = {"": root.resolve()}
        self._texts: dict[str, bytes] = {}

    def mount(self, name: str, root: Path) -> None:
        """Make `root` appear at the virtual path `name`."""
        self._mounts[name] = root.resolve()

    def is_file(self, path: str) -> bool:
        """Whether a regular file that may be read lies there."""
        found = self._locate(path)
        return found is not None and stat.S_ISREG(found.stat().st_mode)

    def is_folder(self, path: str) -> bool:
        """Whether a folder that may be read lies there."""
        found = self._locate(path)
        return found is not None and found.is_dir()

    def read(self, path: str) -> bytes | None:
        """The content, or None when there is no such file inside the tree. Raises TooLarge."""
        if path in self._texts:
            return self._texts[path]
        found = self._locate(path)
        if found is None or not stat.S_ISREG(found.stat().st_mode):
            return None
        if found.stat().st_size > FILE_BYTES:
            raise TooLarge(path)
        self._texts[path] = found.read_bytes()
        return self._texts[path]

    def names(self, path: str) -> list[str]:
        """The names in a folder, sorted; none if there is no such folder."""
        found = self._locate(path)
        return sorted(entry.name for entry in found.iterdir()) if found is not None and found.is_dir() else []

    def below(self, path: str) -> Iterator[str]:
        """Every readable file at or below `path`, without what tools leave behind, in sorted order."""
        if self.is_file(path):
            yield path
            return
        for name in self.names(path):
            inner = join(path, name)
            found = self._locate(inner)
            if found is None or name in _TOOL_FOLDERS or name.endswith(_TOOL_FILES):
                continue
            if found.is_dir():
                if not found.is_symlink() and not self._disk(inner).is_symlink():
                    yield from self.below(inner)
            elif self.is_file(inner):
                yield inner

    def _disk(self, path: str) -> Path:
        name = max((name for name in self._mounts if inside(path, name)), key=len)
        relative = posixpath.relpath(path, name) if name else path
        return self._mounts[name] / relative

    def _locate(self, path: str) -> Path | None:
        """The real place, if it exists and is inside its own tree after following every link."""
        if path == ".." or path.startswith(("../", "/")) or "\0" in path:
            return None
        name = max((name for name in self._mounts if inside(path, name)), key=len)
        try:
            real = self._disk(path).resolve(strict=True)
        except (OSError, RuntimeError, ValueError):
            return None
        return real if real.is_relative_to(self._mounts[name]) else None


def join(folder: str, *names: str) -> str:
    """A normal virtual path; `..` above the top stays in it as `../`."""
    return posixpath.normpath(posixpath.join(folder or ".", *names))


def inside(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or below it."""
    return folder in {"", "."} or path == folder or path.startswith(folder + "/")
