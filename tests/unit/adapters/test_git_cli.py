import os
import stat
import time
from pathlib import Path

import pytest

from lsqm.adapters.git_cli import GitCli
from lsqm.errors import Unavailable
from lsqm.ports.git import GitError


def git(tmp_path: Path, **options) -> GitCli:
    path = options.pop("path", os.environ["PATH"])
    inherited = {"PATH": path, "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1", "GIT_DIR": "/nowhere", "SECRET": "s"}
    return GitCli(environment=inherited, **options)


def fake_git(tmp_path: Path, script: str) -> str:
    """A program called git that does what `script` says."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "git"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return f"{folder}:{os.environ['PATH']}"


def test_commits_have_an_explicit_author_and_run_no_hooks(tmp_path):
    cli = git(tmp_path, author_name="Somebody", author_email="s@example.org")
    cli.run(tmp_path, ["init", "--quiet", "r"])
    hook = tmp_path / "r/.git/hooks/post-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked\n")
    hook.chmod(0o755)
    cli.run(tmp_path / "r", ["commit", "--quiet", "--allow-empty", "--message=one"])
    assert cli.run(tmp_path / "r", ["log", "--format=%an %ae %cn"]).strip() == "Somebody s@example.org Somebody"
    assert not (tmp_path / "hooked").exists()


def test_only_a_known_part_of_the_environment_reaches_git(tmp_path):
    cli = git(tmp_path, path=fake_git(tmp_path, "env"))
    seen = dict(line.split("=", 1) for line in cli.run(tmp_path, ["x"]).splitlines() if "=" in line)
    assert "SECRET" not in seen
    assert "GIT_DIR" not in seen
    assert (seen["LC_ALL"], seen["GIT_TERMINAL_PROMPT"]) == ("C", "0")
    assert seen["GIT_ALLOW_PROTOCOL"] == "https:http:ssh:git:file"


def test_a_token_travels_as_a_header_and_never_shows(tmp_path):
    script = 'echo "remote said $GIT_CONFIG_VALUE_13 for s3cr3t, argv: $*" >&2; env | grep extraHeader >&2; exit 7'
    cli = git(tmp_path, path=fake_git(tmp_path, script), tokens={"https://github.com/": "s3cr3t"})
    with pytest.raises(GitError) as caught:
        cli.run(tmp_path, ["push", "https://github.com/o/r"])
    assert "http.https://github.com/.extraHeader" in caught.value.stderr
    assert "s3cr3t" not in str(caught.value) + caught.value.stderr
    assert "czNjcjN0" not in caught.value.stderr
    assert "***" in caught.value.stderr
    assert caught.value.exit_code == 7


def test_a_call_that_does_not_end_is_ended_with_its_children(tmp_path):
    marker = tmp_path / "marker"
    script = f"(sleep 2; touch {marker}) & sleep 30"
    cli = git(tmp_path, path=fake_git(tmp_path, script), deadline_seconds=0.3)
    began = time.monotonic()
    with pytest.raises(GitError, match=r"no end within 0\.3 s"):
        cli.run(tmp_path, ["fetch"])
    assert time.monotonic() - began < 2
    time.sleep(2.2)
    assert not marker.exists()


def test_a_program_behind_a_url_is_never_started(tmp_path):
    with pytest.raises(GitError, match="not allowed"):
        git(tmp_path).run(tmp_path, ["ls-remote", f"ext::touch {tmp_path}/ran"])
    assert not (tmp_path / "ran").exists()


def test_a_machine_without_git_is_told_what_to_install(tmp_path):
    with pytest.raises(Unavailable) as caught:
        git(tmp_path, path=str(tmp_path)).run(tmp_path, ["version"])
    assert "install git" in caught.value.hint


def test_a_missing_folder_is_an_error_of_that_call(tmp_path):
    with pytest.raises(GitError, match="does not exist"):
        git(tmp_path).run(tmp_path / "nowhere", ["version"])
