"""What is missing for CDK apps, and whether it may be there next time."""

import dataclasses
import threading
from pathlib import Path

import pytest

from lsqm.adapters.cages.choose import Choice
from lsqm.adapters.cages.none import NoCage
from lsqm.adapters.cdk_tools import FrozenCdkTools
from lsqm.adapters.subprocesses import LocalCommandRunner
from lsqm.cli import synthesizing
from lsqm.config import Settings
from lsqm.errors import Interrupted, Unavailable
from lsqm.model.architecture import Candidate, Dialect, Origin, Skip, SkipReason
from lsqm.model.event import Event
from lsqm.normalize import cdk
from lsqm.normalize.accept import normalize
from lsqm.normalize.cdk import Synthesis
from lsqm.normalize.left_out import LeftOut, Postponed
from lsqm.ports.cdk import CdkTools


class Silent:
    def on(self, event: Event) -> None:
        pass


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(workspace=tmp_path / "workspace")


@pytest.fixture
def candidate(tmp_path: Path) -> Candidate:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/cdk.json").write_text('{"app": "python3 app.py"}')
    (tmp_path / "tree/app.py").write_text("x")
    origin = Origin(source="path:t", repository="t", commit="1", path="cdk.json", url="t//cdk.json")
    return Candidate(origin=origin, dialect=Dialect.CDK, tree=tmp_path / "tree", entry="cdk.json")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH on which only this test's programs are, and a cage that holds."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def hold(_settings: Settings, _cancel: threading.Event, *, own_corpus: bool) -> Choice:
        return Choice(cage=NoCage(LocalCommandRunner()))

    monkeypatch.setattr(synthesizing, "make_cage", hold)
    return folder


def install(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text("#!/bin/sh\necho 'npm error network is down' >&2\nexit 1\n")
        (folder / name).chmod(0o755)


def mined(settings: Settings, candidate: Candidate) -> Skip:
    with synthesizing.CdkSynthesizer(settings, Silent(), parallel=2) as synthesize:
        made = normalize(candidate, plan="hobby", min_fidelity=0.8, discovered_at="", synthesize=synthesize)
    assert isinstance(made, Skip)
    return made


def test_without_node_an_app_is_skipped_until_node_is_there(
    settings: Settings, candidate: Candidate, programs: Path
) -> None:
    skip = mined(settings, candidate)
    assert (skip.reason, skip.lacks) == (SkipReason.NEEDS_TOOL, "cdk")
    assert not synthesizing.can_synthesize(settings)
    install(programs, "node")
    assert not synthesizing.can_synthesize(settings), "npm comes apart on some systems"
    install(programs, "npm")
    assert synthesizing.can_synthesize(settings)


def test_packages_that_cannot_be_had_are_an_outage(settings: Settings, candidate: Candidate, programs: Path) -> None:
    install(programs, "node", "npm")
    with pytest.raises(Postponed, match="`npm ci --ignore-scripts` fails: npm error network is down"):
        mined(settings, candidate)


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Environments that are there already."""
    made = CdkTools(
        node=tmp_path, node_modules=tmp_path, python=tmp_path, jsii_cache=tmp_path, read_only=(), pin="sha256:0"
    )
    monkeypatch.setattr(FrozenCdkTools, "find", lambda _: made)


@pytest.mark.usefixtures("programs", "tools")
def test_an_app_that_took_too_long_is_postponed_by_name(
    settings: Settings, candidate: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = Synthesis(templates=(), skip=LeftOut(reason=SkipReason.TOO_LARGE, detail="it takes too long"), again=True)
    monkeypatch.setattr(cdk, "synthesize", lambda *_args, **_options: late)
    with pytest.raises(Postponed, match="^t//cdk.json: it takes too long$"):
        mined(settings, candidate)
    monkeypatch.setattr(cdk, "synthesize", lambda *_args, **_options: dataclasses.replace(late, again=False))
    assert mined(settings, candidate).reason is SkipReason.TOO_LARGE


@pytest.mark.usefixtures("programs", "tools")
def test_apps_told_of_ahead_run_at_once_and_others_when_they_are_asked_for(
    settings: Settings, candidate: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = threading.Barrier(2, timeout=30)
    ran: list[str] = []

    def meets_another(_tree: Path, entry: str, **_options: object) -> Synthesis:
        ran.append(entry)
        if entry != "alone/cdk.json":
            together.wait()
        return Synthesis(templates=(), skip=LeftOut(reason=SkipReason.NOTHING_TO_CREATE, detail=entry))

    def named(name: str) -> Candidate:
        origin = dataclasses.replace(candidate.origin, url=f"t//{name}")
        return dataclasses.replace(candidate, origin=origin, entry=f"{name}/cdk.json")

    monkeypatch.setattr(cdk, "synthesize", meets_another)
    with synthesizing.CdkSynthesizer(settings, Silent(), parallel=2) as synthesize:
        synthesize.ahead(dataclasses.replace(named("x"), dialect=Dialect.SAM))
        for name in "ab":
            synthesize.ahead(named(name))
        details = [synthesize(named(name)).skip for name in ("alone", "b", "a")]
    assert [one.detail for one in details if one] == ["alone/cdk.json", "b/cdk.json", "a/cdk.json"]
    assert sorted(ran) == ["a/cdk.json", "alone/cdk.json", "b/cdk.json"], "each once, and only apps"


@pytest.mark.usefixtures("programs", "tools")
def test_leaving_stops_what_runs_and_what_waits(
    settings: Settings, candidate: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = threading.Event()
    monkeypatch.setattr(synthesizing, "make_cage", keep_cancel := CancelKeeping())

    def endless(*_args: object, **_options: object) -> Synthesis:
        running.set()
        assert keep_cancel.cancel.wait(timeout=60), "nobody stopped it"
        raise Interrupted("stopped", hint="")

    monkeypatch.setattr(cdk, "synthesize", endless)
    with pytest.raises(KeyboardInterrupt), synthesizing.CdkSynthesizer(settings, Silent(), parallel=1) as synthesize:
        synthesize.ahead(candidate)
        synthesize.ahead(candidate)
        assert running.wait(timeout=60)
        raise KeyboardInterrupt


class CancelKeeping:
    def __init__(self) -> None:
        self.cancel = threading.Event()

    def __call__(self, _settings: Settings, cancel: threading.Event, *, own_corpus: bool) -> Choice:
        self.cancel = cancel
        return Choice(cage=NoCage(LocalCommandRunner()))


def test_without_a_cage_an_app_is_skipped_until_there_is_one(
    settings: Settings, candidate: Candidate, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(programs, "node", "npm")

    def none(_settings: Settings, _cancel: threading.Event, *, own_corpus: bool) -> Choice:
        raise Unavailable("no cage holds", hint="allow namespaces")

    monkeypatch.setattr(synthesizing, "make_cage", none)
    skip = mined(settings, candidate)
    assert (skip.reason, skip.details, skip.lacks) == (SkipReason.NEEDS_TOOL, ("no cage holds",), "cdk")
    assert not synthesizing.can_synthesize(settings)


def test_who_wants_no_apps_synthesized_is_offered_them_when_that_changes(candidate: Candidate) -> None:
    made = normalize(candidate, plan="hobby", min_fidelity=0.8, discovered_at="", synthesize=None)
    assert isinstance(made, Skip)
    assert made.lacks == "cdk"
