"""Loops, both branches of `Fn::If`, and nested stacks."""

import re

import pytest

from lsqm.normalize.cloudformation import TemplateError, convert_template

CHOICES = """
Parameters:
  Prod: {Type: String, Default: "no"}
Conditions:
  IsProd: !Equals [!Ref Prod, "yes"]
  Plain: !Not [!Condition IsProd]
Resources:
  Dead: {Type: AWS::SQS::Queue, Condition: IsProd}
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: !If [IsProd, 10, !Ref AWS::NoValue]
      SqsManagedSseEnabled: !If [IsProd, true, false]
      RedrivePolicy: !If [IsProd, {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}, !Ref AWS::NoValue]
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Handler: index.handler
      Runtime: python3.12
      FunctionName: !If [IsProd, production, !Ref AWS::NoValue]
      MemorySize: !If [IsProd, 1024, 128]
      Role: !If [Plain, "arn:aws:iam::000000000000:role/plain", "arn:aws:iam::000000000000:role/prod"]
      VpcConfig: !If [IsProd, {SubnetIds: [subnet-1], SecurityGroupIds: [sg-1]}, !Ref AWS::NoValue]
      Environment: {Variables: {STAGE: !If [IsProd, prod, dev]}}
      Code: {ZipFile: "def handler(e, c): return 1"}
"""


def squeezed(text: str) -> str:
    return re.sub(r" +", " ", text)


def test_both_branches_of_a_choice_are_kept_behind_its_condition():
    main = squeezed(convert_template(CHOICES.encode(), file="shop.yaml").files["main.tf"].decode())
    assert "is_prod = false\n plain = true" in main
    assert "delay_seconds = local.is_prod ? 10 : null" in main
    assert "sqs_managed_sse_enabled = local.is_prod\n" in main
    assert "redrive_policy = local.is_prod ? jsonencode({\n deadLetterTargetArn = aws_sqs_queue.dead[0].arn" in main
    assert "memory_size = local.is_prod ? 1024 : 128" in main
    assert "role = local.plain ?" in main
    assert 'STAGE = local.is_prod ? "prod" : "dev"' in main


def test_a_block_that_hangs_on_a_condition_is_dynamic():
    main = squeezed(convert_template(CHOICES.encode(), file="shop.yaml").files["main.tf"].decode())
    assert 'dynamic "vpc_config" {\n for_each = local.is_prod ? [true] : []\n\n content {\n subnet_ids' in main


def test_a_required_name_is_never_null():
    main = squeezed(convert_template(CHOICES.encode(), file="shop.yaml").files["main.tf"].decode())
    assert re.search(r'function_name = "shop-worker-[0-9a-f]{8}"', main)


def test_loops_are_written_out():
    text = """
Transform: AWS::LanguageExtensions
Parameters: {Names: {Type: CommaDelimitedList, Default: "a,b-c"}}
Conditions:
  Fn::ForEach::Conditions: [N, !Ref Names, {"Is&{N}": !Equals ["${N}", a]}]
Resources:
  Fn::ForEach::Queues:
    - N
    - !Ref Names
    - Queue&{N}:
        Type: AWS::SQS::Queue
        Condition: Is&{N}
        Properties: {QueueName: !Sub "q-${N}", Tags: [{Key: n, Value: !Ref N}]}
  Fn::ForEach::Outer:
    - O
    - [x, z]
    - Fn::ForEach::Inner: [I, ["1", "2"], {"Topic${O}${I}": {Type: AWS::SNS::Topic}}]
  Parameter:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Value: {Fn::ToJsonString: {a: !Ref Names, n: {Fn::Length: !Ref Names}}}}
Outputs:
  Fn::ForEach::Outputs: [N, [a], {"Out${N}": {Value: !GetAtt [!Sub "Queue${N}", Arn]}}]
"""
    result = convert_template(text.encode(), file="shop.yaml")
    main = result.files["main.tf"].decode()
    assert sorted(re.findall(r'resource "(\w+)" "(\w+)"', main)) == [
        ("aws_sns_topic", "topicx1"),
        ("aws_sns_topic", "topicx2"),
        ("aws_sns_topic", "topicz1"),
        ("aws_sns_topic", "topicz2"),
        ("aws_sqs_queue", "queuea"),
        ("aws_sqs_queue", "queuebc"),
        ("aws_ssm_parameter", "parameter"),
    ]
    assert '"q-b-c"' in main
    assert 'a = ["a", "b-c"]\n    n = 2' in main
    assert b"aws_sqs_queue.queuea.arn" in result.files["outputs.tf"]
    assert result.diagnostics == ()


def test_a_loop_that_depends_on_the_future_is_dropped_and_said():
    text = """
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Fn::ForEach::More: [N, !GetAtt Queue.Names, {"Q${N}": {Type: AWS::SQS::Queue}}]
"""
    result = convert_template(text.encode(), file="shop.yaml")
    assert [item.code for item in result.diagnostics] == ["bad-function"]
    assert result.fidelity.resources_total == 1


def test_loops_that_explode_are_refused():
    body = "{Type: AWS::SQS::Queue}"
    for level in range(6):
        items = ",".join(f"x{n}" for n in range(20))
        body = f'{{"Fn::ForEach::L{level}": [V{level}, [{items}], {{"K{level}": {body}}}]}}'
    with pytest.raises(TemplateError, match="loops grow"):
        convert_template(f"Resources: {body}".encode(), file="bomb.yaml")


FILES = {
    "sub/network.yaml": b"""
Parameters: {Cidr: {Type: String}, Env: {Type: String, Default: test}}
Conditions: {Dev: !Equals [!Ref Env, dev]}
Mappings: {Map: {a: {b: c}}}
Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties:
      CidrBlock: !Ref Cidr
      Tags: [{Key: Name, Value: !Sub "${AWS::StackName}-${Env}"}, {Key: m, Value: !FindInMap [Map, a, b]}]
  SubnetA: {Type: AWS::EC2::Subnet, DependsOn: Vpc, Properties: {VpcId: !Ref Vpc, CidrBlock: !Ref Cidr}}
  Gateway: {Type: AWS::EC2::InternetGateway, Condition: Dev}
Outputs:
  Vpc: {Value: !Ref Vpc, Export: {Name: !Sub "${AWS::StackName}-Vpc"}}
  SubnetA: {Value: !Ref SubnetA}
""",
    "sub/app.yaml": b"""
Transform: AWS::Serverless-2016-10-31
Parameters: {VpcId: {Type: "AWS::EC2::VPC::Id"}, Subnets: {Type: "List<AWS::EC2::Subnet::Id>"}}
Resources:
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: app, VpcId: !Ref VpcId}}
  Handler:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Runtime: python3.12
      VpcConfig: {SubnetIds: !Ref Subnets, SecurityGroupIds: [!Ref Group]}
      Environment: {Variables: {VPC: !ImportValue root-Network-Vpc}}
Outputs: {Arn: {Value: !GetAtt Handler.Arn}}
""",
}
ROOT = """
Parameters: {Env: {Type: String, Default: dev}}
Conditions: {IsProd: !Equals [!Ref Env, prod]}
Resources:
  Network:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: ./sub/network.yaml, Parameters: {Cidr: 10.1.0.0/16, Env: !Ref Env}}
  App:
    Type: AWS::CloudFormation::Stack
    DependsOn: Network
    Properties:
      TemplateURL: !Sub "https://s3.amazonaws.com/${AWS::AccountId}/release/sub/app.yaml"
      Parameters:
        VpcId: !GetAtt Network.Outputs.Vpc
        Subnets: !Join [",", [!GetAtt Network.Outputs.SubnetA]]
  Extra:
    Type: AWS::CloudFormation::Stack
    Condition: IsProd
    Properties: {TemplateURL: sub/network.yaml, Parameters: {Cidr: 10.2.0.0/16}}
  Queue: {Type: AWS::SQS::Queue, DependsOn: [App], Properties: {QueueName: !Sub "q-${Network.Outputs.Vpc}"}}
Outputs: {Arn: {Value: !GetAtt App.Outputs.Arn}}
"""


def test_nested_stacks_at_hand_are_inlined():
    result = convert_template(ROOT.encode(), file="root.yaml", siblings=FILES)
    main = squeezed(result.files["main.tf"].decode())
    assert 'Name = "root-Network-dev"\n m = "c"' in main
    assert 'resource "aws_internet_gateway" "network_gateway" {}' in main
    assert 'resource "aws_vpc" "extra_vpc" {\n count = local.is_prod ? 1 : 0' in main
    assert 'resource "aws_internet_gateway" "extra_gateway" {\n count = local.is_prod_and_extra_dev ? 1 : 0' in main
    assert "subnet_ids = [aws_subnet.network_subnet_a.id]" in main
    assert "VPC = aws_vpc.network_vpc.id" in main  # an import of what the other nested stack exports
    assert 'name = "q-${aws_vpc.network_vpc.id}"' in main
    assert re.search(r"depends_on = \[.*aws_lambda_function.app_handler,", main)
    assert b"aws_lambda_function.app_handler.arn" in result.files["outputs.tf"]
    assert "sub/src/package.zip" in result.files
    assert not [item for item in result.diagnostics if item.severity != "note"]


def test_a_nested_stack_that_is_not_at_hand_is_said():
    result = convert_template(ROOT.encode(), file="root.yaml", siblings={})
    assert [item.code for item in result.diagnostics if item.severity != "note"] == ["nested-stack"] * 2


def test_a_stack_that_nests_itself_ends():
    text = b"Resources: {Me: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: me.yaml}}}"
    result = convert_template(text, file="me.yaml", siblings={"me.yaml": text})
    assert "nested-stack" in {item.code for item in result.diagnostics}


def test_names_that_two_resources_share_become_references():
    text = """
Resources:
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Sub "${AWS::Region}-worker"
      Role: arn:aws:iam::000000000000:role/r
      Handler: index.h
      Runtime: python3.12
      Code: {ZipFile: x}
  Version: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Sub "${AWS::Region}-worker"}}
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Sub "${AWS::Region}-worker"
      Action: lambda:InvokeFunction
      Principal: s3.amazonaws.com
      SourceArn: !GetAtt Uploads.Arn
  Uploads: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub "uploads-of-${Other}"}}
  Policy: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: uploads, PolicyDocument: {Statement: []}}}
  Other: {Type: AWS::S3::Bucket, Properties: {BucketName: uploads}}
Outputs: {Version: {Value: !Ref Version}}
"""
    result = convert_template(text.encode(), file="shop.yaml")
    main = squeezed(result.files["main.tf"].decode())
    assert "function_name = aws_lambda_function.worker.function_name" in main
    assert "bucket = aws_s3_bucket.other.bucket" in main
    assert main.count("publish = true") == 1
    assert b"aws_lambda_function.worker.qualified_arn" in result.files["outputs.tf"]


def test_addresses_that_amazon_gives_a_network_are_its_argument():
    text = """
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Six: {Type: AWS::EC2::VPCCidrBlock, Properties: {VpcId: !Ref Vpc, AmazonProvidedIpv6CidrBlock: true}}
  More: {Type: AWS::EC2::VPCCidrBlock, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.1.0.0/16}}
  Subnet: {Type: AWS::EC2::Subnet, DependsOn: Six, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}}
"""
    main = squeezed(convert_template(text.encode(), file="net.yaml").files["main.tf"].decode())
    assert "assign_generated_ipv6_cidr_block = true" in main
    assert re.findall(r'resource "(\w+)"', main) == ["aws_vpc", "aws_vpc_ipv4_cidr_block_association", "aws_subnet"]
    assert "depends_on" not in main
