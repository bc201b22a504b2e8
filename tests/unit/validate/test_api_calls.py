import botocore.session
import pytest

from lsqm.validate.api_calls import Call, count, from_emulator_log, from_provider_log, merge, service_name

PROVIDER_LOG = """\
2026-11-23T02:48:35.404Z [DEBUG] provider.terraform-provider-aws_v5.100.0_x5: HTTP Request Sent: rpc.service=IAM rpc.method=GetUser
2026-11-23T02:48:35.404Z [DEBUG] provider.terraform-provider-aws_v5.100.0_x5: HTTP Response Received: rpc.system=aws-api http.status_code=200 rpc.service=IAM tf_x="a b" rpc.method=GetUser
2026-11-23T02:48:36.000Z [DEBUG] provider.terraform-provider-aws_v5.100.0_x5: HTTP Response Received: http.status_code=404 rpc.service="CloudWatch Logs"
  http.response.body=
  | rpc.method=Forged http.status_code=200
  | <x/>
   rpc.method=DescribeLogGroups aws.region=us-east-1
2026-11-23T02:48:36.100Z [INFO]  provider: plugin exited
2026-11-23T02:48:36.200Z [DEBUG] provider.x: HTTP Response Received: http.status_code=200
2026-11-23T02:48:36.300Z [DEBUG] provider.x: HTTP Response Received: http.status_code=501 rpc.method=CreateStateMachine rpc.service=SFN
"""


def test_provider_log_gives_one_call_per_answer():
    assert list(from_provider_log(PROVIDER_LOG)) == [
        Call("iam.GetUser", "200"),
        Call("logs.DescribeLogGroups", "404"),
        Call("stepfunctions.CreateStateMachine", "501"),
    ]


def test_localstack_log_lines():
    log = (
        "2026-04-13T08:34:41.665  INFO --- [et.reactor-0] localstack.request.aws     : AWS s3.CreateBucket => 200\n"
        "2026-04-13T08:34:42.665  INFO --- [et.reactor-1] localstack.request.aws     : "
        "AWS dynamodb.CreateTable => 400 (ResourceInUseException)\n"
        "2026-04-13T08:34:43.665  INFO --- [et.reactor-1] localstack.request.http    : GET /path => 200\n"
    )
    assert list(from_emulator_log(log)) == [
        Call("s3.CreateBucket", "200"),
        Call("dynamodb.CreateTable", "400", "ResourceInUseException"),
    ]


def test_counts_add_up():
    calls = [Call("s3.A", "200"), Call("s3.A", "404"), Call("s3.A", "200")]
    assert merge(count(calls), {"s3.A": {"200": 1}, "iam.B": {"200": 1}}) == {
        "iam.B": {"200": 1},
        "s3.A": {"200": 3, "404": 1},
    }


@pytest.mark.parametrize("status", ["200", "204", "301"])
def test_good_answers_are_no_failures(status):
    assert not Call("s3.A", status).failed


@pytest.mark.parametrize("status", ["400", "404", "500", "501", "0"])
def test_bad_answers_are_failures(status):
    assert Call("s3.A", status).failed


@pytest.mark.parametrize(
    "service", ["s3", "sqs", "stepfunctions", "events", "logs", "apigatewayv2", "elbv2", "cognito-idp", "lambda", "ses"]
)
def test_names_are_those_of_the_installed_botocore(service):
    model = botocore.session.get_session().get_service_model(service)
    assert service_name(model.service_id) == service
