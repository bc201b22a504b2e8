"""A Python and a TypeScript app through the real cage.

`LSQM_CDK_TOOLS` names the directory that `FrozenCdkTools.prepare` filled, `.tools/cdk` unless it is set. With LSQM_CI=1
`scripts/test` makes it first, where Node.js is at hand; where nobody made it the tests are skipped.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from lsqm.adapters.cages.choose import choose_cage
from lsqm.adapters.cdk_tools import FrozenCdkTools
from lsqm.adapters.subprocesses import LocalCommandRunner
from lsqm.errors import Unavailable
from lsqm.model.architecture import SkipReason
from lsqm.normalize.cdk import CdkTools, Synthesis, joined, synthesize
from lsqm.ports.cage import Cage
from tests.conftest import TOOLS

ENVIRONMENT: Mapping[str, str] = dict(os.environ)

PYTHON = """
import aws_cdk as cdk
from aws_cdk import aws_s3 as s3, aws_sqs as sqs, aws_s3_notifications as n

app = cdk.App()
one = cdk.Stack(app, "One")
queue = sqs.Queue(one, "Jobs")
two = cdk.Stack(app, "Two")
bucket = s3.Bucket(two, "Files", bucket_name=app.node.try_get_context("name"))
cdk.CfnOutput(two, "Where", value=queue.queue_arn)
app.synth()
"""
TYPESCRIPT = """
import * as cdk from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { table } from '../shared/names';

const app = new cdk.App();
const stack = new cdk.Stack(app, 'Api');
new lambda.Function(stack, 'Hello', {
  runtime: lambda.Runtime.NODEJS_20_X,
  handler: 'index.handler',
  code: lambda.Code.fromInline('exports.handler = async () => 1'),
  environment: { TABLE: table },
});
"""
NETWORK = """
import socket
socket.create_connection(("192.0.2.1", 80), 3)
"""


@pytest.fixture(scope="module")
def tools() -> CdkTools:
    home = Path(ENVIRONMENT.get("LSQM_CDK_TOOLS") or TOOLS / "cdk")
    found = FrozenCdkTools(home, LocalCommandRunner(), env=ENVIRONMENT).find()
    if found is None:
        pytest.skip(
            f"no CDK environment in {home}: tests/testbed/cdk.py makes it, with Node.js and the package registries"
        )
    return found


@pytest.fixture(scope="module")
def cage() -> Cage:
    try:
        return choose_cage(LocalCommandRunner()).cage
    except Unavailable as error:
        pytest.skip(str(error))


def run(tmp_path: Path, tools: CdkTools, cage: Cage, files: Mapping[str, str], entry: str) -> Synthesis:
    for name, content in files.items():
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / name).write_text(content)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return synthesize(tmp_path / "tree", entry, tools=tools, cage=cage, scratch=scratch, deadline_seconds=280)


def test_python_stacks_that_share_values(tmp_path: Path, tools: CdkTools, cage: Cage) -> None:
    files = {"x/app.py": PYTHON, "x/cdk.json": '{"app": "python3 app.py", "context": {"name": "my-files"}}'}
    made = run(tmp_path, tools, cage, files, "x/cdk.json")
    assert made.skip is None
    assert [one.stack for one in made.templates] == ["One", "Two"]
    whole = joined(made.templates)
    kinds = sorted(resource["Type"] for resource in whole["Resources"].values())
    assert kinds == ["AWS::S3::Bucket", "AWS::SQS::Queue"]
    queue = next(key for key, one in whole["Resources"].items() if one["Type"] == "AWS::SQS::Queue")
    assert whole["Outputs"]["Where"]["Value"] == {"Fn::GetAtt": [queue, "Arn"]}
    assert "my-files" in str(whole)


def test_typescript_with_a_file_beside_the_app(tmp_path: Path, tools: CdkTools, cage: Cage) -> None:
    files = {
        "y/app/bin/app.ts": TYPESCRIPT.replace("../shared", "../../shared"),
        "y/app/cdk.json": '{"app": "npx tsc && npx ts-node bin/app.ts"}',
        "y/shared/names.ts": "export const table = 'orders';",
    }
    made = run(tmp_path, tools, cage, files, "y/app/cdk.json")
    assert made.skip is None
    assert "orders" in str(made.templates[0].template)


def test_the_network_is_out_of_reach(tmp_path: Path, tools: CdkTools, cage: Cage) -> None:
    files = {"z/app.py": NETWORK, "z/cdk.json": '{"app": "python3 app.py"}'}
    made = run(tmp_path, tools, cage, files, "z/cdk.json")
    assert made.skip is not None
    assert made.skip.reason is SkipReason.NEEDS_NETWORK
