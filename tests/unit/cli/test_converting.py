"""Reading templates from disk: what is no file, or too large for a template, is refused before it is read."""

import os
from pathlib import Path

import pytest

from lsqm.cli.converting import convert_file, templates_in
from lsqm.errors import DataError

TEMPLATE = "Resources:\n  Q: {Type: AWS::SQS::Queue}\n"


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "t.yaml")
    with pytest.raises(DataError, match=r"t\.yaml is not a file"):
        convert_file(tmp_path / "t.yaml")


def test_a_device_behind_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").symlink_to(os.devnull)
    with pytest.raises(DataError, match=r"t\.yaml is not a file"):
        convert_file(tmp_path / "t.yaml")


def test_a_file_larger_than_any_template_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "t.yaml").open("wb") as stream:
        stream.write(TEMPLATE.encode())
        stream.truncate(100_000_000)
    with pytest.raises(DataError, match=r"t\.yaml: 100000000 bytes is more than a template may have"):
        convert_file(tmp_path / "t.yaml")


def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        templates_in([tmp_path / ("x" * 5000)])


def test_a_folder_gives_its_templates_and_no_pipes(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yaml")
    (tmp_path / "b.yaml").write_text(TEMPLATE)
    (tmp_path / "loop").symlink_to(tmp_path)
    assert templates_in([tmp_path]) == [(tmp_path / "b.yaml", "b")]
