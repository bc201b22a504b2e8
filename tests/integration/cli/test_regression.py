"""`lsqm run` on the real engine: an image in which one operation was broken on purpose, and the image it was made from.

The architectures consist of Terraform's own `terraform_data`, so that a trial costs seconds; their tests call AWS.
"""

import json
import os
import re
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import DOCKER_IMAGE
from tests.fakes.github_issues import TOKEN, FakeGitHub, Repository
from tests.fakes.slack import FakeSlack
from tests.integration.cli.corpus import prepared

pytestmark = [pytest.mark.docker, pytest.mark.terraform, pytest.mark.timeout(2400)]

Lsqm = Callable[..., subprocess.CompletedProcess[str]]
TRACKER = "acme/emulator"
SSM = """
import json, os, urllib.error, urllib.request

def ssm(operation, **asked):
    request = urllib.request.Request(
        os.environ["AWS_ENDPOINT_URL"],
        json.dumps(asked).encode(),
        {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"AmazonSSM.{operation}",
            "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/ssm/aws4_request",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=250) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise RuntimeError(
            f"An error occurred ({error.code}) when calling the {operation} operation: {error.read().decode()}"
        ) from None
"""
TESTS = {
    "settings": f"""{SSM}
def test_what_was_put_is_got():
    ssm("PutParameter", Name="/shop/currency", Value="EUR", Type="String")
    assert ssm("GetParameters", Names=["/shop/currency"])["Parameters"][0]["Value"] == "EUR"

def test_nothing_else_is_listed():
    assert len(ssm("DescribeParameters")["Parameters"]) <= 1
""",
    "waiting": f"""{SSM}
def test_nothing_is_listed():
    assert ssm("DescribeParameters")["Parameters"] == []
""",
}
WARM = """#!/bin/sh
# Loads the service before the emulator says that it is ready, so that a slow machine does not do it in a test's time.
/opt/code/localstack/.venv/bin/python - <<'END'
import urllib.request
urllib.request.urlopen(urllib.request.Request("http://127.0.0.1:4566", b"{}", {
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Target": "AmazonSSM.DescribeParameters",
    "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/ssm/aws4_request",
})).read()
END
"""
BREAK = """
from importlib.util import find_spec
with open(find_spec("localstack.services.ssm.provider").origin, "a") as provider:
    provider.write('''

def _broken(self, *_args, **_more):
    raise CommonServiceException("ValidationException", "broken on purpose")


SsmProvider.get_parameters = _broken
''')
"""


def build(folder: Path, tag: str, parent: str, *steps: str) -> None:
    """Derive an image from another one."""
    (folder / "Dockerfile").write_text("\n".join([f"FROM {parent}", *steps, ""]))
    built = subprocess.run(
        ["docker", "build", "-q", "-t", tag, str(folder)],
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "DOCKER_BUILDKIT": "0"},
        check=False,
    )
    assert built.returncode == 0, built.stderr


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The emulator's image, and the same with ssm.GetParameters broken; of other names, but the same product."""
    folder = tmp_path_factory.mktemp("images")
    (folder / "warm.sh").write_text(WARM)
    (folder / "break.py").write_text(BREAK)
    product = DOCKER_IMAGE.rpartition("/")[2].partition(":")[0]
    whole, broken = (f"lsqm-test/{product}:{word}-{uuid.uuid4().hex[:8]}" for word in ("whole", "broken"))
    try:
        hook = "/etc/localstack/init/ready.d/warm.sh"
        build(folder, whole, DOCKER_IMAGE, f"COPY warm.sh {hook}", f"RUN chmod +x {hook}")
        run = "/opt/code/localstack/.venv/bin/python /tmp/break.py"
        build(folder, broken, whole, "COPY break.py /tmp/break.py", f"RUN {run}")
        yield whole, broken
    finally:
        subprocess.run(["docker", "rmi", "-f", broken, whole], capture_output=True, timeout=120, check=False)


def test_one_broken_operation_is_one_regression_one_issue_and_one_message(
    tmp_path: Path, lsqm: Lsqm, images: tuple[str, str]
):
    whole_image, broken_image = images
    (tmp_path / "nothing").mkdir()
    with FakeGitHub(Repository(TRACKER)) as github, FakeSlack() as slack:
        environment = {
            "LSQM_WORKSPACE": str(tmp_path / "workspace"),
            "LSQM_SOURCES": f"path:{tmp_path / 'nothing'}",
            "LSQM_GENERATOR": "builtin",
            "LSQM_TIMEOUT": "900",
            "LSQM_PARALLEL": "2",
            "ISSUE_REPO": TRACKER,
            "GITHUB_API_URL": github.url,
            "GITHUB_TOKEN": TOKEN,
            "SLACK_WEBHOOK_URL": slack.webhook,
            "LSQM_REPORT_URL": "https://acme.example/report",
        }

        def run(image: str) -> tuple[int, dict[str, dict[str, int]]]:
            name, _, tag = image.rpartition(":")
            done = lsqm("run", "--json", timeout=1800, LOCALSTACK_IMAGE=name, LOCALSTACK_VERSION=tag, **environment)
            assert done.stdout, done.stderr[-3000:]
            return done.returncode, json.loads(done.stdout)

        assert lsqm("sync", **environment).returncode == 0
        store = prepared(tmp_path / "workspace", TESTS)
        first = run(whole_image)
        assert (first[0], first[1]["counts"]["PASSED"]) == (0, 2), first
        again = run(whole_image)
        assert (again[0], again[1]["changes"]["unchanged"]) == (0, 2), again
        issues = github.repositories[TRACKER].issues
        assert (len(issues), len(slack.messages)) == (0, 2)

        code, broken = run(broken_image)
        changes = {change: number for change, number in broken["changes"].items() if number}
        assert (code, changes) == (1, {"regressed": 1, "unchanged": 1}), broken
        assert (len(issues), len(slack.messages)) == (1, 3)
        issue, message = issues[0], json.dumps(slack.messages[-1])

    comparison = store.load_comparison(store.run_ids()[-1])
    assert comparison
    (regression,) = comparison.regressions
    sides = {
        side: {repeat.digest for repeat in regression.evidence if repeat.on_baseline is side} for side in (False, True)
    }
    assert len(sides[False]) == len(sides[True]) == 1
    assert sides[False] != sides[True]
    assert len(regression.evidence) == 16
    assert issue["title"].startswith("[lsqm] ssm.GetParameters: 400 ")
    body = issue["body"]
    for part in ("broken on purpose", "test_what_was_put_is_got", "terraform_data", *sides[True], *sides[False]):
        assert part in body, part
    assert "1 of 2 architectures compared" in body
    assert not re.search(r"(?<![`\w])@\w", re.sub(r"```.*?```|`[^`]*`", "", body, flags=re.DOTALL)), (
        "it mentions somebody"
    )
    assert "1 confirmed regression (1 root cause)" in message
    assert issue["html_url"] in message
    page = (store.layout.latest_report / "summary.json").read_text()
    assert issue["html_url"] in page
