"""Flags of `lsqm validate` that do not go together are refused with one sentence, before anything is touched."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from lsqm.cli.main import cli
from lsqm.errors import UsageError

RUN = "20260104T000000Z-3f9a2c"


@pytest.mark.parametrize(
    "more", [("--run-id", RUN), ("--output", "there"), ("--resume", "latest"), ("--shard", "1/2", "--run-id", RUN)]
)
@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_a_self_check_takes_neither_an_id_nor_a_folder_nor_a_share(
    tmp_path: Path, more: tuple[str, ...], dry: tuple[str, ...]
):
    done = CliRunner().invoke(cli, ["validate", "--self-check", *more, *dry, "--workspace", str(tmp_path / "w")])
    assert isinstance(done.exception, UsageError | SystemExit)
    assert done.exit_code != 0
    assert "two whole runs" in f"{done.output}{done.exception}"
    assert not (tmp_path / "w").exists()
