"""`lsqm pack` and `lsqm unpack` as CI jobs use them: another push in between loses nothing."""

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from lsqm.cli.main import cli
from tests.integration.publish.places import Place, bare

OLD, OURS, THEIRS = "20260104T000000Z-aaaaaa", "20260111T000000Z-bbbbbb", "20260111T000001Z-cccccc"


def lsqm(workspace: Path, remote: Path, *arguments: str) -> str:
    flags = ["--workspace", str(workspace)]
    done = CliRunner().invoke(cli, [*flags, *arguments], env={"ARTIFACT_REPO": str(remote)}, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("other_pushes", [False, True])
def test_what_another_pushes_in_between_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other_pushes: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    spec, remote, parcel = bare(tmp_path), tmp_path / "remote.git", tmp_path / "parcel.tar.gz"
    first, other, middle, last = (Place(tmp_path / name / "artifacts", spec) for name in ("1", "other", "2", "3"))
    for place in (first, other):
        place.checkout.parent.mkdir()
    first.sync()
    first.add_run(OLD)
    first.write("state/mining.json", json.dumps({"old": 1}))
    assert first.push().pushed
    other.sync()
    lsqm(tmp_path / "1", remote, "pack", str(parcel))
    # A job without git goes on with it, and takes something away.
    lsqm(tmp_path / "2", remote, "unpack", str(parcel))
    assert not middle.has(".git")
    middle.add_run(OURS)
    middle.write("runs/ledger.jsonl", first.read("runs/ledger.jsonl") + json.dumps({"run": OURS}) + "\n")
    middle.write("state/mining.json", json.dumps({"ours": 1}))
    lsqm(tmp_path / "2", remote, "pack", str(parcel))
    if other_pushes:
        other.add_run(THEIRS)
        other.write("state/mining.json", json.dumps({"old": 1, "theirs": 1}))
        assert other.push().pushed
    lsqm(tmp_path / "3", remote, "sync")
    said = lsqm(tmp_path / "3", remote, "unpack", str(parcel))
    assert ("moved on" in said) is other_pushes
    assert last.push().pushed

    def show(path: str) -> str:
        command = ["git", "--git-dir", str(remote), "show", f"HEAD:{path}"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    runs = [json.loads(line)["run"] for line in show("runs/ledger.jsonl").splitlines()]
    assert runs == [OLD, OURS, *[THEIRS] * other_pushes]
    assert json.loads(show(f"runs/{OURS}/run.json"))["run"] == OURS
    # Nobody else pushed: what was taken away stays away. Somebody did: nothing of theirs is lost.
    keys = set(json.loads(show("state/mining.json")))
    assert keys >= {"ours", "theirs"} if other_pushes else keys == {"ours"}
