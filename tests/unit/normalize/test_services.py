import json
import tomllib
from importlib.resources import files

import pytest

from lsqm.errors import DataError, UsageError
from lsqm.normalize.services import plan_names, service_of, services_of, supported, unsupported
from lsqm.normalize.services.generate import document
from lsqm.normalize.services.plans import lowest_plan, provenance
from lsqm.normalize.services.refresh import Change, change, from_coverage, from_health, plan_toml
from lsqm.normalize.services.types import by_prefix

TYPES = json.loads(files("lsqm.normalize.services").joinpath("provider_types.json").read_text())


@pytest.mark.parametrize(
    ("kind", "service"),
    [
        ("aws_s3_bucket", "s3"),
        ("aws_s3_bucket_policy", "s3"),
        ("aws_s3control_bucket", "s3control"),
        ("aws_lambda_function", "lambda"),
        ("aws_sfn_state_machine", "stepfunctions"),
        ("aws_cloudwatch_event_rule", "events"),
        ("aws_cloudwatch_log_group", "logs"),
        ("aws_cloudwatch_metric_alarm", "cloudwatch"),
        ("aws_api_gateway_rest_api", "apigateway"),
        ("aws_apigatewayv2_api", "apigatewayv2"),
        ("aws_route_table", "ec2"),
        ("aws_route53_record", "route53"),
        ("aws_route53_resolver_rule", "route53resolver"),
        ("aws_db_instance", "rds"),
        ("aws_lb", "elbv2"),
        ("aws_elb", "elb"),
        ("aws_kinesis_firehose_delivery_stream", "firehose"),
        ("aws_cognito_user_pool", "cognito-idp"),
        ("aws_cognito_identity_pool", "cognito-identity"),
        ("aws_msk_cluster", "kafka"),
        ("aws_default_vpc", "ec2"),
        ("data.aws_caller_identity", "sts"),
        ("data.aws_iam_policy_document", ""),
        ("data.aws_iam_policy", "iam"),
        ("aws_brandnew_thing", "brandnew"),
        ("terraform_data", ""),
        ("random_pet", ""),
        ("AWS::SQS::Queue", "sqs"),
        ("AWS::Serverless::Function", "lambda"),
        ("AWS::Cognito::IdentityPool", "cognito-identity"),
        ("AWS::StepFunctions::StateMachine", "stepfunctions"),
        ("Custom::Thing", ""),
    ],
)
def test_service_of(kind: str, service: str) -> None:
    assert service_of(kind) == service


def test_services_are_sorted_and_unique() -> None:
    assert services_of(["aws_sqs_queue", "aws_iam_role", "aws_sqs_queue_policy", "null_resource"]) == ("iam", "sqs")


def test_the_generated_table_is_the_prefix_table_applied_to_every_type() -> None:
    kinds = [kind for kinds in TYPES["services"].values() for kind in kinds]
    assert len(kinds) > 1700
    assert len(kinds) == len(set(kinds))
    assert json.loads(document(TYPES["version"], kinds)) == TYPES
    assert all(service_of(kind) == by_prefix(kind) for kind in kinds)


def test_every_service_a_plan_offers_is_spelled_as_some_type_spells_it() -> None:
    """Guards against `elb-v2` in one table and `elbv2` in another."""
    without_terraform = {
        "apigatewaymanagementapi", "appconfigdata", "bedrock-runtime", "dynamodbstreams", "identitystore", "iot-data",
        "iotanalytics", "iotwireless", "managedblockchain", "mediaconnect", "mediastore-data", "qldb-session", "rds-data",
        "sagemaker-runtime", "support", "textract", "translate", "resourcegroupstaggingapi",
    }  # fmt: skip
    spelled = set(TYPES["services"]) | without_terraform
    for plan in plan_names():
        assert supported(plan) <= spelled, plan


def test_plans_grow() -> None:
    assert supported("community") <= supported("hobby") < supported("base") < supported("ultimate")
    assert unsupported(["s3", "dms", "ecs"], "community") == ("dms", "ecs")
    assert unsupported(["s3", "dms", "ecs"], "base") == ("dms",)
    assert unsupported(["s3", "dms", "ecs"], "ultimate") == ()
    assert unsupported(["lightsail", "sqs"], "ministack") == ("lightsail",)
    assert lowest_plan("ecs") == "base"
    assert lowest_plan("lightsail") is None


def test_every_plan_says_where_it_comes_from() -> None:
    assert all(provenance(plan) for plan in plan_names())


def test_an_unknown_plan_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="gold"):
        supported("gold")


def test_a_health_page_names_what_the_emulator_offers() -> None:
    page = json.dumps(
        {"services": {"s3": "running", "sqs": "available", "swf": "disabled", "elasticloadbalancing": "available"}}
    )
    assert from_health(page) == {"s3", "sqs", "elb", "elbv2"}


@pytest.mark.parametrize("page", ["", "[]", "{}", '{"services": 1}'])
def test_something_else_is_no_health_page(page: str) -> None:
    with pytest.raises(DataError, match="health"):
        from_health(page)


COVERAGE = """| Service | Minimum plan | Markdown | JSON | Docs |
| --- | --- | --- | --- | --- |
| One | Hobby | [x](/v1/services/s3.md) | [x](/v1/services/s3.json) | - |
| Two | Hobby / Base | [x](/v1/services/apigateway.md) | [x](/v1/services/apigateway.json) | - |
| Three | Ultimate | [x](/v1/services/dms.md) | [x](/v1/services/dms.json) | - |
"""


def test_the_coverage_catalogue_is_read_by_plan() -> None:
    assert from_coverage(COVERAGE) == {
        "hobby": {"s3", "apigateway"},
        "base": {"s3", "apigateway"},
        "ultimate": {"s3", "apigateway", "dms"},
    }
    with pytest.raises(DataError, match="coverage"):
        from_coverage("<html>moved</html>")


def test_a_refreshed_plan_is_a_table_again() -> None:
    text = plan_toml("hobby", frozenset({"s3", "acm"}), title="T", provenance='seen "today"')
    assert tomllib.loads(text)["hobby"] == {"title": "T", "provenance": 'seen "today"', "services": ["acm", "s3"]}
    assert change(frozenset({"a", "b"}), frozenset({"b", "c"})) == Change(added=("c",), removed=("a",))
