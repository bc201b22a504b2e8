"""Real git on `file://` remotes for tests: bare repositories, checkouts, runs to put into them."""

import itertools
import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lsqm.adapters.git_cli import GitCli
from lsqm.artifacts.store import ArtifactStore
from lsqm.publish.push import PushOptions, PushOutcome, push
from lsqm.publish.remote import RemoteSpec
from lsqm.publish.sync import SyncOutcome, sync

GIT = GitCli(environment={"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull})


@dataclass
class StillClock:
    """A clock that moves only when somebody sleeps, and random bytes that are none."""

    at: datetime = datetime(2026, 11, 1, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)
    count: "itertools.count[int]" = field(default_factory=itertools.count)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)

    def entropy(self, size: int) -> bytes:
        return next(self.count).to_bytes(size, "big")


def initialise(root: Path) -> bool:
    return ArtifactStore(root).initialise()


def bare(tmp_path: Path, branch: str = "main") -> RemoteSpec:
    path = tmp_path / "remote.git"
    GIT.run(tmp_path, ("init", "--quiet", "--bare", f"--initial-branch={branch}", str(path)))
    return RemoteSpec(url=path.as_uri())


@dataclass
class Place:
    """One machine's checkout."""

    checkout: Path
    remote: RemoteSpec
    clock: StillClock = field(default_factory=StillClock)

    def sync(self) -> SyncOutcome:
        return sync(self.checkout, self.remote, git=GIT, clock=self.clock, initialise=initialise)

    def push(self, message: str = "Add a run", **options: int) -> PushOutcome:
        return push(
            self.checkout,
            self.remote,
            git=GIT,
            clock=self.clock,
            message=message,
            options=PushOptions(**options) if options else None,
        )

    def write(self, relative: str, text: str) -> None:
        path = self.checkout / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def read(self, relative: str) -> str:
        return (self.checkout / relative).read_text()

    def json(self, relative: str) -> Any:
        return json.loads(self.read(relative))

    def has(self, relative: str) -> bool:
        return (self.checkout / relative).exists()

    def add_run(self, run: str) -> None:
        """What a run leaves behind: results, a ledger line, an index entry, a trend point."""
        self.write(f"runs/{run}/run.json", json.dumps({"format": 1, "run": run}))
        self.write(f"runs/{run}/results/{'a' * 64}.json", json.dumps({"format": 1, "status": "PASSED", "run": run}))
        ledger = self.read("runs/ledger.jsonl") if self.has("runs/ledger.jsonl") else ""
        self.write("runs/ledger.jsonl", ledger + json.dumps({"format": 1, "run": run}) + "\n")
        index = self.json("architectures/index.json")
        index["architectures"][run[-6:] * 10] = {"name": run}
        self.write("architectures/index.json", json.dumps(index, indent=2, sort_keys=True))
        trends: Any = self.json("trends/runs.json") if self.has("trends/runs.json") else {"format": 1, "runs": []}
        trends["runs"].append({"run": run, "pass_rate": 0.9})
        self.write("trends/runs.json", json.dumps(trends, indent=2, sort_keys=True))

    def ledger(self) -> list[str]:
        return [json.loads(line)["run"] for line in self.read("runs/ledger.jsonl").splitlines()]

    def runs(self) -> list[str]:
        return sorted(path.name for path in (self.checkout / "runs").glob("2*"))


def a_place(tmp_path: Path, name: str, remote: RemoteSpec) -> Place:
    place = Place(checkout=tmp_path / name / "artifacts", remote=remote)
    place.sync()
    return place


def run_name(number: int) -> str:
    return f"20260104T{number // 3600:02}{number // 60 % 60:02}{number % 60:02}Z-{number:06x}"


def log(remote: RemoteSpec, branch: str = "main") -> list[str]:
    return GIT.run(Path(remote.url.removeprefix("file://")), ("log", "--format=%s", branch)).splitlines()
