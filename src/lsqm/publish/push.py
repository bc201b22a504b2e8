"""Send the checkout's content to the artifact repository: any number of others may do so at the same time.

Every round merges with what the remote has now and pushes one commit on top of it; git's own compare-and-swap says
whether somebody was faster. Somebody always wins, so nobody waits for ever. What was not pushed stays committed here.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lsqm.ports.clock import Clock
from lsqm.ports.git import Git, GitError
from lsqm.publish.checkout import BASE, Checkout
from lsqm.publish.remote import Refusal, RemoteSpec, hint, refusal
from lsqm.publish.sync import KEPT_RUNS, exclusive, fetch, integrate, look, unpushed_runs

FOLD_AFTER = 52
"""Commits after which the history is folded into one: see docs/retention.md."""
_GENERATION = re.compile(r"^Lsqm-Commits-Since-Fold: (\d+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class PushOptions:
    """How long to try and what to keep."""

    attempts: int = 60
    keep_runs: int = KEPT_RUNS
    fold_after: int = FOLD_AFTER
    """0: never fold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PushOutcome:
    """What became of it."""

    pushed: bool
    commit: str = ""
    """The commit that the remote has now."""
    attempts: int = 0
    runs: tuple[str, ...] = ()
    """Runs that were new to the remote; when the push failed, those that still wait."""
    folded: bool = False
    failure: str = ""
    """Why nothing was pushed; empty also when there was nothing to push."""
    hint: str = ""
    notes: tuple[str, ...] = ()


def push(
    checkout: Path,
    remote: RemoteSpec,
    *,
    git: Git,
    clock: Clock,
    message: str,
    refresh: Callable[[Path], None] | None = None,
    options: PushOptions | None = None,
    waiting: Callable[[], None] = lambda: None,
) -> PushOutcome:
    """Commit everything in the checkout and push it.

    Args:
        checkout: a working copy made by `sync`.
        remote: where to.
        git: runs git; it knows the credentials.
        clock: time and entropy, for the pauses between attempts.
        message: of the one commit (FR-044); a list of the new runs is added.
        refresh: rewrites derived documents (trends, report) after others' results came in.
        options: how long to try and what to keep.
        waiting: called once when another lsqm works on the same checkout.

    A refused or unreachable remote is an outcome, not an exception: the results are committed here and the next push
    sends them.
    """
    options = options or PushOptions()
    with exclusive(checkout, waiting):
        copy = Checkout(checkout, git)
        notes: list[str] = []
        try:
            copy.recover(clock)
            copy.retire(options.keep_runs)
            copy.commit_all(message)
        except GitError as error:
            return PushOutcome(pushed=False, failure=f"{checkout} is not usable: {error}", hint=hint(Refusal.LOCAL))
        fold_refused = False
        for attempt in range(1, options.attempts + 1):
            try:
                branch = copy.branch
                tip = look(copy, remote, branch)
                theirs = fetch(copy, remote, tip) if tip.commit else ""
                if tip.branch != branch:
                    copy.switch(tip.branch)
                before = copy.find(BASE)
                integrate(copy, theirs, keep_runs=options.keep_runs, notes=notes)
                if refresh is not None and theirs and before != copy.find(BASE):
                    refresh(checkout)
                    copy.commit_all(message)
                runs = unpushed_runs(copy)
                tree = copy.find("HEAD^{tree}")
                if theirs and tree == copy.find(f"{theirs}^{{tree}}"):
                    return PushOutcome(pushed=False, commit=theirs, attempts=attempt, notes=_unique(notes))
                count = commits_since_fold(copy, theirs) + 1
                fold = bool(options.fold_after) and count > options.fold_after and not fold_refused
                commit = copy.commit_tree(
                    tree, full_message(message, runs, 1 if fold else count), parent="" if fold else theirs
                )
                _send(copy, remote, tip.branch, commit, lease=theirs if fold else None)
            except GitError as error:
                kind = refusal(error)
                if kind is Refusal.RACE and attempt < options.attempts:
                    clock.sleep(_pause(attempt, clock))
                    continue
                if kind is Refusal.PROTECTED and not fold_refused and "--force-with-lease" in str(error):
                    fold_refused = True
                    notes.append("the remote forbids rewriting its branch, so its history grows on")
                    continue
                return PushOutcome(
                    pushed=False,
                    attempts=attempt,
                    runs=unpushed_runs(copy),
                    failure=f"{remote.url} did not take the push: {error}",
                    hint=hint(kind),
                    notes=_unique(notes),
                )
            copy.run("update-ref", "HEAD", commit)
            copy.run("update-ref", BASE, commit)
            _tidy(copy, after_fold=fold)
            return PushOutcome(
                pushed=True, commit=commit, attempts=attempt, runs=runs, folded=fold, notes=_unique(notes)
            )
    raise AssertionError("the last attempt returns")


def full_message(message: str, runs: tuple[str, ...], count: int) -> str:
    """The commit message with its trailers."""
    lines = "\n".join(f"Lsqm-Run: {run}" for run in runs)
    return f"{message.rstrip()}\n\n{lines}{chr(10) if lines else ''}Lsqm-Commits-Since-Fold: {count}\n"


def commits_since_fold(copy: Checkout, commit: str) -> int:
    """How long the remote's history is. A shallow clone cannot count, so each commit says it."""
    if not commit:
        return 0
    found = _GENERATION.findall(copy.run("log", "-1", "--format=%B", commit))
    if found:
        return int(found[-1])
    # Somebody committed by hand, or the repository is older than this rule.
    counted = int(copy.run("rev-list", "--count", commit).strip())
    return max(counted, 1)


def _send(copy: Checkout, remote: RemoteSpec, branch: str, commit: str, *, lease: str | None) -> None:
    force = (f"--force-with-lease=refs/heads/{branch}:{lease}",) if lease is not None else ()
    copy.run("push", "--quiet", "--no-verify", *force, remote.url, f"{commit}:refs/heads/{branch}")


def _pause(attempt: int, clock: Clock) -> float:
    """A random part of a window that grows with each lost race, in seconds."""
    window = min(5.0, 0.2 * 1.5 ** min(attempt, 10))
    return window * int.from_bytes(clock.entropy(2), "big") / 65536


def _tidy(copy: Checkout, *, after_fold: bool) -> None:
    """Keep the checkout itself small. Failing to is no failure."""
    try:
        if after_fold:
            copy.run("update-ref", "-d", "refs/lsqm/theirs")
            copy.run("reflog", "expire", "--expire=now", "--all")
            copy.run("gc", "--quiet", "--prune=now")
        else:
            copy.run("-c", "gc.auto=2000", "gc", "--auto", "--quiet")
    except GitError:
        return


def _unique(notes: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(notes))
