"""The weekly workflow, job by job, as `lsqm init` writes it: its own `run:` steps, a real emulator, local fakes."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from lsqm.adapters.terraform_tools import TerraformTools
from tests.fakes.git_server import TOKEN, GitServer
from tests.fakes.slack import PATH as SLACK_PATH
from tests.fakes.slack import FakeSlack
from tests.github_actions import Job, Runner, shims

pytestmark = [pytest.mark.terraform, pytest.mark.emulator, pytest.mark.timeout(1200)]

Lsqm = Callable[..., subprocess.CompletedProcess[str]]
FOREIGN = ("synthesize", "prove", "validate-1", "validate-2", "validate-3", "confirm")
EMULATOR_TOKEN = "ls-ci-token-1234567890"
DESIGNS = {
    "queue": 'resource "aws_sqs_queue" "jobs" {\n  name = "jobs"\n}\n',
    "topic": 'resource "aws_sns_topic" "news" {\n  name = "news"\n}\n',
    "bucket": 'resource "aws_s3_bucket" "photos" {\n  bucket = "weekly-photos"\n}\n',
}


@dataclass
class Week:
    """What one Sunday left behind."""

    jobs: dict[str, Job]
    secrets: dict[str, str]
    remote: Path
    slack: list[dict]
    artifacts: Path
    installed: str
    watchdog: Job

    def document(self, path: str) -> dict:
        shown = subprocess.run(
            ["git", "--git-dir", str(self.remote), "show", f"HEAD:{path}"], capture_output=True, check=True
        )
        read: dict = json.loads(shown.stdout)
        return read

    def files(self) -> list[str]:
        command = ["git", "--git-dir", str(self.remote), "ls-tree", "-r", "--name-only", "HEAD"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Week:
    """One Sunday of three designs on three machines, one of which dies."""
    from tests.conftest import terraform_tools

    folder = tmp_path_factory.mktemp("week")
    repository = folder / "repository"
    for name, text in DESIGNS.items():
        (repository / "infra" / name).mkdir(parents=True)
        (repository / "infra" / name / "main.tf").write_text(text)
    subprocess.run(["git", "init", "--quiet", str(repository)], check=True)
    path = shims(folder / "bin", folder / "installed")
    tools = terraform_tools()
    (repository / "lsqm.toml").write_text(_settings(tools))
    init = ["lsqm", "init", "--artifact-repo", "acme/quality", "--source", "path:infra", "--no-input", "--force"]
    home = {"PATH": path, "HOME": str(folder)}
    subprocess.run([folder / "bin/lsqm", *init[1:]], cwd=repository, env=home, check=True, capture_output=True)
    remote = folder / "served" / "acme" / "quality.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(remote)], check=True)
    with GitServer(folder / "served") as server, FakeSlack() as slack:
        secrets = {
            "LSQM_GITHUB_TOKEN": TOKEN,
            "ANTHROPIC_API_KEY": "sk-ant-never-used-by-builtin",
            "SLACK_WEBHOOK_URL": slack.webhook,
            "LOCALSTACK_AUTH_TOKEN": EMULATOR_TOKEN,
        }
        runner = Runner(
            repository=repository,
            folder=folder,
            secrets=secrets,
            inputs={"shards": "3"},
            environment={"GITHUB_SERVER_URL": server.url, "GITHUB_API_URL": f"{server.url}/api"},
            path=path,
            lose=frozenset({"validate-3"}),
        )
        jobs = {job.name: job for job in runner.run(repository / ".github/workflows/lsqm.yml")}
        [watchdog] = Runner(
            repository=repository,
            folder=folder / "monday",
            secrets=secrets,
            inputs={},
            environment=runner.environment,
            path=path,
        ).run(repository / ".github/workflows/lsqm-watchdog.yml")
        messages = list(slack.messages)
    return Week(jobs, secrets, remote, messages, runner.artifacts, (folder / "installed").read_text(), watchdog)


def _settings(tools: TerraformTools) -> str:
    mirror = f'terraform_mirror = "{tools.mirror}"\n' if tools.mirror else ""
    return f'emulator = "embedded"\ngenerator = "builtin"\nprove = "all"\nparallel = 2\n{mirror}'


def test_every_job_but_the_lost_one_ends_well(week: Week) -> None:
    assert {name: job.result for name, job in week.jobs.items()} == {
        "mine": "success",
        "synthesize": "success",
        "generate": "success",
        "prove": "success",
        "validate-1": "success",
        "validate-2": "success",
        "validate-3": "failure",
        "confirm": "success",
        "publish": "success",
    }, "\n\n".join(f"{job.name}: {step.name}: {step.output}" for job in week.jobs.values() for step in job.steps)


def test_the_results_are_published_and_told(week: Week) -> None:
    run = week.jobs["generate"].outputs["run"]
    manifest = week.document(f"runs/{run}/run.json")
    index = week.document("architectures/index.json")
    names = {key: entry["name"] for key, entry in index["architectures"].items()}
    assert len(names) == len(DESIGNS)
    results = [path for path in week.files() if path.startswith(f"runs/{run}/results/")]
    # What the lost machine had to do is a gap with a reason, the rest passed.
    assert manifest["counts"]["passed"] == len(results) == len(DESIGNS) - 1
    assert len(manifest["not_run"]) == 1
    assert "reports/latest/index.html" in week.files()
    assert len(week.slack) == 1


def test_apps_are_proven_where_no_key_is_and_the_proof_is_published(week: Week) -> None:
    records = [week.document(path) for path in week.files() if path.endswith("/app.json")]
    assert [record["proof"]["rung"] for record in records] == ["passes-twice"] * len(DESIGNS)
    assert all(all(record["proof"]["tests"].values()) for record in records)
    [before] = [step.output for step in week.jobs["generate"].steps if step.name == "Generate"]
    assert "passes-twice" not in before, "the job that holds the key runs no app"


def test_the_step_summary_and_the_report_are_left(week: Week) -> None:
    summaries = {step.name: step.summary for job in week.jobs.values() for step in job.steps if step.summary}
    assert "Pass rate" in summaries["Report"]
    assert "Plan" in summaries
    assert (week.artifacts / "report" / "index.html").is_file()


def test_where_foreign_code_runs_no_secret_is_seen_but_the_emulators(week: Week) -> None:
    for name in FOREIGN:
        job = week.jobs[name]
        for step in job.steps:
            seen = {
                secret
                for secret, value in week.secrets.items()
                if any(value in text for text in step.environment.values())
            }
            allowed = {"LOCALSTACK_AUTH_TOKEN"} if step.name in {"Prove", "Validate", "Confirm"} else set()
            assert seen <= allowed, (name, step.name)
    assert any(
        EMULATOR_TOKEN in step.environment.values() for step in week.jobs["validate-1"].steps if step.name == "Validate"
    )


def test_no_secret_lies_in_a_file_that_jobs_leave_or_hand_over(week: Week) -> None:
    values = [value.encode() for value in (TOKEN, EMULATOR_TOKEN, SLACK_PATH, week.secrets["ANTHROPIC_API_KEY"])]
    for root in (week.artifacts, *(job.workspace for job in week.jobs.values())):
        for path in root.rglob("*"):
            if path.is_file() and not path.is_symlink() and path.stat().st_size < 10**7:
                data = path.read_bytes()
                assert not any(value in data for value in values), path


def test_the_logs_of_the_jobs_hold_no_secret(week: Week) -> None:
    said = "".join(step.output for job in week.jobs.values() for step in job.steps)
    assert not any(value in said for value in (TOKEN, EMULATOR_TOKEN, SLACK_PATH))


def test_every_job_installs_the_pinned_lsqm(week: Week) -> None:
    assert set(week.installed.splitlines()) == {"tool install --quiet lsqm==" + _version()}


def test_the_watchdog_is_content(week: Week) -> None:
    assert week.watchdog.result == "success", week.watchdog.steps[-1].output


def _version() -> str:
    from importlib.metadata import version

    return version("lsqm")
