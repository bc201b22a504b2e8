"""One mining run over several sources: fair between them, and sure about what was really handled."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from lsqm.mine.source import Checkpoint, Item, NoteKind, PageCheckpoint, Seen, Source, SourceNote
from lsqm.mine.state import MiningState, PageState, RepositoryState
from lsqm.model.architecture import Candidate, Skip

TAKEN = frozenset({"new", "changed", "unchanged", "duplicate"})
"""Outcomes of candidates that are in the corpus; every other outcome is the reason of a skip."""
_FAILURES_TOLD = 3
NEW = "new"
"""The outcome of a candidate that became an architecture nobody had yet: the only one that a quota counts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceSummary:
    """What one source gave in this run."""

    source: str
    known: int = 0
    """Origins that needed no second look."""
    outcomes: Mapping[str, int] = field(default_factory=dict)
    """`new`, `changed`, `duplicate`, … and every skip reason, as `MiningRun.record` was told."""
    postponed: int = 0
    """Candidates that could not be judged this time: the next run is offered them again."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Files and repositories that were not taken, by reason."""
    failed: tuple[str, ...] = ()
    """What could not be mined this time, one sentence each."""
    requests: int = 0
    downloads: int = 0
    quota_reached: bool = False

    @property
    def new(self) -> int:
        return self.outcomes.get(NEW, 0)

    @property
    def seen(self) -> int:
        """Every design the source holds, as far as this run looked."""
        return self.known + sum(self.outcomes.values()) + self.postponed

    @property
    def skipped(self) -> dict[str, int]:
        """Reason → how many, the most frequent first."""
        reasons = [(word, count) for word, count in self.outcomes.items() if word not in TAKEN]
        return dict(sorted(reasons, key=lambda item: (-item[1], item[0])))

    def sentence(self) -> str:
        """One line for a person."""
        unchanged = self.known + self.outcomes.get("unchanged", 0)
        parts = [f"{self.new} new"]
        parts += [f"{changed} changed"] if (changed := self.outcomes.get("changed", 0)) else []
        parts += [f"{self.outcomes.get('duplicate', 0)} duplicate"]
        parts += [f"{unchanged} unchanged"] if unchanged else []
        reasons = ", ".join(f"{count} {reason}" for reason, count in self.skipped.items())
        parts += [f"{sum(self.skipped.values())} skipped" + (f" ({reasons})" if reasons else "")]
        parts += [f"{self.postponed} postponed"] if self.postponed else []
        clauses = [", ".join(parts)]
        if self.left_out:
            files = sum(self.left_out.values())
            clauses.append(f"{files} {'file or repository' if files == 1 else 'files or repositories'} left out")
        clauses.append(f"{_count_of(self.requests, 'request')}, {_count_of(self.downloads, 'download')}")
        clauses += ["quota reached"] if self.quota_reached else []
        if self.failed:
            more = len(self.failed) - _FAILURES_TOLD
            told = "; ".join(self.failed[:_FAILURES_TOLD]) + (f"; and {more} more" if more > 0 else "")
            clauses.append(f"FAILED: {told}")
        return f"{self.source}: {self.seen} seen: " + "; ".join(clauses)


def _count_of(number: int, word: str) -> str:
    return f"{number} {word}" + ("" if number == 1 else "s")


@dataclass(frozen=True, kw_only=True, slots=True)
class Traffic:
    """How much was asked of the network so far."""

    requests: int = 0
    downloads: int = 0


def no_traffic() -> Traffic:
    """For runs over local sources."""
    return Traffic()


class Hold(Enum):
    """The quota may be reached by what was given out already: record some of it, then the run goes on."""

    UNTIL_RECORDED = "until recorded"


@dataclass(kw_only=True, slots=True)
class _Tally:
    source: Source
    items: Iterator[Item]
    known: int = 0
    postponed: int = 0
    given_out: int = 0
    """Candidates that nobody has recorded yet."""
    outcomes: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    requests: int = 0
    downloads: int = 0
    quota_reached: bool = False
    checkpoints: dict[str, Checkpoint] = field(default_factory=dict)

    def summary(self) -> SourceSummary:
        return SourceSummary(
            source=self.source.name,
            known=self.known,
            postponed=self.postponed,
            outcomes=dict(sorted(self.outcomes.items())),
            left_out=dict(sorted(self.left_out.items())),
            failed=tuple(self.failed),
            requests=self.requests,
            downloads=self.downloads,
            quota_reached=self.quota_reached,
        )


class MiningRun:
    """Iterate over it, `record` what became of each candidate, then ask for `state` and `summaries`.

    Sources take turns, one candidate each, so that a run that is cut short has something of all of them. A source is
    not asked any more once `quota` of its candidates were recorded as new. Iterating belongs to one thread; `record`
    may come later, from the same thread, and what is never recorded is offered again by the next run. The tree of a
    candidate stays until it is recorded. Whoever records late is given a `Hold` where the quota could be overrun; the
    order of everything else does not depend on when it is recorded.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        seen: Seen,
        *,
        quota: int | None = None,
        traffic: Callable[[], Traffic] = no_traffic,
    ) -> None:
        self._seen = seen
        self._quota = quota
        self._traffic = traffic
        self._tallies = [_Tally(source=source, items=source.discover(seen)) for source in sources]
        self._by_name = {tally.source.name: tally for tally in self._tallies}
        self._handled: set[str] = set()
        self._waiting: dict[str, set[str]] = {}
        """Repository → origin URLs that somebody must still record."""
        self._repository_of: dict[str, str] = {}
        self._pages: dict[str, PageState] = {}

    def __iter__(self) -> Iterator[Candidate | Skip | SourceNote | Hold]:
        waiting = list(self._tallies)
        while waiting:
            still = []
            for tally in waiting:
                item = self._next(tally)
                while isinstance(item, SourceNote | Hold):
                    yield item
                    item = self._next(tally)
                if item is not None:
                    yield item
                    still.append(tally)
            waiting = still

    def record(self, item: Candidate | Skip, outcome: str) -> None:
        """Say what became of it: `new`, `changed`, `unchanged`, `duplicate`, or a `SkipReason`."""
        tally = self._by_name[item.origin.source]
        tally.given_out -= isinstance(item, Candidate)
        tally.outcomes[outcome] += 1
        url = item.origin.url
        self._handled.add(url)
        if repository := self._repository_of.get(url):
            self._waiting[repository].discard(url)
            self._tidy(tally.checkpoints[repository])

    def postpone(self, candidate: Candidate, why: str) -> SourceNote:
        """It could not be judged, as something it needs cannot be had now: a failure of its source, no skip.

        Nothing is remembered of it, so that the next run is offered it again. Each reason is told once.
        """
        tally = self._by_name[candidate.origin.source]
        tally.given_out -= 1
        tally.postponed += 1
        if why not in tally.failed:
            tally.failed.append(why)
        return SourceNote(source=tally.source.name, kind=NoteKind.FAILED, message=why, url=candidate.origin.url)

    @property
    def state(self) -> MiningState:
        """What the next run should know, with everything that was recorded so far."""
        repositories = dict(self._seen.state.repositories)
        for tally in self._tallies:
            for checkpoint in tally.checkpoints.values():
                repositories[checkpoint.repository] = self._settled(checkpoint)
        return MiningState(repositories=repositories, pages={**self._seen.state.pages, **self._pages})

    @property
    def summaries(self) -> tuple[SourceSummary, ...]:
        return tuple(tally.summary() for tally in self._tallies)

    def _next(self, tally: _Tally) -> Candidate | Skip | SourceNote | Hold | None:
        if self._quota is not None and tally.outcomes[NEW] >= self._quota:
            tally.quota_reached = True
            return None
        if self._quota is not None and tally.given_out and tally.outcomes[NEW] + tally.given_out >= self._quota:
            return Hold.UNTIL_RECORDED
        while True:
            before = self._traffic()
            item = next(tally.items, None)
            after = self._traffic()
            tally.requests += after.requests - before.requests
            tally.downloads += after.downloads - before.downloads
            match item:
                case Checkpoint():
                    tally.checkpoints[item.repository] = item
                    self._await(item)
                    self._tidy(item)
                case PageCheckpoint():
                    self._pages[item.url] = PageState(etag=item.etag, follows=item.follows)
                case SourceNote():
                    _count(tally, item)
                    return item
                case Skip():
                    self.record(item, item.reason.value)
                    return item
                case Candidate():
                    tally.given_out += 1
                    return item
                case None:
                    return None

    def _await(self, checkpoint: Checkpoint) -> None:
        urls = set(checkpoint.pending.values())
        self._waiting[checkpoint.repository] = urls - self._handled
        self._repository_of.update(dict.fromkeys(urls, checkpoint.repository))

    def _tidy(self, checkpoint: Checkpoint) -> None:
        """Remove a fetched tree once nobody can need it any more."""
        if checkpoint.tree and checkpoint.state.complete and not self._waiting[checkpoint.repository]:
            shutil.rmtree(checkpoint.tree, ignore_errors=True)

    def _settled(self, checkpoint: Checkpoint) -> RepositoryState:
        missing = {path for path, url in checkpoint.pending.items() if url not in self._handled}
        state = checkpoint.state
        return replace(
            state,
            complete=state.complete and not missing,
            entries={path: entry for path, entry in state.entries.items() if path not in missing},
        )


def _count(tally: _Tally, note: SourceNote) -> None:
    if note.kind is NoteKind.SEEN:
        tally.known += note.count
    elif note.kind is NoteKind.LEFT_OUT:
        tally.left_out[note.message] += note.count
    elif note.kind is NoteKind.FAILED:
        tally.failed.append(f"{note.url}: {note.message}" if note.url else note.message)
