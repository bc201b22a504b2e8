"""Which resources could vanish without the builtin app noticing: apply, delete one after the other, test around each.

    python -m bench.mutation WORKSPACE [--only NAME] [--most-resources N] [--count N] [--parallel N]

WORKSPACE is one that `lsqm mine` has filled; NAME is a name or the beginning of a hash. Terraform itself deletes,
in its own order and one resource at a time, through a gate that lets no request through while tests run. Just
before and just after each deletion the resource's own tests run; all tests do where it has none. It is *noticed*
when a test that passed before fails after it. Then the instance is taken out of the state that the tests read, as
if it had never been: of three queues made by one block each is checked. What Terraform only forgets without a
request (a default VPC) is not deleted and counted apart. One JSON object on stdout.
"""

import argparse
import ast
import json
import os
import queue
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from lsqm.adapters.cages.none import NoCage
from lsqm.adapters.clock import SystemClock
from lsqm.adapters.emulators.embedded import EmbeddedEmulator
from lsqm.adapters.python_environment import own_environment
from lsqm.adapters.subprocesses import LocalCommandRunner
from lsqm.adapters.terraform_tools import TerraformTools, find_tools
from lsqm.artifacts.store import ArtifactStore
from lsqm.generate import generate_builtin
from lsqm.model.app import App
from lsqm.model.architecture import Architecture
from lsqm.model.python_source import parse_python
from lsqm.ports.app_trial import TrialImpossible
from lsqm.validate import PhaseDeadlines, Rehearsals, Toolchain
from lsqm.validate.rehearsal import Rehearsal
from lsqm.validate.workdir import write_tree

LAG_SECONDS = 0.6
"""Each request waits this long before it looks at the gate: time enough to hear of the deletion before it."""

_INDEX = re.compile(r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]')

NOTHING_SAID_SECONDS = 10.0

WORKER = """
import contextlib, io, json, os, sys
import pytest
class Plugin:
    def __init__(self):
        self.outcomes, self.messages = {}, {}
    def pytest_runtest_logreport(self, report):
        worst = self.outcomes.get(report.nodeid)
        if worst in (None, "passed"):
            self.outcomes[report.nodeid] = report.outcome
            if report.failed:
                self.messages[report.nodeid] = str(report.longrepr)[-600:]
out = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)
for line in sys.stdin:
    plugin = Plugin()
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main(["-q", "--tb=short", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", ".", "--timeout=40",
                     "-p", "pytest_timeout", *json.loads(line)], plugins=[plugin])
    out.write(json.dumps([plugin.outcomes, plugin.messages]) + chr(10))
"""


class Gate:
    """A TCP proxy before the emulator that can be closed."""

    def __init__(self, endpoint: str) -> None:
        target = urlsplit(endpoint)
        self._target = (target.hostname or "127.0.0.1", target.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.open = threading.Event()
        self.open.set()
        self.passed = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        self.open.set()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._target)
            threading.Thread(target=self._pump, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, False), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, gated: bool) -> None:  # noqa: FBT001  a thread's target
        try:
            while data := source.recv(1 << 16):
                if gated:
                    time.sleep(LAG_SECONDS)
                    self.open.wait()
                    self.passed += 1
                sink.sendall(data)
        except OSError:
            pass
        finally:
            for one in (source, sink):
                one.close()


class Tests:
    """The app's tests in one process that stays, so that each round costs only the tests."""

    __test__ = False

    def __init__(self, rehearsal: Rehearsal, app: App, python: Path) -> None:
        write_tree(rehearsal.work.app, {name: text.encode() for name, text in app.files.items()})
        self._process = subprocess.Popen(
            [str(python), "-c", WORKER],
            cwd=rehearsal.work.app,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
            env={
                "PATH": os.defpath,
                "HOME": str(rehearsal.work.home),
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                "AWS_ENDPOINT_URL": rehearsal.running.endpoint,
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_CONFIG_FILE": str(rehearsal.work.plugin / "aws-config"),
                "LSQM_STATE": str(rehearsal.work.state_document),
                "LSQM_OUTPUTS": str(rehearsal.work.outputs_document),
            },
        )

    def run(self, *arguments: str) -> tuple[dict[str, str], dict[str, str]]:
        """Test id → outcome, and what those that did not pass said."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(arguments) + "\n")
        line = self._process.stdout.readline()
        outcomes, messages = json.loads(line)
        return outcomes, messages

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


def check(architecture: Architecture, rehearsals: Rehearsals, python: Path) -> dict[str, Any]:
    """One architecture: what its builtin app makes of it, and of each deletion."""
    app = generate_builtin(architecture, now="")
    own = _tests_by_block(app.files["test_app.py"])
    found: dict[str, Any] = {
        "name": architecture.metadata.name,
        "hash": architecture.hash[:12],
        "origin": architecture.metadata.origin.url,
        **{word: [] for word in ("noticed", "unnoticed", "failed_before", "untested", "forgotten", "undeletable")},
    }
    try:
        with rehearsals.open(architecture) as rehearsal:
            tests = Tests(rehearsal, app, python)
            try:
                outcomes, messages = tests.run(".")
                found["applied"] = len(_addresses(rehearsal))
                found["declared"] = sum(map(len, own.values())) or 1
                found["tests"] = len(outcomes)
                found["failed"] = {name: messages.get(name, "") for name, how in outcomes.items() if how == "failed"}
                found["skipped"] = sum(how == "skipped" for how in outcomes.values())
                _delete_all(rehearsal, tests, own, found)
            finally:
                tests.close()
    except TrialImpossible as error:
        found["impossible"] = str(error)
    return found


def _tests_by_block(test_app: str) -> dict[str, list[str]]:
    """Address of a block → the tests about it, which each test's first words tell."""
    own: dict[str, list[str]] = {}
    for node in parse_python(test_app).body:
        if isinstance(node, ast.FunctionDef) and (doc := ast.get_docstring(node)) and ":" in doc:
            own.setdefault(doc.partition(":")[0], []).append(f"test_app.py::{node.name}")
    return own


def _addresses(rehearsal: Rehearsal) -> list[str]:
    def walk(module: dict[str, Any]) -> list[str]:
        here = [
            one["address"]
            for one in module.get("resources", [])
            if one["mode"] == "managed" and one["type"].startswith("aws_")
        ]
        return here + [address for child in module.get("child_modules", []) for address in walk(child)]

    return walk(json.loads(rehearsal.work.state_document.read_text())["values"].get("root_module", {}))


def _forget(rehearsal: Rehearsal, address: str) -> None:
    """Take one instance out of the state that the tests read."""

    def without(module: dict[str, Any]) -> dict[str, Any]:
        return module | {
            "resources": [one for one in module.get("resources", []) if one["address"] != address],
            "child_modules": [without(child) for child in module.get("child_modules", [])],
        }

    document = json.loads(rehearsal.work.state_document.read_text())
    document["values"]["root_module"] = without(document["values"].get("root_module", {}))
    rehearsal.work.state_document.write_text(json.dumps(document))


def _passing(tests: Tests, names: list[str], *options: str) -> list[str]:
    if not names:
        return []
    outcomes = tests.run(*names, *options)[0]
    return [name for name in names if outcomes.get(name) == "passed"]


def _delete_all(rehearsal: Rehearsal, tests: Tests, own: dict[str, list[str]], found: dict[str, Any]) -> None:
    everything = [name for names in own.values() for name in names]
    gate = Gate(rehearsal.running.endpoint)
    command = rehearsal.command(
        "destroy", "-auto-approve", "-input=false", "-refresh=false", "-parallelism=1", "-json",
        deadline=600, endpoint=gate.url,
    )  # fmt: skip
    process = subprocess.Popen(
        command.argv,
        cwd=command.cwd,
        env={**command.env, "USE_EXEC": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    alive: list[str] = []
    passed = 0
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_read, args=(process.stdout, lines), daemon=True).start()
    try:
        while line := _next(lines, gate):
            message = _message(line)
            if message.get("@level") == "error":
                found.setdefault("errors", []).append(str(message.get("@message"))[:300])
            resource = message.get("hook", {}).get("resource", {})
            address = resource.get("addr", "")
            if not resource.get("resource_type", "").startswith("aws_"):
                continue
            mine = own.get(_INDEX.sub("", address), [])
            match message.get("type"):
                case "apply_start":
                    gate.open.clear()
                    alive = _passing(tests, mine or everything)
                    if not alive:
                        found["failed_before"].append(address)
                    passed = gate.passed
                    gate.open.set()
                case "apply_errored":
                    gate.open.clear()
                    found["undeletable"].append(address)
                case "apply_complete" if gate.passed == passed:
                    gate.open.clear()
                    found["forgotten"].append(address)
                case "apply_complete":
                    gate.open.clear()
                    still = _passing(tests, alive, "-x")
                    word = "noticed" if still != alive else "unnoticed" if mine else "untested"
                    found[word].append(address)
                    _forget(rehearsal, address)
                case _:
                    pass
    finally:
        gate.close()
        process.kill()
        process.wait()


def _read(stream: IO[str], lines: "queue.Queue[str]") -> None:
    for line in stream:
        lines.put(line)
    lines.put("")


def _next(lines: "queue.Queue[str]", gate: Gate) -> str:
    """What Terraform says next; the gate stays shut until the next deletion has begun, unless nothing is said."""
    try:
        return lines.get(timeout=NOTHING_SAID_SECONDS)
    except queue.Empty:
        gate.open.set()
        return lines.get()


def _message(line: str) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def toolchain(found: TerraformTools) -> Toolchain:
    """The programs that lsqm itself would use."""
    python = own_environment()
    return Toolchain(
        terraform=found.terraform,
        tflocal=found.tflocal,
        python=python.python,
        path=f"{found.terraform.parent}:{os.defpath}",
        cli_config=found.cli_config,
        read_only=tuple(path for path in (found.mirror, *python.read_only) if path),
    )


def summary(checked: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures of issue 5."""
    applied = [one for one in checked if "impossible" not in one]
    counts = {
        word: sum(len(one[word]) for one in applied)
        for word in ("noticed", "unnoticed", "untested", "forgotten", "undeletable")
    }
    deleted = counts["noticed"] + counts["unnoticed"] + counts["untested"]
    return {
        "architectures": len(applied),
        "impossible": len(checked) - len(applied),
        "collected_whole": sum(one["tests"] == one["declared"] for one in applied),
        "tests": sum(one["tests"] for one in applied),
        "failed": sum(len(one["failed"]) for one in applied),
        "skipped": sum(one["skipped"] for one in applied),
        "applied": sum(one["applied"] for one in applied),
        "deleted": deleted,
        **counts,
        "share": round(counts["noticed"] / deleted, 4) if deleted else None,
        "each": checked,
    }


def main() -> None:
    """Read the arguments, check, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--most-resources", type=int, default=15)
    parser.add_argument("--parallel", type=int, default=2)
    arguments = parser.parse_args()
    store = ArtifactStore(arguments.workspace / "artifacts")
    entries = sorted(store.load_index().architectures.items(), key=lambda item: (item[1].resource_count, item[0]))
    wanted = [
        key
        for key, entry in entries
        if (
            entry.name in arguments.only or key.startswith(tuple(arguments.only))
            if arguments.only
            else entry.resource_count <= arguments.most_resources
        )
    ][: arguments.count]
    tools = toolchain(find_tools(folder=arguments.workspace / "tools", environment=os.environ))
    runner = LocalCommandRunner(threading.Event())
    with tempfile.TemporaryDirectory(prefix="lsqm-mutation-") as scratch:
        rehearsals = Rehearsals(
            emulator=EmbeddedEmulator(clock=SystemClock(), environment=os.environ),
            cage=NoCage(runner),
            tools=tools,
            scratch=Path(scratch),
            run="mutation",
            deadlines=PhaseDeadlines(apply=300.0),
        )

        def one(key: Any) -> dict[str, Any]:
            done = check(store.load_architecture(key), rehearsals, tools.python)
            print(json.dumps(done), file=sys.stderr, flush=True)
            return done

        with ThreadPoolExecutor(arguments.parallel) as pool:
            checked = list(pool.map(one, wanted))
    print(json.dumps(summary(checked), indent=1))


if __name__ == "__main__":
    main()
