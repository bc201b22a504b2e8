"""The builtin generator's apps: what they assert, and that a person would be glad to own them."""

import ast
import subprocess
import sys
from collections.abc import Iterator

import pytest

from lsqm.generate.builtin import generate_builtin
from lsqm.generate.builtin.recipe import Design
from lsqm.generate.builtin.render import behaviours, quote, render_behaviour, render_look
from lsqm.generate.builtin.table import RECIPES
from lsqm.generate.configuration import UNKNOWN, ResourceBlock
from lsqm.model.app import APP_FILES, Generator
from tests.unit.generate.architectures import architecture

QUEUE = """
resource "aws_sqs_queue" "orders" {
  name                       = "orders"
  visibility_timeout_seconds = "45"
  fifo_queue                 = false
  kms_master_key_id          = aws_kms_key.k.arn
}
"""


def code_of(text: str, **files: bytes) -> str:
    app = generate_builtin(architecture(text, files=files), now="2026-01-04T00:00:00Z")
    return app.files["test_app.py"]


def test_an_app_has_the_four_files_and_says_who_wrote_it():
    app = generate_builtin(architecture(QUEUE), now="2026-01-04T00:00:00Z")
    assert tuple(app.files) == APP_FILES
    assert app.record.generator is Generator.BUILTIN
    assert app.record.generated_at == "2026-01-04T00:00:00Z"
    for name in APP_FILES[:3]:
        ast.parse(app.files[name])


def test_what_the_configuration_states_is_asserted_literally_and_nothing_else():
    text = code_of(QUEUE)
    assert 'assert int(found["VisibilityTimeout"]) == 45' in text
    assert 'assert not (found.get("FifoQueue") == "true")' in text
    assert "KmsMasterKeyId" not in text
    assert "DelaySeconds" not in text


def test_app_py_holds_exactly_the_helpers_the_tests_reach():
    app = generate_builtin(architecture(QUEUE), now="")
    defined = {node.name for node in ast.parse(app.files["app.py"]).body if isinstance(node, ast.FunctionDef)}
    assert defined == {"eventually", "receive_message", "send_message", "skip_if_consumed", "unique"}


def test_redrive_is_tried_only_where_it_is_configured():
    assert "dead_letters" not in code_of(QUEUE)
    assert "dead_letters" in code_of('resource "aws_sqs_queue" "q" {\n redrive_policy = jsonencode({})\n}\n')


def test_unknown_types_are_notes_and_an_app_of_nothing_says_so():
    app = generate_builtin(architecture('resource "aws_mystery" "m" {}\n'), now="")
    assert app.record.proof.notes == ("no test for aws_mystery",)
    assert "pytest.skip" in app.files["test_app.py"]


def test_equal_names_in_different_modules_do_not_collide():
    child = b'resource "aws_sns_topic" "t" {}\n'
    text = code_of(
        'module "a_b" {\n source = "./m"\n}\nmodule "a" {\n source = "./n"\n}\n',
        **{"m/main.tf": child, "n/main.tf": b'resource "aws_sns_topic" "b_t" {}\n'},
    )
    names = [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    assert len(names) == len(set(names)) == 4


def test_the_same_architecture_gives_the_same_app():
    first, second = (generate_builtin(architecture(QUEUE), now="") for _ in range(2))
    assert first == second


def test_hostile_names_stay_text():
    text = code_of('resource "aws_sqs_queue" "q" {\n kms_master_key_id = "\\"); import os #\\n\'\'\'"\n}\n')
    tree = ast.parse(text)
    assert not any(isinstance(node, ast.Import) and node.names[0].name == "os" for node in ast.walk(tree))


@pytest.mark.parametrize("value", ["a", 'a"b', "a'b", "a'\"b", "\n", "é", 1, True, {"a": ["b"]}])
def test_quoted_values_read_back_as_themselves(value):
    assert ast.literal_eval(quote(value)) == value


def every_test() -> Iterator[tuple[str, str]]:
    """All code the tables can give, with each behaviour forced."""
    block = ResourceBlock(address="module.m.aws_x.y", type="aws_x", values={}, text="")
    for recipe in RECIPES.values():
        yield recipe.type, render_look(recipe, block, "x")
        for behaviour in recipe.behaviours:
            yield f"{recipe.type}-{behaviour.name}", render_behaviour(recipe, behaviour, block, "x")


@pytest.mark.parametrize(("name", "text"), list(every_test()), ids=[name for name, _ in every_test()])
def test_every_recipe_asserts_something_about_its_own_resource(name, text):
    tree = ast.parse(text)
    assert any(isinstance(node, ast.Assert) for node in ast.walk(tree))
    loop = next(node for node in ast.walk(tree) if isinstance(node, ast.For))
    uses = [node for child in loop.body for node in ast.walk(child) if isinstance(node, ast.Name)]
    assert isinstance(loop.target, ast.Name)
    assert loop.target.id in {node.id for node in uses}


def test_behaviours_cope_with_values_that_only_terraform_knows():
    for recipe in RECIPES.values():
        values = {setting.path.split(".")[0]: UNKNOWN for setting in recipe.settings}
        for given in ({}, values):
            block = ResourceBlock(address="aws_x.y", type=recipe.type, values=given, text="")
            list(behaviours(recipe, block, Design((block,), frozenset({recipe.type}))))


def test_the_code_is_formatted_and_clean(tmp_path):
    for name, text in every_test():
        (tmp_path / f"test_{name}.py").write_text(f"{text}", encoding="utf-8")
    app = generate_builtin(architecture(QUEUE), now="")
    for name in APP_FILES[:3]:
        (tmp_path / name).write_text(app.files[name], encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    formatted = subprocess.run(
        [*ruff, "format", "--isolated", "--line-length", "120", "--diff", "--no-cache", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert formatted.returncode == 0, formatted.stdout
    ignored = ("--ignore", "F821")  # single functions know no imports
    linted = subprocess.run(
        [
            *ruff,
            "check",
            "--isolated",
            "--line-length",
            "120",
            "--select",
            "E,F,B,I",
            *ignored,
            "--no-cache",
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout


def test_what_is_in_another_region_is_asked_for_there():
    regions = 'provider "aws" {\n region = "eu-west-1"\n}\nprovider "aws" {\n alias = "far"\n region = var.far\n}\n'
    regions += 'variable "far" {\n default = "us-east-2"\n}\n'
    child = b'resource "aws_sns_topic" "t" {}\n'
    text = code_of(
        f"{regions}"
        'resource "aws_kms_key" "here" {}\n'
        'resource "aws_kms_key" "there" {\n provider = aws.far\n}\n'
        'module "m" {\n source = "./m"\n providers = {\n  aws = aws.far\n }\n}\n'
        'module "n" {\n source = "./m"\n}\n',
        **{"m/main.tf": child},
    )
    asked = {node.name: ast.unparse(node.body[1]) for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
    assert asked["test_kms_key_here_is_as_asked_for"] == "kms = client('kms', 'eu-west-1')"
    assert asked["test_kms_key_there_is_as_asked_for"] == "kms = client('kms', 'us-east-2')"
    assert asked["test_sns_topic_m_t_is_as_asked_for"] == "sns = client('sns', 'us-east-2')"
    assert asked["test_sns_topic_n_t_is_as_asked_for"] == "sns = client('sns', 'eu-west-1')"


def test_the_only_region_is_left_to_the_environment():
    text = code_of('provider "aws" {\n region = "eu-west-1"\n}\nresource "aws_kms_key" "k" {}\n')
    assert 'client("kms")' in text


def test_no_bucket_is_left_with_an_object_when_a_test_fails():
    text = generate_builtin(
        architecture(
            'resource "aws_s3_bucket" "b" {}\n'
            'resource "aws_s3_bucket_versioning" "v" {\n  bucket = aws_s3_bucket.b.id\n'
            '  versioning_configuration {\n    status = "Enabled"\n  }\n}\n'
            'resource "aws_sqs_queue" "q" {}\n'
            'resource "aws_s3_bucket_notification" "n" {\n  bucket = aws_s3_bucket.b.id\n  eventbridge = true\n'
            '  queue {\n    queue_arn = aws_sqs_queue.q.arn\n    events = ["s3:ObjectCreated:*"]\n  }\n}\n'
        ),
        now="",
    ).files["test_app.py"]
    putting = [
        node
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and "put_object(" in ast.unparse(node)
    ]
    assert len(putting) == 3
    for test in putting:
        cleans_up = any(
            isinstance(node, ast.Try) and any("remove_object(" in ast.unparse(last) for last in node.finalbody)
            for node in ast.walk(test)
        )
        after = ast.unparse(test).rpartition("put_object(")[2]
        assert cleans_up or after.index("remove_object(") < after.index("assert ")


METHOD = """
resource "aws_api_gateway_rest_api" "a" {
  name = "a"
  %s
}

resource "aws_api_gateway_method" "get" {
  rest_api_id   = aws_api_gateway_rest_api.a.id
  resource_id   = aws_api_gateway_rest_api.a.root_resource_id
  http_method   = "GET"
  authorization = "NONE"
}

resource "aws_api_gateway_stage" "live" {
  rest_api_id   = aws_api_gateway_rest_api.a.id
  deployment_id = "d"
  stage_name    = "live"
}
"""
ROUTE = """
resource "aws_apigatewayv2_api" "a" {
  name          = "a"
  protocol_type = "HTTP"
  %s
}

resource "aws_apigatewayv2_route" "get" {
  api_id    = aws_apigatewayv2_api.a.id
  route_key = "GET /x"
}

resource "aws_apigatewayv2_stage" "live" {
  api_id = aws_apigatewayv2_api.a.id
  name   = "live"
}
"""


@pytest.mark.parametrize(
    ("text", "guard"),
    [
        (METHOD, 'policy = jsonencode({ Statement = [{ Effect = "Deny" }] })'),
        (METHOD, "disable_execute_api_endpoint = true"),
        (ROUTE, "disable_execute_api_endpoint = true"),
    ],
)
def test_routes_are_called_unless_the_api_itself_may_turn_callers_away(text, guard):
    assert "is_reached_through_the_stage" in code_of(text % "")
    assert "is_reached_through_the_stage" not in code_of(text % guard)
