from pathlib import Path

import pytest

from lsqm.model.architecture import Architecture, Candidate, Dialect, Origin, Skip, SkipReason
from lsqm.normalize.accept import RULES, normalize, readable_name
from lsqm.normalize.cdk import Synthesis, Template
from lsqm.normalize.detect import detect_entries


def write(tree: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    return tree


def origin(path: str = ".") -> Origin:
    return Origin(
        source="path:/x", repository="github.com/o/shop", commit="c", path=path, url=f"github.com/o/shop//{path}"
    )


def taken(
    tree: Path, entry: str = ".", dialect: Dialect = Dialect.TERRAFORM, plan: str = "community"
) -> Architecture | Skip:
    candidate = Candidate(origin=origin(entry), dialect=dialect, tree=tree, entry=entry)
    return normalize(candidate, plan=plan, min_fidelity=0.5, discovered_at="2026-01-01T00:00:00Z")


def test_a_cdk_app_is_what_its_stacks_are_together(tmp_path: Path) -> None:
    def stack(name: str) -> Template:
        return Template(stack=name, template={"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}, nested={})

    candidate = Candidate(origin=origin("app"), dialect=Dialect.CDK, tree=tmp_path, entry="app")
    made = normalize(
        candidate,
        plan="community",
        min_fidelity=0.5,
        discovered_at="",
        synthesize=lambda _: Synthesis(templates=(stack("A"), stack("B"))),
    )
    assert isinstance(made, Architecture)
    assert made.metadata.resource_types == {"aws_sqs_queue": 2}


def test_without_a_synthesizer_a_cdk_app_needs_a_tool(tmp_path: Path) -> None:
    skipped = taken(write(tmp_path, {"app/cdk.json": "{}"}), "app", Dialect.CDK)
    assert isinstance(skipped, Skip)
    assert skipped.reason is SkipReason.NEEDS_TOOL


QUEUE = 'resource "aws_sqs_queue" "q" {\n  name = "q"\n}\n'


def test_terraform_becomes_an_architecture_with_its_facts(tmp_path: Path) -> None:
    call = 'module "a" {\n  source = "./m"\n}\nmodule "b" {\n  source = "./m"\n}\n'
    data = 'data "aws_caller_identity" "me" {}\n'
    made = taken(write(tmp_path, {"main.tf": QUEUE + call + data, "m/main.tf": 'resource "aws_s3_bucket" "b" {}\n'}))
    assert isinstance(made, Architecture)
    assert made.metadata.services == ("s3", "sqs", "sts")
    assert made.metadata.resource_types == {"aws_s3_bucket": 2, "aws_sqs_queue": 1}
    assert made.metadata.resource_count == 3
    assert made.metadata.name == "shop"
    assert made.metadata.discovered_at == "2026-01-01T00:00:00Z"
    assert made.metadata.fidelity == 1.0
    assert set(made.files) == {"main.tf", "m/main.tf"}


def test_an_unsupported_service_is_named_before_anything_else(tmp_path: Path) -> None:
    text = (
        'resource "aws_lightsail_instance" "i" {}\nresource "rabbitmq_queue" "q" {}\nresource "aws_s3_bucket" "b" {}\n'
    )
    skipped = taken(write(tmp_path, {"main.tf": text}))
    assert isinstance(skipped, Skip)
    assert skipped.reason is SkipReason.UNSUPPORTED_SERVICES
    assert skipped.details == ("lightsail",)
    assert skipped.services == ("lightsail", "s3")
    assert skipped.rules == RULES
    assert skipped.resource_types == {"aws_lightsail_instance": 1, "aws_s3_bucket": 1, "rabbitmq_queue": 1}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('resource "aws_s3_bucket" "b" {', SkipReason.UNPARSABLE),
        ('variable "x" {}\n', SkipReason.NOTHING_TO_CREATE),
        ('resource "aws_s3_bucket" "b" {}\nresource "docker_image" "i" {}\n', SkipReason.FOREIGN_PROVIDER),
        (QUEUE + 'module "v" {\n  source = "terraform-aws-modules/vpc/aws"\n}\n', SkipReason.NEEDS_NETWORK),
        (QUEUE + 'data "external" "e" {\n  program = ["id"]\n}\n', SkipReason.UNSAFE),
    ],
)
def test_skips_have_their_reason(tmp_path: Path, text: str, reason: SkipReason) -> None:
    skipped = taken(write(tmp_path, {"main.tf": text}))
    assert isinstance(skipped, Skip)
    assert skipped.reason is reason
    assert skipped.details


def test_entries_are_found_by_content(tmp_path: Path) -> None:
    tree = write(
        tmp_path,
        {
            "app/main.tf": 'module "m" {\n  source = "../lib"\n}\n',
            "lib/main.tf": QUEUE,
            "modules/unused/main.tf": QUEUE,
            "only-variables/main.tf": 'variable "x" {}\n',
            "broken/main.tf": "resource {",
            ".terraform/modules/x/main.tf": QUEUE,
            "cfn/stack.yaml": "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n",
            "cfn/stack.json": '{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}',
            "sam/template.yml": "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n",
            "other/values.yaml": "Resources:\n  cpu: 1\n",
            "sls/serverless.yml": "service: x\nprovider:\n  name: aws\n",
            "sls/resources.yml": "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n",
            "cdk/cdk.json": "{}",
        },
    )
    assert detect_entries(tree) == [
        ("app", Dialect.TERRAFORM),
        ("broken", Dialect.TERRAFORM),
        ("cdk", Dialect.CDK),
        ("cfn/stack.json", Dialect.CLOUDFORMATION),
        ("cfn/stack.yaml", Dialect.CLOUDFORMATION),
        ("sam/template.yml", Dialect.SAM),
        ("sls/serverless.yml", Dialect.SERVERLESS),
    ]


def test_a_list_of_resources_is_no_template(tmp_path: Path) -> None:
    (tmp_path / "appspec.yaml").write_text(
        "version: 0.0\nResources:\n  # one\n  - Service:\n      Type: AWS::ECS::Service\n"
    )
    (tmp_path / "stack.yaml").write_text("Resources:\n  # one\n  Service:\n    Type: AWS::ECS::Service\n")
    assert detect_entries(tmp_path) == [("stack.yaml", Dialect.CLOUDFORMATION)]


def test_of_a_registry_module_its_examples_are_the_designs(tmp_path: Path) -> None:
    tree = write(
        tmp_path,
        {
            "main.tf": QUEUE,
            "modules/extra/main.tf": QUEUE,
            "wrappers/main.tf": QUEUE,
            "examples/complete/main.tf": 'module "m" {\n  source = "../../"\n}\n',
            "examples/small/main.tf": QUEUE,
        },
    )
    assert detect_entries(tree) == [("examples/complete", Dialect.TERRAFORM), ("examples/small", Dialect.TERRAFORM)]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (".", "shop"),
        ("order-queue", "order-queue"),
        ("patterns/SQS to Lambda/template.yaml", "sqs-to-lambda"),
        ("a/infra", "a"),
        ("x/stacks/orders.yaml", "orders"),
        ("examples/complete", "complete"),
    ],
)
def test_readable_names(path: str, name: str) -> None:
    assert readable_name(origin(path)) == name
