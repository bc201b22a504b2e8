"""The command line's manners: help is light, mistakes are one sentence, bugs leave a report, codes are as promised."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from lsqm.cli.console import PlainObserver, plain
from lsqm.cli.exits import exit_codes
from lsqm.cli.main import COMMANDS
from lsqm.errors import DataError, Unavailable
from lsqm.model.event import ItemFinished, StageFinished, StageStarted

HEAVY = (
    "pydantic",
    "structlog",
    "rich",
    "boto3",
    "botocore",
    "hcl2",
    "jinja2",
    "anthropic",
    "docker",
    "samtranslator",
    "httpx2",
)


def test_no_help_page_imports_anything_heavy() -> None:
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom lsqm.cli.main import cli, COMMANDS\n"
        "for arguments in [[], *[[name] for name in COMMANDS]]:\n"
        "    result = CliRunner().invoke(cli, [*arguments, '--help'])\n"
        "    assert result.exit_code == 0, (arguments, result.output)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_the_global_flags(name: str) -> None:
    import importlib

    parameters = {p.name for p in importlib.import_module(f"lsqm.cli.commands.{name}").command.params}
    assert {"config_file", "verbose", "dry_run", "parallel", "localstack_version", "workspace", "as_json"} <= parameters


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DataError("file x is bad", hint="mend it"), 2),
        (Unavailable("no engine", hint="start it"), 3),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (PermissionError(13, "Permission denied", "/somewhere"), 3),
        (OSError(28, "No space left on device"), 3),
        (IsADirectoryError(21, "Is a directory", "/.x.tmp", None, "lsqm.toml"), 3),
        (RuntimeError("oops token=hunter2"), 70),
    ],
)
def test_exceptions_become_the_promised_exit_codes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], error: BaseException, code: int
) -> None:
    with pytest.raises(SystemExit) as caught, exit_codes(lambda: tmp_path, lambda text: text.replace("hunter2", "***")):
        raise error
    assert caught.value.code == code
    said = capsys.readouterr().err
    assert "Traceback" not in said
    reports = list(tmp_path.glob("crash-*.md"))
    assert len(reports) == (1 if code == 70 else 0)
    for report in reports:
        assert "RuntimeError" in report.read_text()
        assert "hunter2" not in report.read_text() + said


def test_an_error_of_the_machine_names_the_place_and_a_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit), exit_codes(lambda: tmp_path, str):
        (tmp_path / "file").touch()
        (tmp_path / "file" / "below").mkdir()
    problem, remedy = capsys.readouterr().err.splitlines()
    assert problem == f"error: {tmp_path}/file/below: Not a directory"
    assert remedy.startswith("  → Mend that")


def test_a_failure_is_logged_although_its_traceback_cannot_be_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import structlog

    from lsqm.cli.logs import Redactor, configure

    (tmp_path / "file").touch()
    configure(redactor=Redactor(), as_json=True, verbose=False, traceback_folder=lambda: tmp_path / "file" / "logs")
    structlog.get_logger().error("stage.failed", exc_info=ValueError("the reason"))
    said = capsys.readouterr().err
    assert "the reason" in said
    assert "not kept: " in said


def test_terminal_output_cannot_be_driven_by_what_was_mined(capsys: pytest.CaptureFixture[str]) -> None:
    observer = PlainObserver(github=True, verbose=False)
    observer.on(StageStarted(stage="validate", total=1))
    observer.on(
        ItemFinished(
            stage="validate", item="x\n::error::gotcha", outcome="FAILED", message="\x1b[31mred\r\n::add-mask::"
        )
    )
    observer.on(StageFinished(stage="validate", seconds=1.0, summary="done"))
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if line.startswith("::")] == ["::group::validate: 1", "::endgroup::"]
    assert "\x1b" not in "".join(lines)


def test_plain_text_is_capped() -> None:
    assert len(plain("x" * 10_000)) == 300


def test_a_dry_run_refuses_the_sources_that_the_run_would_refuse(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lsqm", "run", "--dry-run", "--source", "nonsense:x"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "unknown source 'nonsense:x'" in done.stderr
