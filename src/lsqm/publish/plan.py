"""From a comparison to what is to be said, and from what is to be said to actions. Pure; `filing` carries them out.

Everything goes through the outbox: first it is written down, then it is filed. A process that dies in between, or a
tracker that is down, leaves it there for the next run.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from lsqm.model.action import Action, AddComment, OpenIssue, OpenUmbrella, ReturnIssue, Wait
from lsqm.model.comparison import Change, Comparison
from lsqm.model.ids import ArchitectureHash
from lsqm.model.issue import Issue, IssueDraft, IssueRecord, IssueState, OutboxComment, OutboxDraft
from lsqm.model.result import Result, Status
from lsqm.publish.wording import Case, Occasion, draft, fingerprint_label, fingerprint_line, fixed, umbrella

CAP = 10
"""New issues in one run; the rest shares one."""


def clusters(cases: Iterable[Case]) -> tuple[tuple[Case, ...], ...]:
    """Regressed cases by root cause, the widest first."""
    groups: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in cases:
        if case.record.change is Change.REGRESSED:
            groups[case.result.emulator.product, case.result.signature].append(case)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(tuple(group) for _, group in ordered)


def queued(
    state: IssueState,
    comparison: Comparison,
    cases: Iterable[Case],
    results: Mapping[ArchitectureHash, Result],
    occasion: Occasion,
) -> IssueState:
    """The state with everything this run has to say in its outbox. Queueing the same run twice changes nothing.

    Args:
        state: what was filed and what waits.
        comparison: this run's, confirmed.
        cases: its regressed architectures.
        results: the run's results, to see what works again.
        occasion: the run itself.
    """
    records, outbox, comments = dict(state.records), dict(state.outbox), dict(state.comments)
    for group in clusters(cases):
        new = draft(group, occasion)
        known = records.get(new.fingerprint)
        waiting = outbox.get(new.fingerprint)
        if known is not None and known.opened_in == new.run:
            continue
        if waiting is not None:
            new = replace(
                new, architectures=tuple(sorted({*new.architectures, *waiting.draft.architectures})), run=new.run
            )
        outbox[new.fingerprint] = OutboxDraft(draft=new, attempts=waiting.attempts if waiting else 0)
    working = _working(comparison, results)
    for mark, record in records.items():
        if mark in outbox:
            continue
        recovered = tuple(sorted((set(record.recovered) | working) & set(record.architectures)))
        if record.fixed_in is not None or recovered == record.recovered:
            continue
        records[mark] = replace(record, recovered=recovered)
        if set(recovered) == set(record.architectures):
            records[mark] = replace(records[mark], fixed_in=occasion.run)
            emulator = _emulator(comparison, recovered)
            comments[f"{mark}:{occasion.run}:fixed"] = OutboxComment(
                fingerprint=mark, run=occasion.run, body=fixed(record, occasion.run, emulator)
            )
    return IssueState(records=records, outbox=outbox, comments=comments)


def plan(
    state: IssueState, issues: Sequence[Issue], repository: str, *, cap: int = CAP, reachable: Iterable[str] = ()
) -> list[Action]:
    """What to do about the outbox.

    Args:
        state: as `queued` made it.
        issues: everything lsqm filed in `repository`, open or closed.
        repository: where new issues go.
        cap: how many new ones at most; the rest goes into one.
        reachable: other repositories whose issues can be commented on.
    """
    actions: list[Action] = []
    fresh: list[IssueDraft] = []
    known = {*reachable, repository}
    for mark, entry in sorted(state.outbox.items(), key=lambda item: (-len(item[1].draft.architectures), item[0])):
        record = state.records.get(mark)
        if record is not None and record.repository not in known:
            actions.append(Wait(key=mark, why=f"it is tracked in {record.repository}, which is not reachable now"))
            continue
        found = _recorded(record, issues, repository, known) or find(issues, mark)
        if found is None:
            fresh.append(entry.draft)
        else:
            actions.append(ReturnIssue(draft=entry.draft, issue=found))
    room = cap if len(fresh) <= cap else max(0, cap - 1)
    actions.extend(OpenIssue(draft=each) for each in fresh[:room])
    rest = fresh[room:]
    if rest:
        actions.append(OpenUmbrella(draft=umbrella(rest, max(each.run for each in rest)), members=tuple(rest)))
    for key, comment in sorted(state.comments.items()):
        record = state.records.get(comment.fingerprint)
        if record is None or record.repository not in known:
            actions.append(Wait(key=key, why="its issue is not reachable now"))
        else:
            actions.append(AddComment(key=key, comment=comment, number=record.number))
    return actions


def find(issues: Sequence[Issue], mark: str) -> Issue | None:
    """The issue of a root cause, by label or by the visible line; an open one first, then the oldest."""
    label, line = fingerprint_label(mark), fingerprint_line(mark)
    matching = [issue for issue in issues if label in issue.labels or line in issue.body]
    return min(matching, key=lambda issue: (not issue.is_open, issue.number), default=None)


def filed(state: IssueState, new: IssueDraft, issue: Issue, repository: str) -> IssueState:
    """The state after a draft found its issue."""
    old = state.records.get(new.fingerprint)
    again = old is not None and old.fixed_in is None
    record = IssueRecord(
        fingerprint=new.fingerprint,
        signature=new.signature,
        repository=repository,
        number=issue.number,
        url=issue.url,
        architectures=tuple(sorted({*new.architectures, *(old.architectures if old and again else ())})),
        opened_in=new.run,
        recovered=tuple(hash_ for hash_ in old.recovered if hash_ not in new.architectures) if old and again else (),
    )
    return replace(
        state,
        records={**state.records, new.fingerprint: record},
        outbox={key: entry for key, entry in state.outbox.items() if key != new.fingerprint},
    )


def refused(state: IssueState, key: str, why: str) -> IssueState:
    """The state after something in the outbox could not be filed."""
    if key in state.outbox:
        entry = state.outbox[key]
        return replace(state, outbox={**state.outbox, key: replace(entry, why=why, attempts=entry.attempts + 1)})
    if key in state.comments:
        comment = state.comments[key]
        return replace(
            state, comments={**state.comments, key: replace(comment, why=why, attempts=comment.attempts + 1)}
        )
    return state


def said(state: IssueState, key: str) -> IssueState:
    """The state after a comment was made."""
    return replace(state, comments={other: comment for other, comment in state.comments.items() if other != key})


def _recorded(record: IssueRecord | None, issues: Sequence[Issue], repository: str, known: set[str]) -> Issue | None:
    """The issue the state remembers; None when it is gone from the tracker that was listed."""
    if record is None:
        return None
    if record.repository == repository:
        return next((issue for issue in issues if issue.number == record.number), None)
    assert record.repository in known
    # Not listed: reopening an open issue does no harm.
    return Issue(number=record.number, url=record.url, is_open=False, title="", body="")


def _working(comparison: Comparison, results: Mapping[ArchitectureHash, Result]) -> set[ArchitectureHash]:
    """What this run saw working (again)."""
    passed = {key for key, result in results.items() if result.status is Status.PASSED}
    return passed | {record.architecture for record in comparison.with_change(Change.FIXED)}


def _emulator(comparison: Comparison, architectures: Sequence[ArchitectureHash]) -> str:
    """What the recovered ones ran on."""
    sides = [record.after for record in comparison.changes if record.architecture in architectures and record.after]
    return sides[0].emulator if sides else "the emulator of this run"
