"""What a configuration certainly does not make is no use of a service; whatever is not known counts."""

from pathlib import Path

import pytest

from lsqm.model.architecture import Architecture, Candidate, Dialect, Origin, SkipReason
from lsqm.normalize.accept import normalize
from lsqm.normalize.hcl.read import facts

MODULE = b"""
variable "create" { default = true }
variable "caches" { default = [] }
variable "settings" {
  type    = map(object({ enabled = optional(bool, true) }))
  default = {}
}
variable "size" {
  type     = number
  default  = 0
  nullable = false
}
locals {
  many  = length(var.caches) > 0
  cache = var.create && local.many
}
resource "aws_sqs_queue" "always" {}
resource "aws_elasticache_cluster" "counted" { count = local.cache ? 1 : 0 }
resource "aws_dms_endpoint" "each" { for_each = { for key, one in var.settings : key => one if try(one.enabled, false) } }
resource "aws_mq_broker" "sized" { count = var.size }
"""


def found(root: str, **more: bytes) -> dict[str, int]:
    files = {"main.tf": root.encode(), "m/main.tf": MODULE}
    return dict(facts(files | {name.replace("_", ".", 1): content for name, content in more.items()}).resource_types)


CALL = 'module "m" {\n  source = "./m"\n  %s\n}\n'


@pytest.mark.parametrize(
    ("given", "on"),
    [
        ("", []),
        ("caches = []", []),
        ('caches = ["a"]', ["aws_elasticache_cluster"]),
        ('caches = ["a"]\ncreate = false', []),
        ("caches = aws_sqs_queue.other[*].id", ["aws_elasticache_cluster"]),
        ("caches = var.asked", ["aws_elasticache_cluster"]),
        ("settings = {}", []),
        ("settings = { a = { enabled = false } }", ["aws_dms_endpoint"]),
        ("settings = { a = {} }", ["aws_dms_endpoint"]),
        ("size = null", []),
        ("size = 2", ["aws_mq_broker"]),
        ('size = "0"', ["aws_mq_broker"]),
    ],
)
def test_blocks_count_unless_they_are_known_to_make_nothing(given: str, on: list[str]) -> None:
    """Types with optional attributes and text for a number are not worked out: such blocks count."""
    types = found('variable "asked" {}\n' + CALL % given)
    assert sorted(types) == sorted(["aws_sqs_queue", *on])


def test_one_call_that_needs_it_is_enough() -> None:
    types = found(CALL % "" + (CALL % 'caches = ["a"]').replace('"m" {', '"n" {'))
    assert types == {"aws_elasticache_cluster": 1, "aws_sqs_queue": 2}


def test_a_call_that_is_off_leads_nowhere() -> None:
    assert found(CALL % "count = 0") == {}
    assert found(CALL % "for_each = toset([])") == {}
    assert found(CALL % "count = var.unknown") == {"aws_sqs_queue": 1}


def test_the_roots_variables_have_the_values_of_their_files() -> None:
    root = 'variable "queues" {}\nresource "aws_sqs_queue" "q" { count = var.queues }\n'
    files = {"main.tf": root.encode()}
    assert facts(files | {"terraform.tfvars": b"queues = 0\n"}).resource_types == {}
    assert facts(files | {"terraform.tfvars": b"queues = 0\n", "a.auto.tfvars": b"queues = 1\n"}).resource_types
    assert facts(files | {"x.auto.tfvars.json": b'{"queues": 0}'}).resource_types == {}
    assert facts(files | {"terraform.tfvars.json": b"{"}).resource_types == {"aws_sqs_queue": 1}


def test_a_design_is_not_skipped_for_what_it_switches_off(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m/main.tf").write_bytes(MODULE)
    origin = Origin(source="s", repository="r", commit="c", path=".", url="r//.")
    candidate = Candidate(origin=origin, dialect=Dialect.TERRAFORM, tree=tmp_path, entry=".")

    def judged() -> object:
        return normalize(candidate, plan="hobby", min_fidelity=0.8, discovered_at="2026-01-04T00:00:00Z")

    (tmp_path / "main.tf").write_text(CALL % "")
    made = judged()
    assert isinstance(made, Architecture)
    assert (made.metadata.services, made.metadata.resource_count) == (("sqs",), 1)
    (tmp_path / "main.tf").write_text(CALL % "size = 1")
    skipped = judged()
    assert getattr(skipped, "reason", None) is SkipReason.UNSUPPORTED_SERVICES
    assert getattr(skipped, "details", None) == ("mq",)
