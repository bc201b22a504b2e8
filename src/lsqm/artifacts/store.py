"""Load and save everything an artifact repository holds. Values in, files out; git is not its business."""

import base64
import contextlib
import gzip
import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from lsqm.artifacts import documents, files
from lsqm.artifacts.paths import Layout, is_safe_relative, log_reference
from lsqm.errors import DataError
from lsqm.model.app import APP_FILES, App, AppRecord
from lsqm.model.architecture import Architecture, Index, IndexEntry, Metadata, Skip
from lsqm.model.comparison import Comparison
from lsqm.model.diagnostic import Diagnostic
from lsqm.model.ids import ArchitectureHash, RunId, architecture_hash, run_id
from lsqm.model.result import Result
from lsqm.model.run import LedgerLine, RunManifest

T = TypeVar("T")

KEPT_RUNS = 52
"""FR-066: one year of weekly runs."""


class ArtifactStore:
    """The documents of one artifact repository's working copy. Every read may raise DataError, naming the file."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.layout = Layout(root)

    def lock(self, waiting: Callable[[], None] = lambda: None, *, what: str = "") -> AbstractContextManager[None]:
        """Exclusive access for a read-modify-write, across processes on this machine.

        Args:
            waiting: called once when another process has it.
            what: a lock of its own for what takes long, such as talking to a tracker.
        """
        return files.locked(self.root.parent / f".{self.root.name}{f'.{what}' if what else ''}.lock", waiting)

    # -- the repository itself

    def initialise(self) -> bool:
        """Write what an empty repository needs (first run). True when something was written."""
        if self.layout.marker.is_file():
            self.check_format()
            return False
        files.write_atomic(self.layout.marker, documents.to_json({"format": documents.FORMAT}))
        if not self.layout.index.is_file():
            self.save_index(Index())
        return True

    def check_format(self) -> None:
        """Raises DataError when the repository is of a newer format than this lsqm, or not an artifact repository."""
        documents.parse(self._read(self.layout.marker), self.layout.marker)

    @property
    def exists(self) -> bool:
        return self.layout.marker.is_file()

    # -- architectures

    def load_index(self) -> Index:
        """`architectures/index.json` (FR-005); an empty index when there is none yet."""
        path = self.layout.index
        return documents.load(Index, path.read_bytes(), path) if path.is_file() else Index()

    def save_index(self, index: Index) -> None:
        files.write_atomic(self.layout.index, documents.dump(index))

    def save_architecture(self, architecture: Architecture) -> None:
        """Write `architectures/HASH/`. The index is saved separately, once per stage."""
        tree = dict(architecture.files)
        # An architecture may carry a file that is itself called metadata.json; ours keeps the name and carries theirs.
        shadowed = tree.pop("metadata.json", None)
        more: dict[str, object] = {
            "diagnostics": documents.adapter(tuple[Diagnostic, ...]).dump_python(architecture.diagnostics, mode="json")
        }
        if shadowed is not None:
            more["shadowed_metadata_json"] = base64.b64encode(shadowed).decode()
        unsafe = [path for path in tree if not is_safe_relative(path)]
        if unsafe:
            raise DataError(
                f"architecture {architecture.hash} names a file outside its folder: {unsafe[0]!r}",
                hint="Report this: normalizing should have refused it.",
            )
        tree["metadata.json"] = documents.dump(architecture.metadata, **more)
        files.write_tree(self.layout.architecture(architecture.hash), tree)

    def load_architecture(self, architecture: ArchitectureHash) -> Architecture:
        folder = self.layout.architecture(architecture)
        path = self.layout.metadata(architecture)
        fields = documents.parse(self._read(path), path)
        tree = files.read_tree(folder)
        del tree["metadata.json"]
        if "shadowed_metadata_json" in fields:
            tree["metadata.json"] = base64.b64decode(fields["shadowed_metadata_json"])
        diagnostics = documents.adapter(tuple[Diagnostic, ...]).validate_python(fields.get("diagnostics", ()))
        return Architecture(
            metadata=documents.from_fields(Metadata, fields, path), files=tree, diagnostics=tuple(diagnostics)
        )

    def save_metadata(self, metadata: Metadata) -> None:
        """Replace an architecture's metadata, keeping its files and diagnostics."""
        architecture = self.load_architecture(metadata.hash)
        self.save_architecture(replace(architecture, metadata=metadata))

    # -- apps

    def has_app(self, architecture: ArchitectureHash) -> bool:
        return (self.layout.app(architecture) / "app.json").is_file()

    def load_app_record(self, architecture: ArchitectureHash) -> AppRecord | None:
        path = self.layout.app(architecture) / "app.json"
        return documents.load(AppRecord, path.read_bytes(), path) if path.is_file() else None

    def load_app(self, architecture: ArchitectureHash) -> App | None:
        """The app of an architecture, None when none was generated. Raises DataError when a file of it is missing."""
        record = self.load_app_record(architecture)
        if record is None:
            return None
        folder = self.layout.app(architecture)
        return App(record=record, files={name: self._read(folder / name).decode() for name in APP_FILES})

    def save_app(self, app: App) -> None:
        tree = {name: app.files[name].encode() for name in APP_FILES}
        tree["app.json"] = documents.dump(app.record)
        files.write_tree(self.layout.app(app.record.architecture), tree)

    # -- runs

    def run_ids(self) -> tuple[RunId, ...]:
        """Runs that have a folder, oldest first."""
        if not self.layout.runs.is_dir():
            return ()
        found = []
        for path in sorted(self.layout.runs.iterdir()):
            try:
                found.append(run_id(path.name))
            except ValueError:
                continue
        return tuple(found)

    def save_manifest(self, manifest: RunManifest) -> None:
        files.write_atomic(self.layout.manifest(manifest.run), documents.dump(manifest))

    def load_manifest(self, run: RunId) -> RunManifest:
        path = self.layout.manifest(run)
        return documents.load(RunManifest, self._read(path), path)

    def save_result(self, run: RunId, result: Result, logs: Mapping[str, bytes]) -> Result:
        """Write a result and its logs (kind → raw bytes, already redacted). Returns it with its log references."""
        references = dict(result.logs)
        for kind, data in logs.items():
            references[kind] = log_reference(result.architecture, kind)
            files.write_atomic(self.layout.log(run, references[kind]), files.compress(files.cap(data)))
        stored = replace(result, logs=references)
        files.write_atomic(self.layout.result(run, result.architecture), documents.dump(stored))
        return stored

    def load_result(self, run: RunId, architecture: ArchitectureHash) -> Result:
        path = self.layout.result(run, architecture)
        return documents.load(Result, self._read(path), path)

    def load_results(self, run: RunId) -> dict[ArchitectureHash, Result]:
        """Every result of a run, by architecture hash, sorted."""
        results = {}
        for path in sorted(self.layout.results(run).glob("*.json")):
            result = documents.load(Result, path.read_bytes(), path)
            results[result.architecture] = result
        return results

    def drop_unreadable_results(self, run: RunId) -> tuple[ArchitectureHash, ...]:
        """Remove results that a crash or a bad disk left half written. Returns whose they were."""
        dropped = []
        for path in sorted(self.layout.results(run).glob("*.json")):
            try:
                documents.load(Result, path.read_bytes(), path)
            except DataError:
                path.unlink()
                with contextlib.suppress(ValueError):
                    dropped.append(architecture_hash(path.stem))
        return tuple(dropped)

    def read_log(self, run: RunId, relative: str) -> bytes | None:
        """One log, decompressed; None when it is gone."""
        path = self.layout.log(run, relative)
        if not is_safe_relative(relative) or not path.is_file():
            return None
        try:
            return gzip.decompress(path.read_bytes())
        except (OSError, EOFError):
            return None

    def save_comparison(self, comparison: Comparison) -> None:
        files.write_atomic(self.layout.comparison(comparison.candidate), documents.dump(comparison))

    def load_comparison(self, run: RunId) -> Comparison | None:
        path = self.layout.comparison(run)
        return documents.load(Comparison, path.read_bytes(), path) if path.is_file() else None

    def results_digest(self, run: RunId) -> str:
        """SHA-256 over the run's result documents, in order of their names."""
        digest = hashlib.sha256()
        for path in sorted(self.layout.results(run).glob("*.json")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()

    # -- the ledger and retention

    def load_ledger(self) -> dict[RunId, LedgerLine]:
        """Every run ever, by id, oldest first."""
        path = self.layout.ledger
        if not path.is_file():
            return {}
        lines = {}
        for number, text in enumerate(path.read_bytes().splitlines(), start=1):
            if text.strip():
                where = Path(f"{path}:{number}")
                line = documents.load(LedgerLine, text, where)
                lines[line.run] = line
        return dict(sorted(lines.items()))

    def save_ledger(self, lines: Iterable[LedgerLine]) -> None:
        ordered = sorted(lines, key=lambda line: line.run)
        files.write_atomic(self.layout.ledger, b"".join(ledger_text(line) for line in ordered))

    def add_to_ledger(self, line: LedgerLine) -> None:
        self.save_ledger([*(old for old in self.load_ledger().values() if old.run != line.run), line])

    def prune(self, keep: int = KEPT_RUNS) -> tuple[RunId, ...]:
        """Remove the oldest run folders beyond `keep` (FR-066, FR-067). Returns the removed ids."""
        surplus = self.run_ids()[:-keep] if keep else self.run_ids()
        for run in surplus:
            shutil.rmtree(self.layout.run(run))
        return surplus

    # -- reports, trends, state

    def save_report(self, report: Mapping[str, bytes]) -> Path:
        """Replace `reports/latest/` (FR-042). Returns the folder."""
        files.write_tree(self.layout.latest_report, report)
        return self.layout.latest_report

    def load_document(self, kind: type[T], path: Path) -> T | None:
        """Any other document (trends, state), None when it is not there."""
        return documents.load(kind, path.read_bytes(), path) if path.is_file() else None

    def save_document(self, path: Path, value: object) -> None:
        files.write_atomic(path, documents.dump(value))

    def _read(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except FileNotFoundError as error:
            raise DataError(
                f"{path} is missing", hint="Run `lsqm sync`, or restore it from git in the artifact repository."
            ) from error


def ledger_text(line: LedgerLine) -> bytes:
    """One line of the ledger: compact JSON with sorted keys."""
    fields = documents.adapter(LedgerLine).dump_python(line, mode="json")
    return json.dumps({"format": documents.FORMAT, **fields}, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def index_entry(metadata: Metadata) -> IndexEntry:
    """The index's short form of an architecture."""
    return IndexEntry(
        name=metadata.name,
        dialect=metadata.dialect,
        source=metadata.origin.source,
        url=metadata.origin.url,
        commit=metadata.origin.commit,
        services=metadata.services,
        resource_count=metadata.resource_count,
        discovered_at=metadata.discovered_at,
        fidelity=metadata.fidelity,
        other_urls=tuple(origin.url for origin in metadata.other_origins),
    )


def with_skip(index: Index, skip: Skip) -> Index:
    """The index with one more skipped candidate."""
    return replace(index, skipped={**index.skipped, skip.origin.url: skip})
