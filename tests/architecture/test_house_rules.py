"""Rules of the house that no linter knows: short files, reasons beside exceptions, no names of places that are not ours."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(path for path in (ROOT / "src" / "lsqm").rglob("*.py") if "starter" not in path.parts)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_are_short_or_tables(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    name = path.relative_to(ROOT).as_posix()
    if "/tables/" in name:
        return
    assert lines <= 400, f"{lines} lines: would two names serve better than one?"


def swallowing_handlers(path: Path) -> int:
    """How many `except Exception` (or broader) in a file do not end in `raise`."""
    broad = {"Exception", "BaseException", None}
    return sum(
        1
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in broad))
        and not isinstance(node.body[-1], ast.Raise)
    )


def test_the_one_broad_except_is_at_the_boundary_of_one_item() -> None:
    found = {path.relative_to(ROOT).as_posix() for path in SOURCES if swallowing_handlers(path)}
    assert (
        found
        == {
            "src/lsqm/pipeline/pool.py",  # the boundary of one item
            "src/lsqm/generate/stage.py",  # likewise, for one app
            "src/lsqm/normalize/terraform/aliases.py",  # asks whether tflocal's parser would choke on a file, however it does
            "src/lsqm/adapters/cages/jail.py",  # runs inside the cage: whatever goes wrong there is told to the outside
            "src/lsqm/validate/inside/lsqm_reporter.py",  # runs inside foreign pytest: a broken repr must not hide a failure
        }
    )


def test_no_file_names_a_registry_host_or_lies_in_a_lock_of_its_own() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    assert "uv.lock" not in tracked
    hosts = re.compile(rb"pypi\.(python\.)?org|files\.pythonhosted|registry\.npmjs|deb\.debian\.org")
    offenders = [
        name
        for name in tracked
        if name and (ROOT / name).is_file() and name != "tests/architecture/test_house_rules.py"
        if hosts.search((ROOT / name).read_bytes())
    ]
    assert offenders == []


def test_every_requirement_is_pinned_by_hash() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        entries = re.split(r"^(?=\S)", path.read_text(), flags=re.MULTILINE)
        pins = [entry for entry in entries if entry and not entry.startswith("#")]
        assert pins, path
        assert all("==" in entry and "--hash=sha256:" in entry for entry in pins), path


def test_tables_give_a_reason_or_an_example_per_row() -> None:
    for path in sorted((ROOT / "src" / "lsqm").rglob("symptoms.toml")):
        rows = [
            row
            for rows in tomllib.loads(path.read_text(encoding="utf-8")).values()
            if isinstance(rows, list)
            for row in rows
        ]
        assert rows, path
        assert all(row.get("example") for row in rows), path
