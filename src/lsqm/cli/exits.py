"""Exceptions to messages and exit codes: the only place that prints an error."""

import os
import platform
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from lsqm.errors import ExitCode, LsqmError


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
    except KeyboardInterrupt as error:
        print("interrupted; what was done is kept", file=sys.stderr)  # noqa: T201
        raise SystemExit(int(ExitCode.INTERRUPTED)) from error
    except BrokenPipeError as error:
        # The reader went away (`lsqm … | head`); Python would complain again while flushing stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(int(ExitCode.OK)) from error
    except Exception as error:
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
