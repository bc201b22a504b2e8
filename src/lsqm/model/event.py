"""What the core announces and an Observer draws. No stage knows what a terminal is."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class StageStarted:
    """A stage begins; `total` is the number of items, 0 when unknown."""

    stage: str
    total: int = 0
    message: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemStarted:
    """Work on one item begins."""

    stage: str
    item: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemProgress:
    """An item reached a step worth showing, such as the phase `apply`."""

    stage: str
    item: str
    step: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemFinished:
    """One item is done; `outcome` is a short word such as PASSED, new, skipped."""

    stage: str
    item: str
    outcome: str
    message: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """Something a person should read now; `level` is `info` or `warning`."""

    stage: str
    message: str
    level: str = "info"


@dataclass(frozen=True, kw_only=True, slots=True)
class StageFinished:
    """A stage ended."""

    stage: str
    seconds: float
    summary: str
    outcome: str = "ok"


Event = StageStarted | ItemStarted | ItemProgress | ItemFinished | Notice | StageFinished
