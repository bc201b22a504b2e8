"""What a report is made from: values only, so that the same input always gives the same bytes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lsqm.model.architecture import Index
from lsqm.model.comparison import Comparison
from lsqm.model.ids import ArchitectureHash
from lsqm.model.result import Result
from lsqm.model.run import RunManifest
from lsqm.model.self_check import SelfCheck
from lsqm.model.trend import Trends


def no_logs(_path: str) -> bytes | None:
    """Stand-in for a run whose logs are not at hand."""
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Links:
    """Where a reader can go from here; anything that is not an http(s) URL is shown as text."""

    report: str = ""
    """This report on the web."""
    run: str = ""
    """The CI job that made it."""
    repository: str = ""
    """The artifact repository."""
    issues: Mapping[ArchitectureHash, str] = field(default_factory=dict)
    """Architecture → the issue that tracks its regression."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportInput:
    """One run and what is needed to judge it."""

    run: RunManifest
    results: Mapping[ArchitectureHash, Result]
    index: Index
    comparison: Comparison | None = None
    """None when the run was not compared, for instance because `lsqm compare` has not run yet."""
    trends: Trends = field(default_factory=Trends)
    """Earlier runs; whether this run is already in it makes no difference."""
    logs: Callable[[str], bytes | None] = no_logs
    """Path below `runs/RUN_ID/` → its decompressed bytes, None when it is not there."""
    links: Links = field(default_factory=Links)
    self_check: SelfCheck | None = None
    """The last measured rate of false alarms, None when it never was."""
    notices: tuple[str, ...] = ()
    """Sentences the reader must see, such as issues that wait in the outbox because the tracker is archived."""
