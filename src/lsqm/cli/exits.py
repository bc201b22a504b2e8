"""Exceptions to messages and exit codes: the only place that prints an error."""

import errno
import platform
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from lsqm.errors import ExitCode, LsqmError, Unavailable

_ELSEWHERE = "Mend that, or choose another place: --workspace, --output, --out, or the folder you call lsqm in."
_MACHINE = {
    errno.EACCES: _ELSEWHERE,
    errno.EPERM: _ELSEWHERE,
    errno.EROFS: _ELSEWHERE,
    errno.ENOTDIR: _ELSEWHERE,
    errno.EISDIR: _ELSEWHERE,
    errno.ENAMETOOLONG: _ELSEWHERE,
    errno.ENOSPC: "Make room; `lsqm clean --dry-run` shows what lsqm left on this machine.",
    errno.EDQUOT: "Make room; `lsqm clean --dry-run` shows what lsqm left on this machine.",
    errno.EMFILE: "Raise the limit (`ulimit -n`), or use a smaller --parallel.",
}
"""Errors of the operating system that say something about the machine and nothing about lsqm, with their remedies."""


def of_the_machine(error: OSError) -> LsqmError | None:
    """What a person can do about `error`, None where it looks like a bug."""
    if (remedy := _MACHINE.get(error.errno or 0)) is None:
        return None
    place = f"{error.filename2 or error.filename}: " if error.filename else ""
    return Unavailable(f"{place}{error.strerror}", hint=remedy)


def report_error(error: LsqmError) -> None:
    """One sentence and one remedy on stderr."""
    print(f"error: {error}", file=sys.stderr)  # noqa: T201  stderr is where errors go
    print(f"  → {error.hint}", file=sys.stderr)  # noqa: T201


@contextmanager
def exit_codes(crash_folder: Callable[[], Path], redact: Callable[[str], str]) -> Iterator[None]:
    """Turn whatever escapes a command into the exit code of DESIGN section 3.

    Raises:
        SystemExit: with the code; a crash report is written for bugs.
    """
    try:
        yield
    except LsqmError as error:
        report_error(error)
        raise SystemExit(int(error.exit_code)) from error
    except (KeyboardInterrupt, click.Abort) as error:
        if isinstance(error, click.Abort):
            print(file=sys.stderr)  # noqa: T201  the cursor stands behind the question
        print("interrupted; what was done is kept", file=sys.stderr)  # noqa: T201
        raise SystemExit(int(ExitCode.INTERRUPTED)) from error
    except Exception as error:
        if isinstance(error, OSError) and (known := of_the_machine(error)) is not None:
            report_error(known)
            raise SystemExit(int(known.exit_code)) from error
        path = _write_crash_report(error, crash_folder(), redact)
        print(f"error: bug in lsqm: {type(error).__name__}: {redact(str(error))}", file=sys.stderr)  # noqa: T201
        print(f"  → Please report it with {path}", file=sys.stderr)  # noqa: T201
        raise SystemExit(int(ExitCode.BUG)) from error


def _write_crash_report(error: BaseException, folder: Path, redact: Callable[[str], str]) -> Path:
    from importlib.metadata import version

    now = datetime.now(UTC)
    text = "\n".join(
        [
            "# lsqm crash report",
            f"- when: {now:%Y-%m-%dT%H:%M:%SZ}",
            f"- lsqm: {version('lsqm')}",
            f"- python: {sys.version.split()[0]} on {platform.platform()}",
            f"- command: {' '.join(sys.argv)}",
            "",
            "```",
            "".join(traceback.format_exception(error)),
            "```",
            "",
        ]
    )
    path = folder / f"crash-{now:%Y%m%dT%H%M%S%fZ}.md"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(redact(text), encoding="utf-8", errors="replace")
    except OSError:
        print(redact(text), file=sys.stderr)  # noqa: T201
    return path
