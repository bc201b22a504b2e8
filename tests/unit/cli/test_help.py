"""Help of manual-page quality: what it does, every flag explained, an example that is real; and shell completion."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from lsqm.cli.main import COMMANDS, cli


def command_named(name: str) -> click.Command:
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_an_example_that_parses(name: str) -> None:
    command = command_named(name)
    assert command.help
    assert len(command.help.split()) > 5
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"lsqm {name} {parameter.opts[0]} has no help"
            assert parameter.help.endswith((".", "?")), f"lsqm {name} {parameter.opts[0]}"
    assert command.epilog
    assert "Example" in command.epilog
    known = {flag for parameter in command.params for flag in parameter.opts}
    for example in re.findall(rf"lsqm {name}\b[^;(]*", command.epilog):
        for flag in re.findall(r"(?<=\s)--?[a-z][a-z-]*", example):
            assert flag in known, f"lsqm {name} has no {flag}, but its example has"


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_an_example_is_one_line_however_narrow_the_terminal(name: str, columns: str) -> None:
    shown = CliRunner().invoke(cli, [name, "--help"], env={"COLUMNS": columns}).output
    examples = command_named(name).epilog.partition(": ")[2].split("; ")  # type: ignore[union-attr]
    assert examples == [line.removeprefix("  ") for line in shown.splitlines()[-len(examples) :]]


def test_the_words_about_the_demo_count_its_corpus() -> None:
    root = Path(__file__).resolve().parents[3]
    count = sum(path.is_dir() for path in (root / "src/lsqm/starter").iterdir() if path.name[0] not in "._")
    assert f"on {count} shipped architectures" in (root / "README.md").read_text()
    assert f"takes {count} small architectures" in (root / "docs/tutorial.md").read_text()
    assert count == 14, "then `lsqm demo --help` says another number too"
    assert "Fourteen architectures" in str(command_named("demo").help)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_the_shell_accepts(shell: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["completion", shell])
    assert done.exit_code == 0
    assert "_LSQM_COMPLETE" in done.output
    if shutil.which(shell):
        (tmp_path / "script").write_text(done.output)
        subprocess.run([shell, "-n", str(tmp_path / "script")], check=True)


@pytest.mark.parametrize(
    ("words", "number", "expected"),
    [("lsqm va", 1, "validate"), ("lsqm validate --sha", 2, "--shard"), ("lsqm completion f", 2, "fish")],
)
def test_commands_flags_and_choices_are_completed(words: str, number: int, expected: str) -> None:
    environment = {**os.environ, "_LSQM_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(number)}
    done = subprocess.run(
        [Path(sys.executable).parent / "lsqm"], env=environment, capture_output=True, text=True, check=True
    )
    assert f"plain,{expected}" in done.stdout.splitlines()
