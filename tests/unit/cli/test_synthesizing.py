"""What is missing for CDK apps, and whether it may be there next time."""

import threading
from pathlib import Path

import pytest

from lsqm.adapters.cages.choose import Choice
from lsqm.adapters.cages.none import NoCage
from lsqm.adapters.subprocesses import LocalCommandRunner
from lsqm.cli import synthesizing
from lsqm.config import Settings
from lsqm.errors import Unavailable
from lsqm.model.architecture import Candidate, Dialect, Origin, Skip, SkipReason
from lsqm.model.event import Event
from lsqm.normalize.accept import normalize


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


def mined(settings: Settings, candidate: Candidate, outages: list[str]) -> Skip:
    synthesize = synthesizing.cdk_synthesizer(settings, Silent(), outages)
    made = normalize(candidate, plan="hobby", min_fidelity=0.8, discovered_at="", synthesize=synthesize)
    assert isinstance(made, Skip)
    return made


def test_without_node_an_app_is_skipped_until_node_is_there(
    settings: Settings, candidate: Candidate, programs: Path
) -> None:
    outages: list[str] = []
    skip = mined(settings, candidate, outages)
    assert (skip.reason, skip.lacks, outages) == (SkipReason.NEEDS_TOOL, "cdk", [])
    assert not synthesizing.can_synthesize(settings)
    install(programs, "node")
    assert not synthesizing.can_synthesize(settings), "npm comes apart on some systems"
    install(programs, "npm")
    assert synthesizing.can_synthesize(settings)


def test_packages_that_cannot_be_had_are_an_outage(settings: Settings, candidate: Candidate, programs: Path) -> None:
    install(programs, "node", "npm")
    outages: list[str] = []
    skip = mined(settings, candidate, outages)
    assert skip.lacks == ""
    assert outages == ["the CDK environment cannot be made: `npm ci --ignore-scripts` fails: npm error network is down"]


def test_without_a_cage_an_app_is_skipped_until_there_is_one(
    settings: Settings, candidate: Candidate, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(programs, "node", "npm")

    def none(_settings: Settings, _cancel: threading.Event, *, own_corpus: bool) -> Choice:
        raise Unavailable("no cage holds", hint="allow namespaces")

    monkeypatch.setattr(synthesizing, "make_cage", none)
    outages: list[str] = []
    skip = mined(settings, candidate, outages)
    assert (skip.reason, skip.details, skip.lacks, outages) == (SkipReason.NEEDS_TOOL, ("no cage holds",), "cdk", [])
    assert not synthesizing.can_synthesize(settings)


def test_who_wants_no_apps_synthesized_is_offered_them_when_that_changes(candidate: Candidate) -> None:
    made = normalize(candidate, plan="hobby", min_fidelity=0.8, discovered_at="", synthesize=None)
    assert isinstance(made, Skip)
    assert made.lacks == "cdk"
