"""What SAM makes of a template stands in the order in which a person wrote the template."""

import re

from lsqm.normalize.cloudformation import convert_template

TEMPLATE = b"""Transform: AWS::Serverless-2016-10-31
Resources:
  Zebra: {Type: AWS::SQS::Queue}
  Yak:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      MemorySize: 256
      Handler: app.handler
      InlineCode: "def handler(event, context): return {}"
      Events:
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Zebra.Arn}}
        Get: {Type: Api, Properties: {RestApiId: !Ref Xerus, Path: /, Method: get}}
  Xerus:
    Type: AWS::Serverless::Api
    Properties:
      StageName: live
      DefinitionBody:
        swagger: "2.0"
        info: {title: zoo, version: "1"}
        x-amazon-apigateway-policy:
          Statement: [{Principal: "*", Effect: Allow, Action: "execute-api:Invoke", Resource: "*"}]
        paths: {/: {get: {x-amazon-apigateway-integration: {type: mock}}}}
  Wolf: {Type: AWS::SNS::Topic}
  Viper:
    Type: AWS::Serverless::HttpApi
    Properties:
      FailOnWarnings: true
      DefinitionBody: {"Fn::Transform": {Name: AWS::Include, Parameters: {Location: api.yaml}}}
"""


def converted(**files: bytes):
    made = convert_template(
        TEMPLATE, file="t.yaml", siblings={name.replace("_", "."): it for name, it in files.items()}
    )
    return made.files["main.tf"].decode(), [item.message for item in made.diagnostics if item.code == "sam"]


def test_resources_keep_the_order_of_the_template_with_what_belongs_to_them():
    main, _ = converted()
    assert re.findall(r'^resource "aws_(\w+)" "(\w+)"', main, re.MULTILINE) == [
        ("sqs_queue", "zebra"),
        ("lambda_function", "yak"),
        ("iam_role", "yak_role"),
        ("iam_role_policy_attachment", "yak_role_aws_lambda_basic_execution_role"),
        ("iam_role_policy_attachment", "yak_role_aws_lambda_sqs_queue_execution_role"),
        ("lambda_permission", "yak_get_permissionlive"),
        ("lambda_event_source_mapping", "yak_jobs"),
        ("api_gateway_rest_api", "xerus"),
        ("api_gateway_method", "get_root"),
        ("api_gateway_integration", "get_root"),
        ("api_gateway_deployment", "xerus_deployment"),
        ("api_gateway_stage", "xerus_deployment_stage"),
        ("api_gateway_stage", "xeruslive_stage"),
        ("sns_topic", "wolf"),
        ("apigatewayv2_api", "viper"),
        ("apigatewayv2_stage", "viper_api_gateway_default_stage"),
    ]


def test_members_keep_the_order_of_the_template():
    main, _ = converted()
    places = [main.index(f"  {word}") for word in ("runtime ", "memory_size", "handler ")]
    assert places == sorted(places)
    policy = main[main.index("policy = jsonencode({\n    Statement = [{\n      Principal") :]
    places = [policy.index(word) for word in ("Principal", "Effect", "Action", "Resource")]
    assert places == sorted(places)


def test_an_included_definition_is_read_from_beside_the_template():
    main, said = converted(api_yaml=b'openapi: 3.0.1\ninfo: {title: beasts, version: "1"}\npaths: {/den: {get: {}}}\n')
    assert (said, "/den" in main, '"beasts"' in main) == ([], True, True)
    assert "fail_on_warnings = true" in " ".join(main.split())


def test_an_included_definition_that_is_not_at_hand_is_said():
    _, said = converted()
    assert said == ["Viper: DefinitionBody api.yaml is not at hand"]
