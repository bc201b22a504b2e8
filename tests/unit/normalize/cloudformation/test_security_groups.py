"""Rules inside a group and rules of their own do not get in each other's way."""

import re

from lsqm.normalize.cloudformation import convert_template

TEMPLATE = """Resources:
  Front: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: front}}
  App:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: app
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 80, ToPort: 80, SourceSecurityGroupId: !Ref Front}
        - {IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 10.0.0.0/8, Description: admins}
        - {IpProtocol: "-1", CidrIpv6: "::/0"}
      SecurityGroupEgress:
        - {IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}
%s"""
SAME = """  Again:
    Type: AWS::EC2::SecurityGroupIngress
    Properties:
      GroupId: !GetAtt App.GroupId
      IpProtocol: tcp
      FromPort: 80
      ToPort: 80
      SourceSecurityGroupId: !Ref Front
"""


def main(more: str) -> str:
    return convert_template((TEMPLATE % more).encode(), file="t.yaml").files["main.tf"].decode()


def test_inline_rules_beside_others_become_rules_of_their_own_and_none_is_there_twice():
    hcl = main(SAME)
    assert not re.search(r"^  ingress \{", hcl, re.MULTILINE)
    rules = re.findall(r'^resource "aws_vpc_security_group_ingress_rule" "(\w+)"', hcl, re.MULTILINE)
    assert rules == ["app_ingress", "app_ingress_2", "again"]
    assert 'cidr_ipv4         = "10.0.0.0/8"' in hcl
    assert re.search(r'description +=.*"admins"', hcl)
    assert re.search(r'cidr_ipv6 += "::/0"', hcl)
    assert hcl.count("referenced_security_group_id") == 1
    assert re.search(r"^  egress \{", hcl, re.MULTILINE), "the other direction stays as it is"


def test_a_group_without_rules_of_its_own_keeps_its_blocks():
    assert main("").count("  ingress {") == 3
    assert "aws_vpc_security_group" not in main("")


def test_a_group_that_lets_itself_in():
    hcl = main("""  Self:
    Type: AWS::EC2::SecurityGroupEgress
    Properties: {GroupId: !Ref App, IpProtocol: tcp, FromPort: 1, ToPort: 2, DestinationSecurityGroupId: !Ref App}
""")
    assert re.findall(r'^resource "aws_vpc_security_group_egress_rule" "(\w+)"', hcl, re.MULTILINE) == [
        "app_egress",
        "self",
    ]
    assert hcl.count("  egress {") == 1, "the other group's"
    assert hcl.count("  ingress {") == 3


def test_a_rule_whose_condition_does_not_hold_changes_nothing():
    text = TEMPLATE.replace("Resources:", "Conditions: {Never: !Equals [a, b]}\nResources:") % SAME.replace(
        "Ingress\n", "Ingress\n    Condition: Never\n", 1
    )
    hcl = convert_template(text.encode(), file="t.yaml").files["main.tf"].decode()
    assert hcl.count("  ingress {") == 3
