"""`lsqm push` and `lsqm notify` as a user runs them, against GitHub, Slack and a git remote that answer over HTTP."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from lsqm.artifacts.store import ArtifactStore
from lsqm.model.ids import run_id
from lsqm.pipeline.session import ledger_line
from lsqm.publish.sync import KEPT_RUNS
from tests.fakes.github_issues import TOKEN, FakeGitHub, Repository
from tests.fakes.slack import FakeSlack
from tests.fakes.web import Trouble
from tests.integration.publish.places import a_place, bare, run_name
from tests.samples import HASH, a_manifest
from tests.unit.compare.cases import a_run
from tests.unit.pipeline.test_telling import filled

Lsqm = Callable[..., subprocess.CompletedProcess[str]]
NAME = "acme/emulator"


def test_a_confirmed_regression_is_one_issue_one_push_and_one_message(tmp_path: Path, lsqm: Lsqm):
    remote = bare(tmp_path)
    place = a_place(tmp_path, "workspace", remote)
    filled(ArtifactStore(place.checkout))
    with FakeGitHub(Repository(NAME)) as github, FakeSlack() as slack:
        environment = {
            "LSQM_WORKSPACE": str(tmp_path / "workspace"),
            "ARTIFACT_REPO": str(tmp_path / "remote.git"),
            "ISSUE_REPO": NAME,
            "GITHUB_API_URL": github.url,
            "GITHUB_TOKEN": TOKEN,
            "SLACK_WEBHOOK_URL": slack.webhook,
        }
        pushed = lsqm("push", "--json", **environment)
        assert pushed.returncode == 0, pushed.stderr
        told = lsqm("notify", **environment)
        assert told.returncode == 0, told.stderr
        again = lsqm("push", "--json", **environment)
        assert again.returncode == 0, again.stderr
        issues = github.repositories[NAME].issues
        assert len(issues) == 1
        assert len(slack.messages) == 1
        assert issues[0]["html_url"] in str(slack.messages[0])
        slack.always = Trouble.BEFORE
        refused = lsqm("notify", timeout=120, **environment)
        assert refused.returncode == 4
        said = "".join(each.stdout + each.stderr for each in (pushed, told, again, refused))
        assert "s3cretPart" not in said
        assert TOKEN not in said
        status = lsqm("status", **environment).stdout
        assert "notify: partial, Slack did not take the message" in status
        assert lsqm("push", "--json", **environment).returncode == 0
    there = a_place(tmp_path, "there", remote)
    stages = there.json(f"runs/{a_run(2)}/run.json")["stages"]
    (recorded_notify,) = [stage for stage in stages if stage["stage"] == "notify"]
    assert recorded_notify["outcome"] == "partial", "of two, the last one counts"
    assert "Slack did not take the message" in recorded_notify["message"]
    assert "s3cretPart" not in str(stages)
    recorded = there.json("state/issues.json")["records"]
    assert [record["number"] for record in recorded.values()] == [1]


def test_an_archived_tracker_leaves_it_in_the_outbox_and_says_so(tmp_path: Path, lsqm: Lsqm):
    place = a_place(tmp_path, "workspace", bare(tmp_path))
    filled(ArtifactStore(place.checkout))
    with FakeGitHub(Repository(NAME, archived=True)) as github:
        pushed = lsqm(
            "push",
            "--json",
            LSQM_WORKSPACE=str(tmp_path / "workspace"),
            ARTIFACT_REPO=str(tmp_path / "remote.git"),
            ISSUE_REPO=NAME,
            GITHUB_API_URL=github.url,
            GITHUB_TOKEN=TOKEN,
        )
    assert pushed.returncode == 4, pushed.stderr
    assert "archived" in pushed.stderr
    assert "1 waits in the outbox" in json.loads(pushed.stdout)["summary"]
    assert len(place.json("state/issues.json")["outbox"]) == 1


def test_dry_runs_print_the_issue_and_the_message_and_touch_nothing(tmp_path: Path, lsqm: Lsqm):
    place = a_place(tmp_path, "workspace", bare(tmp_path))
    filled(ArtifactStore(place.checkout))
    before = {path: path.read_bytes() for path in place.checkout.rglob("*") if path.is_file()}
    with FakeGitHub(Repository(NAME)) as github, FakeSlack() as slack:
        environment = {
            "LSQM_WORKSPACE": str(tmp_path / "workspace"),
            "ARTIFACT_REPO": str(tmp_path / "remote.git"),
            "ISSUE_REPO": NAME,
            "GITHUB_API_URL": github.url,
            "GITHUB_TOKEN": TOKEN,
            "SLACK_WEBHOOK_URL": slack.webhook,
        }
        text = lsqm("push", "--dry-run", **environment)
        assert (text.returncode, text.stderr) == (0, "")
        for part in ("acme/emulator: open issue", "### Reproduce", "aws_sqs_queue", "lsqm-fingerprint"):
            assert part in text.stdout
        shown = json.loads(lsqm("push", "--dry-run", "--json", **environment).stdout)
        assert [issue["labels"][0] for issue in shown["issues"]] == ["lsqm"]
        told = json.loads(lsqm("notify", "--dry-run", "--json", **environment).stdout)
        assert "1 confirmed regression" in told["payload"]["text"]
        assert [request.method for request in github.requests if request.method != "GET"] == []
        github.repositories[NAME].archived = True
        waits = lsqm("push", "--dry-run", **environment)
        assert "archived" in waits.stdout
        assert "### Reproduce" in waits.stdout
        assert (github.repositories[NAME].issues, slack.requests) == ([], [])
    assert {path: path.read_bytes() for path in place.checkout.rglob("*") if path.is_file()} == before


def test_a_killed_run_keeps_its_line_when_retention_removes_it(tmp_path: Path, lsqm: Lsqm):
    remote = bare(tmp_path)
    place = a_place(tmp_path, "workspace", remote)
    store = ArtifactStore(place.checkout)
    killed, *others = [run_id(run_name(number)) for number in range(KEPT_RUNS + 1)]
    store.save_manifest(replace(a_manifest(), run=killed, complete=False, finished_at="", not_run={HASH: "later"}))
    for run in others:
        store.save_manifest(replace(a_manifest(), run=run))
        store.add_to_ledger(ledger_line(store, store.load_manifest(run), ()))
    environment = {"LSQM_WORKSPACE": str(tmp_path / "workspace"), "ARTIFACT_REPO": str(tmp_path / "remote.git")}
    pushed = lsqm("push", **environment)
    assert pushed.returncode == 0, pushed.stderr
    there = a_place(tmp_path, "there", remote)
    assert there.runs() == others
    ledger = ArtifactStore(there.checkout).load_ledger()
    assert list(ledger) == [killed, *others]
    assert [run for run, line in ledger.items() if not line.complete] == [killed]
    assert ledger[killed].counts.not_run == 1
