"""A detector of our own, a git without a user's settings, and repositories made on the spot."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lsqm.adapters.git_cli import GitCli
from lsqm.model.architecture import Dialect


def detect(tree: Path) -> list[tuple[str, Dialect]]:
    """Folders with a `main.tf`, and files called `template.yaml`."""
    roots = [(path.parent.relative_to(tree).as_posix(), Dialect.TERRAFORM) for path in tree.rglob("main.tf")]
    templates = [(path.relative_to(tree).as_posix(), Dialect.CLOUDFORMATION) for path in tree.rglob("template.yaml")]
    return sorted(roots + templates)


def write(root: Path, files: Mapping[str, str]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return root


@pytest.fixture
def git(tmp_path: Path) -> GitCli:
    return GitCli(
        environment={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "GIT_CONFIG_NOSYSTEM": "1",
        },
        deadline_seconds=60,
    )


@pytest.fixture
def commit(git: GitCli) -> Callable[[Path, Mapping[str, str]], str]:
    """Write files into a work tree (made when missing), commit everything, return the commit id."""

    def make(repository: Path, files: Mapping[str, str]) -> str:
        if not (repository / ".git").exists():
            repository.mkdir(parents=True, exist_ok=True)
            git.run(repository, ["init", "--quiet"])
        write(repository, files)
        git.run(repository, ["add", "--all"])
        git.run(repository, ["commit", "--quiet", "--allow-empty", "--message=change"])
        return git.run(repository, ["rev-parse", "HEAD"]).strip()

    return make
