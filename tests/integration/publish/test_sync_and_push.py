"""The artifact repository comes and goes through git, and nothing that was not pushed is ever lost."""

import json
import shutil
from pathlib import Path

import pytest

from lsqm.errors import DataError, Unavailable
from lsqm.publish.remote import RemoteSpec
from tests.integration.publish.places import GIT, Place, a_place, bare, log, run_name

FIRST, SECOND, THIRD = (run_name(number) for number in (1, 2, 3))


@pytest.fixture
def remote(tmp_path: Path) -> RemoteSpec:
    return bare(tmp_path)


def test_an_empty_repository_is_initialised_and_the_first_push_fills_it(tmp_path: Path, remote: RemoteSpec):
    place = Place(checkout=tmp_path / "a" / "artifacts", remote=remote)
    outcome = place.sync()
    assert (outcome.cloned, outcome.initialised, outcome.offline) == (True, True, "")
    place.add_run(FIRST)
    pushed = place.push("Validate 1 architecture")
    assert pushed.pushed
    assert pushed.runs == (FIRST,)
    assert a_place(tmp_path, "b", remote).ledger() == [FIRST]
    assert log(remote) == ["Validate 1 architecture"]


def test_without_a_configured_repository_one_is_made(tmp_path: Path):
    path = tmp_path / "new" / "artifacts.git"
    place = a_place(tmp_path, "a", RemoteSpec(url=path.as_uri(), bare=path))
    place.add_run(FIRST)
    assert place.push().pushed
    assert place.sync().unpushed == ()


def test_the_branch_of_an_empty_remote_is_its_own_default(tmp_path: Path):
    remote = bare(tmp_path, branch="trunk")
    place = a_place(tmp_path, "a", remote)
    place.add_run(FIRST)
    place.push()
    assert log(remote, "trunk") == ["Add a run"]


def test_pushing_nothing_makes_no_commit(tmp_path: Path, remote: RemoteSpec):
    place = a_place(tmp_path, "a", remote)
    place.add_run(FIRST)
    place.push()
    again = place.push()
    assert (again.pushed, again.failure) == (False, "")
    assert len(log(remote)) == 1


def test_a_second_clone_is_fast_forwarded(tmp_path: Path, remote: RemoteSpec):
    here, there = a_place(tmp_path, "a", remote), a_place(tmp_path, "b", remote)
    here.add_run(FIRST)
    here.push()
    outcome = there.sync()
    assert outcome.updated
    assert there.ledger() == [FIRST]
    assert not there.sync().updated


def test_two_runs_pushed_at_once_both_land_merged_by_key(tmp_path: Path, remote: RemoteSpec):
    here, there = a_place(tmp_path, "a", remote), a_place(tmp_path, "b", remote)
    here.add_run(SECOND)
    there.add_run(FIRST)
    assert here.push().pushed
    assert there.push().pushed
    here.sync()
    for place in (here, there):
        assert place.ledger() == [FIRST, SECOND]
        assert len(place.json("architectures/index.json")["architectures"]) == 2
        assert [point["run"] for point in place.json("trends/runs.json")["runs"]] == [FIRST, SECOND]
    assert len(log(remote)) == 2


def test_an_unpushed_run_survives_a_sync_and_is_pushed_later(tmp_path: Path, remote: RemoteSpec):
    here, there = a_place(tmp_path, "a", remote), a_place(tmp_path, "b", remote)
    there.add_run(FIRST)
    here.add_run(SECOND)
    here.push()
    assert there.sync().unpushed == (FIRST,)
    assert there.ledger() == [FIRST, SECOND]
    assert there.push().runs == (FIRST,)


def test_offline_works_on_what_is_there_and_pushes_when_the_remote_is_back(tmp_path: Path, remote: RemoteSpec):
    place = a_place(tmp_path, "a", remote)
    away = tmp_path / "away"
    (tmp_path / "remote.git").rename(away)
    place.add_run(FIRST)
    outcome = place.sync()
    assert outcome.offline
    failed = place.push()
    assert not failed.pushed
    assert failed.failure
    assert failed.hint
    assert place.ledger() == [FIRST]
    away.rename(tmp_path / "remote.git")
    assert place.push().runs == (FIRST,)


def test_offline_without_a_checkout_says_what_to_do(tmp_path: Path):
    place = Place(checkout=tmp_path / "a" / "artifacts", remote=RemoteSpec(url=(tmp_path / "nowhere").as_uri()))
    with pytest.raises(Unavailable, match="cannot be reached") as caught:
        place.sync()
    assert "ARTIFACT_REPO" in caught.value.hint
    assert not place.checkout.exists()


def test_a_rewritten_remote_is_followed_without_losing_what_is_only_here(tmp_path: Path, remote: RemoteSpec):
    here, there = a_place(tmp_path, "a", remote), a_place(tmp_path, "b", remote)
    here.add_run(FIRST)
    here.push()
    there.sync()
    there.add_run(SECOND)
    # Somebody squashes: same content, unrelated history.
    tree = GIT.run(here.checkout, ("rev-parse", "HEAD^{tree}")).strip()
    commit = GIT.run(here.checkout, ("commit-tree", tree, "-m", "Squash")).strip()
    GIT.run(here.checkout, ("push", "--quiet", "--force", remote.url, f"{commit}:refs/heads/main"))
    there.sync()
    assert there.push().pushed
    assert there.ledger() == [FIRST, SECOND]
    assert log(remote) == ["Add a run", "Squash"]


def test_runs_that_the_remote_lost_are_pushed_again(tmp_path: Path, remote: RemoteSpec):
    here, there = a_place(tmp_path, "a", remote), a_place(tmp_path, "b", remote)
    for run in (FIRST, SECOND):
        here.add_run(run)
        here.push()
    there.sync()
    GIT.run(tmp_path / "remote.git", ("update-ref", "refs/heads/main", "refs/heads/main^1"))
    outcome = there.sync()
    assert any("rewritten" in note for note in outcome.notes)
    assert outcome.unpushed == (SECOND,)
    there.push()
    assert a_place(tmp_path, "c", remote).runs() == [FIRST, SECOND]


def test_an_emptied_remote_is_filled_again(tmp_path: Path, remote: RemoteSpec):
    place = a_place(tmp_path, "a", remote)
    place.add_run(FIRST)
    place.push()
    shutil.rmtree(tmp_path / "remote.git")
    bare(tmp_path)
    assert place.sync().unpushed == (FIRST,)
    assert place.push().pushed
    assert a_place(tmp_path, "c", remote).ledger() == [FIRST]


@pytest.mark.parametrize("damage", ["head", "objects", "config", "index", "no-git", "not-a-directory"])
def test_a_corrupt_checkout_is_replaced_and_its_unpushed_run_taken_over(
    tmp_path: Path, remote: RemoteSpec, damage: str
):
    place = a_place(tmp_path, "a", remote)
    place.add_run(FIRST)
    place.push()
    place.add_run(SECOND)
    folder = place.checkout / ".git"
    match damage:
        case "head":
            (folder / "HEAD").write_bytes(b"\0\0\0")
        case "objects":
            for path in (folder / "objects").rglob("*"):
                if path.is_file():
                    path.chmod(0o644)
                    path.write_bytes(b"rot")
        case "config":
            (folder / "config").write_text("[core\n")
        case "index":
            (folder / "index").write_bytes(b"DIRC rot")
        case "no-git":
            shutil.rmtree(folder)
        case _:
            shutil.rmtree(folder)
            folder.write_text("gitdir: /nowhere")
    outcome = place.sync()
    assert outcome.offline == ""
    assert place.runs() == [FIRST, SECOND]
    assert place.push().runs == (SECOND,)
    assert a_place(tmp_path, "c", remote).ledger() == [FIRST, SECOND]


def test_a_checkout_of_another_repository_is_put_aside(tmp_path: Path, remote: RemoteSpec):
    place = a_place(tmp_path, "a", remote)
    place.add_run(FIRST)
    (tmp_path / "other").mkdir()
    other = Place(checkout=place.checkout, remote=bare(tmp_path / "other"))
    outcome = other.sync()
    assert any("aside" in note for note in outcome.notes)
    assert other.runs() == []
    assert list((tmp_path / "a").glob("*.aside/runs/*/run.json"))


def test_a_lock_left_by_a_killed_git_is_waited_for_and_removed(tmp_path: Path, remote: RemoteSpec):
    place = a_place(tmp_path, "a", remote)
    place.add_run(FIRST)
    (place.checkout / ".git" / "index.lock").touch()
    assert place.push().pushed
    assert place.clock.slept


def test_a_move_that_was_killed_half_way_is_finished(tmp_path: Path, remote: RemoteSpec):
    here, there = a_place(tmp_path, "a", remote), a_place(tmp_path, "b", remote)
    for place, run in ((here, FIRST), (there, SECOND)):
        place.add_run(run)
        place.push()
    # here was killed while git wrote the files of the new state: half the index file is there.
    theirs = GIT.run(there.checkout, ("rev-parse", "HEAD")).strip()
    GIT.run(here.checkout, ("fetch", "--quiet", "--depth=1", remote.url, "main"))
    GIT.run(here.checkout, ("update-ref", "refs/lsqm/pending", theirs))
    here.write("architectures/index.json", '{"format": 1, "archi')
    here.sync()
    assert len(here.json("architectures/index.json")["architectures"]) == 2


def test_apps_are_never_mixed_from_two_sides(tmp_path: Path, remote: RemoteSpec):
    here, there = a_place(tmp_path, "a", remote), a_place(tmp_path, "b", remote)
    for place, who in ((here, "here"), (there, "there")):
        for name in ("app.py", "test_app.py", "app.json"):
            place.write(f"apps/{'b' * 64}/{name}", f'"{who} {name}"\n')
    there.write(f"apps/{'b' * 64}/extra.py", "there")
    here.push()
    outcome = there.push()
    assert any("published version stays" in note for note in outcome.notes)
    assert there.read(f"apps/{'b' * 64}/app.py") == '"here app.py"\n'
    assert not there.has(f"apps/{'b' * 64}/extra.py")


def test_the_newer_report_stays_whoever_pushes_last(tmp_path: Path, remote: RemoteSpec):
    here, there = a_place(tmp_path, "a", remote), a_place(tmp_path, "b", remote)
    for place, run in ((here, SECOND), (there, FIRST)):
        place.write("reports/latest/summary.json", json.dumps({"run_id": run}))
        place.write("reports/latest/index.html", f"<p>{run}")
        place.push()
    assert there.read("reports/latest/index.html") == f"<p>{SECOND}"


def test_retention_holds_after_a_merge_and_the_ledger_keeps_all(tmp_path: Path, remote: RemoteSpec):
    here, there = a_place(tmp_path, "a", remote), a_place(tmp_path, "b", remote)
    for number in range(4):
        (here, there)[number % 2].add_run(run_name(number))
    here.push(keep_runs=3)
    there.push(keep_runs=3)
    assert there.runs() == [run_name(1), run_name(2), run_name(3)]
    assert there.ledger() == [run_name(number) for number in range(4)]


def test_history_is_folded_and_other_clones_follow(tmp_path: Path, remote: RemoteSpec):
    here, there = a_place(tmp_path, "a", remote), a_place(tmp_path, "b", remote)
    there.add_run(run_name(99))
    folded = []
    for number in range(7):
        here.add_run(run_name(number))
        folded.append(here.push(fold_after=3).folded)
    assert folded == [False, False, False, True, False, False, True]
    assert len(log(remote)) == 1
    assert there.push(fold_after=3).pushed
    assert there.ledger() == [*(run_name(number) for number in range(7)), run_name(99)]
    here.sync()
    assert here.runs() == there.runs()


def test_a_remote_that_forbids_folding_gets_an_ordinary_commit(tmp_path: Path, remote: RemoteSpec):
    GIT.run(tmp_path / "remote.git", ("config", "receive.denyNonFastForwards", "true"))
    place = a_place(tmp_path, "a", remote)
    outcome = place.push()
    for number in range(3):
        place.add_run(run_name(number))
        outcome = place.push(fold_after=2)
    assert (outcome.pushed, outcome.folded) == (True, False)
    assert any("forbids" in note for note in outcome.notes)
    assert len(log(remote)) == 4


def test_foreign_attributes_and_ignore_files_change_nothing(tmp_path: Path, remote: RemoteSpec):
    place = a_place(tmp_path, "a", remote)
    folder = f"architectures/{'c' * 64}"
    place.write(f"{folder}/.gitignore", "*\n")
    place.write(f"{folder}/.gitattributes", "* text eol=crlf\n*.zip filter=lfs\n")
    (place.checkout / folder / "main.tf").write_bytes(b"a\nb\r\n")
    (place.checkout / folder / "code.zip").write_bytes(bytes(range(256)))
    place.write(f"{folder}/.main.tf.x1.tmp", "left by a killed writer")
    place.push()
    other = a_place(tmp_path, "b", remote)
    assert (other.checkout / folder / "main.tf").read_bytes() == b"a\nb\r\n"
    assert (other.checkout / folder / "code.zip").read_bytes() == bytes(range(256))
    assert not other.has(f"{folder}/.main.tf.x1.tmp")


def test_results_are_not_merged_into_a_repository_of_a_newer_format(tmp_path: Path, remote: RemoteSpec):
    here, there = a_place(tmp_path, "a", remote), a_place(tmp_path, "b", remote)
    here.write("lsqm.json", '{"format": 2}')
    here.push()
    there.add_run(FIRST)
    with pytest.raises(DataError, match="format 2"):
        there.sync()
    assert there.runs() == [FIRST]


def test_every_pause_is_random_and_bounded(tmp_path: Path, remote: RemoteSpec, monkeypatch: pytest.MonkeyPatch):
    place = a_place(tmp_path, "a", remote)
    place.add_run(FIRST)
    hook = tmp_path / "remote.git" / "hooks" / "update"
    hook.write_text("#!/bin/sh\necho 'cannot lock ref' >&2\nexit 1\n")
    hook.chmod(0o755)
    outcome = place.push(attempts=5)
    assert (outcome.pushed, outcome.attempts, outcome.runs) == (False, 5, (FIRST,))
    assert len(place.clock.slept) == 4
    assert all(0 <= pause <= 5 for pause in place.clock.slept)


def test_sixty_runs_of_one_machine_leave_fifty_two_in_the_tree_and_all_in_the_ledger(
    tmp_path: Path, remote: RemoteSpec
):
    here = a_place(tmp_path, "a", remote)
    for number in range(58):
        here.add_run(run_name(number))
    here.push()
    for number in (58, 59):
        here.add_run(run_name(number))
        here.push()
    there = a_place(tmp_path, "b", remote)
    runs = [run_name(number) for number in range(60)]
    assert there.runs() == here.runs() == runs[-52:]
    assert there.ledger() == runs
    assert [point["run"] for point in there.json("trends/runs.json")["runs"]] == runs
