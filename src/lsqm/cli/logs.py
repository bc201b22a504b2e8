"""structlog set-up: JSON lines or console on stderr, JSON lines in each run's log file, secrets redacted in both.

A log line carries `run_id`, `stage` and `architecture` where they are known (FR-063..065); failures carry the error's
type, message and the file in which its traceback is kept.
"""

import json
import re
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from pathlib import Path
from typing import Any, TextIO

_SECRET_KEY = re.compile(r"(?i)(token|secret|password|passwd|api_?key|authorization|credential|webhook|cookie)")
_TOKEN_COUNT = re.compile(r"(?i)^(.*_)?tokens?_(spent|budget|used|reserved|count)$|^tokens$")
_KNOWN_SHAPES = re.compile(
    r"""(?x)
    \b(?:gh[pousr]_[A-Za-z0-9]{20,} | github_pat_[A-Za-z0-9_]{20,}      # GitHub tokens
      | sk-ant-[A-Za-z0-9_-]{10,}                                        # Anthropic keys
      | xox[abprs]-[A-Za-z0-9-]{10,} | ls-[A-Za-z0-9-]{20,}              # Slack, LocalStack
      | AKIA[0-9A-Z]{16})\b
    | https://hooks\.slack\.com/[^\s"']+
    | (?<=://)[^/\s:@"']+:[^/\s@"']+(?=@)                                # user:password@ in URLs
    """
)
REDACTED = "[redacted]"


class Redactor:
    """Removes secrets from text and from structures: by known value, by known shape, and by the name of a key."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # Longest first, so that a secret that contains another is removed whole.
        self._secrets = sorted({secret for secret in secrets if len(secret) >= 4}, key=len, reverse=True)

    def text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, REDACTED)
        return _KNOWN_SHAPES.sub(REDACTED, text)

    def data(self, data: bytes) -> bytes:
        """The same for raw log bytes; undecodable bytes stay as they are."""
        return self.text(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def value(self, value: Any, key: str = "") -> Any:
        if key and _SECRET_KEY.search(key) and not _TOKEN_COUNT.match(key) and value not in (None, "", False):
            return REDACTED
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {str(name): self.value(item, str(name)) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return value


class LogFiles:
    """JSON lines to the log file of the current run, from any thread."""

    def __init__(self) -> None:
        self._file: TextIO | None = None
        self._lock = threading.Lock()

    def open(self, path: Path) -> None:
        """From now on every line is also kept in `path`."""
        self.close()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8", errors="backslashreplace")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def write(self, event: Mapping[str, Any]) -> None:
        with self._lock:
            if self._file is not None:
                self._file.write(json.dumps(event, default=str, ensure_ascii=False) + "\n")
                self._file.flush()


log_files = LogFiles()
"""One per process: logging is process-wide anyway."""


def configure(*, redactor: Redactor, as_json: bool, verbose: bool, traceback_folder: Callable[[], Path]) -> None:
    """Set up structlog for this process.

    Args:
        redactor: applied to every line before it is written anywhere.
        as_json: JSON lines on stderr; otherwise only warnings (all lines with `verbose`) in console form.
        verbose: show debug lines too.
        traceback_folder: where tracebacks of logged failures are kept.
    """
    import structlog

    level = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
    threshold = 10 if verbose else 20

    def keep_traceback(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        error = event.pop("exc_info", None)
        if isinstance(error, BaseException):
            import traceback
            import uuid

            event["error_type"] = type(error).__name__
            event["error_message"] = str(error)
            text = redactor.text("".join(traceback.format_exception(error)))
            path = traceback_folder() / f"traceback-{uuid.uuid4().hex[:12]}.txt"
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            except OSError as refused:
                # What is logged may be that this folder cannot be written; it must not hide behind that.
                event["traceback"] = f"not kept: {refused}"
            else:
                event["traceback"] = str(path)
        return event

    def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {key: redactor.value(value, key) for key, value in event.items()}

    def tee(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        log_files.write(event)
        shown_from = threshold if as_json or verbose else 30
        if level.get(str(event.get("level")), 20) < shown_from:
            raise structlog.DropEvent
        return event

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            keep_traceback,
            redact,
            tee,
            structlog.processors.JSONRenderer(ensure_ascii=False)
            if as_json
            else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(10),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
