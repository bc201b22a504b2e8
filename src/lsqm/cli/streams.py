"""Standard streams that stop nothing: closed ones lead nowhere, letters an encoding lacks are replaced."""

import errno
import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_GONE = frozenset({errno.EPIPE, errno.EIO})
"""The reader of a pipe went away (`lsqm … | head`), or the terminal did."""


class Lasting(io.FileIO):
    """Output whose reader may go away: what would be shown is lost, what is being done and its exit code are not."""

    _failed = False

    def write(self, data: "ReadableBuffer", /) -> int:
        """Bytes taken. Raises OSError where a file cannot be written, for instance on a full disk, but only once:
        Python tries again at its end, when nobody could say it in a sentence.
        """
        try:
            return super().write(data)
        except OSError as error:
            if error.errno not in _GONE and not self._failed:
                self._failed = True
                raise
            return memoryview(data).nbytes


def prepare() -> None:
    """Put such streams in the place of this process's own.

    A descriptor that the caller closed is opened on nothing first: otherwise the next file that is opened would get its
    number, and what is printed would end up there.
    """
    for number, mode in enumerate((os.O_RDONLY, os.O_WRONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, mode), True)  # the lowest free number, which is this one
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), encoding="utf-8")
    sys.stdout, sys.stderr = _lasting(sys.stdout, 1), _lasting(sys.stderr, 2)


def _lasting(present: object, number: int) -> io.TextIOWrapper:
    if isinstance(present, io.TextIOWrapper):
        encoding, through = present.encoding, present.write_through
    else:
        encoding, through = "utf-8", False
    file = Lasting(number, "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(file),
        encoding=encoding,
        errors="replace",
        line_buffering=number == 2 or file.isatty(),
        write_through=through,
    )
