"""Runs a GitHub workflow on this machine, job by job: its `run:` steps in bash, its `uses:` steps by small stand-ins.

Every job gets its own home, workspace and environment, as on a runner of its own; artifacts are folders. Expressions are
evaluated as far as our workflows use them, and anything else is an error: nothing is skipped over.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml

_TOKEN = re.compile(r"\s*(\|\||&&|==|!=|!|\(|\)|,|'(?:[^']|'')*'|[A-Za-z_][\w.-]*|\d+)")


class _Expression:
    """`${{ … }}`: or, and, not, comparison, literals, contexts, fromJSON and the status functions."""

    def __init__(self, text: str, contexts: Mapping[str, Any]) -> None:
        self._tokens = _TOKEN.findall(text)
        assert "".join(self._tokens) == re.sub(r"\s+(?=(?:[^']*'[^']*')*[^']*$)", "", text), f"cannot read {text!r}"
        self._contexts = contexts

    def value(self) -> Any:
        found = self._or()
        assert not self._tokens, f"left over: {self._tokens}"
        return found

    def _take(self, *wanted: str) -> bool:
        if self._tokens and self._tokens[0] in wanted:
            self._tokens.pop(0)
            return True
        return False

    def _or(self) -> Any:
        left = self._and()
        while self._take("||"):
            right = self._and()
            left = left or right
        return left

    def _and(self) -> Any:
        left = self._compared()
        while self._take("&&"):
            right = self._compared()
            left = right if left else left
        return left

    def _compared(self) -> Any:
        left = self._one()
        if self._take("=="):
            return left == self._one()
        if self._take("!="):
            return left != self._one()
        return left

    def _one(self) -> Any:
        if self._take("!"):
            return not self._one()
        if self._take("("):
            found = self._or()
            assert self._take(")")
            return found
        token = self._tokens.pop(0)
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token.isdigit():
            return int(token)
        if self._take("("):
            arguments = []
            while not self._take(")"):
                arguments.append(self._or())
                self._take(",")
            functions: dict[str, Callable[..., Any]] = {"fromJSON": json.loads, "cancelled": lambda: False}
            return functions[token](*arguments)
        value: Any = self._contexts
        for part in token.split("."):
            value = value.get(part, "") if isinstance(value, Mapping) else ""
        return value


def evaluate(value: Any, contexts: Mapping[str, Any]) -> Any:
    """A workflow value with its expressions replaced."""
    if isinstance(value, dict):
        return {key: evaluate(item, contexts) for key, item in value.items()}
    if isinstance(value, list):
        return [evaluate(item, contexts) for item in value]
    if not isinstance(value, str):
        return value
    whole = re.fullmatch(r"\$\{\{(.*?)\}\}", value)
    if whole:
        return _Expression(whole[1], contexts).value()
    return re.sub(r"\$\{\{(.*?)\}\}", lambda found: str(_Expression(found[1], contexts).value()), value)


@dataclass
class Step:
    """One step that ran: its whole environment and what it left."""

    name: str
    environment: dict[str, str]
    exit_code: int
    output: str
    summary: str


@dataclass
class Job:
    """One job, or one leg of a matrix."""

    name: str
    workspace: Path
    result: str = "success"
    outputs: dict[str, Any] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)


@dataclass
class Runner:
    """Where and with what a workflow runs.

    Args:
        repository: what `actions/checkout` brings.
        folder: homes, workspaces and artifacts lie below it.
        secrets, inputs: as GitHub has them.
        github: the rest of the `github` context; its `environment` is added to every step (server and API URL).
        path: programs that jobs find.
        lose: name of a matrix leg → its job dies before its steps.
    """

    repository: Path
    folder: Path
    secrets: Mapping[str, str]
    inputs: Mapping[str, str]
    environment: Mapping[str, str]
    path: str
    lose: frozenset[str] = frozenset()
    jobs: list[Job] = field(default_factory=list)

    @property
    def artifacts(self) -> Path:
        return self.folder / "artifacts"

    def run(self, workflow: Path) -> list[Job]:
        """Every job in the order of its needs. Returns all legs."""
        read = yaml.safe_load(workflow.read_text())
        done: dict[str, Any] = {}
        for name, job in read["jobs"].items():
            needs = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
            assert set(needs) <= set(done), "jobs stand in the order of their needs"
            contexts = {"needs": {need: done[need] for need in needs}, "inputs": self.inputs, "secrets": self.secrets}
            healthy = all(done[need]["result"] == "success" for need in needs)
            if not (evaluate(job["if"], contexts) if "if" in job else healthy):
                done[name] = {"result": "skipped", "outputs": {}}
                continue
            matrix = evaluate(job.get("strategy", {}).get("matrix", {}), contexts)
            legs = [{"shard": value} for value in matrix.get("shard", [])] or [{}]
            ran = [self._job(read, name, job, {**contexts, "matrix": leg}) for leg in legs]
            worst = next((leg.result for leg in ran if leg.result != "success"), "success")
            done[name] = {"result": worst, "outputs": ran[-1].outputs}
        return self.jobs

    def _job(self, read: dict[Any, Any], name: str, job: dict[str, Any], contexts: dict[str, Any]) -> Job:
        title = f"{name}-{contexts['matrix'].get('shard', '')}".rstrip("-")
        home = self.folder / "jobs" / title
        workspace = home / "work"
        workspace.mkdir(parents=True)
        (home / "home").mkdir()
        leg = Job(title, workspace)
        self.jobs.append(leg)
        if title in self.lose:
            leg.result = "failure"
            return leg
        contexts = {
            **contexts,
            "github": {"workspace": str(workspace), "token": "job-token"},
            "runner": {"os": "Linux", "temp": str(home)},
            "steps": {},
        }
        environment = {
            **{key: value for key, value in os.environ.items() if key.startswith(("COV", "LANG", "LC_"))},
            "PATH": self.path,
            "HOME": str(home / "home"),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            **self.environment,
            **{key: str(value) for key, value in evaluate(read.get("env", {}), contexts).items()},
            **{key: str(value) for key, value in evaluate(job.get("env", {}), contexts).items()},
        }
        for number, step in enumerate(job["steps"]):
            if not (evaluate(step["if"], contexts) if "if" in step else leg.result == "success"):
                continue
            if "uses" in step:
                self._use(step, evaluate(step.get("with", {}), contexts), workspace)
                continue
            ran = self._bash(step, evaluate(step.get("env", {}), contexts), environment, home, number)
            leg.steps.append(ran)
            outcome = "failure" if ran.exit_code else "success"
            if "id" in step:
                lines = (home / f"output-{number}").read_text().splitlines()
                outputs = dict(line.split("=", 1) for line in lines if "=" in line)
                contexts["steps"][step["id"]] = {"outputs": outputs, "outcome": outcome}
            if ran.exit_code:
                leg.result = "failure"
        leg.outputs = evaluate(job.get("outputs", {}), contexts)
        return leg

    def _bash(
        self, step: dict[str, Any], own: dict[str, Any], environment: dict[str, str], home: Path, number: int
    ) -> Step:
        script, output, summary = home / f"step-{number}.sh", home / f"output-{number}", home / f"summary-{number}"
        script.write_text(step["run"])
        output.touch()
        summary.touch()
        full = {
            **environment,
            **{key: str(value) for key, value in own.items()},
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=home / "work",
            env=full,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        return Step(step.get("name", ""), full, done.returncode, done.stdout, summary.read_text())

    def _use(self, step: dict[str, Any], given: dict[str, Any], workspace: Path) -> None:
        action = step["uses"].partition("@")[0]
        stand_ins: dict[str, Callable[[dict[str, Any], Path], None]] = {
            "actions/checkout": self._checkout,
            "actions/upload-artifact": self._upload,
            "actions/download-artifact": self._download,
            "actions/cache": lambda *_: None,
            "actions/cache/restore": lambda *_: None,
            "astral-sh/setup-uv": lambda *_: None,
        }
        stand_ins[action](given, workspace)

    def _checkout(self, given: dict[str, Any], workspace: Path) -> None:
        assert given["persist-credentials"] is False
        shutil.copytree(self.repository, workspace, dirs_exist_ok=True, symlinks=True)

    def _upload(self, given: dict[str, Any], workspace: Path) -> None:
        source, target = workspace / given["path"], self.artifacts / given["name"]
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            assert source.is_file(), f"{source} is not there"
            target.mkdir(parents=True)
            shutil.copy(source, target)

    def _download(self, given: dict[str, Any], workspace: Path) -> None:
        target = workspace / given.get("path", ".")
        if "name" in given:
            shutil.copytree(self.artifacts / given["name"], target, dirs_exist_ok=True)
            return
        for found in sorted(self.artifacts.iterdir()):
            if fnmatch(found.name, given["pattern"]):
                shutil.copytree(found, target / found.name)


def shims(folder: Path, record: Path) -> str:
    """A PATH on which `uv tool install` only writes down what it was asked, because lsqm is here already."""
    folder.mkdir()
    uv = folder / "uv"
    uv.write_text(f'#!/bin/bash\n[ "$1 $2" = "tool install" ] || exit 2\necho "$@" >> {record}\n')
    uv.chmod(0o755)
    here = Path(sys.executable).parent
    (folder / "lsqm").symlink_to(here / "lsqm")
    return os.pathsep.join([str(folder), "/usr/local/bin", "/usr/bin", "/bin"])
