"""What is left out and why, what is only remarked, and the template without the framework's machinery."""

import pytest

from lsqm.model.architecture import SkipReason
from lsqm.model.diagnostic import Severity
from lsqm.normalize.serverless import ServerlessFileError, convert_serverless, without_plumbing

PLAIN = b"""
service: one
provider: {name: aws, runtime: nodejs20.x}
functions:
  hi: {handler: a.b}
"""


def convert(text: bytes, **files: bytes):
    return convert_serverless(text, file="app/serverless.yml", read=files.get)


@pytest.mark.parametrize(
    ("text", "reason", "named"),
    [
        (b"service: a\nprovider: google\n", SkipReason.FOREIGN_PROVIDER, "google"),
        (
            b"service: a\nprovider: {name: aws}\nplugins: [serverless-domain-manager]\n",
            SkipReason.NEEDS_PLUGIN,
            "domain-manager",
        ),
        (b"service: a\nprovider: {name: aws}\nresources: ${file(r.js)}\n", SkipReason.NEEDS_TOOL, "r.js"),
    ],
)
def test_left_out_with_a_reason(text: bytes, reason: SkipReason, named: str) -> None:
    made = convert(text)
    assert made.skip is not None
    assert made.skip.reason is reason
    assert named in made.skip.detail
    assert made.template == {}


def test_a_program_as_configuration_is_left_out() -> None:
    made = convert_serverless(b"module.exports = {}", file="serverless.js", read=lambda _: None)
    assert made.skip is not None
    assert made.skip.reason is SkipReason.NEEDS_TOOL


@pytest.mark.parametrize(
    "text", [b"", b"[1]", b"a: [", b"\xff\xfe\x00", b"a: !!python/object:os.system x", b"services: {a: {path: a}}"]
)
def test_unreadable_input_is_one_sentence(text: bytes) -> None:
    with pytest.raises(ServerlessFileError, match=r"app/serverless\.yml"):
        convert(text)


def test_plugins_are_remarked_upon() -> None:
    text = PLAIN + b"plugins: [serverless-offline, serverless-wsgi, ./my-own]\n"
    found = {(one.code, one.severity) for one in convert(text).diagnostics}
    assert found == {
        ("plugin-ignored", Severity.NOTE),
        ("plugin-ignored", Severity.WARNING),
        ("plugin-unknown", Severity.WARNING),
    }


def test_an_unknown_event_is_named_with_its_line() -> None:
    text = b"service: one\nprovider: {name: aws}\nfunctions:\n  hi:\n    handler: a.b\n    events:\n      - carrierPigeon: x\n"
    (found,) = convert(text).diagnostics
    assert (found.code, found.location.line) == ("unsupported-event", 7)
    assert "carrierPigeon" in found.message


def test_old_spellings_are_understood() -> None:
    text = b"service: {name: old}\nprovider: aws\nfunctions:\n  hi: {handler: a.b, runtime: nodejs20.x}\n"
    assert convert(text).template["Resources"]["HiLambdaFunction"]["Properties"]["FunctionName"] == "old-dev-hi"


def test_pseudo_parameters_plugin_becomes_sub() -> None:
    text = (
        PLAIN
        + b"""plugins: [serverless-pseudo-parameters]
resources:
  Resources:
    A:
      Type: AWS::SNS::Topic
      Properties: {TopicName: "t-#{AWS::AccountId}", DisplayName: !Sub "#{AWS::Region}"}
"""
    )
    properties = convert(text).template["Resources"]["A"]["Properties"]
    assert properties == {"TopicName": {"Fn::Sub": "t-${AWS::AccountId}"}, "DisplayName": {"Fn::Sub": "${AWS::Region}"}}


def test_without_plumbing_only_the_architecture_is_left() -> None:
    full = convert(PLAIN).template
    assert len(full["Resources"]) == 6
    bare = without_plumbing(full)
    assert set(bare["Resources"]) == {"HiLambdaFunction", "HiLogGroup", "IamRoleLambdaExecution"}
    assert bare["Resources"]["HiLambdaFunction"]["Properties"]["Code"] == {
        "S3Bucket": "lsqm-artifacts",
        "S3Key": "one.zip",
    }
    assert bare["Outputs"] == {}
    assert "ServerlessDeploymentBucket" in full["Resources"]


def test_a_version_that_an_alias_needs_is_kept() -> None:
    bare = without_plumbing(convert(PLAIN.replace(b"a.b}", b"a.b, provisionedConcurrency: 1}")).template)
    kinds = sorted(resource["Type"] for resource in bare["Resources"].values())
    assert kinds == [
        "AWS::IAM::Role",
        "AWS::Lambda::Alias",
        "AWS::Lambda::Function",
        "AWS::Lambda::Version",
        "AWS::Logs::LogGroup",
    ]


def test_an_existing_bucket_of_the_same_service_notifies_without_the_helper() -> None:
    text = b"""
service: one
provider: {name: aws, runtime: nodejs20.x}
functions:
  hi:
    handler: a.b
    events:
      - s3: {bucket: !Ref Own, existing: true, rules: [{prefix: in/}]}
      - s3: {bucket: !Ref Own, existing: true, event: "s3:ObjectRemoved:*"}
  elsewhere:
    handler: a.c
    events:
      - s3: {bucket: other, existing: true}
resources: {Resources: {Own: {Type: "AWS::S3::Bucket"}}}
"""
    full = convert(text).template
    assert full["Resources"]["HiCustomS31"]["Type"] == "Custom::S3"
    resources = without_plumbing(full)["Resources"]
    assert not [key for key in resources if "Custom" in key]
    target = {"Fn::GetAtt": ["HiLambdaFunction", "Arn"]}
    assert resources["Own"] == {
        "Type": "AWS::S3::Bucket",
        "DependsOn": ["HiLambdaPermissionOwnS3"],
        "Properties": {
            "NotificationConfiguration": {
                "LambdaConfigurations": [
                    {
                        "Event": "s3:ObjectCreated:*",
                        "Function": target,
                        "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "in/"}]}},
                    },
                    {"Event": "s3:ObjectRemoved:*", "Function": target},
                ]
            }
        },
    }
    assert resources["HiLambdaPermissionOwnS3"]["Properties"]["Principal"] == "s3.amazonaws.com"


def test_layers_with_permission_and_outputs() -> None:
    text = (
        PLAIN
        + b"""layers:
  common-code: {path: layer, compatibleRuntimes: [nodejs20.x], allowedAccounts: ["*"]}
"""
    )
    template = convert(text).template
    layer = template["Resources"]["CommonDashcodeLambdaLayer"]
    assert layer["Type"] == "AWS::Lambda::LayerVersion"
    assert layer["Properties"]["LayerName"] == "common-code"
    permission = template["Resources"]["CommonDashcodeWildLambdaLayerPermission"]
    assert permission["Properties"]["LayerVersionArn"] == {"Ref": "CommonDashcodeLambdaLayer"}
    assert template["Outputs"]["CommonDashcodeLambdaLayerQualifiedArn"]["Value"] == {"Ref": "CommonDashcodeLambdaLayer"}


def test_an_image_that_would_be_built_gets_a_stand_in() -> None:
    text = b"service: one\nprovider: {name: aws, ecr: {images: {main: {path: .}}}}\nfunctions:\n  hi: {image: main}\n"
    made = convert(text)
    properties = made.template["Resources"]["HiLambdaFunction"]["Properties"]
    assert properties["Code"] == {"ImageUri": "000000000000.dkr.ecr.us-east-1.amazonaws.com/serverless-one-dev:main"}
    assert [one.code for one in made.diagnostics] == ["image-not-built"]


def test_the_lambda_integration_answers_with_status_codes() -> None:
    text = b"""
service: one
provider: {name: aws, runtime: nodejs20.x}
functions:
  hi:
    handler: a.b
    events:
      - http: {path: a, method: get, integration: lambda, cors: true}
      - http: {path: b, method: post, async: true}
"""
    resources = convert(text).template["Resources"]
    integration = resources["ApiGatewayMethodAGet"]["Properties"]["Integration"]
    assert integration["Type"] == "AWS"
    assert set(integration["RequestTemplates"]) == {"application/json", "application/x-www-form-urlencoded"}
    codes = [one["StatusCode"] for one in integration["IntegrationResponses"]]
    assert codes == ["200", "400", "401", "403", "404", "422", "500", "502", "504"]
    asynchronous = resources["ApiGatewayMethodBPost"]["Properties"]["Integration"]["RequestParameters"]
    assert asynchronous == {"integration.request.header.X-Amz-Invocation-Type": "'Event'"}
