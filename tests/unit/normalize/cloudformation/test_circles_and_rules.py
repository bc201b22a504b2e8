"""What cannot be made in any order, and what a template asserts about its parameters."""

import pytest

from lsqm.model.diagnostic import Severity
from lsqm.normalize.cloudformation import convert_template
from lsqm.normalize.cloudformation.circles import find_circle
from lsqm.normalize.cloudformation.load import TemplateError

GROUPS = """Resources:
  A:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: a
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 1, ToPort: 1, SourceSecurityGroupId: !Ref B}]
  B:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: b
"""
RULES = """Parameters:
  Env: {Type: String, AllowedValues: [dev, prod]}
  Size: {Type: String, Default: small}
Rules:
  Big:
    RuleCondition: !Equals [!Ref Env, %s]
    Assertions:
      - Assert: !Contains [[large], !Ref Size]
        AssertDescription: dev must be large
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Size}}
"""


def diagnostics(template: str) -> dict[str, str]:
    found = convert_template(template.encode(), file="t.yaml").diagnostics
    return {each.code: each.message for each in found if each.severity is not Severity.NOTE}


@pytest.mark.parametrize(
    "template",
    [
        GROUPS + "      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 1, SourceSecurityGroupId: !Ref A}]\n",
        "Resources:\n  A: {Type: AWS::SNS::Topic, DependsOn: B}\n  B: {Type: AWS::SQS::Queue, DependsOn: [A]}\n",
        (
            "Resources:\n  A: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Sub '${B.QueueName}'}}\n"
            "  B: {Type: AWS::SQS::Queue, DependsOn: [A]}\n"
        ),
    ],
    ids=["references", "depends-on", "both"],
)
def test_resources_that_need_each_other_are_refused_as_cloudformation_does(template: str) -> None:
    with pytest.raises(TemplateError, match=r"^t.yaml:\d: circular dependency between resources: A, B$"):
        convert_template(template.encode(), file="t.yaml")


def test_one_side_may_need_the_other() -> None:
    assert diagnostics(GROUPS) == {}


def test_a_group_may_name_itself() -> None:
    assert diagnostics(GROUPS.replace("!Ref B", "!Ref A")) == {}


def test_a_rule_that_the_stand_ins_break_is_said() -> None:
    assert diagnostics(RULES % "dev") == {"rule-broken": "Rule Big is broken: dev must be large"}


def test_a_rule_whose_condition_does_not_hold_asserts_nothing() -> None:
    assert diagnostics(RULES % "prod") == {}


def test_a_rule_about_the_account_is_said_to_be_unchecked() -> None:
    asks = RULES.replace(
        "!Contains [[large], !Ref Size]", "{'Fn::EachMemberIn': [[a], {'Fn::RefAll': 'AWS::EC2::VPC::Id'}]}"
    )
    assert list(diagnostics(asks % "dev")) == ["rule-unchecked"]


def test_a_circle_is_found_wherever_it_is() -> None:
    assert find_circle({"a": ["b"], "b": ["c"], "c": []}) == ()
    assert find_circle({"a": ["b"], "b": ["c"], "c": ["b"]}) == ("b", "c")
    assert find_circle({"a": ["a"]}) == ("a",)
    assert find_circle({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}) == ()
    long = {str(n): [str(n + 1)] for n in range(50_000)}
    assert find_circle(long) == ()
