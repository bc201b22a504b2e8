"""The mine stage: what sources discover becomes architectures, duplicates and reasoned skips in the index.

FR-007..FR-015, FR-068..070. Which candidates are new at all is decided by `lsqm.mine`, what they mean by `normalize`.
"""

import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from lsqm.artifacts import documents, files
from lsqm.artifacts.store import ArtifactStore, index_entry
from lsqm.mine.run import Hold, MiningRun, SourceSummary, Traffic, no_traffic
from lsqm.mine.source import NoteKind, Seen, Source, SourceNote
from lsqm.mine.state import MiningState
from lsqm.model.architecture import Architecture, Candidate, Index, Skip, SkipReason
from lsqm.model.event import ItemFinished, ItemStarted, Notice
from lsqm.model.ids import ArchitectureHash
from lsqm.normalize.left_out import Postponed
from lsqm.pipeline.pool import attempt
from lsqm.pipeline.stage import log
from lsqm.ports.observer import Observer

Normalize = Callable[[Candidate], Architecture | Skip]

SAVE_EVERY = 50
"""Findings between two saves: a killed run loses at most so many."""
LOOK_AHEAD = 8
"""Findings that are known, and perhaps begun, before they are settled in their order."""


class Miner:
    """Takes in what sources discover and saves it as it goes, so that a stopped run keeps what it found.

    Args:
        store: the artifact repository.
        normalize: candidate → architecture or reasoned skip; does not raise for what the candidate contains.
        quota: new architectures at most per source.
        rules: version of the rules that decide on skips; a candidate skipped under other rules is looked at again.
        has: whether something that candidates were skipped without (`Skip.lacks`) is there now: they get another look.
        traffic: how much has been asked of the network so far.
        ahead: is told of each candidate when it is known, up to `LOOK_AHEAD` before its turn, to begin what takes long.
        outages: what normalizing could not have from the network so far and may have next time, a list that grows. A
            candidate that is skipped over one is no skip: its source failed, and the next run takes it again, as it
            does where `normalize` raises `Postponed`.
    """

    def __init__(
        self,
        *,
        store: ArtifactStore,
        normalize: Normalize,
        observer: Observer,
        quota: int,
        rules: str,
        has: Callable[[str], bool] = lambda _: False,
        traffic: Callable[[], Traffic] = no_traffic,
        ahead: Callable[[Candidate], None] | None = None,
        outages: Sequence[str] = (),
    ) -> None:
        self._store = store
        self._normalize = normalize
        self._observer = observer
        self._quota = quota
        self._rules = rules
        self._has = has
        self._traffic = traffic
        self._ahead = ahead
        self._outages = outages
        self._state_path = store.layout.state("mining")
        self._index = store.load_index()
        self._accepted: dict[ArchitectureHash, Architecture] = {}
        self._skipped: dict[str, Skip] = {}
        self._repeated: dict[ArchitectureHash, list[Candidate]] = {}
        self._by_url = {
            entry.url: architecture
            for architecture, entry in self._index.architectures.items()
            if entry.superseded_by is None
        }

    def mine(self, sources: Sequence[Source]) -> tuple[SourceSummary, ...]:
        """Everything new from all sources, in turns. A source that fails is in its summary; the others go on."""
        seen = Seen.of(self._index, self._load_state(), rules=self._rules, has=self._has)
        run = MiningRun(sources, seen, quota=self._quota, traffic=self._traffic)
        waiting: deque[Candidate] = deque()
        try:
            for item in run:
                match item:
                    case Candidate() if self._ahead is not None:
                        self._ahead(item)
                        waiting.append(item)
                        if len(waiting) > LOOK_AHEAD:
                            self._settle(waiting.popleft(), run)
                    case Candidate():
                        self._settle(item, run)
                    case Skip():
                        self._skip(item)
                    case SourceNote():
                        self._note(item)
                    case Hold():
                        self._settle(waiting.popleft(), run)
            while waiting:
                self._settle(waiting.popleft(), run)
        finally:
            self._save(run.state)
        for summary in run.summaries:
            log.info("mine.source_finished", source=summary.source, summary=summary.sentence())
        return run.summaries

    def _settle(self, candidate: Candidate, run: MiningRun) -> None:
        self._observer.on(ItemStarted(stage="mine", item=candidate.origin.url))
        before = len(self._outages)
        found = self._normalized(candidate)
        if isinstance(found, Skip) and len(self._outages) > before:
            found = Postponed(self._outages[-1])
        if isinstance(found, Postponed):
            self._note(run.postpone(candidate, str(found)))
            self._say(candidate.origin.url, "postponed", str(found))
        else:
            run.record(candidate, self._take(candidate, found))
        if len(self._accepted) + len(self._skipped) >= SAVE_EVERY:
            self._save(run.state)

    def _normalized(self, candidate: Candidate) -> Architecture | Skip | Postponed:
        found = attempt(self._normalize, candidate)
        if isinstance(found, Exception) and not isinstance(found, Postponed):
            log.error("mine.broken", origin=candidate.origin.url, exc_info=found)
            return Skip(
                origin=candidate.origin,
                dialect=candidate.dialect,
                reason=SkipReason.INTERNAL_ERROR,
                details=(f"a bug in lsqm: {type(found).__name__}: {found}",),
            )
        return found

    def _take(self, candidate: Candidate, found: Architecture | Skip) -> str:
        """Sort in what normalizing gave. Returns what became of it, in the words of `MiningRun.record`."""
        if isinstance(found, Skip):
            self._skip(found)
            return found.reason.value
        previous = self._by_url.get(candidate.origin.url)
        if previous == found.hash:
            self._say(found.metadata.name, "unchanged", "its meaning is the same")
            return "unchanged"
        if found.hash in self._index.architectures or found.hash in self._accepted:
            self._repeated.setdefault(found.hash, []).append(candidate)
            self._say(found.metadata.name, "duplicate", f"same meaning as {found.hash[:12]}")
            return "duplicate"
        if previous is not None:
            found = replace(found, metadata=replace(found.metadata, previous=previous))
        self._accepted[found.hash] = found
        self._by_url[candidate.origin.url] = found.hash
        outcome = "new" if previous is None else "changed"
        self._say(found.metadata.name, outcome, _size(found))
        return outcome

    def _skip(self, skip: Skip) -> None:
        self._skipped[skip.origin.url] = replace(skip, rules=self._rules)
        self._say(skip.origin.url, "skipped", f"{skip.reason.value}: {'; '.join(skip.details)}".rstrip(": "))

    def _note(self, note: SourceNote) -> None:
        if note.kind is NoteKind.SEEN:
            return
        level = "warning" if note.kind is NoteKind.FAILED else "info"
        self._observer.on(Notice(stage="mine", message=f"{note.url or note.source}: {note.message}", level=level))

    def _say(self, item: str, outcome: str, message: str) -> None:
        self._observer.on(ItemFinished(stage="mine", item=item, outcome=outcome, message=message))

    def _load_state(self) -> MiningState:
        try:
            return MiningState.from_document(json.loads(self._state_path.read_bytes()))
        except (OSError, ValueError):
            return MiningState()

    def _save(self, state: MiningState) -> None:
        # Other runs may have written meanwhile: the index is read again under the lock and added to.
        with self._store.lock(lambda: self._observer.on(Notice(stage="mine", message="waiting for another run"))):
            for architecture in self._accepted.values():
                self._store.save_architecture(architecture)
            self._index = merged(
                self._store.load_index(), self._accepted.values(), self._skipped.values(), self._repeated
            )
            for repeated, candidates in self._repeated.items():
                self._remember_origins(repeated, candidates)
            self._store.save_index(self._index)
            files.write_atomic(self._state_path, documents.to_json(state.to_document()))
        self._accepted, self._skipped, self._repeated = {}, {}, {}

    def _remember_origins(self, architecture: ArchitectureHash, candidates: Iterable[Candidate]) -> None:
        metadata = self._store.load_architecture(architecture).metadata
        known = {metadata.origin.url, *(origin.url for origin in metadata.other_origins)}
        more = tuple(item.origin for item in candidates if item.origin.url not in known)
        if more:
            self._store.save_metadata(replace(metadata, other_origins=(*metadata.other_origins, *more)))


def _size(architecture: Architecture) -> str:
    number = architecture.metadata.resource_count
    return f"{number} resource{'' if number == 1 else 's'}, {', '.join(architecture.metadata.services)}"


def merged(
    index: Index,
    accepted: Iterable[Architecture],
    skipped: Iterable[Skip],
    repeated: Mapping[ArchitectureHash, Sequence[Candidate]],
) -> Index:
    """The index with what one run found added to it."""
    entries = dict(index.architectures)
    for architecture in accepted:
        entries[architecture.hash] = index_entry(architecture.metadata)
        previous = architecture.metadata.previous
        if previous in entries:
            entries[previous] = replace(entries[previous], superseded_by=architecture.hash)
    for known, candidates in repeated.items():
        if known in entries:
            entry = entries[known]
            urls = {*entry.other_urls, *(item.origin.url for item in candidates)} - {entry.url}
            # A design that comes back after it was superseded is the current one again.
            entries[known] = replace(entry, other_urls=tuple(sorted(urls)), superseded_by=None)
    skips = {**index.skipped, **{skip.origin.url: skip for skip in skipped}}
    accepted_urls = {entry.url for entry in entries.values()}
    return replace(
        index,
        architectures=entries,
        # A candidate that was skipped under older rules and is accepted now is no longer skipped.
        skipped={url: skip for url, skip in skips.items() if url not in accepted_urls},
    )
