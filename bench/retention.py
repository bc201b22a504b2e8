"""Measures how the artifact repository grows, and what a fresh clone of it costs, through lsqm's own sync and push.

    python -m bench.retention [--weeks N] [--architectures N] [--folder DIR] [--clones]

One push a week with 300 architectures (or as many as said): results with 14 operations, 8 phases and 6 tests, and
three logs each that do not compress (2.5, 0.9 and 8 KB on average, three times that for the tenth that fails). After
the weeks that are told it prints the size of the tree and of the remote after `git gc`. With a folder it goes on where
it stopped.
`--clones` then clones the remote over HTTP in every way and prints what crossed the wire.
"""

import argparse
import json
import os
import random
import subprocess
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.fakes.git_server import TOKEN, GitServer
from tests.fakes.web import Request, Response
from tests.samples import a_manifest, a_result

from lsqm.adapters.clock import SystemClock
from lsqm.adapters.git_cli import GitCli
from lsqm.artifacts.store import ArtifactStore
from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.result import PhaseName, Result, Status, TestOutcome, TestResult
from lsqm.model.run import Counts
from lsqm.pipeline.session import ledger_line
from lsqm.publish.push import push
from lsqm.publish.remote import RemoteSpec
from lsqm.publish.sync import sync

TOLD = {1, 4, 26, 52, 53, 104, 105, 156}
LOGS = {"terraform": 2_500, "pytest": 900, "emulator": 8_000}
GIT = GitCli(environment=os.environ)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weeks", type=int, default=8)
    parser.add_argument("--architectures", type=int, default=300)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--clones", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = (options.folder or Path(scratch)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        remote, store = folder / "remote.git", ArtifactStore(folder / "artifacts")
        spec = RemoteSpec(url=remote.as_uri(), bare=remote)
        sync(store.root, spec, git=GIT, clock=SystemClock(), initialise=lambda root: ArtifactStore(root).initialise())
        # What the remote tidies on its own would get in the way of what is measured.
        subprocess.run(["git", "config", "receive.autogc", "false"], cwd=remote, check=True)
        for week in range(len(store.load_ledger()) + 1, options.weeks + 1):
            run = RunId(f"{datetime(2026, 1, 4, tzinfo=UTC) + timedelta(weeks=week):%Y%m%dT%H%M%SZ}-{week:06x}")
            _add(store, run, week, options.architectures)
            began = time.perf_counter()
            done = push(store.root, spec, git=GIT, clock=SystemClock(), message=f"Week {week}")
            took = time.perf_counter() - began
            assert done.pushed, done
            if week in TOLD or week == options.weeks:
                subprocess.run(["git", "gc", "--quiet", "--prune=now"], cwd=remote, check=True)
                print(
                    f"week {week:4}  tree {_size(store.root) / 1e6:7.1f} MB  remote {_size(remote) / 1e6:7.1f} MB  "
                    f"push {took:6.1f} s{'  folded' if done.folded else ''}",
                    flush=True,
                )
        if options.clones:
            _clones(folder, remote)
    return 0


def _add(store: ArtifactStore, run: RunId, week: int, architectures: int) -> None:
    chance = random.Random(week)
    failed = 0
    for number in range(architectures):
        bad = chance.random() < 0.1
        failed += bad
        logs = {
            kind: chance.randbytes(int(size * chance.uniform(0.5, 1.5) * (3 if bad else 1)))
            for kind, size in LOGS.items()
        }
        store.save_result(run, _result(ArchitectureHash(f"{number:064x}"), chance, bad=bad), logs)
    counts = Counts(total=architectures, passed=architectures - failed, failed=failed)
    manifest = replace(a_manifest(), run=run, counts=counts)
    store.save_manifest(manifest)
    store.add_to_ledger(ledger_line(store, manifest, ()))


def _result(key: ArchitectureHash, chance: random.Random, *, bad: bool) -> Result:
    sample = a_result()
    (phase,) = sample.phases
    return replace(
        sample,
        architecture=key,
        status=Status.PARTIAL if bad else Status.PASSED,
        phases=tuple(replace(phase, name=name, seconds=round(chance.uniform(1, 60), 3)) for name in PhaseName),
        tests=tuple(
            TestResult(
                id=f"test_app.py::test_{number}",
                outcome=TestOutcome.FAILED if bad and number == 0 else TestOutcome.PASSED,
                seconds=round(chance.uniform(0, 3), 3),
            )
            for number in range(6)
        ),
        api_calls={f"service{number}.Operation{number}": {"200": chance.randrange(1, 40)} for number in range(14)},
    )


def _size(folder: Path) -> int:
    paths = (path for path in folder.rglob("*") if ".git" not in path.relative_to(folder).parts)
    return sum(path.lstat().st_size for path in paths if path.is_file())


class _Counting(GitServer):
    """Counts what it sends."""

    sent, calls = 0, 0

    def answer(self, request: Request) -> Response:
        response = super().answer(request)
        self.sent, self.calls = self.sent + len(response.data()), self.calls + 1
        return response


def _clones(folder: Path, remote: Path) -> None:
    ways = {
        "everything": (),
        "shallow": ("--depth=1",),
        "shallow, blobs on demand": ("--depth=1", "--filter=blob:none"),
        "lsqm sync": None,
    }
    for allowed in (False, True):
        subprocess.run(["git", "config", "uploadpack.allowFilter", json.dumps(allowed)], cwd=remote, check=True)
        print(f"remote {'filters' if allowed else 'does not filter'}:")
        for name, arguments in ways.items():
            with _Counting(folder) as server, tempfile.TemporaryDirectory(dir=folder) as scratch:
                git = replace(GIT, tokens={f"{server.url}/": TOKEN})
                url, target = f"{server.url}/remote.git", Path(scratch) / "artifacts"
                began = time.perf_counter()
                if arguments is None:
                    spec = RemoteSpec(url=url)
                    sync(
                        target,
                        spec,
                        git=git,
                        clock=SystemClock(),
                        initialise=lambda root: ArtifactStore(root).initialise(),
                    )
                else:
                    git.run(folder, ("clone", "--quiet", *arguments, url, str(target)))
                took = time.perf_counter() - began
                files = sum(1 for path in target.rglob("*") if path.is_file() and ".git" not in path.parts)
                print(
                    f"  {name:26} {server.sent / 1e6:8.1f} MB in {server.calls} calls, {took:6.1f} s, {files} files",
                    flush=True,
                )


if __name__ == "__main__":
    raise SystemExit(main())
