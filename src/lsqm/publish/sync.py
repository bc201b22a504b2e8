"""Bring the local checkout of the artifact repository up to date (FR-004) without losing what was not pushed yet."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lsqm.errors import LsqmError
from lsqm.ports.clock import Clock
from lsqm.ports.git import Git, GitError
from lsqm.publish.checkout import BASE, EMPTY_TREE, LEDGER, Checkout
from lsqm.publish.merge import merge_json, merge_lines, runs_in
from lsqm.publish.remote import Refusal, RemoteSpec, refusal, unavailable

KEPT_RUNS = 52
"""FR-066."""
MEDDLING = 20
"""How often a merge is tried again because another run wrote into the working copy meanwhile."""
THEIRS = "refs/lsqm/theirs"


@dataclass(frozen=True, kw_only=True, slots=True)
class SyncOutcome:
    """What was found and done."""

    checkout: Path
    branch: str
    commit: str
    """What the checkout stands on now; empty for a repository without a commit."""
    cloned: bool = False
    initialised: bool = False
    """The repository was empty and got its first documents."""
    updated: bool = False
    """Something new came from the remote."""
    offline: str = ""
    """Why the remote could not be reached; the work goes on with what is here."""
    unpushed: tuple[str, ...] = ()
    """Runs that the remote does not have yet."""
    notes: tuple[str, ...] = ()
    """Sentences a person should read: what was rescued, moved aside, kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Tip:
    """The remote's branch as it is now; no commit for an empty repository."""

    branch: str
    commit: str


def sync(
    checkout: Path,
    remote: RemoteSpec,
    *,
    git: Git,
    clock: Clock,
    initialise: Callable[[Path], object],
    keep_runs: int = KEPT_RUNS,
    waiting: Callable[[], None] = lambda: None,
) -> SyncOutcome:
    """Clone or fast-forward; unpushed results stay, merged by key with what came.

    Args:
        checkout: the working copy; made when it is not there.
        remote: see `remote.remote_for`.
        git: runs git; it knows the credentials.
        clock: time, for waiting and for names of what is moved aside.
        initialise: writes the first documents into an empty repository.
        keep_runs: how many runs stay in the tree.
        waiting: called once when another lsqm works on the same checkout.

    Raises:
        Unavailable: the remote cannot be reached and there is no checkout yet.
        DataError: the remote was written by a newer lsqm and there are unpushed results.
    """
    checkout.parent.mkdir(parents=True, exist_ok=True)
    with exclusive(checkout, waiting):
        _make_bare(remote, git)
        notes: list[str] = []
        cloned = False
        if not checkout.exists() or not any(checkout.iterdir()):
            cloned = _clone(checkout, remote, git)
        elif not _is_sound(checkout, remote, git, clock, notes):
            cloned = _replace(checkout, remote, git, clock, notes)
        copy = Checkout(checkout, git)
        before = copy.find(BASE)
        try:
            offline = bring_in(copy, remote, keep_runs=keep_runs, notes=notes, clock=clock)
        except GitError as error:
            notes.append(f"the checkout was unusable ({error})")
            cloned = _replace(checkout, remote, git, clock, notes) or cloned
            offline = bring_in(copy, remote, keep_runs=keep_runs, notes=notes, clock=clock)
        initialised = bool(initialise(checkout))
        if initialised:
            copy.commit_all("Initialise the artifact repository")
        return SyncOutcome(
            checkout=checkout,
            branch=copy.branch,
            commit=copy.find("HEAD"),
            cloned=cloned,
            initialised=initialised,
            updated=copy.find(BASE) != before,
            offline=offline,
            unpushed=unpushed_runs(copy),
            notes=tuple(notes),
        )


def bring_logs(checkout: Path, run: str, *, git: Git, waiting: Callable[[], None] = lambda: None) -> str:
    """Have the logs of a run that a partial clone left at the remote. Returns why that was not possible, if so."""
    with exclusive(checkout, waiting):
        try:
            Checkout(checkout, git).bring_logs(run)
        except GitError as error:
            return f"the logs of {run} are not here and cannot be fetched: {error}"
    return ""


@contextmanager
def exclusive(checkout: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """One process at a time works on a checkout's git; the lock ends with the process."""
    with (checkout.parent / f".{checkout.name}.git.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def bring_in(copy: Checkout, remote: RemoteSpec, *, keep_runs: int, notes: list[str], clock: Clock) -> str:
    """Fetch and merge. Returns why the remote could not be reached, if so. Raises GitError for a bad checkout."""
    branch = copy.branch
    try:
        tip = look(copy, remote, branch)
        theirs = fetch(copy, remote, tip) if tip.commit else ""
    except GitError as error:
        if refusal(error) is Refusal.LOCAL:
            raise
        return str(error)
    if tip.branch != branch:
        copy.switch(tip.branch)
    for _ in range(MEDDLING):
        try:
            integrate(copy, theirs, keep_runs=keep_runs, notes=notes)
        except GitError as error:
            if refusal(error) is not Refusal.RACE:
                raise
            clock.sleep(0.3)  # a run in this workspace writes its results at this moment
        else:
            return ""
    return "a run in this workspace is busy writing; what came from the remote is merged by the next sync or push"


def integrate(copy: Checkout, theirs: str, *, keep_runs: int, notes: list[str]) -> None:
    """Make the checkout theirs plus whatever is only here."""
    ours = copy.commit_all("Keep results that are not pushed yet")
    base = copy.find(BASE)
    if not theirs:
        # The remote is empty (again): all that is here counts as unpushed.
        if base:
            copy.run("update-ref", "-d", BASE)
            notes.append("the remote is empty; everything here will be pushed again")
            gone = copy.drop_missing()
            if gone:
                notes.append(f"{gone} log(s) of earlier runs, which only the remote had, are gone with it")
        return
    if theirs == base:
        return
    if not ours or ours == base:
        ledger = runs_in(copy.blob(base, LEDGER) or b"") if base else frozenset()
        if not ledger - runs_in(copy.blob(theirs, LEDGER) or b""):
            copy.move_to(theirs, theirs)
            return
    tree, remarks = copy.merge(theirs, keep_runs=keep_runs)
    notes.extend(remarks)
    same = tree == copy.find(f"{theirs}^{{tree}}")
    merged = theirs if same else copy.commit_tree(tree, "Keep results that are not pushed yet", parent=theirs)
    copy.move_to(merged, theirs)


def look(copy: Checkout, remote: RemoteSpec, branch: str) -> _Tip:
    """Ask the remote for its branch and tip. Raises GitError."""
    lines = copy.run("ls-remote", "--symref", remote.url, "HEAD", "refs/heads/*").splitlines()
    heads = {}
    default = ""
    for line in lines:
        value, _, name = line.partition("\t")
        if value.startswith("ref: refs/heads/") and name == "HEAD":
            default = value.removeprefix("ref: refs/heads/")
        elif name.startswith("refs/heads/"):
            heads[name.removeprefix("refs/heads/")] = value
    wanted = remote.branch or (default if default in heads else "")
    if not wanted:
        # The remote's HEAD points nowhere: take our branch, or the only one there is.
        wanted = branch if branch in heads or len(heads) != 1 else next(iter(heads))
    return _Tip(branch=wanted or "main", commit=heads.get(wanted, ""))


def fetch(copy: Checkout, remote: RemoteSpec, tip: _Tip) -> str:
    """Get the tip's content, without its history where the remote can do that. Raises GitError."""
    if copy.find(f"{tip.commit}^{{tree}}"):
        copy.run("update-ref", THEIRS, tip.commit)
        return tip.commit
    arguments = ("fetch", "--quiet", "--no-tags", "--force", "--no-write-fetch-head")
    refspec = f"+refs/heads/{tip.branch}:{THEIRS}"
    try:
        copy.run(*arguments, "--depth=1", remote.url, refspec)
    except GitError as error:
        if "shallow" not in f"{error}{error.stderr}":
            raise
        copy.run(*arguments, remote.url, refspec)
    return copy.find(THEIRS)


def unpushed_runs(copy: Checkout) -> tuple[str, ...]:
    """Run folders that the remote did not have when we last looked."""
    base, head = copy.find(BASE), copy.find("HEAD")
    if not head:
        return ()
    deltas = copy.deltas(base or EMPTY_TREE, head).values()
    return tuple(
        sorted({delta.path.split("/")[1] for delta in deltas if delta.new and delta.path.count("/") > 1
                and delta.path.startswith("runs/")})
    )  # fmt: skip


def _make_bare(remote: RemoteSpec, git: Git) -> None:
    if remote.bare is not None and not (remote.bare / "HEAD").is_file():
        remote.bare.parent.mkdir(parents=True, exist_ok=True)
        git.run(remote.bare.parent, ("init", "--quiet", "--bare", "--initial-branch=main", str(remote.bare)))


def _clone(checkout: Path, remote: RemoteSpec, git: Git) -> bool:
    """Clone beside and rename, so that a killed clone leaves nothing half made. Raises Unavailable."""
    fresh = checkout.parent / f".{checkout.name}.clone"
    shutil.rmtree(fresh, ignore_errors=True)
    arguments = ["clone", "--quiet", "--no-checkout", "--no-tags", "--single-branch", "-ccore.autocrlf=false"]
    if remote.branch:
        arguments.append(f"--branch={remote.branch}")
    if remote.bare is None:
        # Most of a repository is logs of earlier runs: they come when somebody wants them. A remote that cannot do that
        # sends them all.
        arguments.append("--filter=blob:none")
    try:
        try:
            git.run(checkout.parent, (*arguments, "--depth=1", remote.url, str(fresh)))
        except GitError as error:
            if "shallow" not in f"{error}{error.stderr}":
                raise
            git.run(checkout.parent, (*arguments, remote.url, str(fresh)))
    except GitError as error:
        shutil.rmtree(fresh, ignore_errors=True)
        raise unavailable(remote, error) from error
    copy = Checkout(fresh, git)
    copy.prepare()
    head = copy.find("HEAD")
    if head:
        try:
            copy.leave_out_logs(head)
            copy.run("read-tree", "--reset", "-u", "HEAD")
        except GitError as error:
            shutil.rmtree(fresh, ignore_errors=True)
            raise unavailable(remote, error) from error
        copy.run("update-ref", BASE, head)
    if checkout.exists():
        checkout.rmdir()
    fresh.rename(checkout)
    return True


def _is_sound(checkout: Path, remote: RemoteSpec, git: Git, clock: Clock, notes: list[str]) -> bool:
    """Whether this is a working checkout of the configured remote."""
    copy = Checkout(checkout, git)
    if not (checkout / ".git").is_dir():
        notes.append(f"{checkout} was no git checkout")
        return False
    try:
        copy.recover(clock)
        if copy.run("rev-parse", "--show-cdup").strip() or not copy.branch:
            return False
        if copy.find("HEAD"):
            copy.run("cat-file", "-e", "HEAD^{tree}")
        url = copy.run("config", "remote.origin.url").strip()
        if url != remote.url:
            notes.append(f"the checkout belonged to {url}")
            return False
    except GitError as error:
        notes.append(f"the checkout was broken ({error})")
        return False
    return True


def _replace(checkout: Path, remote: RemoteSpec, git: Git, clock: Clock, notes: list[str]) -> bool:
    """A fresh clone instead of a broken checkout, with the unpushed results of the old one."""
    url = ""
    try:
        url = git.run(checkout, ("config", "--file", ".git/config", "remote.origin.url")).strip()
    except GitError:
        url = remote.url  # the configuration itself is broken: taken for our own
    old = _aside(checkout, clock, notes, "it was not usable")
    try:
        _clone(checkout, remote, git)
    except LsqmError:
        if not checkout.exists():
            old.rename(checkout)
        raise
    if url == remote.url:
        count = rescue(old, checkout)
        if count:
            notes.append(f"{count} file(s) that were not pushed yet were taken over from it")
    return True


def _aside(checkout: Path, clock: Clock, notes: list[str], why: str) -> Path:
    target = checkout.with_name(f"{checkout.name}.{clock.now():%Y%m%dT%H%M%S}-{clock.entropy(2).hex()}.aside")
    checkout.rename(target)
    notes.append(f"{checkout} was moved to {target}: {why}")
    return target


def rescue(old: Path, new: Path) -> int:
    """Take over from a broken working copy what the fresh clone does not have. Returns how many files were."""
    ledger = new / LEDGER
    known = runs_in(ledger.read_bytes()) if ledger.is_file() else frozenset()
    count = 0
    for folder in ("runs", "architectures", "apps"):
        for source in sorted((old / folder).glob("*/")) if (old / folder).is_dir() else ():
            target = new / folder / source.name
            if target.exists() or source.name in known or source.name.startswith("."):
                continue
            shutil.copytree(source, target, symlinks=True)
            count += sum(path.is_file() for path in target.rglob("*"))
    for relative in ("architectures/index.json", LEDGER, *_names(old, "state"), *_names(old, "trends")):
        source, target = old / relative, new / relative
        if not source.is_file():
            continue
        data = source.read_bytes()
        if target.is_file():
            theirs = target.read_bytes()
            merged = merge_lines(theirs, data) if relative == LEDGER else merge_json(None, theirs, data)
            if merged == theirs:
                continue
            data = merged
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        count += 1
    return count


def _names(root: Path, folder: str) -> list[str]:
    return [f"{folder}/{path.name}" for path in sorted((root / folder).glob("*.json"))]
