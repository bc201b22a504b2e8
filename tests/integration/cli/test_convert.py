"""`lsqm convert` as a user runs it."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

Lsqm = Callable[..., CompletedProcess[str]]
TOPIC = "Resources:\n  News: {Type: AWS::SNS::Topic, Properties: {DisplayName: News}}\n"


def test_a_template_becomes_a_folder_of_terraform(lsqm: Lsqm, tmp_path: Path) -> None:
    (tmp_path / "news.yaml").write_text(TOPIC)
    done = lsqm("convert", tmp_path / "news.yaml", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert 'resource "aws_sns_topic" "news"' in (tmp_path / "out" / "main.tf").read_text()


def test_programs_get_one_json_object(lsqm: Lsqm, tmp_path: Path) -> None:
    (tmp_path / "news.yaml").write_text(TOPIC)
    done = lsqm("convert", tmp_path / "news.yaml", "--out", tmp_path / "out", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)


def test_a_broken_template_gets_one_sentence(lsqm: Lsqm, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(
        "Resources: {A: {Type: AWS::SNS::Topic, DependsOn: B}, B: {Type: AWS::SQS::Queue, DependsOn: A}}\n"
    )
    done = lsqm("convert", tmp_path / "bad.yaml", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "circular dependency" in done.stderr
    assert "Traceback" not in done.stderr
