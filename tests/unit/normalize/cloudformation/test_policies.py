"""IAM policies that say no version get the one that means the same, unless it would not."""

import pytest

from lsqm.normalize.cloudformation import convert_template

ROLE = """
Parameters:
  Prod: {Type: String, Default: "yes"}
Conditions:
  IsProd: !Equals [!Ref Prod, "yes"]
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Action: "sts:AssumeRole", Principal: {Service: lambda.amazonaws.com}}]
      Policies:
        - PolicyName: one
          PolicyDocument: %s
"""


def converted(document: str):
    made = convert_template((ROLE % document).encode(), file="t.yaml")
    notes = [each for each in made.diagnostics if each.code == "policy-version"]
    return made.files["main.tf"].decode(), notes


@pytest.mark.parametrize(
    "document",
    [
        '{Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "*"}]}',
        '{Statement: {Effect: Allow, Action: "s3:GetObject", Resource: !Sub "${Bucket.Arn}/*"}}',
        '{Statement: [{Effect: Allow, Action: "s3:*", Resource: !Join ["", [!GetAtt Bucket.Arn, "/*"]]}]}',
    ],
)
def test_a_policy_without_a_version_gets_the_one_that_means_the_same(document: str):
    hcl, notes = converted(document)
    assert hcl.count('Version = "2012-10-17"') == 2
    assert [(each.subject, each.severity) for each in notes] == [("Role", "note")]


@pytest.mark.parametrize(
    "document",
    [
        '{Version: "2008-10-17", Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "*"}]}',
        '{Statement: [{Effect: Allow, Action: "s3:*", Resource: "arn:aws:s3:::homes/${aws:username}"}]}',
        '{Statement: [{Effect: Allow, Action: "s3:*", Resource: !Sub "${Bucket.Arn}/${!aws:username}"}]}',
        '{Statement: [{Effect: Allow, Action: "s3:*", Resource: "*", Condition: {StringLike: {"${x}": "y"}}}]}',
    ],
)
def test_a_version_that_is_said_or_would_change_the_meaning_stays(document: str):
    hcl, notes = converted(document)
    assert hcl.count('Version = "2012-10-17"') == 1
    assert notes == []
