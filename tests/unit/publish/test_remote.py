"""What people write into ARTIFACT_REPO, and what git's refusals mean."""

from pathlib import Path

import pytest

from lsqm.errors import UsageError
from lsqm.ports.git import GitError
from lsqm.publish.remote import Refusal, RemoteSpec, refusal, remote_for


def spec(text: str, tmp_path: Path) -> RemoteSpec:
    return remote_for(text, workspace=tmp_path / "w", directory=tmp_path, server_url="https://github.com")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("acme/artifacts", "https://github.com/acme/artifacts.git"),
        ("https://github.com/acme/artifacts", "https://github.com/acme/artifacts"),
        ("https://git.example:8443/a.git", "https://git.example:8443/a.git"),
        ("git@github.com:acme/artifacts.git", "git@github.com:acme/artifacts.git"),
        ("ssh://git@github.com/acme/artifacts.git", "ssh://git@github.com/acme/artifacts.git"),
        ("file:///srv/artifacts.git", "file:///srv/artifacts.git"),
    ],
)
def test_whatever_git_clone_takes_is_understood(text: str, url: str, tmp_path: Path):
    assert spec(text, tmp_path).url == url


def test_an_existing_folder_wins_over_owner_name(tmp_path: Path):
    (tmp_path / "acme" / "artifacts").mkdir(parents=True)
    assert spec("acme/artifacts", tmp_path).url == (tmp_path / "acme/artifacts").as_uri()


def test_nothing_configured_is_a_repository_in_the_workspace(tmp_path: Path):
    found = spec("", tmp_path)
    assert found.bare == tmp_path / "w" / "artifacts.git"
    assert found.url == found.bare.as_uri()


@pytest.mark.parametrize("user", ["me:s3cret", "s3cret", "x-access-token:s3%63ret"])
def test_credentials_in_a_url_are_taken_out_of_it_and_never_shown(user: str, tmp_path: Path):
    found = spec(f"https://{user}@git.example/acme/a.git", tmp_path)
    assert (found.url, found.base_url, found.token) == (
        "https://git.example/acme/a.git",
        "https://git.example/",
        "s3cret",
    )
    assert "s3cret" not in repr(found)


def test_nonsense_is_refused_with_a_remedy(tmp_path: Path):
    with pytest.raises(UsageError, match="no-such-folder") as caught:
        spec("no-such-folder", tmp_path)
    assert "git init --bare" in caught.value.hint


@pytest.mark.parametrize(
    ("stderr", "kind"),
    [
        (" ! [rejected] main -> main (fetch first)", Refusal.RACE),
        ("error: cannot lock ref 'refs/heads/main': is at 1 but expected 2", Refusal.RACE),
        (" ! [rejected] main -> main (stale info)", Refusal.RACE),
        ("remote: error: denying non-fast-forward refs/heads/main (you should pull first)", Refusal.PROTECTED),
        ("remote: error: GH006: Protected branch update failed", Refusal.PROTECTED),
        ("fatal: Authentication failed for 'https://github.com/a/b/'", Refusal.ACCESS),
        ("fatal: unable to access 'https://x/': The requested URL returned error: 403", Refusal.ACCESS),
        ("remote: Repository not found.", Refusal.MISSING),
        ("fatal: '/x' does not appear to be a git repository", Refusal.MISSING),
        ("fatal: unable to access 'https://x/': Could not resolve host: x", Refusal.NETWORK),
        ("error: object file .git/objects/aa/bb is empty", Refusal.LOCAL),
        ("something new", Refusal.NETWORK),
    ],
)
def test_gits_words_become_a_reason(stderr: str, kind: Refusal):
    assert refusal(GitError("git push: no", stderr=stderr)) is kind
