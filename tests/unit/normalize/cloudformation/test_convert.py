import io
import re
import zipfile

import hcl2
import pytest

from lsqm.model.architecture import Dialect
from lsqm.normalize.cloudformation import TemplateError, convert_document, convert_template, detect


def convert(text: str):
    return convert_template(text.encode(), file="shop.yaml")


def main(text: str) -> str:
    data: bytes = convert(text).files["main.tf"]
    return data.decode()


QUEUE = """
Parameters:
  Stage: {Type: String}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  DeadLetters:
    Type: AWS::SQS::Queue
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub "${Stage}-jobs"
      VisibilityTimeout: "30"
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt DeadLetters.Arn
        maxReceiveCount: 3
      Colour: red
  Copy:
    Type: AWS::SQS::Queue
    Condition: IsProd
Outputs:
  Url:
    Value: !Ref Jobs
"""


def test_references_names_and_policies_are_terraform():
    text = main(QUEUE)
    assert 'resource "aws_sqs_queue" "jobs" {' in text
    assert "visibility_timeout_seconds = 30" in text
    assert "deadLetterTargetArn = aws_sqs_queue.dead_letters.arn" in text
    assert '"dev-jobs"' in text
    hcl2.loads(text)


def test_a_condition_that_does_not_hold_keeps_the_resource_switched_off():
    text = main(QUEUE)
    assert "is_prod = false" in text
    assert "count = local.is_prod ? 1 : 0" in text


def test_dropped_properties_and_stand_ins_are_said_with_their_place():
    result = convert(QUEUE)
    dropped = [d for d in result.diagnostics if d.code == "property-dropped"]
    assert [(d.subject, d.location.line, d.location.column) for d in dropped] == [("Jobs", 17, 7)]
    assert result.stand_ins == ("Parameter Stage is set to 'dev': it has no default.",)
    assert result.fidelity.resources_mapped == result.fidelity.resources_total == 3
    assert 0.5 < result.fidelity.share < 1


def test_outputs_are_outputs():
    assert b"value = aws_sqs_queue.jobs.url" in convert(QUEUE).files["outputs.tf"]


def test_inline_code_is_carried_as_a_zip_that_is_the_same_every_time():
    text = """
Resources:
  Hello:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: arn:aws:iam::000000000000:role/r
      Code: {ZipFile: "def handler(e, c): return 1\\n"}
"""
    first, second = convert(text), convert(text)
    assert first.files == second.files
    with zipfile.ZipFile(io.BytesIO(first.files["lambda/hello.zip"])) as archive:
        assert archive.read("index.py") == b"def handler(e, c): return 1\n"


def test_sam_is_transformed_without_a_network():
    result = convert("""
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs20.x
      Handler: src/app.run
      CodeUri: hello/
      Policies: [AWSLambdaBasicExecutionRole]
      Events:
        Get: {Type: Api, Properties: {Path: /hello, Method: get}}
""")
    text = result.files["main.tf"].decode()
    for type_ in ("aws_lambda_function", "aws_iam_role", "aws_api_gateway_rest_api", "aws_api_gateway_stage"):
        assert f'resource "{type_}"' in text
    with zipfile.ZipFile(io.BytesIO(result.files["hello/package.zip"])) as archive:
        assert archive.namelist() == ["src/app.js"]
        assert b"exports.run" in archive.read("src/app.js")


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        (b"Resources:\n  A:\n    Type: AWS::SQS::Queue\n", Dialect.CLOUDFORMATION),
        (b'{"Resources": {"A": {"Type": "AWS::Serverless::Function"}}}', Dialect.SAM),
        (b"kind: Deployment\nspec: {}\n", None),
        (b"service: x\nresources:\n  Resources: {}\n", None),
    ],
)
def test_detect(text, dialect):
    assert detect(text) is dialect


def test_a_template_without_resources_is_refused():
    with pytest.raises(TemplateError, match="no Resources"):
        convert("Outputs: {}\n")


def test_functions_that_grow_without_bound_are_stopped():
    value: object = "x" * 1000
    for _ in range(60):
        value = {"Fn::Sub": ["${A}${A}${A}${A}", {"A": value}]}
    template = {"Resources": {"T": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": value}}}}
    with pytest.raises(TemplateError, match="grow to more than"):
        convert_document(template, file="t")


def test_functions_that_share_a_code_folder_share_one_package():
    text = "Resources:\n" + "".join(
        f"""
  {name}:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: {name.lower()}.run
      Role: arn:aws:iam::000000000000:role/r
      Code: {{S3Bucket: b, S3Key: ../../out/app.zip}}
"""
        for name in ("One", "Two")
    )
    result = convert(text)
    with zipfile.ZipFile(io.BytesIO(result.files["out/app.zip"])) as archive:
        assert archive.namelist() == ["one.py", "two.py"]
    assert not any(name.startswith(("/", "..")) for name in result.files)


def test_a_runtime_newer_than_the_provider_is_replaced_and_said():
    text = """
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.99
      Handler: index.handler
      Role: arn:aws:iam::000000000000:role/r
      Code: {ZipFile: "def handler(e, c): return 1"}
"""
    result = convert(text)
    main = result.files["main.tf"].decode()
    assert 'runtime          = local.runtimes["python3.99"]' in main
    assert '"python3.99" = "python3.13"' in main
    assert any("python3.99 is none that the provider knows" in sentence for sentence in result.stand_ins)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("python2.7", "python3.13"),
        ("nodejs", "nodejs22.x"),
        ("nodejs14.x", "nodejs22.x"),
        ("java8", "java21"),
        ("go1.x", "provided.al2023"),
        ("provided", "provided.al2023"),
        ("dotnetcore3.1", "dotnet8"),
    ],
)
def test_a_runtime_on_which_lambda_creates_no_function_is_replaced_and_said(old: str, new: str):
    text = f"""
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties: {{Runtime: {old}, Handler: index.handler, Role: r, Code: {{S3Bucket: b, S3Key: k}}}}
  L:
    Type: AWS::Lambda::LayerVersion
    Properties: {{CompatibleRuntimes: [{old}], Content: {{S3Bucket: b, S3Key: l}}}}
"""
    result = convert(text)
    main = result.files["main.tf"].decode()
    assert re.search(rf'"?{re.escape(old)}"? += "{re.escape(new)}"', main)
    assert any(f"Runtime {old} is retired" in sentence for sentence in result.stand_ins)
    assert f'compatible_runtimes = ["{old}"]' in main or old == "go1.x", "a layer may still say so"


@pytest.mark.parametrize("kept", ["python3.8", "nodejs16.x", "java8.al2", "provided.al2", "dotnet6", "ruby3.2"])
def test_other_old_runtimes_stay(kept: str):
    text = f"""
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties: {{Runtime: {kept}, Handler: index.handler, Role: r, Code: {{S3Bucket: b, S3Key: k}}}}
"""
    assert f'"{kept}"\n' in convert(text).files["main.tf"].decode()


def test_stand_ins_fit_the_property_that_uses_them():
    text = main("""
Parameters:
  Where: {Type: String}
  Cert: {Type: String}
Resources:
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref Where
      Certificates: [{CertificateArn: !Ref Cert}]
      Port: 443
      Protocol: HTTPS
      DefaultActions: [{Type: forward, TargetGroupArn: !ImportValue group}]
""")
    assert "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/" in text
    assert "arn:aws:acm:us-east-1:000000000000:certificate/" in text
    assert "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/" in text


def test_a_name_that_the_service_refuses_is_mended_and_said():
    text = """
Parameters:
  Recipient: {Type: String, Default: someone@example.com}
Resources:
  Rule:
    Type: AWS::SES::ReceiptRule
    Properties:
      RuleSetName: rules
      Rule: {Name: !Sub "${Recipient} rule", Enabled: true}
  Balancer:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    Properties: {Name: a-name-that-is-longer-than-thirty-two-letters, Subnets: [subnet-1]}
"""
    result = convert(text)
    main = result.files["main.tf"].decode()
    assert '"someone-example.com-rule"' in main
    assert '"a-name-that-is-longer-than-thirt"' in main
    assert sum("does not take such a name" in sentence for sentence in result.stand_ins) == 2


def test_credentials_that_a_default_leaves_empty_get_a_value():
    made = convert_template(
        b"""Parameters: {Key: {Type: String, Default: "", NoEcho: true}}
Resources:
  C:
    Type: AWS::Events::Connection
    Properties:
      AuthorizationType: API_KEY
      AuthParameters: {ApiKeyAuthParameters: {ApiKeyName: x-key, ApiKeyValue: !Ref Key}}
""",
        file="t.yaml",
    )
    assert 'value = "stand-in"' in made.files["main.tf"].decode()
    assert any("is empty" in sentence for sentence in made.stand_ins)


def test_ports_that_are_empty_text_do_not_reach_a_number():
    text = """
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties: {GroupDescription: a group, VpcId: vpc-1}
  Rule:
    Type: AWS::EC2::SecurityGroupIngress
    Properties: {GroupId: !Ref Group, IpProtocol: tcp, FromPort: "", ToPort: "443", CidrIp: 0.0.0.0/0}
"""
    main = convert(text).files["main.tf"].decode()
    assert '""' not in main
    assert re.search(r"to_port +(= 443|= \"443\")", main)


def test_one_item_of_a_set_goes_through_a_list():
    text = """
Resources:
  Directory:
    Type: AWS::DirectoryService::SimpleAD
    Properties: {Name: corp.example.com, Password: Stand-in-Passw0rd, Size: Small, VpcSettings: {VpcId: vpc-1, SubnetIds: [subnet-1, subnet-2]}}
Outputs:
  First: {Value: !Select [0, !GetAtt Directory.DnsIpAddresses]}
"""
    outputs = convert(text).files["outputs.tf"].decode()
    assert "tolist(aws_directory_service_directory.directory.dns_ip_addresses)[0]" in outputs


def test_what_config_records_waits_for_the_recorder():
    text = """
Resources:
  Channel: {Type: AWS::Config::DeliveryChannel, Properties: {S3BucketName: b}}
  Rule: {Type: AWS::Config::ConfigRule, Properties: {Source: {Owner: AWS, SourceIdentifier: REQUIRED_TAGS}}}
  Recorder:
    Type: AWS::Config::ConfigurationRecorder
    Properties: {RoleARN: r, RecordingGroup: {ResourceTypes: ["AWS::EC2::Volume"]}}
"""
    made = main(text)
    assert (
        made.count("depends_on     = [aws_config_configuration_recorder.recorder]")
        + made.count("depends_on = [aws_config_configuration_recorder.recorder]")
        == 2
    )
    assert re.search(r"all_supported += false", made), "the provider's default is the other one"
    backwards = main(text.replace("ConfigurationRecorder\n", "ConfigurationRecorder\n    DependsOn: Channel\n"))
    assert backwards.count("depends_on") == 2, "the template's own order wins"


def test_a_config_rule_waits_until_it_may_call_its_function():
    text = """
Resources:
  Rule:
    Type: AWS::Config::ConfigRule
    Properties: {Source: {Owner: CUSTOM_LAMBDA, SourceIdentifier: !GetAtt F.Arn}}
  F:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.12, Handler: i.h, Role: r, Code: {ZipFile: "def h(e, c): return 1"}}
  May: {Type: AWS::Lambda::Permission, Properties: {Action: "lambda:InvokeFunction", FunctionName: !Ref F, Principal: p}}
"""
    assert "depends_on = [aws_lambda_permission.may]" in main(text)
    circle = main(text.replace("Principal: p", "Principal: p, SourceArn: !GetAtt Rule.Arn"))
    assert "depends_on" not in circle, "the permission waits for the rule"


@pytest.mark.parametrize("name", ["VpcEndpoint", "VPCEndpointId", "ApiVpcEndpointIds"])
def test_a_parameter_for_an_endpoint_of_a_network_gets_an_id(name: str) -> None:
    template = f"Parameters: {{{name}: {{Type: String}}}}\nResources: {{T: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: !Sub 'x${{{name}}}'}}}}}}\n"
    assert b"xvpce-0123456789abcdef0" in convert_template(template.encode(), file="t.yaml").files["main.tf"]


def test_a_private_domain_and_what_is_mapped_below_it():
    text = """
Resources:
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: api}}
  Domain:
    Type: AWS::ApiGateway::DomainNameV2
    Properties:
      DomainName: api.example.com
      CertificateArn: arn:aws:acm:us-east-1:000000000000:certificate/01234567-89ab-cdef-0123-456789abcdef
      EndpointConfiguration: {Types: [PRIVATE]}
      Policy: {Statement: []}
  Mapping: {Type: AWS::ApiGateway::BasePathMappingV2, Properties: {RestApiId: !Ref Api, DomainNameArn: !Ref Domain, BasePath: v1}}
  Other:
    Type: AWS::ApiGateway::BasePathMappingV2
    Properties: {RestApiId: !Ref Api, DomainNameArn: "arn:aws:apigateway:us-east-1:000000000000:/domainnames/b.example.com+abc123"}
"""
    made = re.sub(" +", " ", main(text))
    assert 'types = ["PRIVATE"]' in made
    assert "domain_name = aws_api_gateway_domain_name.domain.domain_name\n" in made
    assert "domain_name_id = aws_api_gateway_domain_name.domain.domain_name_id\n" in made
    assert 'domain_name = "b.example.com"' in made
    assert 'domain_name_id = "abc123"' in made
    assert not [item for item in convert(text).diagnostics if item.severity == "warning"]
