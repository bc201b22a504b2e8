"""The documentation keeps its own promises: tests it names exist, links lead somewhere, commands and flags are real."""

import ast
import re
from pathlib import Path

import click
import pytest

from lsqm.cli.main import COMMANDS, cli

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def functions_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("name", ["promises.md", "security.md"])
def test_every_promise_names_tests_that_exist(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    named = TEST.findall(text)
    assert len(named) > 15
    for file, test in named:
        assert (ROOT / file).is_file(), f"{name} names {file}"
        assert test in functions_of(ROOT / file), f"{name} names {file}::{test}"
    in_table = False
    for line in text.splitlines():
        if line.endswith("| tests |"):
            in_table = True
        elif not line.startswith("|"):
            in_table = False
        elif in_table and not line.startswith("| ---"):
            assert TEST.search(line), f"{name}: no test for {line}"


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("#"):
            assert (page.parent / target.partition("#")[0]).exists(), f"{page.name} links to {target}"


def test_the_index_knows_every_page() -> None:
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    assert [page.name for page in PAGES if page.name != "index.md" and f"({page.name})" not in text] == []


@pytest.mark.parametrize(
    "page", [*(page for page in PAGES if page.name != "cli.md"), ROOT / "README.md"], ids=lambda page: page.name
)
def test_commands_in_the_text_exist_with_their_flags(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for line in re.findall(r"(?:^\$ (?:\w+=\S+ )*|`)lsqm ([a-z][^`\n]*)", text, re.MULTILINE):
        for part in re.split(r"&& lsqm |; lsqm ", line):
            words = part.partition("#")[0].split()
            if words[0] not in COMMANDS:
                continue  # a sentence that goes on
            command = cli.get_command(click.Context(cli), words[0])
            assert command is not None
            commands = [command]
            if isinstance(command, click.Group):
                commands += list(command.commands.values())
            known = {flag for each in commands for parameter in each.params for flag in parameter.opts}
            for word in words[1:]:
                flag = word.split("=")[0].rstrip(".,;:)")
                if re.fullmatch(r"--[a-z][a-z-]+", flag):
                    assert flag in known | {"--help"}, f"{page.name}: lsqm {part}"
