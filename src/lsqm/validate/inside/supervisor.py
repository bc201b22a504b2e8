"""Runs pytest inside the cage and holds every test to its deadline, also against `while True` and blocked C calls.

    python supervisor.py EACH_SECONDS TOTAL_SECONDS APP_DIRECTORY PLUGIN_DIRECTORY [PYTEST_OPTION...]

Its stdout carries only the events, one JSON object a line; what pytest and the app print goes to stderr. A test that
outruns its deadline is shot together with its pytest, and a new pytest goes on with the tests that are left.
"""

import contextlib
import ctypes
import json
import os
import select
import signal
import sys
import time
from typing import Any

_GRACE_SECONDS = 1.0
_POLL_SECONDS = 0.25
_LEAVING_SECONDS = 5.0
"""For the stack dump of a test that is about to be shot."""
_IDLE_LIMIT_SECONDS = 30.0
"""For collecting, fixtures of the session, and ending."""
_LINE_LIMIT = 1 << 20


def main(each: float, total: float, app: str, plugins: str, options: list[str]) -> int:
    """Run all tests; the exit code says nothing, the events do."""
    _hide()
    until = time.monotonic() + total
    done: list[str] = []
    first = True
    while True:
        victim, ended, started = _session(each, until, app, plugins, done, options, first=first)
        first = False
        if victim:
            done.append(victim)
        if ended or not victim or not started or time.monotonic() >= until:
            return 0


def _session(
    each: float, until: float, app: str, plugins: str, done: list[str], options: list[str], *, first: bool
) -> tuple[str, bool, bool]:
    """One pytest. Returns the test that had to be shot, whether pytest ended by itself, and whether any test began."""
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)  # noqa: FBT003  positional only
    environment = {
        **os.environ,
        "LSQM_EVENTS_FD": str(writing),
        "LSQM_DONE": json.dumps(done),
        "PYTHONPATH": plugins,
    }
    argv = [sys.executable, "-m", "pytest", "-p", "lsqm_reporter", "-p", "no:cacheprovider"]
    argv += ["-q", "--tb=short", "--color=no", "-c", os.devnull, "--rootdir", app, *options, app]
    pid = os.posix_spawn(
        sys.executable,
        argv,
        environment,
        file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)],
        setpgroup=0,
    )
    os.close(writing)
    state = _follow(pid, reading, each, until, done, first=first)
    if not state[0]:
        _let_finish(pid)
    _shoot(pid)
    os.close(reading)
    _, status = os.waitpid(pid, 0)
    _tell({"event": "exit", "code": os.waitstatus_to_exitcode(status)})
    return state


def _follow(
    pid: int, reading: int, each: float, until: float, done: list[str], *, first: bool
) -> tuple[str, bool, bool]:
    buffer = b""
    current, began, ended, started = "", time.monotonic(), False, False
    while True:
        limit = each if current else _IDLE_LIMIT_SECONDS
        left = min(began + limit, until) - time.monotonic()
        if left <= 0:
            return _timeout(pid, current, began, total=time.monotonic() >= until), False, started
        if not select.select([reading], [], [], min(left, _POLL_SECONDS))[0]:
            # What the app forked may hold the pipe open for ever; pytest's own end is the end.
            if _has_exited(pid):
                return "", ended, started
            continue
        chunk = os.read(reading, 1 << 16)
        if not chunk:
            return "", ended, started
        *lines, buffer = (buffer + chunk)[-_LINE_LIMIT:].split(b"\n")
        for line in lines:
            try:
                event = json.loads(line)
            except ValueError:
                event = {"event": "garbled"}
            if event["event"] == "start":
                current, started = event["test"], True
            elif event["event"] == "finish":
                current = ""
                done.append(event["test"])
            ended = ended or event["event"] == "end"
            began = time.monotonic()
            if first or event["event"] != "collected":
                _tell(event)


def _let_finish(pid: int) -> None:
    """Give a pytest that has told everything the time to leave with its own exit code."""
    until = time.monotonic() + _LEAVING_SECONDS
    while not _has_exited(pid) and time.monotonic() < until:
        time.sleep(0.02)


def _has_exited(pid: int) -> bool:
    """Whether pytest is over; it stays to be waited for."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _timeout(pid: int, current: str, began: float, *, total: bool) -> str:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGUSR1)  # faulthandler prints where it hangs
        time.sleep(_GRACE_SECONDS)
    seconds = round(time.monotonic() - began - _GRACE_SECONDS, 3)
    _tell({"event": "timeout", "test": current, "seconds": seconds, "total": total})
    return current


def _shoot(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _tell(event: dict[str, Any]) -> None:
    os.write(1, json.dumps(event).encode() + b"\n")


def _hide() -> None:
    """Make our descriptors and memory unreadable for the app, which runs under the same user."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), float(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5:]))
