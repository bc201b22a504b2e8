"""Where the output goes is the caller's business: closed, full, gone or poor in letters, it never is lsqm's bug."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LSQM = f"{sys.executable} -m lsqm"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs a line of bash in an empty folder; `lsqm` in it is this one."""
    monkeypatch.setenv("LSQM_WORKSPACE", str(tmp_path / "w"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-engine.sock")

    def run(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
        text = f"set -o pipefail; {line.replace('lsqm', LSQM, 1)}"
        return subprocess.run(
            ["bash", "-c", text],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("lsqm services <&-", 0),
        ("lsqm clean --json <&-", 0),
        ("lsqm init --dry-run <&-", 0),
        ("lsqm services >&-", 0),
        ("lsqm services 2>&-", 0),
        ("lsqm services <&- >&- 2>&-", 0),
        ("lsqm config show --json | true", 0),
        ("lsqm --help | true", 0),
        ("lsqm watch --no-sync | true", 3),
        ("lsqm watch --no-sync 2> >(true)", 3),
        ("lsqm services > /dev/full", 3),
    ],
)
def test_streams_that_are_closed_gone_or_full_change_no_exit_code(shell, line: str, code: int) -> None:
    done = shell(line)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "bug in lsqm" not in done.stderr


def test_a_closed_output_is_not_written_into_the_next_file(shell, tmp_path: Path) -> None:
    assert shell("lsqm init --no-input >&- 2>&-").returncode == 0
    assert (tmp_path / "lsqm.toml").read_text().startswith("# Settings of lsqm.")
    assert "Secrets to set" not in "".join(path.read_text() for path in tmp_path.rglob("*.*") if path.is_file())


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_letters_that_an_encoding_lacks_are_replaced(shell, encoding: str) -> None:
    good = shell("lsqm init --dry-run", PYTHONIOENCODING=encoding)
    assert good.returncode == 0, good.stderr
    # click takes ASCII for a mistake of the system's and writes UTF-8 then.
    assert ("?" if encoding == "latin-1" else "→") in good.stdout
    bad = shell("lsqm status --config nowhere.toml", PYTHONIOENCODING=encoding)
    assert bad.returncode == 2
    assert "Check --config" in bad.stderr
    assert "\\u2192" not in bad.stderr


def test_a_folder_that_is_gone_is_one_sentence(shell) -> None:
    done = shell("mkdir gone; cd gone; rmdir ../gone; lsqm config show")
    assert done.returncode == 2
    assert "current folder does not exist" in done.stderr
