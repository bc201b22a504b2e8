"""A working copy's documents as one file, so that one CI job can hand them to the next.

The receiver may hold secrets that the sender must not get at, and the sender has run foreign code: so nothing but plain
files in known folders is taken, never git's own folder, a link, a device or a path that leaves the target.
"""

import re
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from lsqm.artifacts.paths import is_safe_relative
from lsqm.errors import DataError

FOLDERS = ("architectures", "apps", "runs", "reports", "trends", "state")
MARKER = "lsqm.json"
WHOLE = ("architectures", "apps")
"""Folders whose subfolders belong together and are replaced as a whole."""
Merge = Callable[[str, bytes, bytes], bytes]
_BASE = "lsqm.base"
MAX_FILES = 2_000_000
MAX_BYTES = 16 * 2**30


def pack(root: Path, target: Path, *, base: str = "") -> int:
    """Write the documents below `root` to `target` (tar, gzip). Returns how many files it holds.

    Args:
        base: the commit of the remote that the documents stand on, for who merges them into it later.
    """
    partial = target.with_name(f".{target.name}.partial")
    count = 0
    headers = {_BASE: base}
    with tarfile.open(partial, "w:gz", compresslevel=3, format=tarfile.PAX_FORMAT, pax_headers=headers) as archive:
        for path in _documents(root):
            archive.add(path, arcname=path.relative_to(root).as_posix(), recursive=False, filter=_plain)
            count += 1
    partial.replace(target)
    return count


def base_of(parcel: Path) -> str:
    """The commit that was named when it was packed, empty when none was. Raises DataError."""
    try:
        with tarfile.open(parcel, "r:gz") as archive:
            text = archive.pax_headers.get(_BASE, "")
    except (OSError, EOFError, tarfile.TarError) as error:
        raise _unreadable(parcel, error) from error
    return text if re.fullmatch(r"[0-9a-f]{40,64}", text) else ""


def _unreadable(parcel: Path, error: Exception) -> DataError:
    return DataError(f"{parcel} cannot be unpacked: {error}", hint="Make it again with `lsqm pack`, in the job before.")


def is_shared(name: str) -> bool:
    """Whether several runs write into this document, each its own keys or lines."""
    return name in {"architectures/index.json", "runs/ledger.jsonl"} or (
        name.startswith(("state/", "trends/")) and name.endswith(".json")
    )


def _documents(root: Path) -> Iterator[Path]:
    if (root / MARKER).is_file():
        yield root / MARKER
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield path


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without owner and time, so that the same documents make the same parcel."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.mode & 0o100 else 0o644
    return member


def unpack(parcel: Path, root: Path, *, merge: Merge | None = None) -> int:
    """Take the documents of `parcel` into `root`, over what is there. Returns how many files came.

    Everything is checked before anything is written.

    Args:
        merge: name, what comes, what is there → both, for documents that several runs write into (`is_shared`); None:
            what comes replaces what is there.

    Raises:
        DataError: it is no parcel, or it holds something that no parcel holds.
    """
    try:
        with tarfile.open(parcel, "r:gz") as archive:
            members = _checked(parcel, archive)
            for whole in sorted({"/".join(member.name.split("/")[:2]) for member in members if _is_whole(member.name)}):
                _remove(root / whole)
            for member in members:
                _write(archive, member, root, merge)
    except (OSError, EOFError, tarfile.TarError) as error:
        raise _unreadable(parcel, error) from error
    return len(members)


def _remove(path: Path) -> None:
    if path.is_symlink():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)


def _is_whole(name: str) -> bool:
    return name.startswith(tuple(f"{folder}/" for folder in WHOLE)) and name.count("/") > 1


def _checked(parcel: Path, archive: tarfile.TarFile) -> list[tarfile.TarInfo]:
    members: list[tarfile.TarInfo] = []
    total = 0
    for member in archive:
        parts = PurePosixPath(member.name).parts
        total += member.size
        if not member.isreg():
            problem = "is no plain file"
        elif not is_safe_relative(member.name) or ".git" in parts:
            problem = "leads out of the artifact repository"
        elif member.name != MARKER and parts[0] not in FOLDERS:
            problem = "lies in no folder of an artifact repository"
        elif total > MAX_BYTES or len(members) >= MAX_FILES:
            problem = "makes it larger than any artifact repository may be"
        else:
            members.append(member)
            continue
        raise DataError(
            f"{parcel}: {member.name!r} {problem}; nothing was unpacked",
            hint="Whoever made it had something in mind: look at the job before.",
        )
    return members


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, root: Path, merge: Merge | None) -> None:
    target = root / member.name
    content = archive.extractfile(member)
    assert content is not None, "a regular file has content"
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.parent.resolve().is_relative_to(root.resolve()):
        raise DataError(
            f"{target.parent} leads out of {root} by a link; the rest was not unpacked",
            hint="Remove the link from the artifact repository: lsqm never makes one.",
        )
    if target.is_symlink():
        target.unlink()
    there = target.read_bytes() if merge is not None and is_shared(member.name) and target.is_file() else None
    with content:
        if merge is not None and there is not None:
            target.write_bytes(merge(member.name, content.read(), there))
        else:
            with target.open("wb") as file:
                shutil.copyfileobj(content, file)
    target.chmod(member.mode & 0o755)
