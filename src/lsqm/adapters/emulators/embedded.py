"""MiniStack from PyPI as a child process: the emulator of `--emulator embedded`."""

import contextlib
import hashlib
import importlib.metadata
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

from lsqm.adapters.cages.names import INNER_PORT
from lsqm.adapters.cages.namespaces import hand_over, jail_argv
from lsqm.adapters.emulators.health import send, wait_until_healthy
from lsqm.adapters.leftovers import HOME_PREFIX, OWNER_FILE
from lsqm.adapters.owner import this_process
from lsqm.adapters.subprocesses import MARKER, HeadTail, kill_tree, process_key
from lsqm.errors import Unavailable
from lsqm.model.emulator import EmulatorIdentity, EmulatorKind
from lsqm.model.result import Cause
from lsqm.ports.cage import Access, Limits
from lsqm.ports.clock import Clock
from lsqm.ports.emulator import Answer, EmulatorFailed, Question, StartRequest

_PACKAGE = "ministack"
_LOG_LIMIT = 8 * 1024 * 1024
_STOP_SECONDS = 3.0
_LIMITS = Limits(processes=1024, file_bytes=1 << 30)
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")

_DIE_WITH_PARENT = """
import ctypes, os, signal, sys
parent = int(sys.argv[1])
if sys.platform == "linux":
    ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG; it survives exec
if os.getppid() != parent:
    os._exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""


class EmbeddedEmulator:
    """Starts one MiniStack per architecture, each on a port the kernel chose.

    Args:
        clock: for waiting.
        environment: of lsqm itself; only what a program needs to start at all is passed on.
        caged: run it in a jail of namespaces, since it runs the Lambda code of foreign architectures.
    """

    def __init__(self, *, clock: Clock, environment: Mapping[str, str], caged: bool = False) -> None:
        self._clock = clock
        self._caged = caged
        self._environment = {name: environment[name] for name in _KEPT_ENVIRONMENT if name in environment}
        self._identity: EmulatorIdentity | None = None

    @property
    def kind(self) -> EmulatorKind:
        return EmulatorKind.EMBEDDED

    def check(self) -> EmulatorIdentity:
        """What would be started.

        Raises:
            Unavailable: MiniStack is not installed beside lsqm.
        """
        if self._identity is None:
            try:
                distribution = importlib.metadata.distribution(_PACKAGE)
            except importlib.metadata.PackageNotFoundError as error:
                raise Unavailable(
                    "the embedded emulator is not installed: there is no Python package `ministack`",
                    hint='install it with `pip install "lsqm[embedded]"`, or use `--emulator docker`',
                ) from error
            self._identity = EmulatorIdentity(
                kind=EmulatorKind.EMBEDDED,
                product=_PACKAGE,
                version=distribution.version,
                digest=distribution_digest(distribution),
            )
        return self._identity

    def close(self) -> None:
        """Nothing is held."""

    def start(self, request: StartRequest) -> "RunningMiniStack":
        """Start a fresh one and wait until it answers its health page.

        Raises:
            EmulatorFailed: it died or was not healthy within the deadline; carries its logs.
        """
        identity = self.check()
        name = f"{request.run}-{request.architecture[:12]}"
        running = RunningMiniStack(identity, self._environment, name=name, caged=self._caged)
        try:
            health = wait_until_healthy(
                running.endpoint,
                clock=self._clock,
                deadline_seconds=request.deadline_seconds,
                is_alive=running.is_alive,
            )
        except BaseException:
            running.stop()
            raise
        if health is not None:
            return running
        died = not running.is_alive()
        running.stop()
        raise EmulatorFailed(
            "MiniStack died while starting"
            if died
            else f"MiniStack was not healthy within {request.deadline_seconds:g} s",
            cause=Cause.EMULATOR_DIED,
            logs=running.logs(),
        )


class RunningMiniStack:
    """One MiniStack process with its own temporary directory."""

    def __init__(self, identity: EmulatorIdentity, environment: Mapping[str, str], *, name: str, caged: bool) -> None:
        self._identity = identity
        self._home = Path(tempfile.mkdtemp(prefix=HOME_PREFIX))
        self._marker = f"{process_key()}-{name}-{self._home.name}"
        (self._home / OWNER_FILE).write_text(this_process().text, encoding="utf-8")
        self._log = HeadTail(_LOG_LIMIT)
        # The port is ours from the moment the kernel gives it: the listening socket is handed down, never re-opened.
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            self._endpoint = f"http://127.0.0.1:{port}"
            self._process = self._spawn(listener.fileno(), port, environment, caged=caged)
        self._reader = threading.Thread(target=self._read, name=f"log of {self._home.name}", daemon=True)
        self._reader.start()

    def _spawn(
        self, listener: int, port: int, environment: Mapping[str, str], *, caged: bool
    ) -> "subprocess.Popen[bytes]":
        serve = [sys.executable, "-m", "hypercorn", "ministack.app:app", "--bind", f"fd://{listener}"]
        serve += ["--keep-alive", "75"]
        if caged:
            # Lambda code runs in the jail, where the host's port does not exist: listen there as well, on the port that
            # every caged program knows, so that the URLs it hands out lead to it.
            port = INNER_PORT
            serve += ["--bind", f"127.0.0.1:{port}"]
            hand_over(self._home)
            python = (Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable))
            access = Access(read_only=python, writable=(self._home,), limits=_LIMITS)
            argv = jail_argv(serve, self._home, access)
        else:
            argv = [sys.executable, "-I", "-c", _DIE_WITH_PARENT, str(os.getpid()), *serve]
        return subprocess.Popen(
            argv,
            cwd=self._home,
            env={
                **environment,
                "HOME": str(self._home),
                "TMPDIR": str(self._home),
                "GATEWAY_PORT": str(port),
                "MINISTACK_HOST": "127.0.0.1",
                "S3_PERSIST": "0",
                "S3_DATA_DIR": str(self._home / "s3"),
                "DOCKER_HOST": "unix:///nonexistent",  # it must not start containers of its own
                "PYTHONUNBUFFERED": "1",
                "PYTHONDONTWRITEBYTECODE": "1",
                MARKER: self._marker,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(listener,),
            start_new_session=True,
            bufsize=0,
        )

    @property
    def endpoint(self) -> str:
        return self._endpoint

    @property
    def identity(self) -> EmulatorIdentity:
        return self._identity

    @property
    def network(self) -> str:
        return ""

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, question: Question) -> Answer | None:
        """Ask it something; None when it does not answer."""
        return send(self._endpoint, question)

    def logs(self) -> bytes:
        return self._log.value()

    def stop(self) -> None:
        """Stop it, its workers and its files; stopping twice is fine."""
        if self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_SECONDS)
        kill_tree(self._process.pid, self._marker)
        self._process.wait()
        self._reader.join(_STOP_SECONDS)
        if self._process.stdout is not None and not self._reader.is_alive():
            self._process.stdout.close()
        shutil.rmtree(self._home, ignore_errors=True)

    def _read(self) -> None:
        assert self._process.stdout is not None
        while chunk := self._process.stdout.read(1 << 16):
            self._log.feed(chunk)


def distribution_digest(distribution: importlib.metadata.Distribution) -> str:
    """`sha256:…` over the installed distribution's own list of files and their hashes (RECORD)."""
    record = distribution.read_text("RECORD") or ""
    # Bytecode and launcher scripts differ between installations of the same thing.
    lines = sorted(line for line in record.splitlines() if line.startswith(f"{_PACKAGE}/") and ".pyc" not in line)
    return "sha256:" + hashlib.sha256("\n".join(lines).encode()).hexdigest()
