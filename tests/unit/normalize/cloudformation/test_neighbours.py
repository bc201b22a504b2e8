"""What only a parameter names, and resources need, is made beside the template's own resources."""

import re

import pytest

from lsqm.normalize.cloudformation import convert_template

HEAD = """Parameters:
  ZoneId: {Type: "AWS::Route53::HostedZone::Id"}
  Domain: {Type: String, Default: shop.test}
  LogBucket: {Type: String}
Resources:
"""


def converted(resources: str):
    made = convert_template((HEAD + resources).encode(), file="t.yaml")
    return made.files["main.tf"].decode(), made.stand_ins


def record(number: int, name: str) -> str:
    return f"""  R{number}:
    Type: AWS::Route53::RecordSet
    Properties: {{HostedZoneId: !Ref ZoneId, Name: {name}, Type: A, TTL: "60", ResourceRecords: [10.0.0.1]}}
"""


@pytest.mark.parametrize(
    ("names", "zone"),
    [
        (["www.shop.test"], "shop.test"),
        (["shop.test"], "shop.test"),
        (["shop.test", "a.b.shop.test."], "shop.test"),
        (["a.x.test", "b.y.test"], "example.com"),
        (['!Sub "${Domain}"'], "shop.test"),
        (['!GetAtt "Other.Arn"'], "example.com"),
    ],
)
def test_a_zone_that_only_a_parameter_names_is_made(names: list[str], zone: str):
    other = "  Other: {Type: AWS::SQS::Queue}\n" if "Other" in names[0] else ""
    hcl, said = converted(other + "".join(record(*pair) for pair in enumerate(names)))
    assert f'resource "aws_route53_zone" "stand_in" {{\n  name = "{zone}"\n}}' in hcl
    assert "# Stands in for a hosted zone that lies outside the template." in hcl
    assert hcl.count("= aws_route53_zone.stand_in.zone_id") == len(names)
    assert any(sentence.startswith(f"The hosted zone {zone} is made for ") for sentence in said)


def test_a_zone_given_by_name_is_made_too():
    hcl, _ = converted("""  R:
    Type: AWS::Route53::RecordSet
    Properties: {HostedZoneName: shop.test., Name: www.shop.test, Type: A, TTL: "60", ResourceRecords: [10.0.0.1]}
""")
    assert re.search(r"zone_id += aws_route53_zone\.stand_in\.zone_id", hcl)


def test_a_zone_of_the_template_is_used():
    hcl, _ = converted("""  Zone: {Type: AWS::Route53::HostedZone, Properties: {Name: shop.test}}
  R:
    Type: AWS::Route53::RecordSet
    Properties: {HostedZoneId: !Ref Zone, Name: www.shop.test, Type: A, TTL: "60", ResourceRecords: [10.0.0.1]}
""")
    assert "stand_in" not in hcl


def test_a_bucket_that_only_a_parameter_names_is_made_for_those_who_need_it():
    hcl, said = converted("""  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref LogBucket
      PolicyDocument: {Statement: [{Effect: Allow, Action: "s3:*", Resource: "*", Principal: "*"}]}
  Logged:
    Type: AWS::S3::Bucket
    Properties: {LoggingConfiguration: {DestinationBucketName: !Ref LogBucket}}
""")
    assert 'resource "aws_s3_bucket" "stand_in" {\n  bucket = "stand-in-bucket"\n}' in hcl
    assert re.search(r"^  bucket += aws_s3_bucket\.stand_in\.bucket$", hcl, re.MULTILINE)
    assert re.search(r"^  target_bucket += aws_s3_bucket\.stand_in\.bucket$", hcl, re.MULTILINE)
    assert "The bucket stand-in-bucket is made for Policy, Logged." in said


def test_a_bucket_that_the_template_makes_is_not_made_twice():
    hcl, _ = converted("""  Logs: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref LogBucket}}
  Logged:
    Type: AWS::S3::Bucket
    Properties: {LoggingConfiguration: {DestinationBucketName: !Ref LogBucket}}
""")
    assert hcl.count('resource "aws_s3_bucket" ') == 2
    assert "stand_in" not in hcl


def test_a_name_that_nobody_needs_to_exist_makes_nothing():
    hcl, _ = converted("""  F:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Value: !Ref LogBucket}
""")
    assert "stand_in" not in hcl


def test_a_log_group_that_filters_look_into_is_made_once():
    hcl, said = converted("""  Own: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /own}}
  Denied:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: /trail/all
      FilterPattern: denied
      MetricTransformations: [{MetricName: m, MetricNamespace: n, MetricValue: "1"}]
  Shipped:
    Type: AWS::Logs::SubscriptionFilter
    Properties: {LogGroupName: /trail/all, FilterPattern: "", DestinationArn: "arn:aws:lambda:us-east-1:1:function:f"}
  Mine:
    Type: AWS::Logs::SubscriptionFilter
    Properties: {LogGroupName: /own, FilterPattern: "", DestinationArn: "arn:aws:lambda:us-east-1:1:function:f"}
""")
    assert re.findall(r'resource "aws_cloudwatch_log_group" "(\w+)"', hcl) == ["stand_in_trail_all", "own"]
    assert hcl.count("= aws_cloudwatch_log_group.stand_in_trail_all.name") == 2
    assert hcl.count("= aws_cloudwatch_log_group.own.name") == 1
    assert "The log group /trail/all is made for Denied." in said


def test_buckets_of_two_parameters_are_two():
    text = (
        HEAD.replace("  LogBucket", "  OtherBucket: {Type: String}\n  LogBucket")
        + """  Logs: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref LogBucket}}
  Other: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref OtherBucket}}
"""
    )
    hcl = convert_template(text.encode(), file="t.yaml").files["main.tf"].decode()
    assert re.findall(r'bucket = "(.*)"', hcl) == ["stand-in-bucket-2", "stand-in-bucket"]


def outside(resources: str) -> tuple[str, str]:
    """Terraform of resources that use a topic, a queue and a bus from outside, and what is said about it."""
    head = "Parameters:\n  TopicArn: {Type: String}\n  QueueArn: {Type: String}\n  Bus: {Type: String}\nResources:\n"
    made = convert_template((head + resources).encode(), file="t.yaml")
    return made.files["main.tf"].decode(), " ".join(made.stand_ins)


def test_a_topic_that_only_a_parameter_names_is_made():
    hcl, said = outside("""  S:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref TopicArn, Protocol: email, Endpoint: someone@example.com}
""")
    assert 'resource "aws_sns_topic" "stand_in" {\n  name = "stand-in"\n}' in hcl
    assert "topic_arn = aws_sns_topic.stand_in.arn" in hcl
    assert "The topic stand-in is made for S." in said


def test_a_queue_that_only_a_parameter_names_is_made():
    hcl, _ = outside("""  M:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !Ref QueueArn, FunctionName: f}
""")
    assert 'resource "aws_sqs_queue" "stand_in"' in hcl
    assert "event_source_arn = aws_sqs_queue.stand_in.arn" in hcl


@pytest.mark.parametrize(("bus", "label"), [("Shop", "stand_in_shop"), ("!Ref Bus", "stand_in")])
def test_a_bus_that_the_template_does_not_make_is_made_once(bus: str, label: str):
    rule = f"{{EventBusName: {bus}, EventPattern: {{source: [shop]}}, Targets: [{{Id: t, Arn: !Ref QueueArn}}]}}"
    hcl, _ = outside("".join(f"  {n}: {{Type: AWS::Events::Rule, Properties: {rule}}}\n" for n in ("A", "B")))
    assert hcl.count('resource "aws_cloudwatch_event_bus"') == 1
    assert hcl.count(f"= aws_cloudwatch_event_bus.{label}.name") == 4


@pytest.mark.parametrize("partition", ["aws", "${AWS::Partition}"])
def test_a_bus_of_this_account_goes_by_its_name(partition: str):
    bus = f"arn:{partition}:events:${{AWS::Region}}:${{AWS::AccountId}}:event-bus/default"
    rule = f"{{EventBusName: !Sub '{bus}', EventPattern: {{source: [shop]}}, State: ENABLED}}"
    hcl, _ = outside(f"  A: {{Type: AWS::Events::Rule, Properties: {rule}}}\n")
    assert 'event_bus_name = "default"' in hcl
    assert "data." not in hcl


@pytest.mark.parametrize("bus", ["default", "arn:aws:events:us-east-1:111122223333:event-bus/shop"])
def test_buses_that_are_there_or_elsewhere_are_not_made(bus: str):
    rule = f"{{EventBusName: '{bus}', EventPattern: {{source: [shop]}}}}"
    hcl, _ = outside(f"  A: {{Type: AWS::Events::Rule, Properties: {rule}}}\n")
    assert "aws_cloudwatch_event_bus" not in hcl


@pytest.mark.parametrize("bus", ["Shop", "!Ref B", "!GetAtt B.Arn"])
def test_a_bus_of_the_template_is_used_by_its_name(bus: str):
    hcl, _ = outside(f"""  B: {{Type: AWS::Events::EventBus, Properties: {{Name: Shop}}}}
  A: {{Type: AWS::Events::Rule, Properties: {{EventBusName: {bus}, EventPattern: {{source: [shop]}}}}}}
""")
    assert hcl.count('resource "aws_cloudwatch_event_bus"') == 1
    assert re.search(r"event_bus_name += (aws_cloudwatch_event_bus\.b\.name|\"Shop\")", hcl)
    assert "stand_in" not in hcl


def test_a_destination_that_only_a_parameter_names_is_a_url():
    hcl, _ = outside("""  D:
    Type: AWS::Events::ApiDestination
    Properties: {ConnectionArn: !Ref QueueArn, HttpMethod: POST, InvocationEndpoint: !Ref Bus}
""")
    assert re.search(r'invocation_endpoint += "https://example.com/"', hcl)


@pytest.mark.parametrize(
    "arn", ["arn:aws:s3:::${LogBucket}", "arn:${AWS::Partition}:s3:::${LogBucket}"], ids=["plain", "partition"]
)
def test_a_bucket_that_is_named_inside_an_arn_is_made(arn: str):
    flow = (
        f"{{LogDestination: !Sub '{arn}', LogDestinationType: s3, TrafficType: ALL, ResourceType: VPC, ResourceId: v}}"
    )
    hcl, _ = converted(f"  F: {{Type: AWS::EC2::FlowLog, Properties: {flow}}}\n")
    assert 'resource "aws_s3_bucket" "stand_in"' in hcl
    assert re.search(r"log_destination += aws_s3_bucket\.stand_in\.arn", hcl)
