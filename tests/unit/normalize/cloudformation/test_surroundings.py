"""Networks that only parameters name become the account's default network."""

import re

from lsqm.normalize.cloudformation import convert_template

PARAMETERS = """Parameters:
  Network: {Type: "AWS::EC2::VPC::Id"}
  Left: {Type: "AWS::EC2::Subnet::Id"}
  Right: {Type: "AWS::EC2::Subnet::Id"}
  Zone: {Type: "AWS::EC2::AvailabilityZone::Name"}
  OtherZone: {Type: "AWS::EC2::AvailabilityZone::Name"}
  All: {Type: "List<AWS::EC2::Subnet::Id>"}
  Group: {Type: "AWS::EC2::SecurityGroup::Id"}
  RouteTable: {Type: String}
  Mine: {Type: "AWS::EC2::VPC::Id", Default: vpc-0aaaaaaaaaaaaaaaa}
  One: {Type: "AWS::EC2::AvailabilityZone::Name", AllowedValues: [us-east-1a]}
Resources:
"""


def converted(resources: str, parameters: str = PARAMETERS) -> tuple[str, tuple[str, ...]]:
    made = convert_template((parameters + resources).encode(), file="t.yaml")
    return made.files["main.tf"].decode(), made.stand_ins


def data(hcl: str) -> list[tuple[str, str]]:
    return [(found[1], found[2]) for found in re.finditer(r'^data "(\w+)" "(\w+)"', hcl, re.MULTILINE)]


def test_a_network_that_only_a_parameter_names_is_the_default_one():
    hcl, said = converted("""  Rules:
    Type: AWS::EC2::SecurityGroup
    Properties: {GroupDescription: x, VpcId: !Ref Network}
""")
    assert "vpc_id      = data.aws_vpc.default.id" in hcl
    assert data(hcl) == [("aws_vpc", "default")]
    assert "Parameter Network is set to the account's default VPC: it has no default." in said


def test_subnets_and_their_zones_differ_and_keep_in_step():
    hcl, _ = converted("""  Store:
    Type: AWS::EFS::MountTarget
    Properties: {FileSystemId: fs-1, SubnetId: !Ref Left, SecurityGroups: [!Ref Group]}
  Other:
    Type: AWS::EFS::MountTarget
    Properties: {FileSystemId: fs-1, SubnetId: !Ref Right, SecurityGroups: [!Ref Group]}
  Volume:
    Type: AWS::EC2::Volume
    Properties: {Size: 1, AvailabilityZone: !Ref Zone}
  Copy:
    Type: AWS::EC2::Volume
    Properties: {Size: 1, AvailabilityZone: !Ref OtherZone}
""")
    assert re.findall(r"subnet_id += (\S+)", hcl) == ["data.aws_subnet.default_a.id", "data.aws_subnet.default_b.id"]
    assert re.findall(r"^  availability_zone += (\S+)", hcl, re.MULTILINE) == ['"us-east-1a"', '"us-east-1b"']
    assert data(hcl) == [
        ("aws_security_group", "default"),
        ("aws_subnet", "default_a"),
        ("aws_subnet", "default_b"),
        ("aws_vpc", "default"),
    ]


def test_a_list_of_subnets_has_two_that_differ():
    hcl, _ = converted("""  Where:
    Type: AWS::RDS::DBSubnetGroup
    Properties: {DBSubnetGroupDescription: x, SubnetIds: !Ref All}
""")
    found = re.search(r"subnet_ids\s+= \[(.*)\]", hcl)
    assert found
    assert len(set(found.group(1).split(", "))) == 2


def test_a_route_goes_into_the_main_table():
    hcl, _ = converted("""  Way:
    Type: AWS::EC2::Route
    Properties: {RouteTableId: !Ref RouteTable, DestinationCidrBlock: 0.0.0.0/0, GatewayId: igw-1}
""")
    assert "route_table_id         = data.aws_route_table.default.id" in hcl
    assert data(hcl) == [("aws_route_table", "default"), ("aws_vpc", "default")]


def test_what_a_template_says_itself_stays():
    hcl, _ = converted("""  Rules:
    Type: AWS::EC2::SecurityGroup
    Properties: {GroupDescription: x, VpcId: !Ref Mine}
  Volume:
    Type: AWS::EC2::Volume
    Properties: {Size: 1, AvailabilityZone: !Ref One}
""")
    assert '"vpc-0aaaaaaaaaaaaaaaa"' in hcl
    assert '"us-east-1a"' in hcl
    assert data(hcl) == []


def test_outputs_and_policies_name_the_same_network_and_longer_text_keeps_the_stand_in():
    made = convert_template(
        (
            PARAMETERS
            + """  Role:
    Type: AWS::IAM::Role
    Properties:
      Description: !Sub "for ${Network} alone"
      AssumeRolePolicyDocument:
        Statement:
          - {Effect: Allow, Action: "sts:AssumeRole", Principal: "*",
             Condition: {StringEquals: {"aws:SourceVpc": !Ref Network}}}
Outputs:
  Where: {Value: !Ref Network}
"""
        ).encode(),
        file="t.yaml",
    )
    hcl = made.files["main.tf"].decode()
    assert '"aws:SourceVpc" = data.aws_vpc.default.id' in hcl
    assert '"for vpc-0123456789abcdef0 alone"' in hcl
    assert "value = data.aws_vpc.default.id" in made.files["outputs.tf"].decode()


def test_a_parameter_that_ends_an_arn_is_a_name():
    hcl, _ = converted(
        """  Rule:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Sub "arn:aws:lambda:us-east-1:000000000000:function:${FunctionArn}"
      Principal: !Join ["", ["arn:aws:iam::000000000000:role/", !Ref RoleArn]]
      SourceArn: !Join ["/", ["arn:aws:s3:::bucket", !Ref TopicArn]]
  Volume:
    Type: AWS::EC2::Volume
    Properties: {Size: 1, AvailabilityZone: us-east-1a, KmsKeyId: !Ref KeyArn}
""",
        "Parameters:\n"
        + "".join(f"  {name}: {{Type: String}}\n" for name in ("FunctionArn", "RoleArn", "TopicArn", "KeyArn"))
        + "Resources:\n",
    )
    assert '"arn:aws:lambda:us-east-1:000000000000:function:stand-in"' in hcl
    assert '"arn:aws:iam::000000000000:role/stand-in"' in hcl
    assert '"arn:aws:s3:::bucket/stand-in"' in hcl
    assert re.search(r'kms_key_id += "arn:aws:kms', hcl)


def test_an_import_that_ends_an_arn_is_a_name_and_a_whole_one_is_not():
    hcl, _ = converted("""  Queue:
    Type: AWS::SQS::Queue
    Properties: {KmsMasterKeyId: !ImportValue shared-key-arn}
  Rule:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: f
      Principal: !Join ["", ["arn:aws:iam::", !Ref "AWS::AccountId", ":role/service-role/", !ImportValue role-arn]]
""")
    assert ':role/service-role/stand-in"' in hcl
    assert re.search(r'kms_master_key_id += "arn:aws:kms:', hcl)


def test_an_image_that_terraform_asks_for_is_one_that_exists():
    resources = """  Server:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-b73b63a0
      BlockDeviceMappings: [{DeviceName: %s, Ebs: {VolumeSize: 8}}]
"""
    hcl, said = converted(resources % "/dev/xvda")
    assert 'ami           = local.images["ami-b73b63a0"]' in hcl
    assert "ami-b73b63a0 = data.aws_ami.amazon_linux.id" in hcl
    assert data(hcl) == [("aws_ami", "amazon_linux")]
    assert any("ami-b73b63a0 may be nowhere but in one region of AWS" in sentence for sentence in said)
    hcl, _ = converted(resources % "/dev/sdf")
    assert '"ami-b73b63a0"\n' in hcl
    assert data(hcl) == []
