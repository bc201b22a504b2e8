"""`path:DIR` and `starter`: designs that are already on this machine."""

import errno
import os
import posixpath
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from lsqm.errors import UsageError
from lsqm.mine.entries import PRUNED, Listing, Place, blobs_on_disk, candidates, content_key, local_url, origin_url
from lsqm.mine.source import Detect, Item, NoteKind, Seen, SourceNote
from lsqm.model.architecture import Dialect

MAX_FILES = 200_000
MAX_FILE_BYTES = 32 * 1024**2


@dataclass(frozen=True, kw_only=True, slots=True)
class Survey:
    """What a folder holds: files to take, and what is left out and why."""

    files: tuple[str, ...]
    """Relative, POSIX, sorted."""
    left_out: tuple[tuple[str, str], ...] = ()
    """(path, reason)."""


def survey(root: Path) -> Survey:
    """Walk `root` without following any link out of it. Nothing is read but names and sizes."""
    files: list[str] = []
    left_out: list[tuple[str, str]] = []
    real_root = root.resolve()

    def failed(error: OSError) -> None:
        left_out.append((_relative(Path(str(error.filename)), root), f"cannot be listed: {error.strerror}"))

    for folder, folders, names in os.walk(root, onerror=failed):
        here = Path(folder)
        links = [name for name in folders if (here / name).is_symlink()]
        left_out += [(_relative(here / name, root), "a link to a folder") for name in links]
        folders[:] = sorted(name for name in folders if name not in PRUNED and not (here / name).is_symlink())
        for name in names:
            path = here / name
            if reason := _unusable(path, real_root):
                left_out.append((_relative(path, root), reason))
            else:
                files.append(_relative(path, root))
        if len(files) > MAX_FILES:
            raise UsageError(
                f"{root} holds more than {MAX_FILES} files", hint="name a folder further down as path: source"
            )
    return Survey(files=tuple(sorted(files)), left_out=tuple(sorted(left_out)))


@dataclass(frozen=True, kw_only=True, slots=True)
class FolderSource:
    """`path:DIR`: every entry below a folder, or the one template that a file is."""

    name: str
    written: str
    """The path as configured: what origins are called, so that it means the same on another machine."""
    folder: Path
    """Where it is now."""
    work: Path
    detect: Detect

    def check(self) -> None:
        """Raise UsageError when this cannot be a source, before anything else is begun."""
        if not self.folder.exists():
            raise UsageError(f"source {self.name!r}: {self.folder} does not exist", hint="correct the path in sources")
        if _is_bare_repository(self.folder):
            raise UsageError(
                f"source {self.name!r}: {self.folder} is a bare git repository", hint=f"write git:{self.written}"
            )

    def discover(self, seen: Seen) -> Iterator[Item]:
        """Every new or changed entry."""
        try:
            self.check()
            yield from self._entries(seen)
        except (UsageError, OSError) as error:
            yield SourceNote(source=self.name, kind=NoteKind.FAILED, message=str(error), url=self.written)

    def _entries(self, seen: Seen) -> Iterator[Item]:
        root = self.folder if self.folder.is_dir() else self.folder.parent
        if self.folder.is_file():
            yield from self._single(root, seen)
            return
        found = survey(root)
        yield from notes(self.name, found, lambda path: local_url(self.written, path))
        tree = _staged(root, found, self.work) if found.left_out else root
        yield from self._offer(tree, Listing(blobs_on_disk(tree, found.files)), self.detect, seen)

    def _single(self, root: Path, seen: Seen) -> Iterator[Item]:
        # The template decides alone what it is; what it refers to is looked for beside it.
        alone = Survey(files=(self.folder.name,))
        detected = self.detect(_staged(root, alone, self.work))
        if not detected:
            yield SourceNote(
                source=self.name,
                kind=NoteKind.LEFT_OUT,
                message="not recognised as a template of any dialect",
                url=self.written,
            )
            return
        found = survey(root)
        tree = _staged(root, found, self.work / "beside") if found.left_out else root

        def only(_: Path) -> list[tuple[str, Dialect]]:
            return [(entry if entry != "." else self.folder.name, dialect) for entry, dialect in detected]

        yield from self._offer(tree, Listing(blobs_on_disk(tree, found.files)), only, seen)

    def _offer(self, tree: Path, listing: Listing, detect: Detect, seen: Seen) -> Iterator[Item]:
        commit = "sha256:" + content_key(listing, (".",))
        place = Place(
            source=self.name,
            repository=self.written,
            commit=commit,
            tree=tree,
            listing=listing,
            folder=posixpath.dirname(self.written) if self.folder.is_file() else self.written,
        )
        yield from candidates(place, detect, seen)


@dataclass(frozen=True, kw_only=True, slots=True)
class StarterSource:
    """`starter`: the corpus that comes with lsqm; each subfolder is one entry."""

    folder: Path
    detect: Detect
    name: str = "starter"

    def discover(self, seen: Seen) -> Iterator[Item]:
        """Every subfolder that is new or changed."""
        if not self.folder.is_dir():
            yield SourceNote(source=self.name, kind=NoteKind.FAILED, message=f"{self.folder} is missing")
            return
        for folder in sorted(path for path in self.folder.iterdir() if path.is_dir() and path.name not in PRUNED):
            found = survey(folder)
            yield from notes(self.name, found, partial(origin_url, f"starter//{folder.name}"))
            listing = Listing(blobs_on_disk(folder, found.files))
            detected = sorted(self.detect(folder), key=lambda pair: _depth(folder, pair[0]))[:1]
            if not detected:
                yield SourceNote(
                    source=self.name,
                    kind=NoteKind.LEFT_OUT,
                    message="no entry recognised",
                    url=f"starter//{folder.name}",
                )
                continue
            commit = "sha256:" + content_key(listing, (".",))
            place = Place(
                source=self.name,
                repository="starter",
                commit=commit,
                tree=folder,
                listing=listing,
                only_entry=folder.name,
            )
            yield from candidates(place, lambda _, found=detected: found, seen)  # type: ignore[misc]


def notes(source: str, found: Survey, called: Callable[[str], str]) -> Iterator[SourceNote]:
    """One note for each file that is left out; `called` makes its URL of its path."""
    for path, reason in found.left_out:
        yield SourceNote(source=source, kind=NoteKind.LEFT_OUT, message=reason, url=printable(called(path)))


def printable(text: str) -> str:
    """`text` with everything escaped that a terminal or a document could not take."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def _staged(root: Path, found: Survey, work: Path) -> Path:
    """A copy of what may be taken, for trees that hold something that may not."""
    tree = work / "tree"
    for name in found.files:
        target = tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, target)
    return tree


def _depth(tree: Path, entry: str) -> tuple[int, str]:
    path = PurePosixPath(entry)
    return len(path.parts) - (0 if (tree / entry).is_dir() else 1), entry


def _unusable(path: Path, real_root: Path) -> str:
    """Why this is not taken, empty when it is."""
    if not path.name.isprintable():
        return "its name is not printable UTF-8"
    if path.is_symlink():
        try:
            target = path.resolve(strict=True)
        except OSError as error:
            return "a link to itself" if error.errno == errno.ELOOP else "a link to nothing"
        except RuntimeError:  # Python 3.11 and 3.12 say a loop like this
            return "a link to itself"
        if not target.is_relative_to(real_root):
            return "a link that leads out of the source"
    try:
        status = path.stat()
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if not stat.S_ISREG(status.st_mode):
        return "neither a file nor a folder"
    if status.st_size > MAX_FILE_BYTES:
        return f"larger than {MAX_FILE_BYTES // 1024**2} MiB"
    return "" if os.access(path, os.R_OK) else "cannot be read: permission denied"


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _is_bare_repository(folder: Path) -> bool:
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()
