"""What sources discover lands in the index exactly once, with its origin, its reason or its predecessor."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from lsqm.artifacts.store import ArtifactStore
from lsqm.mine.folder import FolderSource
from lsqm.mine.run import SourceSummary
from lsqm.mine.source import Item, Seen
from lsqm.model.architecture import Architecture, Candidate, Dialect, Skip, SkipReason
from lsqm.model.event import Event, ItemFinished
from lsqm.model.ids import ArchitectureHash
from lsqm.normalize.left_out import Postponed
from lsqm.pipeline.mining import Miner
from tests.samples import an_architecture


class Listening:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def on(self, event: Event) -> None:
        self.events.append(event)


def detect(tree: Path) -> Sequence[tuple[str, Dialect]]:
    return [(path.parent.relative_to(tree).as_posix(), Dialect.TERRAFORM) for path in sorted(tree.rglob("main.tf"))]


def normalize(candidate: Candidate) -> Architecture | Skip:
    """The meaning of a design is its main.tf without spaces; designs that say `skip` are skipped."""
    text = (candidate.tree / candidate.entry / "main.tf").read_bytes()
    if b"crash" in text:
        raise RecursionError("too deep")
    if b"skip" in text:
        return Skip(
            origin=candidate.origin,
            dialect=candidate.dialect,
            reason=SkipReason.UNSUPPORTED_SERVICES,
            details=("dms",),
        )
    digest = ArchitectureHash(hashlib.sha256(text.replace(b" ", b"")).hexdigest())
    metadata = replace(an_architecture().metadata, hash=digest, origin=candidate.origin, name=candidate.entry)
    return Architecture(metadata=metadata, files={"main.tf": text})


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    store = ArtifactStore(tmp_path / "repository")
    store.initialise()
    return store


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    for name, text in {"a": "one", "b": "o n e", "c": "two", "d": "skip me"}.items():
        (tmp_path / "corpus" / name).mkdir(parents=True)
        (tmp_path / "corpus" / name / "main.tf").write_text(text)
    return tmp_path / "corpus"


def mine(store: ArtifactStore, corpus: Path, *, quota: int = 100, rules: str = "1"):
    source = FolderSource(
        name=f"path:{corpus}", written=str(corpus), folder=corpus, work=store.root.parent / "work", detect=detect
    )
    observer = Listening()
    miner = Miner(store=store, normalize=normalize, observer=observer, quota=quota, rules=rules)
    (summary,) = miner.mine([source])
    outcomes = [event.outcome for event in observer.events if isinstance(event, ItemFinished)]
    return summary, outcomes


def test_an_outage_while_normalizing_is_a_failed_source_and_no_skip(store: ArtifactStore, corpus: Path) -> None:
    outages: list[str] = []

    def without_network(candidate: Candidate) -> Architecture | Skip:
        if candidate.entry in {"c", "d"}:
            outages.append("the module acme/vpc/aws could not be fetched: HTTP 503")
            return Skip(origin=candidate.origin, dialect=candidate.dialect, reason=SkipReason.NEEDS_NETWORK)
        return normalize(candidate)

    source = FolderSource(name="path:c", written="c", folder=corpus, work=store.root.parent / "work", detect=detect)
    miner = Miner(store=store, normalize=without_network, observer=Listening(), quota=9, rules="1", outages=outages)
    (first,) = miner.mine([source])
    assert first.failed == ("the module acme/vpc/aws could not be fetched: HTTP 503",), "told once, not for each"
    assert first.sentence() == (
        "path:c: 4 seen: 1 new, 1 duplicate, 0 skipped, 2 postponed; 0 requests, 0 downloads; "
        "FAILED: the module acme/vpc/aws could not be fetched: HTTP 503"
    )
    assert store.load_index().skipped == {}
    (second,) = Miner(store=store, normalize=normalize, observer=Listening(), quota=9, rules="1").mine([source])
    assert dict(second.outcomes) == {"new": 1, "unsupported-services": 1}
    assert second.sentence() == (
        "path:c: 4 seen: 1 new, 0 duplicate, 2 unchanged, 1 skipped (1 unsupported-services); 0 requests, 0 downloads"
    )


def test_new_duplicate_and_skipped_are_told_apart_and_stored(store: ArtifactStore, corpus: Path) -> None:
    summary, outcomes = mine(store, corpus)
    assert sorted(outcomes) == ["duplicate", "new", "new", "skipped"]
    assert dict(summary.outcomes) == {"duplicate": 1, "new": 2, "unsupported-services": 1}
    index = store.load_index()
    one = next(key for key, entry in index.architectures.items() if entry.name == "a")
    assert index.architectures[one].other_urls == (f"{corpus}/b",)
    assert [origin.path for origin in store.load_architecture(one).metadata.other_origins] == ["b"]
    (skip,) = index.skipped.values()
    assert (skip.reason, skip.details) == (SkipReason.UNSUPPORTED_SERVICES, ("dms",))


def test_a_bug_on_one_design_is_a_recorded_skip_and_the_others_go_on(store: ArtifactStore, corpus: Path) -> None:
    (corpus / "a" / "main.tf").write_text("crash")
    summary, _ = mine(store, corpus)
    assert dict(summary.outcomes) == {"internal-error": 1, "new": 2, "unsupported-services": 1}
    skip = store.load_index().skipped[f"{corpus}/a"]
    assert skip.details == ("a bug in lsqm: RecursionError: too deep",)


def test_a_second_run_finds_nothing_new(store: ArtifactStore, corpus: Path) -> None:
    mine(store, corpus)
    before = store.layout.index.read_bytes()
    summary, outcomes = mine(store, corpus)
    assert outcomes == []
    assert (summary.new, summary.known) == (0, 4)
    assert store.layout.index.read_bytes() == before


def test_a_changed_design_is_a_new_version_that_names_its_predecessor(store: ArtifactStore, corpus: Path) -> None:
    mine(store, corpus)
    old = next(key for key, entry in store.load_index().architectures.items() if entry.name == "c")
    (corpus / "c" / "main.tf").write_text("three")
    _, outcomes = mine(store, corpus)
    assert outcomes == ["changed"]
    index = store.load_index()
    new = index.architectures[old].superseded_by
    assert new is not None
    assert store.load_architecture(new).metadata.previous == old


def test_a_change_without_meaning_changes_nothing(store: ArtifactStore, corpus: Path) -> None:
    mine(store, corpus)
    before = store.load_index()
    (corpus / "c" / "main.tf").write_text("t w o")
    _, outcomes = mine(store, corpus)
    assert outcomes == ["unchanged"]
    assert store.load_index() == before


def test_skipped_designs_are_looked_at_again_under_new_rules_only(store: ArtifactStore, corpus: Path) -> None:
    mine(store, corpus)
    assert mine(store, corpus)[1] == []
    assert mine(store, corpus, rules="2")[1] == ["skipped"]


def test_designs_that_this_machine_lacked_something_for_are_looked_at_again_once_it_is_there(
    store: ArtifactStore, corpus: Path
) -> None:
    at_hand: set[str] = set()
    asked: list[str] = []

    def with_tools(candidate: Candidate) -> Architecture | Skip:
        if candidate.entry != "c" or at_hand:
            return normalize(candidate)
        return Skip(origin=candidate.origin, dialect=candidate.dialect, reason=SkipReason.NEEDS_TOOL, lacks="cdk")

    def has(what: str) -> bool:
        asked.append(what)
        return what in at_hand

    def once() -> dict[str, int]:
        source = FolderSource(name="path:c", written="c", folder=corpus, work=store.root.parent / "work", detect=detect)
        miner = Miner(store=store, normalize=with_tools, observer=Listening(), quota=9, rules="1", has=has)
        return dict(miner.mine([source])[0].outcomes)

    assert once() == {"new": 1, "duplicate": 1, "needs-tool": 1, "unsupported-services": 1}
    assert once() == {}, "still missing"
    at_hand.add("cdk")
    assert once() == {"new": 1}, "only what lacked it"
    assert store.load_index().skipped.keys() == {f"c/{name}" for name in "d"}
    assert once() == {}
    assert asked == ["cdk", "cdk"], "nobody is asked about what nothing lacks"


def test_looking_ahead_changes_neither_order_nor_quota_nor_what_is_recorded(tmp_path: Path) -> None:
    for source in ("one", "two"):
        for number in range(30):
            (tmp_path / source / f"{number:02}").mkdir(parents=True)
            text = f"skip {number}" if number % 3 == 1 else f"{source if number % 5 else 'same'} {number}"
            (tmp_path / source / f"{number:02}" / "main.tf").write_text(text)

    def once(quota: int, *, looks_ahead: bool) -> tuple[list[str], list[str], object]:
        store = ArtifactStore(tmp_path / f"repository-{quota}-{looks_ahead}")
        store.initialise()
        known: list[str] = []
        observer = Listening()
        miner = Miner(
            store=store,
            normalize=normalize,
            observer=observer,
            quota=quota,
            rules="1",
            ahead=(lambda candidate: known.append(candidate.origin.url)) if looks_ahead else None,
        )
        sources = [
            FolderSource(name=name, written=name, folder=tmp_path / name, work=tmp_path / "work", detect=detect)
            for name in ("one", "two")
        ]
        summaries = miner.mine(sources)
        told = [f"{event.item} {event.outcome}" for event in observer.events if isinstance(event, ItemFinished)]
        return known, told, (summaries, store.load_index())

    for quota in (1, 3, 12, 100):
        _, serial, results = once(quota, looks_ahead=False)
        known, told, ahead_results = once(quota, looks_ahead=True)
        assert (told, ahead_results) == (serial, results), f"with a quota of {quota}"
        assert len(known) == len(serial)


def test_what_waits_when_a_run_ends_early_is_offered_again(store: ArtifactStore, corpus: Path) -> None:
    started: list[str] = []

    def interrupted(candidate: Candidate) -> Architecture | Skip:
        started.append(candidate.entry)
        raise KeyboardInterrupt

    source = FolderSource(name="path:c", written="c", folder=corpus, work=store.root.parent / "work", detect=detect)

    def once(work: Callable[[Candidate], Architecture | Skip]) -> SourceSummary:
        miner = Miner(store=store, normalize=work, observer=Listening(), quota=9, rules="1", ahead=lambda _: None)
        return miner.mine([source])[0]

    with pytest.raises(KeyboardInterrupt):
        once(interrupted)
    assert started == ["a"]
    summary = once(normalize)
    assert dict(summary.outcomes) == {"new": 2, "duplicate": 1, "unsupported-services": 1}


def test_a_postponed_design_is_taken_by_the_next_run(store: ArtifactStore, corpus: Path) -> None:
    def hesitant(candidate: Candidate) -> Architecture | Skip:
        if candidate.entry == "c":
            raise Postponed("c takes too long")
        return normalize(candidate)

    source = FolderSource(name="path:c", written="c", folder=corpus, work=store.root.parent / "work", detect=detect)
    (first,) = Miner(store=store, normalize=hesitant, observer=Listening(), quota=9, rules="1").mine([source])
    assert (first.postponed, first.failed) == (1, ("c takes too long",))
    (second,) = Miner(store=store, normalize=normalize, observer=Listening(), quota=9, rules="1").mine([source])
    assert dict(second.outcomes) == {"new": 1}


def test_the_quota_limits_new_designs_and_the_next_run_goes_on(store: ArtifactStore, corpus: Path) -> None:
    summary, _ = mine(store, corpus, quota=1)
    assert summary.quota_reached
    assert len(store.load_index().architectures) == 1
    mine(store, corpus)
    assert len(store.load_index().architectures) == 2


def test_what_was_found_before_an_interruption_is_kept(store: ArtifactStore, corpus: Path) -> None:
    class Interrupting:
        name = f"path:{corpus}"

        def discover(self, seen: Seen) -> Iterator[Item]:
            inner = FolderSource(
                name=self.name,
                written=str(corpus),
                folder=corpus,
                work=store.root.parent / "work",
                detect=detect,
            )
            for number, item in enumerate(inner.discover(seen)):
                yield item
                if number == 2:
                    raise KeyboardInterrupt

    miner = Miner(store=store, normalize=normalize, observer=Listening(), quota=100, rules="1")
    with pytest.raises(KeyboardInterrupt):
        miner.mine([Interrupting()])
    assert len(store.load_index().architectures) == 1
    summary, _ = mine(store, corpus)
    assert summary.new == 1
    assert len(store.load_index().architectures) == 2


def test_two_runs_that_mine_at_once_both_keep_their_findings(
    store: ArtifactStore, corpus: Path, tmp_path: Path
) -> None:
    first = Miner(store=store, normalize=normalize, observer=Listening(), quota=100, rules="1")
    other = tmp_path / "other"
    (other / "x").mkdir(parents=True)
    (other / "x" / "main.tf").write_text("from elsewhere")
    mine(store, other)
    first.mine(
        [FolderSource(name=f"path:{corpus}", written=str(corpus), folder=corpus, work=tmp_path / "w", detect=detect)]
    )
    assert {entry.name for entry in store.load_index().architectures.values()} == {"a", "c", "x"}
