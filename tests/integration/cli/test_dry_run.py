"""`--dry-run` with every command and its flags leaves file system, git, network and Docker as they were: traced.

Python's audit events tell what the program itself does, strace (where there is one) what its libraries do as well, and
before and after are compared byte for byte.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from lsqm.cli.main import COMMANDS

DRIVER = Path(__file__).with_name("dry_run_driver.py")
ROOT = Path(__file__).resolve().parents[3]
CALLS = (
    "open,openat,openat2,creat,mkdir,mkdirat,unlink,unlinkat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,"
    "chmod,fchmodat,truncate,connect,bind,execve,rmdir,access,faccessat,faccessat2"
)
ORIGIN = '"git", "config", "--get", "remote.origin.url"'
READS = re.compile(r"^\d+ +(open|openat|access|faccessat|faccessat2)\(")
WRITES = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC")


@cache
def traceable() -> bool:
    """Whether strace is here and may trace."""
    if not shutil.which("strace"):
        return False
    done = subprocess.run(["strace", "-f", "-o", os.devnull, "true"], capture_output=True, check=False)
    return done.returncode == 0


def touched(trace: Path, engine: Path) -> list[str]:
    """System calls between the marks that do more than read; the lines of the engine's own thread are no commands'."""
    found, command = [], ""
    for line in trace.read_text(errors="replace").splitlines():
        if "/lsqm-dry-run/" in line:
            command = line.partition("/lsqm-dry-run/begin ")[2].partition('"')[0]
            continue
        if not command or "ENOENT" in line or "resumed>" in line:
            continue
        if READS.match(line) and not WRITES.search(line):
            continue
        if f"[{ORIGIN}]" in line and command == "init":
            continue
        if "bind(" in line and '"::1"' in line and "sin6_port=htons(0)" in line:
            continue  # urllib3, when imported, asks the kernel whether there is IPv6
        if '"/dev/null"' in line or '"/dev/tty"' in line or (command == "clean" and str(engine) in line):
            continue
        if re.match(r"^\d+ +[a-z0-9]+\(", line):
            found.append(f"{command}: {line}")
    return found


@pytest.mark.timeout(900)
def test_dry_runs_touch_nothing(tmp_path: Path) -> None:
    folder, trace = tmp_path / "place", tmp_path / "trace"
    home, temporary = folder / "home", folder / "tmp"
    for path in (folder, home, temporary):
        path.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LSQM_WORKSPACE": str(folder / "w"),
        "DOCKER_HOST": f"unix://{folder}/docker.sock",
        # Everything that could tempt a command is set; nobody listens there.
        "GITHUB_TOKEN": "ghp_" + "x" * 30,
        "ANTHROPIC_API_KEY": "sk-ant-tempting",
        "LOCALSTACK_AUTH_TOKEN": "ls-tempting",
        "SLACK_WEBHOOK_URL": "http://127.0.0.1:9/hook",
        "GITHUB_API_URL": "http://127.0.0.1:9",
        "GITHUB_SERVER_URL": "http://127.0.0.1:9",
        "ANTHROPIC_BASE_URL": "http://127.0.0.1:9",
        "LSQM_TERRAFORM_REGISTRY_URL": "http://127.0.0.1:9",
    }
    tracer = ["strace", "-f", "-qq", "-s", "200", "-e", f"trace={CALLS}", "-o", str(trace)] if traceable() else []
    cwd = folder / "cwd"
    cwd.mkdir()
    done = subprocess.run(
        [*tracer, sys.executable, str(DRIVER), str(folder)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert told["violations"] == []
    assert told["unhappy"] == []
    assert told["engine"] == [], "Docker was only looked at"
    assert told["changed"] == []
    for name in COMMANDS:
        for mood in ("w", "tempted"):
            codes = told["codes"][f"{mood} {name}"]
            assert codes.get("0"), f"{name} --dry-run never worked ({mood}): {codes}"
    assert sum(sum(codes.values()) for codes in told["codes"].values()) > 600
    if tracer:
        assert "/lsqm-dry-run/begin run" in trace.read_text(errors="replace")
        assert touched(trace, folder / "docker.sock") == []
