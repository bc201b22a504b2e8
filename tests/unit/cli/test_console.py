"""What a terminal shows, of names from outside too."""

import re
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsqm.cli.console import LiveObserver, named
from lsqm.model.event import ItemProgress, ItemStarted, StageStarted


@given(st.text(), st.integers(min_value=8, max_value=90))
def test_a_name_never_exceeds_its_room(name: str, limit: int) -> None:
    shown = named(name, limit)
    assert len(shown) <= limit
    assert shown.isprintable()


def test_a_long_path_keeps_the_part_in_which_it_differs() -> None:
    shown = named("/home/somebody/checkouts/examples/openwhisk-python-simple/serverless.yml", 40)
    assert shown.startswith("/home/some…")
    assert shown.endswith("python-simple/serverless.yml")


class Screen(StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_narrow_terminal_shows_stage_count_and_time(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    screen = Screen()
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", screen)
    observer = LiveObserver()
    observer.on(StageStarted(stage="validate", total=13))
    for name in ("a-design-with-a-long-name", "pages/[id]/[/b]", "third-design", "fourth-design"):
        observer.on(ItemStarted(stage="validate", item=name))
        observer.on(ItemProgress(stage="validate", item=name, step="re-plan"))
    observer.close()
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.getvalue()).replace("\r", "\n").splitlines()
    last = [line for line in shown if "validate" in line][-1]
    assert re.search(r"validate \S+ +0/13 +0:00:00", last)
    assert all(len(line) <= width for line in shown)
    assert width < 200 or "pages/[id]/[/b]: re-plan" in last, "names are no markup"
