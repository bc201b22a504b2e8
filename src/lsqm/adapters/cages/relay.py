"""Carries bytes between the one port of a jail and the emulator outside."""

import contextlib
import os
import selectors
import socket

_BUFFER_BYTES = 1 << 20


class Relay:
    """Carries bytes between connections made inside the jail and the emulator outside, in one thread."""

    def __init__(self, listener: socket.socket, target: tuple[str, int]) -> None:
        self._listener = listener
        self._target = target
        self._selector = selectors.DefaultSelector()
        self._peer: dict[socket.socket, socket.socket] = {}
        self._waiting: dict[socket.socket, bytearray] = {}
        """What was read and is still to be written to this socket."""
        self._ending: set[socket.socket] = set()
        """To be shut down for writing once `_waiting` is empty."""

    def run(self, waking: int, warden_pid: int) -> None:
        """Until the warden has ended."""
        self._listener.settimeout(0)
        os.set_blocking(waking, False)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(waking, selectors.EVENT_READ)
        while True:
            if os.waitid(os.P_PID, warden_pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                return
            for key, events in self._selector.select(1.0):
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj == waking:
                    with contextlib.suppress(BlockingIOError):
                        os.read(waking, 512)
                elif isinstance(key.fileobj, socket.socket) and key.fileobj in self._peer:
                    self._serve(key.fileobj, events)

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            inner, _ = self._listener.accept()
            try:
                outer = socket.create_connection(self._target, timeout=10)
            except OSError:
                inner.close()  # the client sees what it would see without us: a closed connection
                return
            for one, other in ((inner, outer), (outer, inner)):
                one.settimeout(0)
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._peer[one] = other
                self._waiting[one] = bytearray()
                self._selector.register(one, selectors.EVENT_READ)

    def _serve(self, one: socket.socket, events: int) -> None:
        other = self._peer[one]
        try:
            if events & selectors.EVENT_READ:
                chunk = one.recv(1 << 16)
                self._waiting[other] += chunk
                if not chunk:
                    self._ending.add(other)
            self._flush(one)
            self._flush(other)
        except BlockingIOError:
            return
        except OSError:
            self._close(one, other)
            return
        if {one, other} <= self._ending and not self._waiting[one] and not self._waiting[other]:
            self._close(one, other)
            return
        self._watch(one)
        self._watch(other)

    def _flush(self, one: socket.socket) -> None:
        waiting = self._waiting[one]
        if waiting:
            with contextlib.suppress(BlockingIOError):
                del waiting[: one.send(waiting)]
        if not waiting and one in self._ending:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_WR)

    def _watch(self, one: socket.socket) -> None:
        """Wait for bytes while the other side keeps up, and for room while something is to be written."""
        other = self._peer[one]
        reads = other not in self._ending and len(self._waiting[other]) < _BUFFER_BYTES
        events = (selectors.EVENT_READ if reads else 0) | (selectors.EVENT_WRITE if self._waiting[one] else 0)
        if one in self._selector.get_map():
            self._selector.unregister(one)
        if events:
            self._selector.register(one, events)

    def _close(self, *ends: socket.socket) -> None:
        for end in ends:
            if end in self._selector.get_map():
                self._selector.unregister(end)
            del self._peer[end], self._waiting[end]
            self._ending.discard(end)
            end.close()
