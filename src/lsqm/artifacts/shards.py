"""The folder one shard of a run leaves: a small artifact repository with one run, and `shard.json` beside it.

It is written where foreign code ran and read where tokens are, so it is read as data: no links, no names but ours, no
file larger than a limit.
"""

import hashlib
import os
import stat
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from lsqm.artifacts import documents, files
from lsqm.artifacts.store import ArtifactStore
from lsqm.errors import DataError
from lsqm.model.ids import ArchitectureHash, RunId, architecture_hash
from lsqm.model.result import Result
from lsqm.model.run import RunManifest
from lsqm.model.shard import ShardRecord

RECORD = "shard.json"
_DOCUMENT_LIMIT = 16 << 20
_LOG_LIMIT = 4 << 20
"""Bytes of one log, unpacked."""
_DEPTH = 3


class ShardFolder:
    """One shard's folder. Reading raises DataError for what is not as a shard writes it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.store = ArtifactStore(root)

    # -- written by the shard

    @property
    def exists(self) -> bool:
        return (self.root / RECORD).is_file()

    def save(self, record: ShardRecord) -> None:
        files.write_atomic(self.root / RECORD, documents.dump(record))

    def seal(self, record: ShardRecord, *, stopped_by: str) -> None:
        """Mark the shard as finished, with a checksum of everything in it."""
        folder = self.store.layout.run(record.run)
        sums = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in _plain_files(folder)}
        self.save(replace(record, finished=True, stopped_by=stopped_by, files=sums))

    # -- read by the merge

    def load(self) -> ShardRecord:
        path = self.root / RECORD
        return documents.load(ShardRecord, _read(path, _DOCUMENT_LIMIT), path)

    def load_manifest(self, record: ShardRecord) -> RunManifest:
        path = self._found(record, "run.json")
        manifest = documents.load(RunManifest, self._checked(record, "run.json", path), path)
        if manifest.run != record.run:
            raise DataError(f"{path} is of run {manifest.run}, not {record.run}", hint="Make the shard again.")
        return manifest

    def results(self, record: ShardRecord) -> "Iterator[tuple[ArchitectureHash, Result | DataError]]":
        """Every result of this shard's share, or why it cannot be believed."""
        share = set(record.selected)
        for name, path in _plain_files(self.store.layout.results(record.run)):
            try:
                key = architecture_hash(name.removesuffix(".json"))
            except ValueError:
                continue
            if key not in share:
                continue
            try:
                yield key, self._result(record, key, path)
            except DataError as error:
                yield key, error

    def _result(self, record: ShardRecord, key: ArchitectureHash, path: Path) -> Result:
        result = documents.load(Result, self._checked(record, f"results/{path.name}", path), path)
        if result.architecture != key:
            raise DataError(f"{path} is about {result.architecture[:12]}", hint="Make the shard again.")
        return result

    def logs(self, record: ShardRecord, architecture: ArchitectureHash) -> dict[str, bytes]:
        """Kind → text of one result's logs; those that cannot be read are left out."""
        found = {}
        for name, path in _plain_files(self.store.layout.run(record.run) / "logs" / architecture):
            kind = name.removesuffix(".log.gz")
            data = self._unpacked(record, f"logs/{architecture}/{name}", path)
            if kind != name and kind.replace("-", "").isalnum() and data is not None:
                found[kind] = data
        return found

    def own_log(self) -> bytes:
        """What the shard's lsqm itself logged, JSON lines; empty when it is not there."""
        try:
            return _read(self.root / "lsqm.jsonl", _DOCUMENT_LIMIT)
        except DataError:
            return b""

    def _found(self, record: ShardRecord, name: str) -> Path:
        folder = self.store.layout.run(record.run)
        path = dict(_plain_files(folder)).get(name)
        if path is None:
            raise DataError(f"{folder / name} is missing", hint="Make the shard again.")
        return path

    def _unpacked(self, record: ShardRecord, name: str, path: Path) -> bytes | None:
        try:
            return _unpack(self._checked(record, name, path))
        except (DataError, zlib.error):
            return None

    @staticmethod
    def _checked(record: ShardRecord, name: str, path: Path) -> bytes:
        data = _read(path, _DOCUMENT_LIMIT)
        if record.finished and record.files.get(name) != hashlib.sha256(data).hexdigest():
            raise DataError(f"{path} is not what the shard wrote: its checksum differs", hint="Make the shard again.")
        return data


def find_shards(places: Iterable[Path]) -> list[ShardFolder]:
    """Shard folders: each place itself, or what lies below it; in order of their paths."""
    found: dict[Path, None] = {}
    for place in places:
        depth = len(place.parts)
        for folder, below, names in os.walk(place):
            if RECORD in names:
                found[Path(folder)] = None
            if RECORD in names or len(Path(folder).parts) - depth >= _DEPTH:
                below.clear()
    return [ShardFolder(path) for path in sorted(found)]


def layout_of(places: Path, run: RunId, name: str) -> Path:
    """Where a shard's folder lies below the workspace's folder of shards."""
    return places / run / name.replace("/", "-of-")


def _plain_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Regular files below `folder`: relative POSIX path → path; links are neither followed nor named."""
    if any(path.is_symlink() for path in (folder, folder.parent, folder.parent.parent)):
        return
    for parent, below, names in os.walk(folder):
        below.sort()
        for name in sorted(names):
            path = Path(parent) / name
            if stat.S_ISREG(path.lstat().st_mode):
                yield path.relative_to(folder).as_posix(), path


def _read(path: Path, limit: int) -> bytes:
    try:
        if not stat.S_ISREG(path.lstat().st_mode) or path.lstat().st_size > limit:
            raise DataError(f"{path} is no file of at most {limit} bytes", hint="Make the shard again.")
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}", hint="Make the shard again.") from error


def _unpack(data: bytes) -> bytes:
    """Gunzip at most the limit, whatever the file claims. Raises zlib.error."""
    return zlib.decompressobj(wbits=31).decompress(data, _LOG_LIMIT)
