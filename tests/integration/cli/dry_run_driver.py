"""Runs every command with its flags under --dry-run in one process and writes down whatever was touched.

Called as a program by test_dry_run.py, once as it is and, where there is strace, below it. Arguments: a folder to work in.
Prints JSON: how often each command was run with which exit codes, and the violations.
"""

import hashlib
import itertools
import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import Any

import click
from click.testing import CliRunner

from lsqm.artifacts.store import ArtifactStore, index_entry
from lsqm.cli.main import COMMANDS, cli
from lsqm.cli.options import GLOBAL_OPTIONS, RunIdType, ShardType
from lsqm.model.architecture import Index
from tests.samples import HASH, RUN, a_manifest, a_result, an_app, an_architecture, an_emulator

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
FORBIDDEN = {
    *("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown"),
    *("os.utime", "os.setxattr", "shutil.rmtree", "shutil.move", "shutil.copyfile", "shutil.copytree"),
    *("tempfile.mkstemp", "tempfile.mkdtemp", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"),
    *(
        "os.forkpty",
        "os.kill",
        "socket.connect",
        "socket.bind",
        "socket.sendto",
        "socket.getaddrinfo",
        "webbrowser.open",
    ),
}
HARMLESS = {"/dev/null", "/dev/tty"}
MARK = "/lsqm-dry-run"
ORIGIN = ["git", "config", "--get", "remote.origin.url"]


class Engine(ThreadingMixIn, UnixStreamServer):
    """A Docker engine with nothing in it, which notes what it is asked."""

    daemon_threads = True
    asked: list[str] = []  # noqa: RUF012


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        Engine.asked.append(f"GET {self.path}")
        known = {"version": '{"ApiVersion": "1.45", "Version": "27"}', "_ping": "OK"}
        name = self.path.partition("?")[0].rpartition("/")[2]
        self._answer(known.get(name, "[]"))

    def _touched(self) -> None:
        Engine.asked.append(f"{self.command} {self.path}")
        self._answer("{}")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self.do_GET if name == "do_HEAD" else self._touched
        raise AttributeError(name)

    def _answer(self, text: str) -> None:
        data = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass

    def address_string(self) -> str:
        return "unix"


class Tracer:
    """An audit hook that can be switched on."""

    def __init__(self, engine: str) -> None:
        self.now, self.found, self._engine = "", list[str](), engine
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.now:
            return
        if event == "open":
            path, _, flags = arguments
            if isinstance(path, int) or str(path) in HARMLESS or not flags & WRITES:
                return
        elif event not in FORBIDDEN:
            return
        elif event == "socket.connect" and arguments[1] == self._engine and self.now.startswith("clean"):
            return  # looking is what it is asked for; the engine notes whether it was only that
        elif event == "socket.bind" and arguments[1] == ("::1", 0):
            return  # urllib3, when imported, asks the kernel whether there is IPv6
        elif event == "os.kill" and arguments[1] == 0:
            return  # signal 0 reaches nobody: it asks whether the owner of a work folder still lives
        elif event == "subprocess.Popen" and list(arguments[1]) == ORIGIN:
            return  # `lsqm init` reads where this folder comes from, to suggest it
        self.found.append(f"{self.now}: {event} {arguments!r}"[:300])


def samples(folder: Path) -> dict[str, list[str]]:
    """A value for each kind of argument, by parameter name; [] where a flag takes none."""
    template = folder / "template.yaml"
    return {
        "templates": [str(template)],
        "folder": [str(folder)],
        "parcel": [str(folder / "parcel.tar.gz")],
        "places": [str(folder / "shards")],
        "architecture": ["queue-worker"],
        "run_a": [RUN],
        "run_b": [RUN],
        "run_text": [RUN],
        "resume": [RUN],
        "baselines_of": [RUN],
        "only": ["queue-worker"],
        "source": ["starter"],
        "executor": ["dask://127.0.0.1:9"],
        "model": ["claude-x"],
        "command_name": ["validate"],
        "plan": ["base"],
        "coverage": [str(folder / "coverage.json")],
        "digest": ["sha256:" + "0" * 64],
        "artifact_repo": [str(folder / "elsewhere.git")],
        "issue_repo": ["owner/name"],
        "package": ["lsqm"],
        "host": ["127.0.0.1"],
    }


def value_of(parameter: click.Parameter, known: dict[str, list[str]], folder: Path) -> list[str]:
    """What to write after the flag."""
    if isinstance(parameter, click.Option) and parameter.is_flag:
        return []
    if parameter.name in known:
        return known[parameter.name]
    match parameter.type:
        case click.Choice(choices=choices):
            return [str(choices[-1])]
        case RunIdType():
            return ["20260601T000000Z-abcdef"]
        case ShardType():
            return ["1/2"]
        case click.Path():
            return [str(folder / "out")]
        case click.IntRange() | click.FloatRange() | click.types.IntParamType() | click.types.FloatParamType():
            return ["7"]
        case _:
            pass
    raise AssertionError(f"{parameter.name}: give it a sample value in dry_run_driver.samples")


def combinations(command: click.Command, known: dict[str, list[str]], folder: Path) -> Iterator[list[str]]:
    """No flag, each one, each two, all of them; positional arguments with each and, where they may, without."""
    global_names = {p.name for p in _global()}
    own = [p for p in command.params if p.name not in global_names]
    options = [p for p in own if isinstance(p, click.Option)]
    positional = [word for p in own if isinstance(p, click.Argument) for word in value_of(p, known, folder)]
    needed = [[p.opts[0], *value_of(p, known, folder)] for p in options if p.required]
    free = [[p.opts[0], *value_of(p, known, folder)] for p in options if not p.required]
    chosen = [*itertools.combinations(free, 0), *itertools.combinations(free, 1), *itertools.combinations(free, 2)]
    if len(free) > 2:
        chosen.append(tuple(free))
    must = any(isinstance(p, click.Argument) and p.required for p in own)
    for flags in chosen:
        words = [word for flag in (*needed, *flags) for word in flag]
        yield [*positional, *words]
        if positional and not must and len(flags) < 2:
            yield words


def _global() -> list[click.Parameter]:
    def nothing() -> None: ...

    for option in GLOBAL_OPTIONS:
        option(nothing)
    return list(nothing.__click_params__)  # type: ignore[attr-defined]


GLOBALS: tuple[list[str], ...] = (
    ["--json"],
    ["--emulator", "embedded", "--verbose"],
    ["--parallel", "2", "--log-format", "json"],
    ["--emulator", "http://127.0.0.1:9", "--localstack-version", "4.14.0"],
    [],
)


def prepare(folder: Path) -> None:
    """A workspace as a real one: a git checkout of its own repository, one architecture, one run."""
    made = CliRunner().invoke(cli, ["sync"])
    assert made.exit_code == 0, made.output
    store = ArtifactStore(folder / "w" / "artifacts")
    store.save_index(Index(architectures={HASH: index_entry(an_architecture().metadata)}))
    store.save_architecture(an_architecture())
    store.save_app(an_app())
    store.save_result(RUN, a_result(), {"pytest": b"log"})
    store.save_manifest(replace(a_manifest(), emulator=an_emulator(), complete=True))
    (folder / "w" / "cache").mkdir(exist_ok=True)
    (folder / "shards").mkdir()
    (folder / "parcel.tar.gz").write_bytes(b"no parcel")
    (folder / "template.yaml").write_text("Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n")


def snapshot(folder: Path) -> dict[str, str]:
    """Everything below a folder: mode, time of change, content."""
    found = {}
    for path in sorted(folder.rglob("*")):
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found[str(path)] = f"{path.lstat().st_mode} {path.lstat().st_mtime_ns} {content}"
    return found


def moods(folder: Path) -> dict[str, dict[str, str]]:
    """Name → what the environment says besides: other places to work, and every setting that could tempt a command."""
    nowhere = "127.0.0.1:9"
    return {
        "w": {},
        "not-there-yet": {"LSQM_WORKSPACE": str(folder / "not-there-yet")},
        "no-place": {"LSQM_WORKSPACE": str(folder / "template.yaml" / "w"), "HOME": str(folder / "template.yaml")},
        "tempted": {
            "LSQM_EMULATOR": "embedded",
            "LSQM_EXECUTOR": f"dask://{nowhere}",
            "LSQM_GENERATOR": "claude",
            "LSQM_PROVE": "all",
            "LSQM_CAGE": "docker",
            "LSQM_DOCKER_SOCKET": "true",
            "LSQM_SOURCES": "github-org:acme cdk-examples path:infra git:https://127.0.0.1:9/x",
            "ARTIFACT_REPO": f"http://{nowhere}/acme/quality.git",
            "LSQM_TERRAFORM_MIRROR": str(folder / "mirror"),
            "TF_CLI_CONFIG_FILE": str(folder / "terraform.rc"),
            "TF_PLUGIN_CACHE_DIR": str(folder / "plugins"),
            "HTTPS_PROXY": f"http://{nowhere}",
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        },
    }


def main() -> None:
    folder = Path(sys.argv[1])
    socket = str(folder / "docker.sock")
    engine = Engine(socket, Answers)
    threading.Thread(target=engine.serve_forever, daemon=True).start()
    prepare(folder)
    known, before = samples(folder), snapshot(folder)
    tracer = Tracer(socket)
    codes: dict[str, Counter[int]] = {}
    unhappy, turn = [], itertools.cycle(GLOBALS)
    usual = dict(os.environ)
    for mood, variables in moods(folder).items():
        os.environ.clear()
        os.environ.update({**usual, **variables})
        for name in COMMANDS:
            command = cli.get_command(click.Context(cli), name)
            assert command is not None
            for words in combinations(command, known, folder):
                line = [name, "--dry-run", *words, *next(turn)]
                runner = CliRunner()
                if not os.access(f"{MARK}/begin {name}", os.F_OK):  # a mark in the trace of strace
                    tracer.now = " ".join((*line, f"({mood})"))
                result = runner.invoke(cli, line, input="")
                tracer.now = ""
                os.access(f"{MARK}/end {name}", os.F_OK)
                codes.setdefault(f"{mood} {name}", Counter())[result.exit_code] += 1
                if result.exit_code not in {0, 2, 3} or "Traceback" in result.output:
                    unhappy.append([f"{mood}: {' '.join(line)}", result.exit_code, result.output[-500:]])
    asked = [text for text in Engine.asked if not text.startswith(("GET", "HEAD"))]
    changed = sorted(path for path, _ in before.items() ^ snapshot(folder).items())
    told = {"codes": codes, "violations": tracer.found, "unhappy": unhappy, "engine": asked, "changed": changed}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
