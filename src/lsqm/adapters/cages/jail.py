"""A jail of Linux namespaces, made with the standard library alone. Run as a program:

    python -I -m lsqm.adapters.cages.jail '{"argv": [...], "cwd": "...", "relay": {...}, "read_only": [...], ...}'

Four processes, each with one task:

    guard    stays outside; carries bytes between the jail's one port and the emulator; dies with lsqm
    warden   in new user, network, PID, mount, IPC and UTS namespaces; opens the port; waits
    init     PID 1 of the jail; builds a root of bind mounts; reaps; when it ends, everything in the jail ends
    command  an ordinary user without capabilities, under resource limits

Nothing of the host is in the new root except what the request names. The listening socket is made inside and handed to
the guard, so there is no process in the jail that forwards, and no address but the emulator's that answers.
Exit code: the command's, 128 + N for signal N, or 125 with a line "lsqm-jail: …" when the jail cannot be built.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import resource
import shutil
import signal
import socket
import struct
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from lsqm.adapters.cages.hogs import LOOK_SECONDS, end_hogs
from lsqm.adapters.cages.names import ALIASES
from lsqm.adapters.cages.relay import Relay
from lsqm.ports.cage import ended_for_memory

FAILURE = 125
INSIDE_ID = 1000
"""User and group of the command as it sees itself."""
NOBODY = 65534
"""Who it is outside when lsqm runs as root."""

_NEWNS, _NEWUTS, _NEWIPC = 0x00020000, 0x04000000, 0x08000000
_NEWUSER, _NEWPID, _NEWNET = 0x10000000, 0x20000000, 0x40000000
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REMOUNT = 1, 2, 4, 8, 32
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
_MNT_DETACH = 2
_SYS_PIVOT_ROOT, _SYS_MOUNT_SETATTR = {"x86_64": (155, 442), "aarch64": (41, 442)}.get(os.uname().machine, (0, 0))
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/ssl", "/etc/pki", "/etc/alternatives"),
    *("/etc/ca-certificates", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime"),
)
_DEVICES = ("null", "zero", "full", "random", "urandom")
FILES = {
    "etc/passwd": f"root:x:0:0::/:/bin/false\nlsqm:x:{INSIDE_ID}:{INSIDE_ID}::/tmp:/bin/sh\n",
    "etc/group": f"root:x:0:\nlsqm:x:{INSIDE_ID}:\n",
    "etc/hosts": f"127.0.0.1 localhost {' '.join(ALIASES)}\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}
_TMP_BYTES = 512 << 20
_COPY_BYTES = 256 << 20

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def _mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    arguments = (source.encode(), target.encode(), kind.encode() or None, ctypes.c_ulong(flags), data.encode() or None)
    _checked(_libc.mount(*arguments), f"mount {source} on {target}")


def _make_read_only(target: str) -> None:
    """With everything mounted below it, which a plain remount would leave writable."""
    attributes = struct.pack("QQQQ", _MS_RDONLY | _MS_NOSUID | _MS_NODEV, 0, 0, 0)
    number, path = ctypes.c_long(_SYS_MOUNT_SETATTR), ctypes.c_char_p(target.encode())
    size = ctypes.c_size_t(len(attributes))
    _checked(_libc.syscall(number, _AT_FDCWD, path, _AT_RECURSIVE, attributes, size), f"make {target} read-only")


def _die_with_parent(parent: int, number: int) -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    if parent and os.getppid() != parent:
        os._exit(FAILURE)


def _exit_like(status: int) -> NoReturn:
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def _wait(pid: int) -> int:
    while True:
        with contextlib.suppress(InterruptedError):
            return os.waitpid(pid, 0)[1]


# -- guard: outside


def guard(request: dict[str, Any]) -> NoReturn:
    """Start the warden, map its users, then carry bytes until it ends."""
    _die_with_parent(0, signal.SIGTERM)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ours, theirs = socket.socketpair()
    me = os.getpid()
    warden_pid = os.fork()
    if warden_pid == 0:
        ours.close()
        _or_fail(warden, request, theirs, me)
    theirs.close()
    waking, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(warden_pid, signal.SIGKILL))
    try:
        if ours.recv(1) == b"u":
            _map_users(warden_pid)
            ours.sendall(b"k")
            if request.get("relay"):
                message, fds, _, _ = socket.recv_fds(ours, 1, 1)
                if message and fds:
                    relay = request["relay"]
                    Relay(socket.socket(fileno=fds[0]), (relay["host"], relay["port"])).run(waking, warden_pid)
    except OSError as error:
        os.write(2, f"lsqm-jail: {error}\n".encode())
        os.kill(warden_pid, signal.SIGKILL)
    _exit_like(_wait(warden_pid))


def _map_users(pid: int) -> None:
    uid, gid = os.getuid(), os.getgid()
    process = Path(f"/proc/{pid}")
    if uid == 0:
        lines = f"0 0 1\n{INSIDE_ID} {NOBODY} 1\n"
        (process / "uid_map").write_text(lines)
        (process / "gid_map").write_text(lines)
    else:
        (process / "uid_map").write_text(f"{INSIDE_ID} {uid} 1\n")
        (process / "setgroups").write_text("deny")
        (process / "gid_map").write_text(f"{INSIDE_ID} {gid} 1\n")


# -- warden: in the namespaces, before the new root


def warden(request: dict[str, Any], control: socket.socket, guard_pid: int) -> NoReturn:
    """Enter the namespaces, open the port, start init."""
    _die_with_parent(guard_pid, signal.SIGKILL)
    spaces = _NEWUSER | _NEWNS | _NEWPID | _NEWIPC | _NEWUTS
    if not request.get("internet"):
        spaces |= _NEWNET
    _checked(_libc.unshare(spaces), "unshare")
    control.sendall(b"u")
    if control.recv(1) != b"k":
        raise OSError("the users could not be mapped")
    if os.getuid() == 0:
        os.setgroups([])
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if not request.get("internet"):
        _raise_loopback()
    if request.get("relay"):
        with socket.create_server(("127.0.0.1", request["relay"]["listen"]), backlog=128) as listener:
            socket.send_fds(control, [b"l"], [listener.fileno()])
    control.close()
    init_pid = os.fork()
    if init_pid == 0:
        _or_fail(init, request)
    _exit_like(_wait(init_pid))


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        interface = struct.pack("16sh14x", b"lo", 0x1 | 0x40)  # IFF_UP | IFF_RUNNING
        fcntl.ioctl(sock, 0x8914, interface)  # SIOCSIFFLAGS


# -- init: PID 1


def init(request: dict[str, Any]) -> NoReturn:
    """Build the root, start the command, reap until it ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    _libc.sethostname(b"lsqm", 4)
    _build_root(request)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    command_pid = os.fork()
    if command_pid == 0:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        _or_fail(command, request)
    limit, spared, looked = request["limits"]["memory_bytes"], frozenset({os.getpid(), command_pid}), 0.0
    while True:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == command_pid:
            _exit_like(status)
        if limit and time.monotonic() - looked >= LOOK_SECONDS:
            if end_hogs(limit, spared):
                os.write(2, ended_for_memory(limit))
            looked = time.monotonic()
        if not pid:
            signal.sigtimedwait({signal.SIGCHLD}, LOOK_SECONDS if limit else 60)


def _build_root(request: dict[str, Any]) -> None:
    _mount("none", "/", flags=_MS_REC | _MS_PRIVATE)
    base = "/tmp"  # noqa: S108  any directory will do: the tmpfs moves to the root at once
    _mount("tmpfs", base, "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=755,size=64m")
    for name in ("old", "new"):
        Path(base, name).mkdir()
    _mount(f"{base}/new", f"{base}/new", flags=_MS_BIND)
    os.chdir(base)
    _checked(_libc.syscall(ctypes.c_long(_SYS_PIVOT_ROOT), b".", b"old"), "pivot_root")
    os.chdir("/")
    root = Path("/new")
    for name in ("proc", "dev", "tmp", "etc", "var/tmp", "run"):
        (root / name).mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        (root / name).write_text(text)
    _mount("tmpfs", "/new/tmp", "tmpfs", _MS_NOSUID | _MS_NODEV, f"mode=1777,size={_TMP_BYTES}")
    for path in (*_SYSTEM, *(("/etc/resolv.conf",) if request.get("internet") else ())):
        _bring(path)
    _bring_all(request["read_only"])
    for path in request["writable"]:
        _bind(_old(path), path)
    for path in request["copied"]:
        _copy_in(path)
    for name in _DEVICES:
        target = root / "dev" / name
        target.touch()
        _mount(f"/old/dev/{name}", str(target), flags=_MS_BIND)
    for name, place in (("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        (root / "dev" / name).symlink_to(place)
    (root / "dev/shm").mkdir()
    _mount("tmpfs", "/new/dev/shm", "tmpfs", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, "mode=1777,size=64m")
    _mount("proc", "/new/proc", "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    os.chdir("/new")
    _checked(_libc.umount2(b"/old", _MNT_DETACH), "umount of the old root")
    _checked(_libc.syscall(ctypes.c_long(_SYS_PIVOT_ROOT), b".", b"."), "pivot_root")
    _checked(_libc.umount2(b".", _MNT_DETACH), "umount of the first root")
    os.chdir("/")
    _mount("none", "/", flags=_MS_REMOUNT | _MS_BIND | _MS_RDONLY | _MS_NOSUID | _MS_NODEV)


def _old(path: str) -> str:
    """Where a path of the host is now, its links resolved as the host would."""
    parts = [part for part in path.split("/") if part]
    done, hops = "", 0
    while parts:
        part = parts.pop(0)
        if part == "..":
            done = done.rpartition("/")[0]
            continue
        here = f"/old{done}/{part}"
        if os.path.islink(here) and hops < 40:  # noqa: PTH114
            hops += 1
            target = os.readlink(here)  # noqa: PTH115
            parts = [p for p in target.split("/") if p not in {"", "."}] + parts
            done = "" if target.startswith("/") else done
            continue
        done = f"{done}/{part}"
    return f"/old{done}"


def _bring(path: str) -> None:
    """Bind a system directory read-only, or repeat the link that it is (/bin -> usr/bin)."""
    source, target = f"/old{path}", Path(f"/new{path}")
    if os.path.islink(source):  # noqa: PTH114
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(os.readlink(source))  # noqa: PTH115
    elif os.path.lexists(source):
        _bind(source, path)
        _make_read_only(f"/new{path}")


def _bring_all(paths: list[str]) -> None:
    """Bind each where it is named and where its links lead to, parents before children."""
    wanted: dict[str, str] = {}
    for path in paths:
        source = _old(path)
        if os.path.lexists(source):
            wanted[path.rstrip("/")] = source
            wanted[source.removeprefix("/old")] = source
    for path in sorted(wanted, key=lambda name: (name.count("/"), name)):
        if not os.path.lexists(f"/new{path}"):
            _bind(wanted[path], path)
            _make_read_only(f"/new{path}")


def _bind(source: str, path: str) -> None:
    target = Path(f"/new{path}")
    if os.path.isdir(source):  # noqa: PTH112
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    _mount(source, str(target), flags=_MS_BIND | _MS_REC)


def _copy_in(path: str) -> None:
    target = Path(f"/new{path}")
    target.mkdir(parents=True, exist_ok=True)
    _mount("tmpfs", str(target), "tmpfs", _MS_NOSUID | _MS_NODEV, f"mode=755,size={_COPY_BYTES}")
    shutil.copytree(_old(path), target, symlinks=True, dirs_exist_ok=True)
    for directory, folders, names in os.walk(target):
        for name in (directory, *(os.path.join(directory, n) for n in (*folders, *names))):  # noqa: PTH118
            os.chown(name, INSIDE_ID, INSIDE_ID, follow_symlinks=False)


# -- command


def command(request: dict[str, Any]) -> NoReturn:
    """Become nobody, take the limits, run."""
    limits = request["limits"]
    os.setresgid(INSIDE_ID, INSIDE_ID, INSIDE_ID)
    os.setresuid(INSIDE_ID, INSIDE_ID, INSIDE_ID)
    _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    for name, value in (
        (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_NPROC, limits["processes"]),
        (resource.RLIMIT_FSIZE, limits["file_bytes"]),
        (resource.RLIMIT_CPU, limits["cpu_seconds"]),
    ):
        if value:
            resource.setrlimit(name, (value, value))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.chdir(request["cwd"])
    argv = request["argv"]
    os.execvpe(argv[0], argv, os.environ)  # noqa: S606  no shell is the point


def _or_fail(step: Any, *arguments: Any) -> NoReturn:
    """Run one of the four; whatever goes wrong becomes one line and exit code 125."""
    try:
        step(*arguments)
    except BaseException as error:  # noqa: BLE001  a forked child must never return into its parent's code
        os.write(2, f"lsqm-jail: {step.__name__}: {error}\n".encode())
    os._exit(FAILURE)


if __name__ == "__main__":
    _or_fail(guard, json.loads(sys.argv[1]))
