from pathlib import Path

import pytest

from lsqm.adapters.git_cli import GitCli
from lsqm.adapters.github import GitHub
from lsqm.errors import UsageError
from lsqm.mine.build import Tools, build_sources
from lsqm.mine.run import MiningRun
from lsqm.mine.source import Seen
from lsqm.model.architecture import Candidate
from tests.mining import detect, write


def tools(tmp_path: Path, git: GitCli, host: GitHub) -> Tools:
    return Tools(base=tmp_path, starter=tmp_path / "starter", work=tmp_path / "work", git=git, host=host, detect=detect)


def test_sources_as_written_are_mined_relative_to_their_base(tmp_path, git, host, commit):
    write(tmp_path, {"corpus/main.tf": "1", "starter/one/main.tf": "2"})
    commit(tmp_path / "repository", {"main.tf": "3"})
    texts = ["path:corpus", "starter", "git:repository", "path:corpus"]
    found = [
        item.origin.url
        for item in MiningRun(build_sources(texts, tools(tmp_path, git, host)), Seen())
        if isinstance(item, Candidate)
    ]
    assert found == ["corpus", "starter//one", "repository//."]


def test_one_wrong_source_is_named(tmp_path, git, host):
    with pytest.raises(UsageError, match="unknown source 'corpus'"):
        build_sources(["starter", "corpus"], tools(tmp_path, git, host))


def test_a_missing_path_is_said_before_anything_is_mined(tmp_path, git, host):
    with pytest.raises(UsageError, match="nowhere does not exist"):
        build_sources(["starter", "path:nowhere"], tools(tmp_path, git, host))


def test_a_repository_that_is_a_source_of_its_own_is_not_mined_with_its_organisation(tmp_path, git, host, publish):
    publish("aws-samples/aws-cdk-examples", {"main.tf": "1"})
    publish("aws-samples/other", {"main.tf": "1"})
    sources = build_sources(["github-org:aws-samples", "cdk-examples"], tools(tmp_path, git, host))
    found = [item.origin for item in MiningRun(sources, Seen()) if isinstance(item, Candidate)]
    assert [(origin.source, origin.url) for origin in found] == [
        ("github-org:aws-samples", "github.com/aws-samples/other//."),
        ("cdk-examples", "github.com/aws-samples/aws-cdk-examples//."),
    ]
