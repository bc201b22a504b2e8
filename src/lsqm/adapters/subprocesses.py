"""Running programs: own session, clean environment, a deadline that holds, bounded output, no process left behind."""

import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time
import uuid
from pathlib import Path
from typing import IO, Self

from lsqm.adapters.owner import start_time
from lsqm.errors import Interrupted, Unavailable
from lsqm.ports.commands import Command, CommandResult

MARKER = "LSQM_COMMAND"
"""Every process of a command carries this variable, so that one that left its session is still found."""

_CHUNK = 1 << 18
_POLL_SECONDS = 0.2
_POLITE_SECONDS = 3.0
"""Between SIGINT, on which terraform saves its state, and SIGKILL, which nothing survives."""
_DRAIN_SECONDS = 2.0


class HeadTail:
    """Keeps the first and the last half of `limit` bytes of a stream, counts the rest."""

    def __init__(self, limit: int) -> None:
        self._half = max(limit // 2, 1)
        self._head = bytearray()
        self._tail = bytearray()
        self._dropped = 0

    @property
    def dropped(self) -> int:
        return self._dropped + max(len(self._tail) - self._half, 0)

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the stream."""
        room = self._half - len(self._head)
        if room > 0:
            self._head += chunk[:room]
            chunk = chunk[room:]
        self._tail += chunk
        surplus = len(self._tail) - 4 * self._half
        if surplus > 0:  # cut seldom, so that a flood costs one copy per many chunks
            cut = len(self._tail) - self._half
            self._dropped += cut
            del self._tail[:cut]

    def value(self) -> bytes:
        """What was kept, with a line in the middle that says how much was not."""
        if not self.dropped:
            return bytes(self._head + self._tail)
        note = f"\n... {self.dropped} bytes dropped ...\n".encode()
        return bytes(self._head) + note + bytes(self._tail[-self._half :])


class LocalCommandRunner:
    """Implements `lsqm.ports.commands.CommandRunner` with child processes.

    Args:
        cancel: when set from another thread, running commands are killed and `run` raises Interrupted.
    """

    def __init__(self, cancel: threading.Event | None = None) -> None:
        self._cancel = cancel

    def run(self, command: Command) -> CommandResult:
        """Run `command` to its end or its deadline.

        Raises:
            Unavailable: the program does not exist or cannot be started.
            Interrupted: `cancel` was set; everything it had started is gone.
        """
        started = time.monotonic()
        process, marker = self._start(command)
        out, err = HeadTail(command.output_limit_bytes), HeadTail(command.output_limit_bytes)
        timed_out = cancelled = False
        try:
            with _Pipes(process, command.stdin, out, err) as pipes:
                while process.poll() is None:
                    left = started + command.deadline_seconds - time.monotonic()
                    cancelled = self._cancel is not None and self._cancel.is_set()
                    timed_out = left <= 0
                    if timed_out or cancelled:
                        self._stop(process, pipes, polite=not cancelled)
                        break
                    pipes.pump(min(_POLL_SECONDS, left))
                kill_tree(process.pid, marker)
                pipes.drain(_DRAIN_SECONDS)
        finally:
            kill_tree(process.pid, marker)
            process.wait()
        if cancelled:
            raise Interrupted(f"{Path(command.argv[0]).name} was stopped", hint="run the command again to go on")
        return CommandResult(
            exit_code=None if timed_out else process.returncode,
            stdout=out.value(),
            stderr=err.value(),
            seconds=time.monotonic() - started,
            timed_out=timed_out,
            dropped_bytes=out.dropped + err.dropped,
        )

    @staticmethod
    def _start(command: Command) -> tuple["subprocess.Popen[bytes]", str]:
        marker = f"{process_key()}-{uuid.uuid4().hex}"
        try:
            process = subprocess.Popen(
                list(command.argv),
                cwd=command.cwd,
                env={**command.env, MARKER: marker},
                stdin=subprocess.PIPE if command.stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                bufsize=0,
            )
        except OSError as error:
            raise Unavailable(
                f"cannot run {command.argv[0]}: {error.strerror or error}",
                hint=f"install {Path(command.argv[0]).name} or correct its path; `lsqm doctor` shows what is missing",
            ) from error
        return process, marker

    @staticmethod
    def _stop(process: "subprocess.Popen[bytes]", pipes: "_Pipes", *, polite: bool) -> None:
        """Ask with SIGINT, wait a little, then let `kill_tree` do the rest."""
        if not polite:
            return
        _signal_group(process.pid, signal.SIGINT)
        until = time.monotonic() + _POLITE_SECONDS
        while process.poll() is None and time.monotonic() < until:
            pipes.pump(0.1)


class _Pipes:
    """The three pipes of one process, moved without ever blocking."""

    def __init__(self, process: "subprocess.Popen[bytes]", stdin: bytes, out: HeadTail, err: HeadTail) -> None:
        self._selector = selectors.DefaultSelector()
        self._stdin = memoryview(stdin)
        self._files: list[IO[bytes]] = []
        for file, sink in ((process.stdout, out), (process.stderr, err), (process.stdin, None)):
            if file is None:
                continue
            os.set_blocking(file.fileno(), False)
            event = selectors.EVENT_READ if sink else selectors.EVENT_WRITE
            self._selector.register(file, event, sink)
            self._files.append(file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()
        for file in self._files:
            with contextlib.suppress(OSError):
                file.close()

    def pump(self, seconds: float) -> bool:
        """Move what there is, waiting at most `seconds`. Returns False when nothing was ready."""
        if not self._selector.get_map():
            time.sleep(min(seconds, 0.02))
            return False
        ready = self._selector.select(seconds)
        for key, _ in ready:
            if isinstance(key.data, HeadTail):
                self._read(key.fd, key.fileobj, key.data)
            else:
                self._write(key.fd, key.fileobj)
        return bool(ready)

    def drain(self, seconds: float) -> None:
        """Take what is still in the pipes; a stranger who holds one open is not waited for."""
        until = time.monotonic() + seconds
        while self._selector.get_map() and time.monotonic() < until:
            if not self.pump(0.1):
                return

    def _read(self, fd: int, file: object, sink: HeadTail) -> None:
        try:
            chunk = os.read(fd, _CHUNK)
        except BlockingIOError:
            return
        if chunk:
            sink.feed(chunk)
        else:
            self._selector.unregister(file)  # type: ignore[arg-type]  # registered above

    def _write(self, fd: int, file: object) -> None:
        try:
            self._stdin = self._stdin[os.write(fd, self._stdin[:_CHUNK]) :]
        except BlockingIOError:
            return
        except OSError:  # it does not want to read; that is its business
            self._stdin = memoryview(b"")
        if not self._stdin:
            self._selector.unregister(file)  # type: ignore[arg-type]  # registered above
            file.close()  # type: ignore[attr-defined]  # an open pipe


def process_key() -> str:
    """Names this process so that a reused id is not taken for it; markers begin with it."""
    return f"{os.getpid()}.{start_time(os.getpid())}"


def kill_tree(leader: int, marker: str) -> None:
    """SIGKILL the session of `leader` and every process that carries `marker`, until none is left."""
    _signal_group(leader, signal.SIGKILL)
    for _ in range(20):  # a process may fork while we look
        strays = _marked(marker)
        if not strays:
            return
        for pid in strays:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def _signal_group(leader: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def _marked(marker: str) -> list[int]:
    """Ids of living processes started with our marker in their environment (Linux; elsewhere none are found)."""
    needle = f"{MARKER}={marker}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if needle in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found
