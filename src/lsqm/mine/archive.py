"""Unpacking what strangers packed. Only regular files below one fresh folder come out; everything else is a refusal.

Links inside the archive become copies, so that nothing in the result points anywhere.
"""

import bz2
import gzip
import lzma
import os
import posixpath
import re
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO, Self, cast

_CHUNK = 256 * 1024
_MAX_HEADER_BYTES = 4 * 1024 * 1024
_MAX_DIRECTORY_BYTES = 32 * 1024 * 1024
"""Of a zip's table of contents, which is read in one piece into objects of ten times its size."""
_BLOCK = 512
_DIGITS = re.compile(rb"[0-9]{64}")
"""Of a pax header. tarfile's patterns take quadratic time over digits: hours for one header of some megabytes."""
_REMEMBERED_REFUSALS = 200
_BROKEN = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError),
    RuntimeError,  # zipfile says so of versions and methods it does not know
)
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How much one archive may become."""

    total_bytes: int = 1024**3
    file_bytes: int = 32 * 1024**2
    members: int = 150_000
    path_bytes: int = 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """One member that was not unpacked."""

    path: str
    reason: str


DEFAULT_LIMITS = Limits()


class ArchiveRefused(Exception):
    """The archive as a whole cannot be unpacked; what came out before is of no use."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Extraction:
    """What came out."""

    files: int
    size_bytes: int
    refused: tuple[Refusal, ...] = ()
    refused_total: int = 0
    """May exceed `len(refused)`: only the first few hundred are kept."""
    comment: str = ""
    """The commit, in archives that git made."""


def extract(archive: Path, into: Path, *, limits: Limits = DEFAULT_LIMITS, strip: int = 0) -> Extraction:
    """Unpack a tar (plain, gzip, bzip2, xz) or zip into `into`, which must not exist yet.

    `strip` leading path components are dropped. Raises ArchiveRefused when the archive is broken or over a limit.
    """
    into.mkdir(parents=True)
    unpacking = _Unpacking(into=into, limits=limits, strip=strip)
    try:
        if zipfile.is_zipfile(archive) and not tarfile_like(archive):
            comment = _zip(archive, unpacking)
        else:
            comment = _tar(archive, unpacking)
        unpacking.copy_links()
    except _BROKEN as error:
        raise ArchiveRefused(f"not a readable archive: {error}") from error
    return Extraction(
        files=unpacking.files,
        size_bytes=unpacking.size_bytes,
        refused=tuple(unpacking.refused),
        refused_total=unpacking.refused_total,
        comment=comment,
    )


def tarfile_like(archive: Path) -> bool:
    """Whether it begins as a tar or a compressed one: a zip may hide behind its last bytes only."""
    with archive.open("rb") as stream:
        head = stream.read(512)
    return head[257:262] == b"ustar" or head.startswith(_COMPRESSED)


@dataclass(kw_only=True, slots=True)
class _Unpacking:
    into: Path
    limits: Limits
    strip: int
    files: int = 0
    members: int = 0
    size_bytes: int = 0
    refused: list[Refusal] = field(default_factory=list)
    refused_total: int = 0
    links: list[tuple[str, str]] = field(default_factory=list)

    def refuse(self, path: str, reason: str) -> None:
        self.refused_total += 1
        if len(self.refused) < _REMEMBERED_REFUSALS:
            self.refused.append(Refusal(path=_printable(path), reason=reason))

    def count(self) -> None:
        self.members += 1
        if self.members > self.limits.members:
            raise ArchiveRefused(f"more than {self.limits.members} members")

    def place(self, name: str) -> str | None:
        """The member's path below `into`, or None after a refusal. Stripped-away members have the path ``."""
        reason = _bad_name(name, self.limits)
        if reason:
            self.refuse(name, reason)
            return None
        parts = [part for part in name.split("/") if part not in ("", ".")]
        return "/".join(parts[self.strip :])

    def write(self, path: str, size: int, stream: IO[bytes]) -> None:
        if size > self.limits.file_bytes:
            self.refuse(path, f"larger than {self.limits.file_bytes // 1024**2} MiB")
            return
        target = self.into / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            out = target.open("xb")
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            self.refuse(path, "a second member has the same path")
            return
        except OSError as error:
            self.refuse(path, f"cannot be stored: {error.strerror}")
            return
        written = 0
        with out:
            while chunk := stream.read(_CHUNK):
                written += len(chunk)
                self._grow(len(chunk))
                if written > self.limits.file_bytes:
                    break
                out.write(chunk)
        if written > self.limits.file_bytes:
            target.unlink()
            self.refuse(path, f"larger than {self.limits.file_bytes // 1024**2} MiB")
            return
        self.files += 1

    def copy_links(self) -> None:
        """Turn links into copies of what they point to, in as many rounds as links point to links."""
        waiting = self.links
        while waiting:
            later = [(path, target) for path, target in waiting if not self._copy_link(path, target)]
            if len(later) == len(waiting):
                for path, _ in later:
                    self.refuse(path, "a link to nothing in the archive")
                return
            waiting = later

    def _copy_link(self, path: str, target: str) -> bool:
        source, destination = self.into / target, self.into / path
        if not source.exists():
            return False
        if destination.exists() or (f"{path}/").startswith(f"{target}/") or target in ("", "."):
            self.refuse(path, "a link onto itself or onto what contains it")
            return True
        pairs = [(source, destination)]
        if source.is_dir():
            inside = sorted(item for item in source.rglob("*") if item.is_file())
            pairs = [(item, destination / item.relative_to(source)) for item in inside]
        for original, copy in pairs:
            self.count()
            self._grow(original.stat().st_size)
            try:
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(original, copy)
            except OSError as error:
                self.refuse(path, f"cannot be stored: {error.strerror}")
                return True
            self.files += 1
        return True

    def _grow(self, size: int) -> None:
        self.size_bytes += size
        if self.size_bytes > self.limits.total_bytes:
            raise ArchiveRefused(f"unpacks to more than {self.limits.total_bytes // 1024**2} MiB")

    def link(self, path: str, target: str) -> None:
        """Remember a link whose `target` is relative to the archive's top (already stripped)."""
        self.links.append((path, target))


def _tar(archive: Path, unpacking: _Unpacking) -> str:
    with tempfile.TemporaryFile() as plain:
        _decompress(archive, plain, unpacking.limits)
        plain.seek(0)
        guarded = _Guarded(plain)
        with tarfile.open(fileobj=cast("BinaryIO", guarded), mode="r:", errorlevel=1, tarinfo=_Member) as tar:
            for member in tar:
                unpacking.count()
                _tar_member(tar, member, unpacking)
            return str(tar.pax_headers.get("comment", ""))


def _tar_member(tar: tarfile.TarFile, member: tarfile.TarInfo, unpacking: _Unpacking) -> None:
    path = unpacking.place(member.name)
    if not path:
        return
    if member.isdir():
        return
    if member.issym():
        inside = _link_target(posixpath.dirname(path), member.linkname)
        _remember_link(unpacking, path, inside)
    elif member.islnk():
        _remember_link(unpacking, path, unpacking.place(member.linkname))
    elif not member.isreg():
        unpacking.refuse(path, "neither a file nor a folder")
    elif (stream := tar.extractfile(member)) is not None:
        unpacking.write(path, member.size, stream)


def _zip(archive: Path, unpacking: _Unpacking) -> str:
    with archive.open("rb") as file, zipfile.ZipFile(cast("BinaryIO", _Guarded(file, _MAX_DIRECTORY_BYTES))) as packed:
        for member in packed.infolist():
            unpacking.count()
            path = unpacking.place(member.filename)
            if not path or member.is_dir():
                continue
            kind = stat.S_IFMT(member.external_attr >> 16)
            if member.flag_bits & 0x1:
                unpacking.refuse(path, "encrypted")
            elif kind == stat.S_IFLNK and member.file_size <= unpacking.limits.path_bytes:
                target = packed.read(member).decode(errors="replace")
                _remember_link(unpacking, path, _link_target(posixpath.dirname(path), target))
            elif kind not in (0, stat.S_IFREG):
                unpacking.refuse(path, "neither a file nor a folder")
            else:
                try:
                    with packed.open(member) as stream:
                        unpacking.write(path, member.file_size, stream)
                except NotImplementedError as error:
                    unpacking.refuse(path, f"cannot be unpacked: {error}")
        return packed.comment.decode(errors="replace")[:100]


def _remember_link(unpacking: _Unpacking, path: str, target: str | None) -> None:
    if target is None:
        unpacking.refuse(path, "a link that leads out of the archive")
    else:
        unpacking.link(path, target)


def _link_target(folder: str, target: str) -> str | None:
    if target.startswith("/") or "\0" in target:
        return None
    joined = posixpath.normpath(posixpath.join(folder, target))
    return None if joined == ".." or joined.startswith("../") else joined


def _bad_name(name: str, limits: Limits) -> str:
    """Why a member of this name is not unpacked, empty when it may be."""
    if not name or name.startswith("/") or (len(name) > 1 and name[1] == ":"):
        return "an absolute path"
    if any(part == ".." for part in name.split("/")):
        return "leads out of the archive"
    if any("\ud800" <= character <= "\udfff" for character in name):
        return "its name is not UTF-8"
    if "\\" in name or any(ord(character) < 32 or ord(character) == 127 for character in name):
        return "its name has control characters or backslashes"
    encoded = [len(part.encode()) for part in name.split("/")]
    if max(encoded) > 255 or sum(encoded) + len(encoded) > limits.path_bytes:
        return "its path is too long"
    if ".git" in (part.lower() for part in name.split("/")):
        return "git's own folder"
    return ""


def _decompress(archive: Path, out: IO[bytes], limits: Limits) -> None:
    written = 0
    with _opened(archive) as stream:
        while chunk := stream.read(_CHUNK):
            written += len(chunk)
            # Headers and padding come on top of the content that `total_bytes` speaks about.
            if written > limits.total_bytes + limits.members * 1024:
                raise ArchiveRefused(f"unpacks to more than {limits.total_bytes // 1024**2} MiB")
            out.write(chunk)


def _opened(archive: Path) -> BinaryIO:
    with archive.open("rb") as stream:
        head = stream.read(6)
    if head.startswith(b"\x1f\x8b"):
        return cast("BinaryIO", gzip.open(archive, "rb"))
    if head.startswith(b"BZh"):
        return cast("BinaryIO", bz2.open(archive, "rb"))
    if head.startswith(b"\xfd7zXZ\0"):
        return cast("BinaryIO", lzma.open(archive, "rb"))
    return archive.open("rb")


class _Guarded:
    """A file for tarfile and zipfile that refuses to hand out a header that would take gigabytes or hours to read."""

    def __init__(self, file: IO[bytes], most: int = _MAX_HEADER_BYTES) -> None:
        self._file = file
        self._most = most
        self.in_header = False

    def read(self, size: int = -1) -> bytes:
        data = b"" if size > self._most else self._file.read(size if size >= 0 else self._most + 1)
        if max(size, len(data)) > self._most:
            raise ArchiveRefused(f"a header of {max(size, len(data))} bytes")
        if self.in_header and size > _BLOCK and _DIGITS.search(data):
            raise ArchiveRefused("a header with a number of more than 63 digits")
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True


class _Member(tarfile.TarInfo):
    """Tells the guarded file what is read as a header."""

    @classmethod
    def fromtarfile(cls, tarfile: tarfile.TarFile) -> Self:
        file = cast("_Guarded", tarfile.fileobj)
        file.in_header = True
        try:
            return super().fromtarfile(tarfile)
        finally:
            file.in_header = False


def _printable(path: str) -> str:
    return path.encode("ascii", "backslashreplace").decode()[:300]
