"""Every stage leaves a start, an end, a duration and an outcome: in the log, as events, and in the manifest."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lsqm.cli import logs
from lsqm.model.event import Event, StageFinished, StageStarted
from lsqm.pipeline.stage import StageRecorder


class StillClock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(1_767_484_800 + self.seconds, UTC)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def entropy(self, size: int) -> bytes:
        return b"\xab" * size


class Listening:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def on(self, event: Event) -> None:
        self.events.append(event)


def recorder() -> tuple[StageRecorder, StillClock, Listening]:
    clock, observer = StillClock(), Listening()
    return StageRecorder(clock, observer), clock, observer


def test_a_stage_is_timed_announced_and_logged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(redactor=logs.Redactor(), as_json=True, verbose=False, traceback_folder=lambda: tmp_path)
    stages, clock, observer = recorder()
    with stages.stage("mine", total=3) as outcome:
        clock.sleep(2.5)
        outcome.summary = "3 new"
    timing = stages.timings[0]
    assert (timing.stage, timing.seconds, timing.outcome, timing.message) == ("mine", 2.5, "ok", "3 new")
    assert (timing.started_at, timing.finished_at) == ("2026-01-04T00:00:00Z", "2026-01-04T00:00:02Z")
    assert isinstance(observer.events[0], StageStarted)
    assert isinstance(observer.events[-1], StageFinished)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["stage.started", "stage.finished"]
    assert all(line["stage"] == "mine" for line in lines)
    assert (lines[1]["start"], lines[1]["end"], lines[1]["duration_seconds"]) == (
        "2026-01-04T00:00:00Z",
        "2026-01-04T00:00:02Z",
        2.5,
    )


def test_a_stage_that_fails_is_recorded_with_its_error_and_a_traceback_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(redactor=logs.Redactor(), as_json=True, verbose=False, traceback_folder=lambda: tmp_path)
    stages, _, _ = recorder()

    def fail() -> None:
        with stages.stage("push"):
            raise ValueError("no remote")

    with pytest.raises(ValueError, match="no remote"):
        fail()
    assert (stages.timings[0].outcome, stages.timings[0].message) == ("failed", "no remote")
    failed = next(
        line for line in map(json.loads, capsys.readouterr().err.splitlines()) if line["event"] == "stage.failed"
    )
    assert (failed["error_type"], failed["error_message"]) == ("ValueError", "no remote")
    assert "no remote" in Path(failed["traceback"]).read_text()
