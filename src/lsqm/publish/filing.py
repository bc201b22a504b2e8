"""Carry out the plan for issues: one call at a time, the state saved after each, whatever fails stays in the outbox."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lsqm.model.action import Action, AddComment, OpenIssue, OpenUmbrella, ReturnIssue, Wait
from lsqm.model.issue import Issue, IssueDraft, IssueState
from lsqm.ports.tracker import IssueTracker, TrackerError
from lsqm.publish.plan import CAP, filed, find, plan, refused, said
from lsqm.publish.wording import fingerprint_line, returned, run_line

_NEW = OpenIssue | OpenUmbrella
_ATTEMPTS = 2
"""How often something whose outcome was uncertain is looked for and tried again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FilingOutcome:
    """What became of the outbox."""

    state: IssueState
    opened: tuple[str, ...] = ()
    """URLs."""
    returned: tuple[str, ...] = ()
    """URLs of known issues that were commented on or reopened."""
    commented: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """Sentences for report and Slack: what waits and why."""
    planned: tuple[str, ...] = ()
    """With `dry_run`: what would have been done."""
    drafts: tuple[IssueDraft, ...] = ()
    """With `dry_run`: every text that would have been posted or kept."""


def file_issues(
    state: IssueState,
    *,
    tracker: IssueTracker,
    fallback: IssueTracker | None = None,
    save: Callable[[IssueState], None],
    cap: int = CAP,
    dry_run: bool = False,
) -> FilingOutcome:
    """Empty the outbox as far as the tracker lets us. Never raises for a tracker's sake.

    Args:
        state: as `plan.queued` made it.
        tracker: the configured one (`ISSUE_REPO`).
        fallback: where issues go when that one will never take them (archived, issues disabled, no permission).
        save: stores the state; called before the first call and after each one.
        cap: how many new issues at most.
        dry_run: plan only; the tracker is still read.
    """
    if not state.is_waiting:
        return FilingOutcome(state=state)
    if not dry_run:
        save(state)
    filing = _Filing(state, (lambda _: None) if dry_run else save)
    chosen, notes = _choose(tracker, fallback)
    filing.notes.extend(notes)
    others = {each.name: each for each in (tracker, fallback) if each is not None}
    actions: list[Action] = []
    why = notes[-1] if notes else ""
    if chosen is not None:
        try:
            actions = plan(state, _known_issues(chosen, state), chosen.name, cap=cap, reachable=others)
        except TrackerError as error:
            why = f"the issues of {chosen.name} cannot be listed: {error}"
            chosen = None
    if dry_run:
        where = f"{chosen.name}: " if chosen is not None else ""
        waiting = [Wait(key=key, why=why) for key in (*state.outbox, *state.comments)] if chosen is None else actions
        return FilingOutcome(
            state=state,
            notes=tuple(filing.notes),
            planned=tuple(f"{where}{action.describe()}" for action in waiting),
            drafts=_drafts(actions) or tuple(entry.draft for entry in state.outbox.values()),
        )
    if chosen is None:
        filing.everything_waits(why)
        return filing.outcome()
    stopped = ""
    for action in actions:
        if stopped:
            filing.wait(action, stopped)
            continue
        place = _place(action, state, others, chosen)
        try:
            filing.carry_out(action, place)
        except TrackerError as error:
            if error.refused and chosen is tracker and fallback is not None and isinstance(action, _NEW):
                # It looked usable, but this token may not write there: the rest goes where new issues may go.
                filing.notes.append(f"issues cannot be filed in {tracker.name}: {error}")
                return filing.outcome_with(file_issues(filing.state, tracker=fallback, save=save, cap=cap))
            filing.wait(action, str(error))
            stopped = str(error) if error.exhausted else ""
    return filing.outcome()


class _Filing:
    """The state while it changes."""

    def __init__(self, state: IssueState, save: Callable[[IssueState], None]) -> None:
        self.state = state
        self._save = save
        self.notes: list[str] = []
        self._opened: list[str] = []
        self._returned: list[str] = []
        self._commented: list[str] = []

    def outcome(self) -> FilingOutcome:
        note = waiting_note(self.state)
        if note:
            self.notes.append(note)
        return FilingOutcome(
            state=self.state,
            opened=tuple(self._opened),
            returned=tuple(self._returned),
            commented=tuple(self._commented),
            notes=tuple(dict.fromkeys(self.notes)),
        )

    def outcome_with(self, rest: FilingOutcome) -> FilingOutcome:
        """What was done here, and then elsewhere."""
        return replace(
            rest,
            opened=(*self._opened, *rest.opened),
            returned=(*self._returned, *rest.returned),
            commented=(*self._commented, *rest.commented),
            notes=tuple(dict.fromkeys((*self.notes, *rest.notes))),
        )

    def everything_waits(self, why: str) -> None:
        for key in [*self.state.outbox, *self.state.comments]:
            self.state = refused(self.state, key, why)
        self._save(self.state)

    def wait(self, action: Action, why: str) -> None:
        for key in _keys(action):
            self.state = refused(self.state, key, why)
        self._save(self.state)

    def carry_out(self, action: Action, tracker: IssueTracker) -> None:
        """Do it. Raises TrackerError; then nothing is marked as done."""
        match action:
            case OpenIssue(draft=new):
                issue = _open_once(tracker, new)
                self._file((new,), issue, tracker)
                self._opened.append(issue.url)
            case OpenUmbrella(draft=new, members=members):
                issue = _open_once(tracker, new)
                self._file(members, issue, tracker)
                self._opened.append(issue.url)
            case ReturnIssue(draft=new, issue=issue):
                if not issue.is_open:
                    tracker.reopen(issue.number)
                if not (new.run in issue.body and fingerprint_line(new.fingerprint) in issue.body):
                    _comment_once(tracker, issue.number, returned(new), run_line(new.run, new.fingerprint))
                self._file((new,), issue, tracker)
                self._returned.append(issue.url)
            case AddComment(key=key, comment=comment, number=number):
                _comment_once(tracker, number, comment.body, run_line(comment.run, comment.fingerprint))
                self.state = said(self.state, key)
                self._save(self.state)
                self._commented.append(self.state.records[comment.fingerprint].url)
            case Wait(key=key, why=why):
                self.state = refused(self.state, key, why)
                self._save(self.state)

    def _file(self, drafts: Sequence[IssueDraft], issue: Issue, tracker: IssueTracker) -> None:
        for new in drafts:
            self.state = filed(self.state, new, issue, tracker.name)
        self._save(self.state)


def waiting_note(state: IssueState) -> str:
    """The sentence about what could not be filed, empty when nothing waits."""
    waiting = len(state.outbox)
    reasons = sorted({entry.why for entry in state.outbox.values() if entry.why})
    return (
        f"{waiting} confirmed root cause{'s' * (waiting != 1)} wait{'s' * (waiting == 1)} in the outbox: "
        f"{'; '.join(reasons) or 'not filed yet'}"
        if waiting
        else ""
    )


def _choose(tracker: IssueTracker, fallback: IssueTracker | None) -> tuple[IssueTracker | None, list[str]]:
    """Where new issues go, and why not to the configured tracker."""
    health = tracker.probe()
    if health.usable:
        return tracker, []
    notes = [f"issues cannot be filed in {tracker.name}: {health.reason}"]
    if not health.lasting or fallback is None:
        return None, notes
    other = fallback.probe()
    if other.usable:
        return fallback, [*notes, f"they go to {fallback.name} instead"]
    return None, [*notes, f"and not in {fallback.name} either: {other.reason}"]


def _known_issues(tracker: IssueTracker, state: IssueState) -> tuple[Issue, ...]:
    """Everything lsqm filed there, also what lost its label. Raises TrackerError."""
    listed = tracker.issues()
    numbers = {issue.number for issue in listed}
    marks = {*state.outbox, *(comment.fingerprint for comment in state.comments.values())}
    missing = {
        record.number
        for mark, record in state.records.items()
        if mark in marks and record.repository == tracker.name and record.number not in numbers
    }
    more = (tracker.issue(number) for number in sorted(missing))
    return (*listed, *(issue for issue in more if issue is not None))


def _place(action: Action, state: IssueState, others: dict[str, IssueTracker], chosen: IssueTracker) -> IssueTracker:
    """The tracker that holds the issue an action is about."""
    mark = ""
    match action:
        case AddComment(comment=comment):
            mark = comment.fingerprint
        case ReturnIssue(draft=new):
            record = state.records.get(new.fingerprint)
            mark = new.fingerprint if record is not None and record.number == action.issue.number else ""
        case OpenIssue() | OpenUmbrella() | Wait():
            return chosen
    record = state.records.get(mark)
    return others.get(record.repository, chosen) if record is not None else chosen


def _open_once(tracker: IssueTracker, new: IssueDraft) -> Issue:
    """Open an issue exactly once, also when the answer got lost. Raises TrackerError."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            issue = tracker.open(new)
            break
        except TrackerError as error:
            if not error.uncertain:
                raise
            found = find(tracker.issues(), new.fingerprint)
            if found is not None:
                issue = found
                break
            if attempt == _ATTEMPTS:
                raise
    else:
        raise AssertionError("the last attempt returns or raises")
    return _without_twin(tracker, new, issue)


def _without_twin(tracker: IssueTracker, new: IssueDraft, issue: Issue) -> Issue:
    """When another run filed the same root cause at the same moment, the older issue stays."""
    try:
        first = find(tracker.issues(), new.fingerprint)
        if first is None or first.number >= issue.number:
            return issue
        tracker.comment(issue.number, f"Filed twice by runs that overlapped; #{first.number} tracks this.")
        tracker.close(issue.number)
    except TrackerError:
        return issue  # the next run that meets this root cause adopts the older one
    return first


def _comment_once(tracker: IssueTracker, number: int, body: str, line: str) -> None:
    """Comment exactly once, also when the answer got lost or an earlier run died. Raises TrackerError."""
    for attempt in range(1, _ATTEMPTS + 1):
        if any(line in text for text in tracker.comments(number)):
            return
        try:
            tracker.comment(number, body)
        except TrackerError as error:
            if not error.uncertain or attempt == _ATTEMPTS:
                raise
        else:
            return


def _drafts(actions: Sequence[Action]) -> tuple[IssueDraft, ...]:
    """The texts of issues among some actions."""
    return tuple(action.draft for action in actions if isinstance(action, OpenIssue | OpenUmbrella | ReturnIssue))


def _keys(action: Action) -> tuple[str, ...]:
    match action:
        case OpenIssue(draft=new) | ReturnIssue(draft=new):
            return (new.fingerprint,)
        case OpenUmbrella(members=members):
            return tuple(member.fingerprint for member in members)
        case AddComment(key=key) | Wait(key=key):
            return (key,)
