"""The SAM transform as lsqm runs it: the same output for the same template, whenever it runs."""

import pytest

from lsqm.normalize.cloudformation import convert_template

TEMPLATE = """Transform: AWS::Serverless-2016-10-31
%s
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties: {StageName: live%s}
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: app.handler
      InlineCode: "def handler(event, context): return {}"
      Events:
        Get: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /, Method: get}}
"""


@pytest.mark.parametrize(
    ("shared", "own"),
    [("Globals: {Api: {AlwaysDeploy: true}}", ""), ("", ", AlwaysDeploy: true")],
    ids=["shared", "own"],
)
def test_always_deploy_does_not_ask_the_clock(shared: str, own: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for now in (1_000_000.0, 2_000_000.0):
        monkeypatch.setattr("time.time", lambda now=now: now)
        made.append(convert_template((TEMPLATE % (shared, own)).encode(), file="t.yaml").files)
    assert made[0] == made[1]


def test_an_application_of_the_repository_leaves_the_rest_as_it_is() -> None:
    template = (TEMPLATE % ("", "")) + (
        "  Other:\n    Type: AWS::Serverless::Application\n    Properties:\n"
        "      Location: {ApplicationId: 'arn:aws:serverlessrepo:us-east-1:123:applications/other', SemanticVersion: 1.0.0}\n"
    )
    made = convert_template(template.encode(), file="t.yaml")
    assert b'resource "aws_lambda_function" "function"' in made.files["main.tf"]
    said = [item.message for item in made.diagnostics if item.code == "sam"]
    assert said == [
        "Other: arn:aws:serverlessrepo:us-east-1:123:applications/other lies in the Serverless Application Repository"
    ]
