"""Writes that are whole or not there: temp file in the same folder, then rename."""

import contextlib
import errno
import fcntl
import gzip
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_RIVALS = 20
"""How often a folder is put in its place again because another process did the same at that moment."""
LOG_LIMIT_BYTES = 256 * 1024
"""Per log, before compression: the head and the tail are kept (failures show at the end, set-up at the beginning)."""


def write_atomic(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that a reader sees the old content or the new one, never a part. No-op if equal."""
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        os.replace(temporary, path)  # noqa: PTH105  Path.replace says nothing about atomicity, os.replace does
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _replace(target: Path, temporary: Path) -> None:
    """Put one folder in the place of another, also while another process does the same; who comes last stays."""
    old = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.", suffix=".old"))
    try:
        for attempt in range(_RIVALS):
            with contextlib.suppress(FileNotFoundError):
                target.rename(old / str(attempt))
            try:
                temporary.rename(target)
            except OSError as error:
                if error.errno not in {errno.ENOTEMPTY, errno.EEXIST} or attempt == _RIVALS - 1:
                    raise
            else:
                return
    finally:
        shutil.rmtree(old)


def write_tree(target: Path, files: Mapping[str, bytes]) -> None:
    """Make `target` a folder that holds exactly `files` (relative POSIX path → content), in one rename."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp"))
    try:
        for relative, data in sorted(files.items()):
            path = temporary / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        temporary.chmod(0o755)
        _replace(target, temporary)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def read_tree(root: Path) -> dict[str, bytes]:
    """Every regular file below `root`: relative POSIX path → content. Links are not followed."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def cap(data: bytes, limit: int = LOG_LIMIT_BYTES) -> bytes:
    """Head and tail of `data`, at most about `limit` bytes, with a line that says how much was left out."""
    if len(data) <= limit:
        return data
    head, tail = data[: limit // 4], data[-(limit - limit // 4) :]
    return head + f"\n[… {len(data) - len(head) - len(tail)} bytes left out …]\n".encode() + tail


def compress(data: bytes) -> bytes:
    """Gzip without a timestamp, so that equal logs are equal files."""
    return gzip.compress(data, compresslevel=6, mtime=0)


@contextmanager
def locked(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold an exclusive lock on `path` across processes; `waiting` is called once when somebody else holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
