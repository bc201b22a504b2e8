"""How the frozen environments are made: from lock files with hashes, running no scripts of packages."""

import re
from importlib import resources
from pathlib import Path

import pytest

from lsqm.adapters.cdk_tools import FrozenCdkTools
from lsqm.errors import Unavailable
from lsqm.ports.commands import Command, CommandResult


class Recorder:
    """A runner that starts nothing and remembers what it was asked."""

    def __init__(self, exit_code: int = 0) -> None:
        self.commands: list[Command] = []
        self.exit_code = exit_code

    def run(self, command: Command) -> CommandResult:
        self.commands.append(command)
        return CommandResult(exit_code=self.exit_code, stdout=b"/usr\n", stderr=b"first\nno route", seconds=1)


@pytest.fixture
def path(tmp_path: Path) -> str:
    for name in ("node", "npm"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    return str(tmp_path / "bin")


def test_prepare_installs_what_the_locks_say_and_nothing_else(tmp_path: Path, path: str) -> None:
    runner = Recorder()
    env = {"PATH": path, "HTTPS_PROXY": "http://proxy", "GITHUB_TOKEN": "secret"}
    box = FrozenCdkTools(tmp_path / "home", runner, env=env)
    assert box.find() is None
    tools = box.prepare()
    assert box.find() == tools
    npm, _, pip, *_ = (list(command.argv) for command in runner.commands)
    assert npm[1] == "ci"
    assert "--ignore-scripts" in npm
    assert "--require-hashes" in pip
    assert "--no-deps" in pip
    assert all("GITHUB_TOKEN" not in command.env for command in runner.commands)
    assert runner.commands[0].env["HTTPS_PROXY"] == "http://proxy"
    runner.commands.clear()
    box.prepare()
    assert runner.commands == []


def test_without_node_it_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"Node\.js") as found:
        FrozenCdkTools(tmp_path, Recorder(), env={"PATH": str(tmp_path)}).prepare()
    assert "install Node.js" in found.value.hint


def test_a_failed_installation_is_not_taken_for_ready(tmp_path: Path, path: str) -> None:
    box = FrozenCdkTools(tmp_path / "home", Recorder(exit_code=1), env={"PATH": path})
    with pytest.raises(Unavailable, match="no route"):
        box.prepare()
    assert box.find() is None


def test_the_locks_pin_hashes_and_name_no_registry() -> None:
    locks = resources.files("lsqm.adapters.cdk_locks")
    python = locks.joinpath("python.txt").read_text()
    pinned = [line for line in python.splitlines() if line and not line.startswith((" ", "#", "-"))]
    assert all(re.match(r"[\w.-]+==\S+", line) for line in pinned)
    assert len(pinned) <= python.count("--hash=sha256:")
    node = locks.joinpath("package-lock.json").read_text()
    assert '"resolved"' not in node
    assert "registry" not in node + python
    assert node.count('"integrity"') > 30
