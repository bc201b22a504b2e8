"""What a careful person would have written: names, comments, scripts, references instead of names, values that fit."""

import pytest

from lsqm.normalize.cloudformation import convert_template
from lsqm.normalize.cloudformation.names import Names, snake
from lsqm.normalize.cloudformation.standins import for_arn, stand_in_for


def converted(template: str):
    return convert_template(template.encode(), file="t.yaml")


@pytest.mark.parametrize(
    ("logical_id", "name"),
    [
        ("EventBridgeIAMrole", "event_bridge_iam_role"),
        ("RecordSetIPv6", "record_set_ipv6"),
        ("MaxUsedTxIDsAlarm", "max_used_tx_ids_alarm"),
        ("Target5XXTooHigh", "target5xx_too_high"),
        ("ProductsAPI", "products_api"),
        ("BastionSGs", "bastion_sgs"),
        ("MyHTTPApi", "my_http_api"),
    ],
)
def test_acronyms_stay_words(logical_id: str, name: str):
    assert Names("stack", b"").block("aws_x", logical_id) == name


def test_properties_with_plurals_of_acronyms():
    assert snake("PreferredCacheClusterAZs") == "preferred_cache_cluster_azs"


@pytest.mark.parametrize(
    ("names", "value"),
    [
        (("endpoint", "notification_email"), "someone@example.com"),
        (("location", "artifact_bucket"), "stand-in-bucket"),
        (("arn", "alert_topic_arn"), "arn:aws:sns:us-east-1:000000000000:stand-in"),
        (("service_token",), "arn:aws:lambda:us-east-1:000000000000:function:stand-in"),
        (("cidr_block_ipv6",), "2001:db8::/56"),
        (("db_subnet_group_name",), "stand-in"),
        (("iam_instance_profile", "domain_members_profile"), "stand-in"),
        (("container_image_uri",), "000000000000.dkr.ecr.us-east-1.amazonaws.com/stand-in:latest"),
    ],
)
def test_a_stand_in_fits_the_most_telling_name(names: tuple[str, ...], value: str):
    assert stand_in_for(*names) == value


def test_an_arn_says_whose_it_is():
    assert for_arn("lambda_role_arn") == "arn:aws:iam::000000000000:role/stand-in"
    assert for_arn("lambda_bucket_arn") == "arn:aws:s3:::stand-in-bucket"
    assert for_arn("arn", "central_event_bus_arn").endswith(":event-bus/default")


@pytest.mark.parametrize(
    ("parameter", "use", "value"),
    [
        ("Address", "{Type: AWS::SNS::Subscription, Properties: {Protocol: email, TopicArn: a, Endpoint: !Ref Address}}",
         "someone@example.com"),
        ("Cluster", ("{Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: f, Topics: [t],"
         " EventSourceArn: !Ref Cluster}}"),
         "arn:aws:kafka:us-east-1:000000000000:cluster/stand-in/01234567-89ab-cdef-0123-456789abcdef-1"),
        ("AdminEmail", "{Type: AWS::IAM::User, Properties: {UserName: !Ref AdminEmail}}", "someone@example.com"),
    ],
)  # fmt: skip
def test_a_parameter_fits_what_takes_it(parameter: str, use: str, value: str):
    made = converted(f"Parameters:\n  {parameter}: {{Type: String}}\nResources:\n  Thing: {use}\n")
    assert f'"{value}"' in made.files["main.tf"].decode()


def test_a_mapping_names_its_domain_by_reference_and_a_certificate_does_not():
    main = (
        converted("""
Resources:
  Domain: {Type: AWS::ApiGatewayV2::DomainName, Properties: {DomainName: api.example.com}}
  Mapping: {Type: AWS::ApiGatewayV2::ApiMapping, Properties: {ApiId: a, DomainName: api.example.com, Stage: live}}
  Certificate: {Type: AWS::CertificateManager::Certificate, Properties: {DomainName: api.example.com}}
""")
        .files["main.tf"]
        .decode()
    )
    assert "= aws_apigatewayv2_domain_name.domain.domain_name" in main
    assert main.count('domain_name       = "api.example.com"') == 1


def test_a_long_description_is_wrapped():
    main = converted(f"Description: {'word ' * 60}\nResources: {{Topic: {{Type: AWS::SNS::Topic}}}}\n").files["main.tf"]
    head = main.decode().split("\n\n")[0].splitlines()
    assert len(head) > 1
    assert all(line.startswith("# word") and len(line) <= 120 for line in head)


def test_a_script_without_a_last_line_break_is_a_heredoc_all_the_same():
    main = (
        converted("""
Resources:
  Server:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: ami-1
      UserData:
        Fn::Base64: !Sub |-
          #!/bin/bash
          yum update
          echo ${AWS::Region}
""")
        .files["main.tf"]
        .decode()
    )
    assert "<<-EOT\n    #!/bin/bash\n    yum update\n    echo ${data.aws_region.current.name}\n  EOT" in main


@pytest.mark.parametrize(("policy", "said"), [("Retain", 1), ("Snapshot", 1), ("Delete", 0)])
def test_what_cloudformation_would_have_kept_is_said(policy: str, said: int):
    made = converted(f"Resources: {{Topic: {{Type: AWS::SNS::Topic, DeletionPolicy: {policy}}}}}\n")
    notes = [item for item in made.diagnostics if item.code == "attribute-dropped"]
    assert [item.severity.value for item in notes] == ["note"] * said
