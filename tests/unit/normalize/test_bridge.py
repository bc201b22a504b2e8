from pathlib import Path

import pytest

from lsqm.model.architecture import SkipReason
from lsqm.normalize.terraform import TerraformIntake, intake
from lsqm.normalize.terraform.versions import admits


def take(root: Path, text: str) -> TerraformIntake:
    (root / "main.tf").write_text(text)
    return intake(root, ".")


FUNCTION = 'resource "aws_lambda_function" "f" {\n  function_name = "f"\n  runtime = "%s"\n  s3_bucket = "b"\n  s3_key = "k"\n  role = "r"\n%s}\n'


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("python3.14", "python3.13"),
        ("nodejs24.x", "nodejs22.x"),
        ("java25", "java21"),
        ("python3.12", "python3.12"),
        ("nodejs18.x", "nodejs18.x"),
    ],
)
def test_newer_runtimes_become_the_newest_known(tmp_path: Path, written: str, becomes: str) -> None:
    made = take(tmp_path, FUNCTION % (written, ""))
    assert f'"{becomes}"'.encode() in made.files["main.tf"]
    assert bool(made.changes) == (written != becomes)


def test_what_version_six_renamed_is_named_back(tmp_path: Path) -> None:
    text = 'data "aws_region" "now" {}\n' + FUNCTION % (
        "python3.12",
        '  description = data.aws_region.now.region\n  region = "eu-west-1"\n',
    )
    made = take(tmp_path, text)
    result = made.files["main.tf"].decode()
    assert "data.aws_region.now.name" in result
    assert "eu-west-1" not in result
    assert len(made.changes) == 2


def test_key_schema_becomes_hash_and_range_key(tmp_path: Path) -> None:
    text = """resource "aws_dynamodb_table" "t" {
  name = "t"
  global_secondary_index {
    name = "i"
    key_schema {
      attribute_name = "a"
      key_type       = "HASH"
    }
    key_schema {
      attribute_name = "b"
      key_type       = "RANGE"
    }
    projection_type = "ALL"
  }
}
"""
    result = take(tmp_path, text).files["main.tf"].decode()
    assert 'hash_key = "a"' in result
    assert 'range_key = "b"' in result
    assert "key_schema" not in result


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        (FUNCTION % ("python3.12", "  durable_config {\n  }\n"), "aws_lambda_function: block durable_config"),
        (FUNCTION % ("python3.12", "  publish_to = 1\n"), "aws_lambda_function: argument publish_to"),
        ('resource "aws_lambda_capacity_provider" "p" {}\n', "resource type aws_lambda_capacity_provider"),
        (
            'resource "aws_s3_bucket" "b" {\n  dynamic "nonsense" {\n    for_each = []\n    content {}\n  }\n}\n',
            "aws_s3_bucket: block nonsense",
        ),
        ('resource "aws_sqs_queue" "q" {\n  arn = "x"\n}\n', "aws_sqs_queue: argument arn"),
    ],
)
def test_what_the_provider_lacks_is_skipped_by_name(tmp_path: Path, text: str, detail: str) -> None:
    made = take(tmp_path, text)
    assert made.skip is SkipReason.NEEDS_TOOL
    assert detail in made.details


def test_what_every_resource_may_have_is_no_lack(tmp_path: Path) -> None:
    text = FUNCTION % (
        "python3.12",
        (
            '  count = 1\n  depends_on = []\n  provider = aws\n  lifecycle {\n    ignore_changes = all\n  }\n  timeouts {\n    create = "1m"\n  }\n'
            '  dynamic "environment" {\n    for_each = [1]\n    content {\n      variables = {}\n    }\n  }\n'
        ),
    )
    assert take(tmp_path, text).skip is None


@pytest.mark.parametrize(
    ("constraint", "version", "admitted"),
    [
        (">= 4.0", "5.100.0", True),
        ("~> 5.0", "5.100.0", True),
        ("~> 5.99.0", "5.100.0", False),
        ("~> 6.0", "5.100.0", False),
        ("~> 5", "5.100.0", True),
        ("~> 4", "5.100.0", False),
        (">= 5.0, < 5.50", "5.100.0", False),
        ("= 5.100.0", "5.100.0", True),
        ("5.99.0", "5.100.0", False),
        ("!= 5.100.0", "5.100.0", False),
        ("> 5.100", "5.100.0", False),
        ("<= 5.100", "5.100.0", True),
        ("", "5.100.0", True),
        ("latest", "5.100.0", False),
        (">= 6.0.0-beta1", "5.100.0", False),
    ],
)
def test_version_constraints(constraint: str, version: str, admitted: bool) -> None:
    assert admits(constraint, version) is admitted
