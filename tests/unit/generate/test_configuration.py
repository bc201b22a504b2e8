"""What counts as plain in a configuration, and what is left to Terraform."""

import pytest

from lsqm.errors import DataError
from lsqm.generate.configuration import UNKNOWN, ResourceBlock, read_configuration

ROOT = b"""
variable "stage" { default = "dev" }
variable "given" {}
locals { wait = 45 }
resource "aws_sqs_queue" "orders" {
  name                       = "orders-${var.stage}"
  visibility_timeout_seconds = local.wait
  fifo_queue                 = true
  count                      = 2
  policy                     = jsonencode({ a = aws_sns_topic.news.arn })
  kms_master_key_id          = var.given
  tags                       = { "a b" = "c \\"d\\" $${e}" }
  block { first = 1 }
  block { first = 2 }
  text = <<-EOT
    one
      two
  EOT
}
module "data" {
  source = "./modules/data"
  name   = "x-${var.stage}"
}
"""
CHILD = b"""
variable "name" {}
resource "aws_s3_bucket" "this" { bucket = "b-${var.name}" }
"""


def blocks(**files: bytes) -> dict[str, ResourceBlock]:
    return {
        block.address: block
        for block in read_configuration({name.replace("__", "/"): text for name, text in files.items()})
    }


def test_literals_variables_locals_and_templates_of_them_are_plain():
    queue = blocks(**{"main.tf": ROOT})["aws_sqs_queue.orders"]
    assert queue.get("name") == "orders-dev"
    assert queue.get("visibility_timeout_seconds") == 45
    assert queue.get("tags") == {"a b": 'c "d" ${e}'}
    assert queue.get("text") == "one\n  two\n"
    assert queue.get("block.first") == 1


def test_a_heredoc_may_end_with_blanks_as_terraform_allows():
    text = b'resource "aws_sqs_queue" "q" {\n  name = "a"\n  policy = <<POLICY3\n{"a": 1}  \nPOLICY3  \n}\n'
    assert blocks(**{"main.tf": text})["aws_sqs_queue.q"].get("policy") == '{"a": 1}  \n'


def test_what_only_terraform_can_compute_is_unknown_not_guessed():
    queue = blocks(**{"main.tf": ROOT})["aws_sqs_queue.orders"]
    assert queue.get("policy") is UNKNOWN
    assert queue.get("kms_master_key_id") is UNKNOWN
    assert not queue.states("policy")
    assert queue.get("nowhere.to.be.found") is None
    assert queue.mentions("aws_sns_topic")
    assert not queue.mentions("aws_sqs_queue")


def test_modules_give_their_resources_an_address_and_their_arguments():
    found = blocks(**{"main.tf": ROOT, "modules/data/main.tf": CHILD})
    assert found["module.data.aws_s3_bucket.this"].get("bucket") == "b-x-dev"


def test_tfvars_win_over_defaults():
    found = blocks(**{"main.tf": ROOT, "terraform.tfvars": b'stage = "prod"\n'})
    assert found["aws_sqs_queue.orders"].get("name") == "orders-prod"


def test_override_files_win_argument_by_argument():
    override = b'resource "aws_sqs_queue" "orders" { name = "mine" }\n'
    queue = blocks(**{"a_override.tf": override, "main.tf": ROOT})["aws_sqs_queue.orders"]
    assert (queue.get("name"), queue.get("fifo_queue")) == ("mine", True)


def test_json_syntax_reads_like_hcl():
    text = b'{"variable": {"n": {"default": 3}}, "resource": {"aws_sns_topic": {"t": {"name": "t${var.n}"}}}}'
    assert blocks(**{"main.tf.json": text})["aws_sns_topic.t"].get("name") == "t3"


def test_a_loop_of_locals_and_of_modules_ends():
    looped = b'locals { \n a = local.b\n b = local.a \n}\nresource "aws_sns_topic" "t" { name = local.a }\n'
    self_calling = b'module "again" { source = "../data" }\n' + CHILD
    found = blocks(**{"main.tf": looped + ROOT, "modules/data/main.tf": self_calling})
    assert found["aws_sns_topic.t"].get("name") is UNKNOWN
    assert "module.data.aws_s3_bucket.this" in found


def test_what_is_not_terraform_is_named():
    with pytest.raises(DataError, match=r"main\.tf cannot be read as Terraform"):
        blocks(**{"main.tf": b"resource {{{"})
