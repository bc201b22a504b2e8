"""Wheel and sdist: everything is in, and the wheel works in an environment that knows nothing of this folder."""

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from lsqm.cli.main import COMMANDS

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "src"


@dataclass
class Built:
    wheel: Path
    sdist: Path
    program: Path
    """`lsqm` in a fresh environment with the wheel in it."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, ROOT / "scripts/build_dist.py", folder], check=True, capture_output=True)
    [wheel], [sdist] = folder.glob("*.whl"), folder.glob("*.tar.gz")
    fresh = folder / "fresh"
    subprocess.run([sys.executable, "-m", "venv", fresh], check=True)
    install: list[str | Path] = [
        fresh / "bin/python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        wheel,
    ]
    subprocess.run(install, check=True, capture_output=True)
    # Its dependencies come from here: what is in question is the wheel. The folder's own .pth files are not read there,
    # so this checkout stays invisible.
    [site] = fresh.glob("lib/*/site-packages")
    (site / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return Built(wheel, sdist, fresh / "bin/lsqm")


def run(built: Built, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    command: list[str | Path] = [built.program, *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_every_file_of_the_package_is_in_both(built: Built) -> None:
    wanted = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and ".egg-info" not in str(path)
    }
    with zipfile.ZipFile(built.wheel) as archive:
        in_wheel = set(archive.namelist())
    with tarfile.open(built.sdist) as archive:
        in_sdist = {name.partition("/src/")[2] for name in archive.getnames() if "/src/" in name}
    assert wanted - in_wheel == set()
    assert wanted - in_sdist == set()
    assert any(name.endswith(".dist-info/licenses/NOTICE") for name in in_wheel)


def test_the_installed_wheel_runs(built: Built, tmp_path: Path) -> None:
    version = run(built, tmp_path, "--version")
    assert version.returncode == 0, version.stderr
    assert version.stdout.startswith("lsqm 20")
    helped = run(built, tmp_path, "--help")
    assert all(name in helped.stdout for name in COMMANDS)


def test_the_installed_wheel_converts_and_initialises(built: Built, tmp_path: Path) -> None:
    template = "Resources:\n  Jobs:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: jobs\n"
    (tmp_path / "template.yaml").write_text(template)
    converted = run(built, tmp_path, "convert", "template.yaml", "--out", "out", "--json")
    assert converted.returncode == 0, converted.stderr
    assert json.loads(converted.stdout)
    assert 'resource "aws_sqs_queue"' in "".join(path.read_text() for path in (tmp_path / "out").glob("*.tf"))
    assert run(built, tmp_path, "init", "--no-input").returncode == 0
    assert (tmp_path / ".github/workflows/lsqm.yml").is_file()
