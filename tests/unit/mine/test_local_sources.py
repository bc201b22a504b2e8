import os
from pathlib import Path

import pytest

from lsqm.adapters.git_cli import GitCli
from lsqm.errors import UsageError
from lsqm.mine.folder import FolderSource, StarterSource
from lsqm.mine.repository import GitSource
from lsqm.mine.run import MiningRun
from lsqm.mine.source import NoteKind, Seen
from lsqm.model.architecture import Candidate, Dialect
from tests.mining import again, detect, mine, write

EXAMPLE = {
    "modules/queue/queue.tf": "resource",
    "examples/simple/main.tf": 'module "queue" { source = "../../modules/queue" }',
    "examples/alone/main.tf": "alone",
    "stack/template.yaml": "Resources: {}",
    "README.md": "read me",
}


def folder(corpus: Path, tmp_path: Path) -> FolderSource:
    return FolderSource(name="path:corpus", written="corpus", folder=corpus, work=tmp_path / "work", detect=detect)


def test_every_entry_of_a_folder_is_a_candidate_with_its_origin(tmp_path):
    _, candidates, notes = mine(folder(write(tmp_path / "c", EXAMPLE), tmp_path))
    assert [(item.entry, item.dialect, item.origin.url) for item in candidates] == [
        ("examples/alone", Dialect.TERRAFORM, "corpus/examples/alone"),
        ("examples/simple", Dialect.TERRAFORM, "corpus/examples/simple"),
        ("stack/template.yaml", Dialect.CLOUDFORMATION, "corpus/stack/template.yaml"),
    ]
    assert notes == []


def test_a_second_run_finds_nothing_new_and_says_how_much_it_saw(tmp_path):
    source = folder(write(tmp_path / "c", EXAMPLE), tmp_path)
    first, _, _ = mine(source)
    second, candidates, _ = mine(source, again(first))
    assert candidates == []
    assert second.summaries[0].known == 3
    assert second.state == first.state


@pytest.mark.parametrize(
    ("changed", "entries"),
    [
        ("examples/alone/main.tf", ["examples/alone"]),
        ("modules/queue/queue.tf", ["examples/simple"]),
        ("stack/code/handler.py", ["stack/template.yaml"]),
        ("README.md", []),
        ("elsewhere.txt", []),
    ],
)
def test_only_what_depends_on_a_changed_file_is_offered_again(tmp_path, changed, entries):
    source = folder(write(tmp_path / "c", EXAMPLE), tmp_path)
    first, _, _ = mine(source)
    write(tmp_path / "c", {changed: "other"})
    _, candidates, _ = mine(source, again(first))
    assert [item.entry for item in candidates] == entries


def test_what_was_never_recorded_is_offered_again(tmp_path):
    source = folder(write(tmp_path / "c", EXAMPLE), tmp_path)
    run = MiningRun([source], Seen())
    first = next(item for item in run if isinstance(item, Candidate))
    run.record(first, "duplicate")
    assert not run.state.repositories["corpus"].complete
    _, candidates, _ = mine(source, again(run))
    assert [item.entry for item in candidates] == ["examples/simple", "stack/template.yaml"]


def test_an_index_without_state_still_keeps_known_origins_out(tmp_path):
    source = folder(write(tmp_path / "c", EXAMPLE), tmp_path)
    _, candidates, _ = mine(source)
    known = {item.origin.url: frozenset({item.origin.commit}) for item in candidates[:2]}
    _, rest, _ = mine(source, Seen(commits=known))
    assert rest == candidates[2:]


def test_what_was_skipped_under_older_rules_is_looked_at_again(tmp_path):
    source = folder(write(tmp_path / "c", EXAMPLE), tmp_path)
    first, _, _ = mine(source)
    seen = Seen(state=first.state, stale=frozenset({"corpus/examples/alone"}))
    _, candidates, _ = mine(source, seen)
    assert [item.entry for item in candidates] == ["examples/alone"]


def test_links_out_pipes_and_strange_names_are_left_out_with_a_reason(tmp_path):
    corpus = write(tmp_path / "c", EXAMPLE)
    write(tmp_path, {"secret/main.tf": "secret"})
    (corpus / "examples/alone/out.tf").symlink_to(tmp_path / "secret/main.tf")
    (corpus / "examples/alone/folder").symlink_to(tmp_path / "secret")
    (corpus / "examples/alone/nothing.tf").symlink_to("missing")
    (corpus / "examples/alone/loop.tf").symlink_to("loop.tf")
    (corpus / "examples/alone/inside.tf").symlink_to("main.tf")
    (corpus / "new\nline").write_text("x")
    os.mkfifo(corpus / "pipe")
    _, candidates, notes = mine(folder(corpus, tmp_path))
    assert {note.url: note.message for note in notes if note.kind is NoteKind.LEFT_OUT} == {
        "corpus/examples/alone/out.tf": "a link that leads out of the source",
        "corpus/examples/alone/folder": "a link to a folder",
        "corpus/examples/alone/nothing.tf": "a link to nothing",
        "corpus/examples/alone/loop.tf": "a link to itself",
        "corpus/new\\nline": "its name is not printable UTF-8",
        "corpus/pipe": "neither a file nor a folder",
    }
    tree = next(item.tree for item in candidates if item.entry == "examples/alone")
    assert sorted(path.name for path in (tree / "examples/alone").iterdir()) == ["inside.tf", "main.tf"]
    assert not any(path.is_symlink() for path in tree.rglob("*"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_left_out_with_a_reason(tmp_path):
    corpus = write(tmp_path / "c", EXAMPLE)
    (corpus / "examples/alone/main.tf").chmod(0)
    _, _, notes = mine(folder(corpus, tmp_path))
    assert [note.message for note in notes] == ["cannot be read: permission denied"]


def test_what_tools_leave_behind_is_not_mined(tmp_path):
    made = dict.fromkeys(
        [".terraform/modules/x/main.tf", "a/node_modules/y/template.yaml", "cdk.out/template.yaml"], "x"
    )
    corpus = write(tmp_path / "c", {"main.tf": "x", **made})
    source = folder(corpus, tmp_path)
    assert [item.entry for item in mine(source)[1]] == ["."]


def test_a_single_template_file_is_one_candidate(tmp_path):
    corpus = write(tmp_path / "c", EXAMPLE | {"stack/src/app.py": "x"})
    source = FolderSource(
        name="path:t",
        written="t",
        folder=corpus / "stack/template.yaml",
        work=tmp_path / "work",
        detect=detect,
    )
    _, (candidate,), _ = mine(source)
    assert (candidate.entry, candidate.dialect) == ("template.yaml", Dialect.CLOUDFORMATION)
    assert (candidate.tree / "src/app.py").is_file()


def test_a_single_file_of_no_dialect_is_a_note(tmp_path):
    corpus = write(tmp_path / "c", EXAMPLE)
    source = FolderSource(name="path:t", written="t", folder=corpus / "README.md", work=tmp_path / "w", detect=detect)
    _, candidates, notes = mine(source)
    assert candidates == []
    assert [note.message for note in notes] == ["not recognised as a template of any dialect"]


def test_a_missing_path_is_the_users_mistake(tmp_path):
    source = folder(tmp_path / "nowhere", tmp_path)
    with pytest.raises(UsageError, match="does not exist"):
        source.check()
    assert "does not exist" in mine(source)[0].summaries[0].failed[0]


def test_a_bare_repository_as_path_is_answered_with_the_right_spelling(tmp_path, git):
    git.run(tmp_path, ["init", "--quiet", "--bare", "r.git"])
    source = FolderSource(name="path:r", written="r.git", folder=tmp_path / "r.git", work=tmp_path, detect=detect)
    with pytest.raises(UsageError) as caught:
        source.check()
    assert caught.value.hint == "write git:r.git"


def test_each_starter_folder_is_one_entry_named_after_it(tmp_path):
    starter = write(tmp_path / "s", {"queue/main.tf": "1", "site/template.yaml": "2", "site/nested/main.tf": "3"})
    write(starter, {"empty/notes.txt": "x"})
    source = StarterSource(folder=starter, detect=detect)
    run, candidates, notes = mine(source)
    assert [(item.origin.url, item.entry) for item in candidates] == [
        ("starter//queue", "."),
        ("starter//site", "template.yaml"),
    ]
    assert all(item.origin.commit.startswith("sha256:") for item in candidates)
    assert [note.url for note in notes] == ["starter//empty"]
    write(starter, {"queue/main.tf": "changed"})
    _, changed, _ = mine(source, again(run))
    assert [item.origin.url for item in changed] == ["starter//queue"]


def git_source(url: str, git, tmp_path: Path, ref: str = "") -> GitSource:
    return GitSource(name="git:r", url=url, called=url, ref=ref, work=tmp_path / "gitwork", git=git, detect=detect)


def test_a_repository_is_mined_at_its_commit_and_its_tree_goes_when_handled(tmp_path, git, commit):
    head = commit(tmp_path / "r", EXAMPLE)
    run, candidates, _ = mine(git_source(str(tmp_path / "r"), git, tmp_path))
    assert len(candidates) == 3
    assert {item.origin.commit for item in candidates} == {head}
    assert run.state.repositories[str(tmp_path / "r")].complete
    assert not candidates[0].tree.exists()


class Counting:
    """The real git, with a list of what it was asked."""

    def __init__(self, git: GitCli) -> None:
        self.git = git
        self.asked: list[str] = []

    def run(self, repository, arguments, *, env=None):
        self.asked.append(arguments[0])
        return self.git.run(repository, arguments, env=env)


def test_an_unchanged_repository_costs_one_question(tmp_path, git, commit):
    commit(tmp_path / "r", EXAMPLE)
    first, _, _ = mine(git_source(str(tmp_path / "r"), git, tmp_path))
    counting = Counting(git)
    second, candidates, _ = mine(git_source(str(tmp_path / "r"), counting, tmp_path), again(first))
    assert (candidates, counting.asked, second.summaries[0].known) == ([], ["ls-remote"], 3)


def test_a_pushed_commit_offers_only_what_changed(tmp_path, git, commit):
    commit(tmp_path / "r", EXAMPLE)
    first, _, _ = mine(git_source(str(tmp_path / "r"), git, tmp_path))
    head = commit(tmp_path / "r", {"examples/alone/main.tf": "changed", "new/main.tf": "new"})
    _, candidates, _ = mine(git_source(str(tmp_path / "r"), git, tmp_path), again(first))
    assert [(item.entry, item.origin.commit) for item in candidates] == [("examples/alone", head), ("new", head)]


def test_branches_tags_and_commits_can_be_asked_for(tmp_path, git, commit):
    first = commit(tmp_path / "r", {"main.tf": "1"})
    git.run(tmp_path / "r", ["tag", "--annotate", "--message=one", "v1"])
    git.run(tmp_path / "r", ["branch", "old/one"])
    commit(tmp_path / "r", {"main.tf": "2"})
    for ref in ("v1", "old/one", first):
        _, (candidate,), _ = mine(git_source(str(tmp_path / "r"), git, tmp_path, ref))
        assert candidate.origin.commit == first
        assert candidate.origin.repository.endswith(f"@{ref}")


def test_a_repository_cannot_hide_or_rewrite_files_in_its_archive(tmp_path, git, commit):
    attributes = "examples/alone export-ignore\nmain.tf export-subst\n*.tf text eol=crlf\n"
    commit(tmp_path / "r", {".gitattributes": attributes, "examples/alone/main.tf": "$Format:%H$\n"})
    source = git_source(str(tmp_path / "r"), git, tmp_path)
    candidate = next(item for item in MiningRun([source], Seen()) if isinstance(item, Candidate))
    assert (candidate.tree / "examples/alone/main.tf").read_bytes() == b"$Format:%H$\n"


def test_submodules_and_links_out_are_left_out_with_a_reason(tmp_path, git, commit):
    inner = commit(tmp_path / "inner", {"main.tf": "inner"})
    commit(tmp_path / "r", {"main.tf": "outer"})
    git.run(tmp_path / "r", ["update-index", "--add", "--cacheinfo", f"160000,{inner},vendored"])
    (tmp_path / "r/out.tf").symlink_to("/etc/passwd")
    git.run(tmp_path / "r", ["add", "out.tf"])
    git.run(tmp_path / "r", ["commit", "--quiet", "--message=both"])
    _, candidates, notes = mine(git_source(str(tmp_path / "r"), git, tmp_path))
    assert [item.entry for item in candidates] == ["."]
    assert sorted((note.url.rpartition("//")[2], note.message) for note in notes) == [
        ("out.tf", "a link that leads out of the archive"),
        ("vendored", "a submodule"),
    ]


def test_one_source_that_fails_is_a_note_and_the_others_go_on(tmp_path, git):
    broken = git_source(str(tmp_path / "nowhere"), git, tmp_path)
    good = folder(write(tmp_path / "c", EXAMPLE), tmp_path)
    run = MiningRun([broken, good], Seen())
    for item in run:
        if isinstance(item, Candidate):
            run.record(item, "new")
    failed, fine = run.summaries
    assert "does not" in failed.failed[0]
    assert fine.new == 3
    assert "FAILED" in failed.sentence()


def test_sources_take_turns_and_stop_at_their_quota(tmp_path):
    sources = []
    for name in "ab":
        corpus = write(tmp_path / name, {f"{number}/main.tf": name for number in range(5)})
        sources.append(FolderSource(name=name, written=name, folder=corpus, work=tmp_path / "w", detect=detect))
    run = MiningRun(sources, Seen(), quota=2)
    order = []
    for item in run:
        assert isinstance(item, Candidate)
        order.append(item.origin.source)
        run.record(item, "unsupported-services" if item.entry == "0" else "new")
    assert order == ["a", "b"] * 3
    assert [(summary.new, summary.quota_reached) for summary in run.summaries] == [(2, True)] * 2
    assert "1 unsupported-services" in run.summaries[0].sentence()
    assert set(run.state.repositories["a"].entries) == {"0", "1", "2"}
