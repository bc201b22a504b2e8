"""`Ref` yields one name of a resource; an argument that wants another one gets it."""

import pytest

from lsqm.normalize.cloudformation import convert_template

TEMPLATE = """
Parameters:
  Own: {Type: String, Default: "no"}
Conditions:
  HasOwn: !Equals [!Ref Own, "yes"]
Resources:
  Key: {Type: AWS::KMS::Key, Properties: {KeyPolicy: {Version: "2012-10-17", Statement: []}}}
  Spare: {Type: AWS::KMS::Key, Condition: HasOwn, Properties: {KeyPolicy: {Version: "2012-10-17", Statement: []}}}
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: []}}}
  Alias: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/app, TargetKeyId: !Ref Key}}
  Cluster:
    Type: AWS::RDS::DBCluster
    Properties: {Engine: aurora-mysql, KmsKeyId: !If [HasOwn, !Ref Spare, !Ref Key]}
  Group: {Type: AWS::Logs::LogGroup, Properties: {KmsKeyId: !Ref Key}}
  Build:
    Type: AWS::CodeBuild::Project
    Properties:
      ServiceRole: !Ref Role
      Artifacts: {Type: NO_ARTIFACTS}
      Environment: {ComputeType: BUILD_GENERAL1_SMALL, Image: "aws/codebuild/standard:7.0", Type: LINUX_CONTAINER}
      Source: {Type: NO_SOURCE, BuildSpec: "version: 0.2"}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties: {ExecutionRoleArn: !Ref Role, ContainerDefinitions: [{Name: app, Image: nginx}]}
  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref Role]}}
"""


@pytest.fixture(scope="module")
def main() -> str:
    text = convert_template(TEMPLATE.encode(), file="t.yaml").files["main.tf"].decode()
    return " ".join(text.split())


@pytest.mark.parametrize(
    "wanted",
    [
        "kms_key_id = local.has_own ? aws_kms_key.spare[0].arn : aws_kms_key.key.arn",
        "kms_key_id = aws_kms_key.key.arn",
        "service_role = aws_iam_role.role.arn",
        "execution_role_arn = aws_iam_role.role.arn",
        "target_key_id = aws_kms_key.key.key_id",
        "role = aws_iam_role.role.name",
    ],
)
def test_an_argument_gets_the_kind_of_name_that_it_wants(main: str, wanted: str):
    assert wanted in main
