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
