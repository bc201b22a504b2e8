"""What publishing has decided to do: values that can be shown (`--dry-run`) or carried out."""

from dataclasses import dataclass

from lsqm.model.issue import Issue, IssueDraft, OutboxComment


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenIssue:
    """File a new issue."""

    draft: IssueDraft

    def describe(self) -> str:
        return f"open issue {self.draft.fingerprint}: {self.draft.title}"


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenUmbrella:
    """File one issue for all that are beyond the cap of one run."""

    draft: IssueDraft
    members: tuple[IssueDraft, ...]

    def describe(self) -> str:
        return f"open one issue for {len(self.members)} more root causes: {self.draft.title}"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReturnIssue:
    """A known root cause is (again) broken: reopen if closed, and say so."""

    draft: IssueDraft
    issue: Issue

    def describe(self) -> str:
        verb = "comment on" if self.issue.is_open else "reopen"
        return f"{verb} issue #{self.issue.number} {self.draft.fingerprint}: {self.draft.title}"


@dataclass(frozen=True, kw_only=True, slots=True)
class AddComment:
    """Say something on a filed issue."""

    key: str
    comment: OutboxComment
    number: int

    def describe(self) -> str:
        return f"comment on issue #{self.number}: {self.comment.body.splitlines()[0]}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Wait:
    """Leave something in the outbox."""

    key: str
    why: str

    def describe(self) -> str:
        return f"keep {self.key} in the outbox: {self.why}"


Action = OpenIssue | OpenUmbrella | ReturnIssue | AddComment | Wait
