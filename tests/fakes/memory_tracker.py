"""An issue tracker in memory that can fail at any single call, before or after doing what was asked."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from lsqm.model.issue import Issue, IssueDraft
from lsqm.ports.tracker import TrackerError, TrackerHealth

T = TypeVar("T")


_READING = {"probe", "issues", "issue", "comments"}


class Died(BaseException):
    """The process was killed."""


@dataclass
class MemoryTracker:
    """Implements `IssueTracker`. `fails(call number, method)` → "", "before", "after", "dies after" or "refused"."""

    name: str = "acme/emulator"
    health: TrackerHealth = field(default_factory=lambda: TrackerHealth(usable=True))
    fails: Callable[[int, str], str] = lambda _number, _method: ""
    stored: dict[int, Issue] = field(default_factory=dict)
    said: dict[int, list[str]] = field(default_factory=dict)
    calls: int = 0

    def probe(self) -> TrackerHealth:
        try:
            return self._call("probe", lambda: self.health)
        except TrackerError as error:
            return TrackerHealth(usable=False, reason=str(error))

    def issues(self) -> tuple[Issue, ...]:
        return self._call("issues", lambda: tuple(self.stored.values()))

    def issue(self, number: int) -> Issue | None:
        return self._call("issue", lambda: self.stored.get(number))

    def open(self, draft: IssueDraft) -> Issue:
        def do() -> Issue:
            assert len(draft.title) <= 256
            assert len(draft.body) <= 65_536
            number = len(self.stored) + 1
            self.stored[number] = Issue(
                number=number,
                url=f"https://tracker.example/{number}",
                is_open=True,
                title=draft.title,
                body=draft.body,
                labels=draft.labels,
            )
            return self.stored[number]

        return self._call("open", do)

    def reopen(self, number: int) -> None:
        self._call("reopen", lambda: self._set(number, is_open=True))

    def close(self, number: int) -> None:
        self._call("close", lambda: self._set(number, is_open=False))

    def comments(self, number: int) -> tuple[str, ...]:
        return self._call("comments", lambda: tuple(self.said.get(number, ())))

    def comment(self, number: int, body: str) -> None:
        assert len(body) <= 65_536
        self._call("comment", lambda: self.said.setdefault(number, []).append(body))

    def _set(self, number: int, *, is_open: bool) -> None:
        self.stored[number] = replace(self.stored[number], is_open=is_open)

    def _call(self, method: str, do: Callable[[], T]) -> T:
        self.calls += 1
        how = self.fails(self.calls, method)
        if how == "refused":
            raise TrackerError(f"{method}: HTTP 403: Resource not accessible", refused=method not in _READING)
        if how == "before":
            raise TrackerError(f"{method}: HTTP 502", uncertain=method in {"open", "comment"})
        done = do()
        if how == "dies after":
            raise Died
        if how == "after":
            raise TrackerError(f"{method}: the connection broke", uncertain=method in {"open", "comment"})
        return done
