import os
import sys
import threading
import time
from pathlib import Path

import pytest

from lsqm.adapters.subprocesses import HeadTail, LocalCommandRunner
from lsqm.errors import Interrupted, Unavailable
from lsqm.ports.commands import Command, CommandResult


def run(code: str, cwd: Path, *, deadline: float = 20, limit: int = 1 << 20, stdin: bytes = b"") -> CommandResult:
    command = Command(
        argv=[sys.executable, "-I", "-c", code],
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin"},
        deadline_seconds=deadline,
        output_limit_bytes=limit,
        stdin=stdin,
    )
    return LocalCommandRunner().run(command)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_reports_exit_code_and_both_streams(tmp_path):
    result = run("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)", tmp_path)
    assert (result.exit_code, result.stdout, result.stderr) == (3, b"out\n", b"err\n")


def test_passes_nothing_of_our_environment_on(tmp_path, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret")
    result = run("import os; print(sorted(os.environ))", tmp_path)
    assert b"ANTHROPIC" not in result.stdout
    assert b"PATH" in result.stdout


def test_stdin_is_delivered(tmp_path):
    body = b"x" * 300_000
    result = run("import sys; print(len(sys.stdin.buffer.read()))", tmp_path, stdin=body)
    assert result.stdout == b"300000\n"


def test_a_program_that_ignores_sigint_ends_at_its_deadline(tmp_path):
    code = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    result = run(code, tmp_path, deadline=1)
    assert result.timed_out
    assert result.exit_code is None
    assert result.stdout == b"up\n"
    assert result.seconds < 15


def test_a_program_that_heeds_sigint_can_say_goodbye(tmp_path):
    code = "import time\ntry: time.sleep(60)\nexcept KeyboardInterrupt: print('saved')"
    result = run(code, tmp_path, deadline=4)
    assert result.timed_out
    assert result.stdout == b"saved\n"


@pytest.mark.skipif(sys.platform != "linux", reason="strays are found through /proc")
def test_no_daemon_survives(tmp_path):
    code = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open('pid', 'w').write(str(os.getpid()))
        time.sleep(120)
    os._exit(0)
time.sleep(0.5)
"""
    result = run(code, tmp_path)
    assert result.exit_code == 0
    assert result.seconds < 10
    assert not is_running(int((tmp_path / "pid").read_text()))


def test_a_flood_is_cut_in_the_middle_and_counted(tmp_path):
    code = "import os\nos.write(1, b'HEAD')\nfor _ in range(100): os.write(1, b'x' * 1000000)\nos.write(1, b'TAIL')"
    result = run(code, tmp_path, limit=100_000)
    assert result.stdout.startswith(b"HEAD")
    assert result.stdout.endswith(b"TAIL")
    assert len(result.stdout) < 101_000
    assert result.dropped_bytes == 100_000_008 - 100_000


def test_cancelling_kills_and_raises(tmp_path):
    cancel = threading.Event()
    threading.Timer(0.5, cancel.set).start()
    started = time.monotonic()
    with pytest.raises(Interrupted):
        LocalCommandRunner(cancel).run(
            Command(argv=[sys.executable, "-c", "import time; time.sleep(60)"], cwd=tmp_path, deadline_seconds=60)
        )
    assert time.monotonic() - started < 10


def test_a_missing_program_is_named(tmp_path):
    with pytest.raises(Unavailable, match="/no/such/program"):
        LocalCommandRunner().run(Command(argv=["/no/such/program"], cwd=tmp_path, deadline_seconds=1))


@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 40, 41, 1000])
def test_head_and_tail_together_with_dropped_are_everything(size):
    text = bytes(i % 251 for i in range(size))
    for step in (1, 7, 1000):
        kept = HeadTail(10)
        for start in range(0, size, step):
            kept.feed(text[start : start + step])
        value = kept.value()
        if size <= 10:
            assert value == text
        else:
            assert value.startswith(text[:5])
            assert value.endswith(text[-5:])
            assert kept.dropped == size - 10
            assert os.fsencode(str(size - 10)) in value
