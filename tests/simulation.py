"""A world with known truth: releases that break things, flaky tests, infrastructure that fails, runs that overlap or die.

lsqm's own compare, confirm, quarantine, issue and merge code lives through it; whatever it says is checked against the
truth. Everything follows from the seed.
"""

import contextlib
import json
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TypeVar

from lsqm.artifacts import documents
from lsqm.compare.baseline import choose
from lsqm.compare.comparing import compare
from lsqm.compare.confirm import ConfirmOptions
from lsqm.compare.quarantine import updated
from lsqm.compare.view import RunView
from lsqm.errors import Unavailable
from lsqm.model.comparison import Change, Comparison
from lsqm.model.emulator import EmulatorIdentity, EmulatorKind
from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.issue import IssueState
from lsqm.model.quarantine import Quarantine
from lsqm.model.result import Cause, Pins, Result, Status, TestOutcome, TestResult
from lsqm.pipeline.confirm import ConfirmLimits, confirm
from lsqm.publish.filing import file_issues
from lsqm.publish.merge import merge_json
from lsqm.publish.plan import find, queued
from lsqm.publish.wording import Case, Occasion, fingerprint
from tests.fakes.memory_tracker import Died, MemoryTracker
from tests.fakes.still import Listener, StoppedClock

T = TypeVar("T")


@dataclass
class Wish:
    """How rough the world is."""

    architectures: int = 8
    weeks: int = 12
    flaky_share: float = 0.3
    flake_rate: tuple[float, float] = (0.01, 0.30)
    infrastructure: float = 0.03
    """Chance that a trial is no fair one."""
    breaks: float = 0.15
    """Chance per release that it breaks something."""
    app_change: float = 0.02
    provider_bump: float = 0.08
    interrupted: float = 0.08
    overlapping: float = 0.08
    image_gone: float = 0.0
    forgets: int = 0
    """Images of releases that are so many behind the newest are gone for ever; 0: none."""
    heals: float = 0.0
    """Chance per week that a flaky test is mended for good."""
    returns: float = 0.0
    """Chance that what was fixed breaks again in the same way."""
    together: float = 0.0
    """Chance that the provider and every app change in the very week in which a release breaks something."""
    tag_moves: bool = False
    """Every release has the same version text, `latest`; only digests tell them apart."""
    rots: float = 0.0
    """Chance per week that an architecture fails from now on on every emulator: a date has passed."""
    outages: float = 0.0
    """Chance per run that something outside makes several architectures fail in one way for a while."""
    tracker_trouble: bool = True
    """One call fails, whichever it is, and sometimes there is an outage."""
    victim: int = 0
    """Without random trouble: the number of the one call to the tracker that fails, from 1."""
    how: str = "before"
    """Whether it fails `before` or `after` it was done, or the process `dies after` it."""


@dataclass
class Break:
    """A real regression: these architectures fail on releases from `since` up to but not `until`."""

    members: frozenset[ArchitectureHash]
    since: int
    until: int
    applies: bool
    """False: apply fails. True: one test fails."""
    signature: str


@dataclass
class Tally:
    """What happened, over any number of histories."""

    histories: int = 0
    runs: int = 0
    trials: int = 0
    repeats: int = 0
    due: int = 0
    """Real regressions of steady architectures that a complete, confirmed run looked at for the first time."""
    found: int = 0
    found_later: int = 0
    due_flaky: int = 0
    found_flaky: int = 0
    false: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    causes: int = 0
    calls: int = 0
    """To the tracker."""
    untracked: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    words: Counter[str] = field(default_factory=Counter)


@dataclass
class _Memory:
    """The artifact repository: what one run reads at its start and writes at its end."""

    history: list[RunView] = field(default_factory=list)
    quarantine: Quarantine = field(default_factory=Quarantine)
    issues: IssueState = field(default_factory=IssueState)


class History:
    """One simulated year."""

    def __init__(
        self, seed: int, tally: Tally, wish: Wish | None = None, options: ConfirmOptions | None = None
    ) -> None:
        self.random = random.Random(seed)
        self.seed = seed
        self.tally = tally
        self.wish = wish or Wish()
        self.options = options or ConfirmOptions()
        self.hashes = [ArchitectureHash(f"{self.random.getrandbits(256):064x}") for _ in range(self.wish.architectures)]
        low, high = self.wish.flake_rate
        self.flake = {
            hash_: self.random.uniform(low, high) if self.random.random() < self.wish.flaky_share else 0.0
            for hash_ in self.hashes
        }
        self.apps = dict.fromkeys(self.hashes, 0)
        self.rotten: set[ArchitectureHash] = set()
        self.outage: tuple[range, frozenset[ArchitectureHash]] = (range(0), frozenset())
        self.made = 0
        """Trials in this run."""
        self.provider = 0
        self.release = 0
        self.breaks: list[Break] = []
        self.tracker = MemoryTracker()
        self.memory = _Memory()
        self.due: dict[tuple[ArchitectureHash, int], str] = {}
        self.marks: set[str] = set()

    def live(self) -> None:
        """Live through all weeks, then one calm run to empty the outbox, then settle accounts."""
        if self.wish.tracker_trouble:
            victim, how = self.random.randrange(1, 60), self.random.choice(["before", "after"])
            outage = self.random.randrange(1, 40) if self.random.random() < 0.3 else 10**9
            self.tracker.fails = lambda number, _: (
                how if number == victim else "before" if outage <= number < outage + 8 else ""
            )
        elif self.wish.victim:
            self.tracker.fails = lambda number, _: self.wish.how if number == self.wish.victim else ""
        for week in range(self.wish.weeks):
            self._week(week)
        self.tally.calls += self.tracker.calls
        self.tracker.fails = lambda _number, _method: ""
        for _ in range(2):
            outcome = file_issues(self.memory.issues, tracker=self.tracker, save=lambda _: None)
            self.memory.issues = outcome.state
        self._account()

    def _week(self, week: int) -> None:
        roll = self.random.random
        if week and roll() < 0.85:
            self.release += 1
            if roll() < self.wish.breaks:
                members = self.random.sample(self.hashes, self.random.choice([1, 1, 2, 3]))
                until = self.release + self.random.randrange(1, 6)
                new = Break(frozenset(members), self.release, until, roll() < 0.5, f"s3.Op{len(self.breaks)} 500 boom")
                self.breaks.append(new)
                if self.wish.returns and roll() < self.wish.returns:
                    again = until + self.random.randrange(1, 4)
                    self.breaks.append(replace(new, since=again, until=again + self.random.randrange(1, 4)))
                if self.wish.together and roll() < self.wish.together:
                    self.provider += 1
                    self.apps = {hash_: app + 1 for hash_, app in self.apps.items()}
        self.provider += roll() < self.wish.provider_bump
        for hash_ in self.hashes:
            self.apps[hash_] += roll() < self.wish.app_change
            if self.wish.heals and roll() < self.wish.heals:
                self.flake[hash_] = 0.0
            if self.wish.rots and roll() < self.wish.rots:
                self.rotten.add(hash_)
        before = self.memory
        after = self._run(week, 0, before)
        if roll() < self.wish.overlapping:
            # A second run began at the same time: it saw what the first one saw, and pushes second.
            after = _merged(before, after, self._run(week, 1, before))
        self.memory = after

    def _run(self, week: int, number: int, start: _Memory) -> _Memory:
        run = RunId(f"2026{1 + week // 28:02}{1 + week % 28:02}T000000Z-{number:06x}")
        self.tally.runs += 1
        self.made = 0
        if self.wish.outages:
            there = self.random.random() < self.wish.outages
            began = self.random.randrange(0, 4)
            length = self.random.randrange(1, 60) if there else 0
            who = self.random.sample(self.hashes, self.random.randrange(1, len(self.hashes) + 1))
            self.outage = range(began, began + length), frozenset(who)
        interrupted = self.random.random() < self.wish.interrupted
        chosen = [hash_ for hash_ in self.hashes if not interrupted or self.random.random() < 0.5]
        identity = self._identity(self.release)
        results = {hash_: self._trial(hash_, self.release) for hash_ in chosen}
        view = RunView(run=run, results=results)
        baselines = choose(chosen, start.history, identity)
        evidence = confirm(
            view,
            baselines,
            run_again=self._again,
            clock=StoppedClock(),
            observer=Listener(),
            limits=ConfirmLimits(deadline=0.0 if interrupted else 1.0, parallel=1),
            quarantine=start.quarantine,
            options=self.options,
        ).evidence
        self.tally.repeats += sum(map(len, evidence.values()))
        comparison = compare(view, baselines, evidence=evidence, quarantine=start.quarantine, options=self.options)
        self._judge(comparison, baselines, interrupted=interrupted)
        changes = {record.architecture: record.change for record in comparison.changes}
        cases = [Case(record=record, result=results[record.architecture]) for record in comparison.regressions]
        issues = queued(start.issues, comparison, cases, results, Occasion(run=run, compared=len(results)))
        saved = [issues]
        with contextlib.suppress(Died):
            file_issues(issues, tracker=self.tracker, save=saved.append)
        return _Memory(
            history=[*start.history, replace(view, changes=changes)][-52:],
            quarantine=updated(start.quarantine, comparison, results),
            issues=saved[-1],
        )

    def _again(self, hash_: ArchitectureHash, identity: EmulatorIdentity) -> Result:
        if self.random.random() < self.wish.image_gone:
            raise Unavailable("the image is gone", hint="")
        release = _release(identity)
        if self.wish.forgets and release <= self.release - self.wish.forgets:
            raise Unavailable("the image is gone for ever", hint="")
        return self._trial(hash_, release)

    def _identity(self, release: int) -> EmulatorIdentity:
        version = "latest" if self.wish.tag_moves else str(release)
        return EmulatorIdentity(
            kind=EmulatorKind.DOCKER, product="localstack", version=version, digest=f"sha256:{release}"
        )

    def is_broken(self, hash_: ArchitectureHash, release: int) -> Break | None:
        """The truth."""
        found = [each for each in self.breaks if hash_ in each.members and each.since <= release < each.until]
        return min(found, key=lambda each: each.since, default=None)

    def _trial(self, hash_: ArchitectureHash, release: int) -> Result:
        self.tally.trials += 1
        roll = self.random.random
        status, cause, signature, outcome = Status.PASSED, None, "", TestOutcome.PASSED
        broken = self.is_broken(hash_, release)
        self.made += 1
        when, who = self.outage
        if self.made in when and hash_ in who:
            status, cause, signature, outcome = Status.PARTIAL, Cause.PARITY, "test: outside", TestOutcome.FAILED
        elif hash_ in self.rotten:
            status, cause, signature, outcome = Status.PARTIAL, Cause.PARITY, "test: a date", TestOutcome.FAILED
        elif roll() < self.wish.infrastructure:
            # Half of it looks like an honest failure with a cause that gives it away.
            status = Status.ERROR if roll() < 0.5 else Status.FAILED
            cause, signature = self.random.choice([Cause.NETWORK, Cause.DISK_FULL, Cause.OUT_OF_MEMORY]), "apply: host"
        elif broken is not None and not broken.applies:
            status, cause, signature = Status.FAILED, Cause.PARITY, broken.signature
        elif broken is not None:
            status, cause, signature, outcome = Status.PARTIAL, Cause.PARITY, broken.signature, TestOutcome.FAILED
        elif roll() < self.flake[hash_]:
            # The worst kind: it always fails in the same way.
            status, cause, signature, outcome = Status.PARTIAL, Cause.PARITY, "test: flaky", TestOutcome.FAILED
        tests = (
            TestResult(id="test_a", outcome=TestOutcome.PASSED, seconds=0.1),
            TestResult(id="test_b", outcome=outcome, seconds=0.1),
        )
        return Result(
            architecture=hash_,
            status=status,
            cause=cause,
            signature=signature,
            phases=(),
            tests=tests if status in {Status.PASSED, Status.PARTIAL} else (),
            api_calls={},
            plan_is_empty=True,
            emulator=self._identity(release),
            pins=Pins(app=str(self.apps[hash_]), providers={"hashicorp/aws": str(self.provider)}),
            started_at="2026-01-01T00:00:00Z",
            seconds=1.0,
        )

    def _judge(self, comparison: Comparison, baselines, *, interrupted: bool) -> None:
        for record in comparison.changes:
            hash_ = record.architecture
            self.tally.words[record.change] += 1
            baseline = baselines.get(hash_)
            if baseline is None or record.after is None:
                continue
            broken = self.is_broken(hash_, self.release)
            was = self.is_broken(hash_, _release(baseline.result.emulator))
            real = broken is not None and was is not broken
            innocent = hash_ in self.rotten or record.after.signature == "test: outside"
            where = f"seed {self.seed} {comparison.candidate} {hash_[:8]} p={self.flake[hash_]:.2f}: {record.reason}"
            if record.change is Change.REGRESSED:
                self.marks.add(fingerprint(record.after.signature, "localstack"))
                if not real or innocent:
                    self.tally.false.append(where)
            if innocent or not real or broken is None or baseline.result.status is not Status.PASSED:
                continue
            fair = record.after.status is not Status.ERROR and not (
                record.after.cause and record.after.cause.is_spurious
            )
            key = (hash_, broken.since)
            hit = record.change is Change.REGRESSED
            if self.flake[hash_]:
                if fair and not interrupted and key not in self.due:
                    self.due[key] = ""
                    self.tally.due_flaky += 1
                    self.tally.found_flaky += hit
            elif key in self.due:
                self.tally.found_later += hit and bool(self.due[key])
                self.due[key] = "" if hit else self.due[key]
            elif fair and (hit or not interrupted):
                self.due[key] = "" if hit else where
                self.tally.due += 1
                self.tally.found += hit
                if not hit:
                    self.tally.missed.append(where)

    def _account(self) -> None:
        self.tally.histories += 1
        self.tally.causes += len(self.marks)
        issues = tuple(self.tracker.stored.values())
        for mark in sorted(self.marks):
            record = self.memory.issues.records.get(mark)
            if record is None or record.number not in self.tracker.stored:
                self.tally.untracked.append(f"seed {self.seed} {mark}")
                continue
            carriers = [issue for issue in issues if issue.is_open and find((issue,), mark)]
            if len(carriers) != 1:
                self.tally.doubled.append(f"seed {self.seed} {mark}: {len(carriers)} open issues")


def _release(identity: EmulatorIdentity) -> int:
    return int(identity.digest.removeprefix("sha256:"))


def _merged(before: _Memory, first: _Memory, second: _Memory) -> _Memory:
    """What push makes of two runs that overlapped: documents merged by key."""

    def one(kind: type[T], base: T, ours: T, theirs: T) -> T:
        merged = merge_json(documents.dump(base), documents.dump(ours), documents.dump(theirs))
        fields = {key: value for key, value in json.loads(merged).items() if key != "format"}
        return documents.adapter(kind).validate_python(fields)

    known = {view.run for view in first.history}
    return _Memory(
        history=sorted(
            [*first.history, *(view for view in second.history if view.run not in known)], key=lambda view: view.run
        ),
        quarantine=one(Quarantine, before.quarantine, second.quarantine, first.quarantine),
        issues=one(IssueState, before.issues, second.issues, first.issues),
    )


def simulate(seeds: range, wish: Wish | None = None, options: ConfirmOptions | None = None) -> Tally:
    """Live through one history per seed."""
    tally = Tally()
    for seed in seeds:
        History(seed, tally, wish, options).live()
    return tally
