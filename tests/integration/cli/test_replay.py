"""`lsqm replay --shell` on a terminal: the emulator stays up while somebody looks, and then everything is gone."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from tests.integration.cli.test_interruption import gone

pytestmark = [pytest.mark.terraform, pytest.mark.emulator, pytest.mark.timeout(900)]

Lsqm = Callable[..., subprocess.CompletedProcess[str]]


class Terminal:
    """A terminal with one command on it."""

    def __init__(self, arguments: list[str], **environment: str) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            arguments,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, **environment},
            start_new_session=True,
        )
        os.close(theirs)
        self.shown = ""

    def type(self, line: str) -> None:
        os.write(self._ours, f"{line}\n".encode())

    def wait_for(self, pattern: str, seconds: float = 600) -> "re.Match[str]":
        """Read until it shows that, or ends."""
        until = time.monotonic() + seconds
        while (found := re.search(pattern, self.shown)) is None:
            assert time.monotonic() < until, self.shown
            assert self._read(), self.shown
        return found

    def finish(self) -> int:
        while self._read():
            pass
        os.close(self._ours)
        return self.process.wait(timeout=60)

    def _read(self) -> bool:
        if not select.select([self._ours], [], [], 1)[0]:
            return True
        try:
            data = os.read(self._ours, 1 << 16)
        except OSError:  # Linux says so when nobody holds the other end any more
            return False
        self.shown += data.decode(errors="replace")
        return bool(data)


def answers(endpoint: str) -> bool:
    try:
        return bool(urllib.request.urlopen(f"{endpoint}/_localstack/health", timeout=60).status == 200)
    except (urllib.error.URLError, OSError):
        return False


def test_a_shell_holds_the_emulator_and_leaving_it_removes_everything(tmp_path: Path, lsqm: Lsqm) -> None:
    workspace = tmp_path / "w"
    for name in ("shop-settings", "order-queue"):
        shutil.copytree(Path(str(files("lsqm") / "starter" / name)), tmp_path / "corpus" / name)
    options = ["--workspace", str(workspace), "--emulator", "embedded"]
    for arguments, code in (
        (["mine", "--source", f"path:{tmp_path / 'corpus'}"], 0),
        (["generate", "--generator", "builtin", "--only", "shop-settings"], 0),
        (["validate", "--no-sync", "--only", "shop-settings", "--only", "order-queue"], 4),
    ):
        done = lsqm(*arguments, *options, LSQM_CAGE="none")
        assert done.returncode == code, done.stderr
        assert code == 0 or "it has no test app" in done.stdout

    executable = shutil.which("lsqm", path=str(Path(sys.executable).parent))
    assert executable
    command = [executable, "replay", "latest", "shop-settings", "--shell", "--no-sync", *options]
    terminal = Terminal(command, SHELL="/bin/sh", PS1="$ ", LSQM_CAGE="none")
    try:
        endpoint = terminal.wait_for(r"The emulator is up: +(http://\S+)")[1]
        assert answers(endpoint)
        terminal.type('echo "at [$AWS_ENDPOINT_URL]"; ls')
        assert terminal.wait_for(r"at \[(http[^]]+)\]")[1] == endpoint
        terminal.wait_for(r"terraform\.tfstate")
        assert terminal.process.poll() is None
        assert answers(endpoint), "it stays up as long as the shell does"
        assert "the same verdict" not in terminal.shown
        terminal.type("exit")
        code = terminal.finish()
    finally:
        terminal.process.kill()
    assert (code, "the same verdict" in terminal.shown) == (0, True), terminal.shown
    assert not answers(endpoint)
    assert gone(workspace)
    assert not list((workspace / "scratch").iterdir())
