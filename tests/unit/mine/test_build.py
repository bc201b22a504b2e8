from pathlib import Path

import pytest

from lsqm.adapters.git_cli import GitCli
from lsqm.errors import UsageError
from lsqm.mine.build import Tools, build_sources
from lsqm.mine.run import MiningRun
from lsqm.mine.source import Seen
from lsqm.model.architecture import Candidate
from tests.unit.mine.conftest import detect, write


def tools(tmp_path: Path, git: GitCli) -> Tools:
    return Tools(base=tmp_path, starter=tmp_path / "starter", work=tmp_path / "work", git=git, detect=detect)


def test_sources_as_written_are_mined_relative_to_their_base(tmp_path, git, commit):
    write(tmp_path, {"corpus/main.tf": "1", "starter/one/main.tf": "2"})
    commit(tmp_path / "repository", {"main.tf": "3"})
    texts = ["path:corpus", "starter", "git:repository", "path:corpus"]
    found = [
        item.origin.url
        for item in MiningRun(build_sources(texts, tools(tmp_path, git)), Seen())
        if isinstance(item, Candidate)
    ]
    assert found == ["corpus//.", "starter//one", "repository//."]


def test_one_wrong_source_is_named(tmp_path, git):
    with pytest.raises(UsageError, match="unknown source 'corpus'"):
        build_sources(["starter", "corpus"], tools(tmp_path, git))
