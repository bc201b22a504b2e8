"""`lsqm doctor`: each check against the good and the bad case, the servers over HTTP, exit 3 for the chosen command."""

import json
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from lsqm import config
from lsqm.cli.checks import Check, Verdict, emulators, machine, services, tools
from lsqm.cli.checks.check import WORKING
from tests.fakes.web import FakeService, Request, Response

Lsqm = Callable[..., subprocess.CompletedProcess[str]]


class Servers(FakeService):
    """GitHub and Claude as far as the doctor asks them."""

    def __init__(self) -> None:
        super().__init__()
        self.headers: dict[str, str] = {"X-OAuth-Scopes": "repo, workflow"}
        self.remaining = 4990
        self.status = 200
        self.repository: dict = {"archived": False, "has_issues": True}
        self.claude = 200

    def answer(self, request: Request) -> Response:
        if request.path.startswith("/v1/models"):
            assert request.headers["x-api-key"] == "sk-ant-x"
            assert "authorization" not in request.headers
            return Response(status=self.claude, content={"data": []})
        if request.path == "/rate_limit":
            core = {"limit": 5000, "remaining": self.remaining, "reset": 4102444800}
            return Response(status=self.status, content={"resources": {"core": core}}, headers=self.headers)
        return Response(status=self.status, content=self.repository)


def settings(tmp_path: Path, **environment: str) -> config.Settings:
    given = {"LSQM_WORKSPACE": str(tmp_path / "w"), "ISSUE_REPO": "acme/issues", **environment}
    return config.load(file=None, directory=tmp_path, environment=given, flags={}).settings


def asked(tmp_path: Path, servers: Servers, **environment: str) -> Mapping[str, Check]:
    given = {
        "GITHUB_API_URL": servers.url,
        "ANTHROPIC_BASE_URL": servers.url,
        "GITHUB_TOKEN": "ghp_x",
        "ANTHROPIC_API_KEY": "sk-ant-x",
        **environment,
    }
    return {check.name: check for check in services.checks(settings(tmp_path, **given), {})}


def test_tokens_are_shown_with_their_rights_and_what_is_left(tmp_path: Path) -> None:
    with Servers() as servers:
        servers.headers["github-authentication-token-expiration"] = "2027-01-01 00:00:00 UTC"
        found = asked(tmp_path, servers)
    token = found["GITHUB_TOKEN"]
    assert token.verdict("run") is Verdict.OK
    assert "scopes: repo, workflow" in token.found
    assert "4990 of 5000" in token.found
    assert "2027-01-01" in token.found
    assert found["ANTHROPIC_API_KEY"].verdict("run") is Verdict.OK
    assert found["issue tracker"].found == "acme/issues takes issues"
    assert found["artifact repository"].verdict("run") is Verdict.OK
    assert found["clock"].verdict("run") is Verdict.OK
    assert "ghp_x" not in str(found)


@pytest.mark.parametrize(
    ("change", "name", "said"),
    [
        ({"status": 401}, "GITHUB_TOKEN", "does not accept"),
        ({"status": 401}, "issue tracker", "not valid"),
        ({"headers": {"X-OAuth-Scopes": "gist"}}, "GITHUB_TOKEN", "scopes: gist"),
        ({"remaining": 3}, "GITHUB_TOKEN", "3 of 5000"),
        ({"repository": {"archived": True}}, "issue tracker", "archived"),
        ({"repository": {"has_issues": False}}, "issue tracker", "disabled"),
        ({"claude": 401}, "ANTHROPIC_API_KEY", "does not accept"),
    ],
)
def test_what_is_wrong_with_a_server_is_said_with_its_remedy(
    tmp_path: Path, change: dict, name: str, said: str
) -> None:
    with Servers() as servers:
        for field, value in change.items():
            setattr(servers, field, value)
        check = asked(tmp_path, servers)[name]
    assert check.verdict("status") is Verdict.WARNING
    assert said in check.found
    assert check.consequence
    assert check.remedy


def test_a_fine_grained_token_is_no_fault(tmp_path: Path) -> None:
    with Servers() as servers:
        servers.headers = {}
        assert asked(tmp_path, servers)["GITHUB_TOKEN"].verdict("push") is Verdict.OK


def test_a_refused_token_stops_pushing_but_not_converting(tmp_path: Path) -> None:
    with Servers() as servers:
        servers.status = 401
        check = asked(tmp_path, servers)["GITHUB_TOKEN"]
    assert check.verdict("push") is Verdict.MISSING
    assert check.verdict("convert") is Verdict.WARNING


def test_without_network_everything_is_said_and_nothing_raised(tmp_path: Path) -> None:
    nowhere = {"GITHUB_API_URL": "http://127.0.0.1:9", "ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}
    given = {"GITHUB_TOKEN": "x", "ANTHROPIC_API_KEY": "y", "ARTIFACT_REPO": "http://127.0.0.1:9/a/b.git", **nowhere}
    found = {check.name: check for check in services.checks(settings(tmp_path, **given), {})}
    bad = {name for name, check in found.items() if check.verdict("status") is Verdict.WARNING}
    assert bad == set(found)
    assert found["artifact repository"].verdict("sync") is Verdict.MISSING


@pytest.mark.parametrize(
    ("seconds", "verdict"), [(0, Verdict.OK), (100, Verdict.OK), (-400, Verdict.WARNING), (4000, Verdict.WARNING)]
)
def test_the_clock_is_compared_with_a_servers(seconds: int, verdict: Verdict) -> None:
    now = datetime(2026, 1, 4, tzinfo=UTC)
    assert services.clock(format_datetime(now), now + timedelta(seconds=seconds)).verdict("run") is verdict
    assert services.clock("", now).verdict("run") is Verdict.WARNING


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://hooks.slack.com/services/T0/B0/abcDEF", True),
        ("https://hooks.slack-gov.com/services/T0/B0/abcDEF", True),
        ("https://hooks.slack.com/triggers/T0/1/abc", True),
        ("https://acme.slack.com/archives/C0", False),
        ("http://hooks.slack.com/services/T0/B0/abc", False),
        ("https://hooks.slack.com.evil.example/services/T0/B0/abc", False),
        ("", False),
    ],
)
def test_the_webhook_has_the_shape_of_one_and_is_never_shown(url: str, good: bool) -> None:
    check = services.slack(url)
    assert (check.verdict("notify") is Verdict.OK) is good
    assert "abc" not in check.found


def test_tight_machines_are_told(tmp_path: Path) -> None:
    assert machine.memory(8 * 2**30, 4).verdict("run") is Verdict.OK
    tight = machine.memory(4 * 2**30, 4)
    assert tight.verdict("run") is Verdict.WARNING
    assert tight.remedy == "Use --parallel 2."
    assert machine.python((3, 10)).verdict("convert") is Verdict.MISSING
    assert machine.disk("disk", tmp_path / "not" / "there", stops=WORKING).found.endswith(str(tmp_path))


def test_a_workspace_that_cannot_be_written_stops_what_works_there(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = machine.disk("disk", tmp_path / "file" / "w", stops=WORKING)
    assert "is no folder" in found.found
    assert found.verdict("status") is Verdict.MISSING
    assert found.verdict("convert") is Verdict.WARNING
    assert machine.disk("disk", tmp_path / "w", stops=WORKING).verdict("status") is Verdict.OK


def test_without_a_token_the_tracker_s_remedy_is_one(tmp_path: Path) -> None:
    with Servers() as servers:
        found = asked(tmp_path, servers, GITHUB_TOKEN="")["issue tracker"]
    assert found.remedy.startswith("Set GITHUB_TOKEN")


@pytest.mark.parametrize(("version", "verdict"), [("1.4.7", Verdict.MISSING), ("1.15.0", Verdict.OK)])
def test_an_old_terraform_is_told_from_a_new_one(tmp_path: Path, version: str, verdict: Verdict) -> None:
    binary = tmp_path / "terraform"
    binary.write_text(f'#!/bin/sh\necho \'{{"terraform_version": "{version}"}}\'\n')
    binary.chmod(0o755)
    assert tools.terraform(binary).verdict("validate") is verdict


def test_a_broken_terraform_stops_validating_only(tmp_path: Path) -> None:
    (tmp_path / "terraform").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "terraform").chmod(0o755)
    check = tools.terraform(tmp_path / "terraform")
    assert check.verdict("validate") is Verdict.MISSING
    assert check.verdict("mine") is Verdict.WARNING
    assert tools.terraform(None).verdict("validate") is Verdict.WARNING


def test_node_is_only_missed_by_cdk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tools.node().verdict("run") is Verdict.WARNING
    for name, said in {"node": "v16.20.0", "npm": "8.0.0"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\necho {said}\n")
        (tmp_path / name).chmod(0o755)
    assert tools.node().verdict("run") is Verdict.WARNING
    (tmp_path / "node").write_text("#!/bin/sh\necho v22.1.0\n")
    assert tools.node().found == "node v22.1.0, npm 8.0.0"
    assert tools.node().verdict("run") is Verdict.OK


@pytest.mark.parametrize("host", ["unix:///nowhere/none.sock", "tcp://x:bad", "http://[::1", "garbage", "tcp://"])
def test_an_engine_that_does_not_answer_stops_validating(host: str) -> None:
    check = emulators.engine({"DOCKER_HOST": host})
    assert check.verdict("validate") is Verdict.MISSING
    assert "docker info" in check.remedy


def test_an_engine_that_may_not_be_used_is_told_from_one_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    import docker
    import docker.errors

    def refuse(**_: object) -> None:
        raise docker.errors.DockerException("('Connection aborted.', PermissionError(13, 'Permission denied'))")

    monkeypatch.setattr(docker, "from_env", refuse)
    check = emulators.engine({})
    assert check.found == "Docker is there, but this user may not use it"
    assert "group docker" in check.remedy


@pytest.mark.parametrize(("token", "good"), [("", False), ("ls-abc", True), ("abc", False), ("ls-a b", False)])
def test_the_licence_token_has_its_shape(tmp_path: Path, token: str, good: bool) -> None:
    check = emulators.licence(settings(tmp_path, LOCALSTACK_AUTH_TOKEN=token))
    assert (check.verdict("run") is Verdict.OK) is good
    assert "abc" not in check.found


def test_exit_3_only_when_the_chosen_command_cannot_run(tmp_path: Path, lsqm: Lsqm) -> None:
    with Servers() as servers:
        environment = {
            "GITHUB_API_URL": servers.url,
            "DOCKER_HOST": f"unix://{tmp_path}/none.sock",
            "LSQM_WORKSPACE": str(tmp_path / "w"),
        }
        validate = lsqm("doctor", "--for", "validate", "--json", **environment)
        mine = lsqm("doctor", "--for", "mine", **environment)
        nonsense = lsqm("doctor", "--for", "nonsense", **environment)
    assert validate.returncode == 3, validate.stderr
    said = json.loads(validate.stdout)
    assert said["ready"] is False
    assert {check["name"] for check in said["checks"] if check["verdict"] == "missing"} >= {"docker engine"}
    wanted = {"python", "git", "docker engine", "terraform", "tflocal", "aws provider", "cage", "memory", "clock"}
    wanted |= {"GITHUB_TOKEN", "issue tracker", "SLACK_WEBHOOK_URL", "artifact repository", "node, npm (CDK)"}
    assert wanted <= {check["name"] for check in said["checks"]}
    assert all(check["consequence"] and check["remedy"] for check in said["checks"] if check["verdict"] != "ok")
    assert mine.returncode == 0, mine.stdout
    assert "`lsqm mine` can run." in mine.stdout
    assert nonsense.returncode == 2
    assert not (tmp_path / "w").exists()
