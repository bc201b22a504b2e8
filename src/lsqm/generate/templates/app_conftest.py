"""What every test of this app may ask for: clients of the emulator and what Terraform applied. Written by lsqm.

All of it comes from the environment: AWS_ENDPOINT_URL, AWS_DEFAULT_REGION, dummy credentials, LSQM_STATE
(`terraform show -json`) and LSQM_OUTPUTS (`terraform output -json`).
"""

import collections
import functools
import json
import os
import re
import urllib.error
import urllib.request
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

INDEX = re.compile(r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]')
SETTINGS = Config(
    connect_timeout=5,
    read_timeout=45,
    retries={"max_attempts": 2},
    s3={"addressing_style": "path"},
    inject_host_prefix=False,
)


def _document(variable):
    path = os.environ.get(variable, "")
    if not path:
        return {}
    return json.loads(Path(path).read_text(encoding="utf-8"))


def _walk(module):
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from _walk(child)


@pytest.fixture(scope="session")
def state():
    """Attributes of every applied resource by full address, such as `module.data["a"].aws_s3_bucket.this[0]`."""
    root = _document("LSQM_STATE").get("values", {}).get("root_module", {})
    return {resource["address"]: resource["values"] for resource in _walk(root) if resource["mode"] == "managed"}


@pytest.fixture(scope="session")
def region(state):
    """The region that most applied resources name in their ARN, for configurations that choose their own."""
    parts = [str(values.get("arn") or "").split(":") for values in state.values()]
    counts = collections.Counter(part[3] for part in parts if len(part) > 5 and part[3])
    return counts.most_common(1)[0][0] if counts else os.environ["AWS_DEFAULT_REGION"]


@pytest.fixture(scope="session")
def client(region):
    """`client("s3")` is a boto3 client of the emulator; `client("s3", "eu-west-1")` one for another region."""

    @functools.cache
    def make(service, where=region):
        return boto3.client(service, endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name=where, config=SETTINGS)

    return make


@pytest.fixture(scope="session")
def resources(state):
    """`resources("module.data.aws_s3_bucket.this")` lists the attributes of all instances of that resource block."""
    by_block = {}
    for address, values in state.items():
        by_block.setdefault(INDEX.sub("", address), []).append(values)

    def find(address):
        if address not in by_block:
            pytest.skip(f"Terraform created no {address}")
        return by_block[address]

    return find


@pytest.fixture(scope="session")
def of_type(state):
    """`of_type("aws_sqs_queue")` lists the attributes of all applied resources of that type, wherever they are."""

    def find(kind):
        return [values for address, values in state.items() if INDEX.sub("", address).split(".")[-2] == kind]

    return find


@pytest.fixture(scope="session")
def outputs():
    """Values of the root module's outputs by name."""
    return {name: output["value"] for name, output in _document("LSQM_OUTPUTS").items()}


class _Redirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        """Answers are looked at, not followed."""
        return


@pytest.fixture(scope="session")
def http():
    """`http("GET", "/path")` asks the emulator itself over HTTP and returns (status, body text)."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Redirects)

    def ask(method, path, body=None, headers=None):
        if not path.startswith("/"):
            raise ValueError(f"a path of the emulator starts with a slash: {path!r}")
        data = None if body is None else body.encode()
        request = urllib.request.Request(
            os.environ["AWS_ENDPOINT_URL"].rstrip("/") + path, data=data, headers=headers or {}, method=method
        )
        try:
            with opener.open(request, timeout=30) as response:
                return response.status, response.read().decode(errors="replace")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(errors="replace")

    return ask


@pytest.fixture(scope="session")
def call_api(http):
    """`call_api(api_id, stage, "GET", "/items")` calls a deployed REST or HTTP API."""

    def call(api_id, stage, method, path, body=None, headers=None):
        return http(method, f"/_aws/execute-api/{api_id}/{stage}{path}", body=body, headers=headers)

    return call
