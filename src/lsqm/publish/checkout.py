"""The local checkout of an artifact repository in git's own terms: commit all, merge trees by key, move the files.

Nothing here asks about ancestry, so shallow clones and rewritten remotes are no special cases. In a partial clone the
logs of all runs but the newest stay at the remote until somebody wants them. Three commits matter:
`HEAD` (ours), `refs/lsqm/base` (what the remote had when we last looked) and the remote's tip (theirs). The merge of
their trees becomes one commit on top of theirs.
"""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lsqm.errors import DataError
from lsqm.ports.clock import Clock
from lsqm.ports.git import Git, GitError
from lsqm.publish.merge import merge_json, merge_lines, runs_in
from lsqm.publish.remote import Refusal, refusal

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
BASE = "refs/lsqm/base"
PENDING = "refs/lsqm/pending"
LEDGER = "runs/ledger.jsonl"
MARKER = "lsqm.json"
STALE_LOCK_SECONDS = 5.0
_BATCH = 400
_TRIES = 5
"""A run that writes its results may take a file away from under `git add`."""
_LEFTOVERS = (":(exclude,glob)**/.*.tmp", ":(exclude,glob)**/.*.tmp/**", ":(exclude,glob)**/.*.old/**")
"""What a killed writer leaves behind; never part of a commit."""
_WHOLE = ("architectures", "apps")
"""Folders whose subfolders belong together: taken from one side as a whole, never mixed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delta:
    """One path that differs between two trees; an empty oid means not there."""

    path: str
    mode: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Checkout:
    """A working copy and the git that works on it."""

    root: Path
    git: Git

    def run(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        return self.git.run(self.root, arguments, env=env)

    def find(self, revision: str) -> str:
        """The object id of a revision, empty when there is none."""
        try:
            return self.run("rev-parse", "--verify", "--quiet", revision).strip()
        except GitError:
            return ""

    def blob(self, revision: str, path: str) -> bytes | None:
        """A file's content in a commit."""
        oid = self.find(f"{revision}:{path}") if revision else ""
        return self.blob_content(oid) if oid else None

    def blob_content(self, oid: str) -> bytes:
        return self.run("cat-file", "blob", oid).encode(errors="surrogateescape")

    @property
    def branch(self) -> str:
        """The branch we are on, also when it has no commit yet."""
        return self.run("symbolic-ref", "--short", "HEAD").strip()

    def prepare(self) -> None:
        """Without this, attributes in foreign files would make git change them on their way in and out."""
        info = self.root / ".git" / "info"
        info.mkdir(parents=True, exist_ok=True)
        (info / "attributes").write_text("* -text -filter -ident -eol -working-tree-encoding\n")

    @property
    def is_partial(self) -> bool:
        """Whether files that are not checked out may be at the remote only."""
        return self.run("config", "--default", "", "--get", "remote.origin.promisor").strip() == "true"

    def leave_out_logs(self, commit: str, *, wanted: str = "") -> None:
        """In a partial clone, keep the logs of runs in `commit` out of the working copy, for what moves it next.

        The newest run's are wanted, those of the run `wanted`, and whatever is here already.
        """
        if not self.is_partial:
            return
        runs = sorted(self._folders(commit, "runs/"))[:-1]
        away = [run for run in runs if run != f"runs/{wanted}" and not (self.root / run / "logs").is_dir()]
        rules = ["/*", *(f"!/{run}/logs/" for run in away)]
        (self.root / ".git" / "info" / "sparse-checkout").write_text("\n".join(rules) + "\n")
        self.run("config", "core.sparseCheckout", "true")
        self.run("config", "core.sparseCheckoutCone", "false")

    def bring_logs(self, run: str) -> None:
        """Have the logs of an older run, from the remote when need be. Raises GitError."""
        if (self.root / "runs" / run / "logs").is_dir() or not (self.root / ".git").is_dir():
            return
        head = self.find("HEAD")
        if head and self.is_partial:
            self.leave_out_logs(head, wanted=run)
            self.run("read-tree", "-m", "-u", "HEAD")

    def missing(self, commit: str) -> frozenset[str]:
        """Objects of a commit's files that only the remote of a partial clone has; asks nobody for them."""
        if not self.is_partial:
            return frozenset()
        lines = self.run("rev-list", "--objects", "--missing=print", f"{commit}^{{tree}}").splitlines()
        return frozenset(line[1:] for line in lines if line.startswith("?"))

    def drop_missing(self) -> int:
        """Leave out of HEAD what only a remote had that has it no more. Returns how many files that were."""
        gone = self.missing("HEAD")
        if not gone:
            return 0
        paths = [path for path, delta in self.deltas(EMPTY_TREE, "HEAD").items() if delta.new in gone]
        self.remove_from_index(paths)
        self.commit_all("Leave out logs that the remote lost")
        return len(paths)

    def remove_from_index(self, paths: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        """Also what is not checked out."""
        for batch in _batches(paths):
            self.run("update-index", "--force-remove", "--", *batch, env=env)

    def retire(self, keep: int) -> None:
        """Leave the newest `keep` runs in the tree (FR-066, FR-067); the ledger keeps a line of the others."""
        folder = self.root / "runs"
        runs = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
        for path in runs[:-keep]:
            listed = self.run("ls-files", "-z", "--", f"runs/{path.name}/").split("\0")
            shutil.rmtree(path)
            self.remove_from_index([name for name in listed if name])

    def _folders(self, tree: str, below: str) -> list[str]:
        return [name for name in self.run("ls-tree", "-d", "-z", "--name-only", tree, below).split("\0") if name]

    def switch(self, branch: str) -> None:
        """Be on another branch; files and index stay."""
        self.run("symbolic-ref", "HEAD", f"refs/heads/{branch}")

    def recover(self, clock: Clock) -> None:
        """Finish what a killed process began: stale lock files, a move of the working copy."""
        folder = self.root / ".git"
        deadline = clock.monotonic() + STALE_LOCK_SECONDS
        for lock in [*folder.glob("*.lock"), *(folder / "refs").rglob("*.lock")]:
            # A killed lsqm may leave a git that still works for a moment; what outlives that is a leftover.
            while lock.exists() and clock.monotonic() < deadline:
                clock.sleep(0.2)
            lock.unlink(missing_ok=True)
        pending = self.find(PENDING)
        if pending:
            self.run("reset", "--quiet", "--hard", pending)
            theirs = self.find(f"{pending}^1")
            if theirs:
                self.run("update-ref", BASE, theirs)
            self.run("update-ref", "-d", PENDING)

    def commit_all(self, message: str) -> str:
        """Commit whatever the working copy holds. Returns HEAD, empty when there is nothing at all."""
        for attempt in range(_TRIES):
            try:
                self.run("add", "--all", "--force", "--", ".", *_LEFTOVERS)
                break
            except GitError as error:
                if refusal(error) is not Refusal.RACE or attempt == _TRIES - 1:
                    raise
        tree = self.run("write-tree").strip()
        head = self.find("HEAD")
        if tree == (self.find("HEAD^{tree}") if head else EMPTY_TREE):
            return head
        commit = self.commit_tree(tree, message, parent=head)
        self.run("update-ref", "HEAD", commit)
        return commit

    def commit_tree(self, tree: str, message: str, *, parent: str = "") -> str:
        return self.run("commit-tree", tree, *(("-p", parent) if parent else ()), "-m", message).strip()

    def move_to(self, commit: str, theirs: str) -> None:
        """Make branch, index and files those of `commit`, which stands on `theirs`; survives being killed anywhere."""
        head = self.find("HEAD")
        self.leave_out_logs(commit)
        self.run("update-ref", PENDING, commit)
        try:
            if head:
                self.run("read-tree", "-m", "-u", head, commit)
            else:
                self.run("read-tree", "--reset", "-u", commit)
        except GitError:
            # Refused before anything was touched: somebody wrote into the working copy since it was committed.
            self.run("update-ref", "-d", PENDING)
            raise
        self.run("update-ref", "HEAD", commit)
        self.run("update-ref", BASE, theirs)
        self.run("update-ref", "-d", PENDING)

    def deltas(self, old: str, new: str) -> dict[str, Delta]:
        """What changed from one tree to another, by path."""
        if old == new:
            return {}
        fields = self.run("diff-tree", "-r", "-z", "--no-renames", "--raw", "--no-abbrev", old, new).split("\0")
        found = {}
        for meta, path in zip(fields[::2], fields[1::2], strict=False):
            _, mode, before, after, _ = meta.split()
            found[path] = Delta(path=path, mode=mode, old=_present(before), new=_present(after))
        return found

    def merge(self, theirs: str, *, keep_runs: int) -> tuple[str, tuple[str, ...]]:
        """The tree of ours and theirs together, and what a person should know about it."""
        ours, base, notes = self.find("HEAD"), self.find(BASE), []
        if base:
            lost = runs_in(self.blob(base, LEDGER) or b"") - runs_in(self.blob(theirs, LEDGER) or b"")
            if lost or (self.blob(base, MARKER) is not None and self.blob(theirs, MARKER) is None):
                notes.append(
                    f"the remote was rewritten and no longer knew {len(lost)} run(s); they are kept and pushed again"
                )
                base = ""
        self._refuse_newer(ours, theirs)
        lost_blobs = frozenset() if base else self.missing(ours)
        if lost_blobs:
            notes.append(f"{len(lost_blobs)} log(s) of earlier runs, which only the remote had, are gone with them")
        mine = self.deltas(base or EMPTY_TREE, ours)
        other = self.deltas(base or EMPTY_TREE, theirs)
        taken = _units(mine) & _units(other)
        changes: dict[str, tuple[str, str]] = {}
        for path, delta in mine.items():
            rival = other.get(path)
            unit = _unit(path)
            if (rival is not None and rival.new == delta.new) or delta.new in lost_blobs:
                continue
            if unit in taken:
                if rival is not None or not _differs_only_here(unit, mine, other):
                    notes.append(f"{unit} was changed on both sides; the published version stays")
                continue
            if rival is None:
                changes[path] = (delta.mode, delta.new)
            else:
                changes[path] = self._resolve(delta, rival)
        if _report_is_older(self, ours, theirs):
            changes = {path: change for path, change in changes.items() if not path.startswith("reports/latest/")}
        return self._tree(theirs, changes, keep_runs), tuple(dict.fromkeys(notes))

    def _resolve(self, ours: Delta, theirs: Delta) -> tuple[str, str]:
        """One path that both sides changed."""
        if not ours.new:
            return ("", "") if ours.path.startswith("runs/") else (theirs.mode, theirs.new)
        if not theirs.new:
            return ours.mode, ours.new
        if not ours.path.endswith((".json", ".jsonl")):
            return ours.mode, ours.new
        mine, other = self.blob_content(ours.new), self.blob_content(theirs.new)
        base = self.blob_content(ours.old) if ours.old else None
        is_ledger = ours.path.endswith(".jsonl")
        merged = merge_lines(mine, other, base or b"") if is_ledger else merge_json(base, mine, other)
        return ours.mode, self._store(merged)

    def _store(self, data: bytes) -> str:
        scratch = self.root / ".git" / "lsqm-merged"
        scratch.write_bytes(data)
        try:
            return self.run("hash-object", "-w", "--no-filters", str(scratch)).strip()
        finally:
            scratch.unlink()

    def _tree(self, start: str, changes: Mapping[str, tuple[str, str]], keep_runs: int) -> str:
        """A tree: `start` with `changes`, runs beyond retention left out. Touches neither the index nor the files."""
        index = self.root / ".git" / "lsqm-index"
        env = {"GIT_INDEX_FILE": str(index)}
        index.unlink(missing_ok=True)
        try:
            self.run("read-tree", start, env=env)
            self.remove_from_index([path for path, (_, oid) in changes.items() if not oid], env)
            there = [f"{mode},{oid},{path}" for path, (mode, oid) in changes.items() if oid]
            for batch in _batches(there):
                entries = [word for entry in batch for word in ("--cacheinfo", entry)]
                self.run("update-index", "--add", *entries, env=env)
            # What a partial clone has left at the remote stays as it is.
            tree = self.run("write-tree", "--missing-ok", env=env).strip()
            surplus = sorted(self._folders(tree, "runs/"))[:-keep_runs]
            for batch in _batches(surplus):
                out = ("-c", "core.sparseCheckout=false", "rm", "-r", "--cached", "--quiet", "--force", "--")
                self.run(*out, *batch, env=env)
            return self.run("write-tree", "--missing-ok", env=env).strip() if surplus else tree
        finally:
            index.unlink(missing_ok=True)

    def _refuse_newer(self, ours: str, theirs: str) -> None:
        mine, other = self.blob(ours, MARKER), self.blob(theirs, MARKER)
        if mine is not None and other is not None and mine != other and _format(other) > _format(mine):
            raise DataError(
                f"the artifact repository has format {_format(other)} by now, this checkout has {_format(mine)}",
                hint="Install a newer lsqm; what is not pushed yet is kept in the workspace.",
            )


def _unit(path: str) -> str:
    """The folder a path belongs to as a whole, empty when it stands alone."""
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] in _WHOLE and len(parts) > 2 else ""


def _units(deltas: Mapping[str, Delta]) -> frozenset[str]:
    return frozenset(_unit(path) for path in deltas) - {""}


def _differs_only_here(unit: str, mine: Mapping[str, Delta], other: Mapping[str, Delta]) -> bool:
    """Whether both sides made the same changes in a folder."""
    ours = {path: delta.new for path, delta in mine.items() if _unit(path) == unit}
    theirs = {path: delta.new for path, delta in other.items() if _unit(path) == unit}
    return ours == theirs


def _report_is_older(checkout: Checkout, ours: str, theirs: str) -> bool:
    """Whether the remote's report is of a later run than ours."""
    mine, other = (_report_run(checkout.blob(side, "reports/latest/summary.json")) for side in (ours, theirs))
    return bool(other) and mine < other


def _report_run(summary: bytes | None) -> str:
    try:
        value = json.loads(summary or b"{}")
    except ValueError:
        return ""
    run = value.get("run_id") or value.get("run") if isinstance(value, dict) else ""
    if isinstance(run, dict):
        run = run.get("run_id") or run.get("run") or run.get("id")
    return run if isinstance(run, str) else ""


def _format(marker: bytes) -> int:
    try:
        return int(json.loads(marker)["format"])
    except (ValueError, KeyError, TypeError):
        return 0


def _present(oid: str) -> str:
    return "" if set(oid) == {"0"} else oid


def _batches(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]
