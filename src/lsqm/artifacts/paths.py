"""The only file that knows where things lie in an artifact repository."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lsqm.model.ids import ArchitectureHash, RunId


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths below the working copy of one artifact repository."""

    root: Path

    @property
    def marker(self) -> Path:
        return self.root / "lsqm.json"

    @property
    def index(self) -> Path:
        return self.root / "architectures" / "index.json"

    def architecture(self, architecture: ArchitectureHash) -> Path:
        return self.root / "architectures" / architecture

    def metadata(self, architecture: ArchitectureHash) -> Path:
        return self.architecture(architecture) / "metadata.json"

    def app(self, architecture: ArchitectureHash) -> Path:
        return self.root / "apps" / architecture

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    def run(self, run: RunId) -> Path:
        return self.runs / run

    def manifest(self, run: RunId) -> Path:
        return self.run(run) / "run.json"

    def results(self, run: RunId) -> Path:
        return self.run(run) / "results"

    def result(self, run: RunId, architecture: ArchitectureHash) -> Path:
        return self.results(run) / f"{architecture}.json"

    def comparison(self, run: RunId) -> Path:
        return self.run(run) / "comparison.json"

    def log(self, run: RunId, relative: str) -> Path:
        """Where a log reference of a result points; `relative` is what the result says."""
        return self.run(run) / relative

    @property
    def ledger(self) -> Path:
        return self.runs / "ledger.jsonl"

    @property
    def latest_report(self) -> Path:
        return self.root / "reports" / "latest"

    def trend(self, name: str) -> Path:
        return self.root / "trends" / f"{name}.json"

    def state(self, name: str) -> Path:
        return self.root / "state" / f"{name}.json"


def log_reference(architecture: ArchitectureHash, kind: str) -> str:
    """How a result refers to one of its logs, relative to the run's folder."""
    return f"logs/{architecture}/{kind}.log.gz"


def is_safe_relative(path: str) -> bool:
    """Whether `path` is a plain relative POSIX path that stays below where it is put."""
    pure = PurePosixPath(path)
    return bool(path) and not pure.is_absolute() and ".." not in pure.parts and "\\" not in path and "\0" not in path
