"""Draws events: a live view on a terminal, groups in GitHub Actions, one plain line per item elsewhere. On stderr."""

import os
import sys
import threading
import time
from typing import TYPE_CHECKING, assert_never

from lsqm.model.event import Event, ItemFinished, ItemProgress, ItemStarted, Notice, StageFinished, StageStarted

if TYPE_CHECKING:
    from rich.progress import TaskID

_MARKS = {"PASSED": "✓", "FAILED": "✗", "PARTIAL": "◐", "TIMEOUT": "⏱", "ERROR": "!", "new": "+", "skipped": "–"}
_STYLES = {"PASSED": "green", "FAILED": "red", "PARTIAL": "yellow", "TIMEOUT": "magenta", "ERROR": "magenta"}


def plain(text: str, limit: int = 300) -> str:
    """`text` on one line without control characters, so that nothing mined or logged can drive the terminal or CI."""
    one_line = " ".join(text.split())
    clean = "".join(character if character.isprintable() else "�" for character in one_line)
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def named(item: str, limit: int) -> str:
    """`item` in at most `limit` characters, its end kept: paths and addresses differ there."""
    name = plain(item, 10_000)
    head = limit // 4
    return name if len(name) <= limit else name[:head] + "…" + name[len(name) - (limit - head - 1) :]


def item_line(event: ItemFinished) -> str:
    """One finished item as one line."""
    seconds = f" ({event.seconds:.0f} s)" if event.seconds >= 0.5 else ""
    message = f": {plain(event.message)}" if event.message else ""
    return f"{_MARKS.get(event.outcome, '·')} {named(event.item, 90)} {event.outcome}{seconds}{message}"


class PlainObserver:
    """One line per event that matters; every 30 seconds a sign of life from long items."""

    def __init__(self, *, github: bool, verbose: bool) -> None:
        self._github = github
        self._verbose = verbose
        self._lock = threading.Lock()
        self._total = 0
        self._done = 0
        self._steps: dict[str, str] = {}
        self._last = time.monotonic()

    def on(self, event: Event) -> None:
        with self._lock:
            for line in self._lines(event):
                print(line, file=sys.stderr, flush=True)  # noqa: T201
                self._last = time.monotonic()

    def _lines(self, event: Event) -> list[str]:
        match event:
            case StageStarted():
                self._total, self._done = event.total, 0
                self._steps.clear()
                title = event.stage + (f": {event.total}" if event.total else "")
                title += f" — {plain(event.message)}" if event.message else ""
                return [f"::group::{title}"] if self._github else [f"== {title}"]
            case ItemStarted():
                self._steps[event.item] = "started"
                return [f"   {plain(event.item)} started"] if self._verbose else []
            case ItemProgress():
                self._steps[event.item] = event.step
                if self._verbose:
                    return [f"   {plain(event.item)}: {event.step}"]
                if time.monotonic() - self._last > 15 and self._steps:
                    return ["   … " + ", ".join(f"{named(name, 40)}: {step}" for name, step in self._steps.items())]
                return []
            case ItemFinished():
                self._done += 1
                self._steps.pop(event.item, None)
                count = f"[{self._done}/{self._total}] " if self._total else ""
                return [f"   {count}{item_line(event)}"]
            case Notice():
                if self._github and event.level == "warning":
                    return [f"::warning::{plain(event.message)}"]
                return [f"   {event.level}: {plain(event.message)}"]
            case StageFinished():
                line = f"   {event.stage} {event.outcome} in {event.seconds:.1f} s: {plain(event.summary)}"
                return [line, "::endgroup::"] if self._github else [line]
        assert_never(event)

    def pause(self) -> None:
        """Nothing is drawn over results."""

    def close(self) -> None:
        """Nothing to tear down."""


class LiveObserver:
    """A progress bar per stage with what is being worked on, finished items scrolling by above it."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.table import Column

        self._lock = threading.Lock()
        self._console = Console(stderr=True, highlight=False)
        # What is being worked on takes the room that is left: on a narrow terminal stage, count and time stay readable.
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=12),
            TextColumn("{task.completed:.0f}/{task.fields[of]}"),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[now]}", table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")),
            console=self._console,
            transient=True,
            expand=True,
        )
        self._task: TaskID | None = None
        self._steps: dict[str, str] = {}

    def on(self, event: Event) -> None:
        from rich.markup import escape

        with self._lock:
            match event:
                case StageStarted():
                    self._finish_task()
                    self._progress.start()
                    self._task = self._progress.add_task(
                        f"[bold]{event.stage}", total=event.total or None, of=event.total or "…", now=""
                    )
                case ItemStarted():
                    self._steps[event.item] = "…"
                    self._now()
                case ItemProgress():
                    self._steps[event.item] = event.step
                    self._now()
                case ItemFinished():
                    self._steps.pop(event.item, None)
                    style = _STYLES.get(event.outcome, "default")
                    self._console.print(
                        f"  [{style}]{escape(item_line(event))}[/]", soft_wrap=False, overflow="ellipsis"
                    )
                    if self._task is not None:
                        self._progress.advance(self._task)
                    self._now()
                case Notice():
                    style = "yellow" if event.level == "warning" else "dim"
                    self._console.print(f"  [{style}]{escape(plain(event.message))}[/]")
                case StageFinished():
                    self._finish_task()
                    mark = "[green]✓[/]" if event.outcome == "ok" else "[yellow]◐[/]"
                    self._console.print(
                        f"{mark} [bold]{event.stage}[/] [dim]{event.seconds:.1f} s[/] {escape(plain(event.summary))}"
                    )
                case _:
                    assert_never(event)

    def _now(self) -> None:
        from rich.markup import escape

        if self._task is not None:
            shown = ", ".join(f"{plain(name, 24)}: {step}" for name, step in list(self._steps.items())[:4])
            self._progress.update(self._task, now=escape(shown))

    def _finish_task(self) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None
        self._steps.clear()

    def pause(self) -> None:
        """Stop drawing so that a result can be printed."""
        with self._lock:
            self._finish_task()
            self._progress.stop()

    def close(self) -> None:
        self._progress.stop()


def make_observer(*, quiet_results: bool, verbose: bool) -> PlainObserver | LiveObserver:
    """The view that fits where stderr goes."""
    github = os.environ.get("GITHUB_ACTIONS") == "true"
    if sys.stderr.isatty() and not github and not verbose and not quiet_results:
        return LiveObserver()
    return PlainObserver(github=github, verbose=verbose)
