"""Modules that pack code with a program of their own: the program goes, a package that fits stands in for its work."""

import io
import zipfile
from pathlib import Path

import pytest

from lsqm.model.architecture import SkipReason
from lsqm.normalize.terraform import TerraformIntake, intake

ROOT = """
module "api" {
  source      = "./mod"
  handler     = "app.handle"
  runtime     = "python3.12"
  source_path = "${path.module}/code"
}
module "worker" {
  source      = "./mod"
  handler     = "index.handler"
  runtime     = "nodejs20.x"
  source_path = [{ path = "nowhere", commands = ["npm install"] }]
}
"""
MODULE = """
variable "handler" {}
variable "runtime" {}
variable "source_path" {}
data "external" "told" {
  count   = 1
  program = ["python3", "${path.module}/package.py", "prepare"]
  query   = { source_path = jsonencode(var.source_path), hash = filesha256("${path.module}/package.py") }
}
resource "local_file" "plan" {
  content  = data.external.told[0].result.build_plan
  filename = data.external.told[0].result.build_plan_filename
}
resource "null_resource" "build" {
  triggers = { filename = data.external.told[0].result.filename }
  provisioner "local-exec" {
    interpreter = ["python3", "${path.module}/package.py", "build"]
    command     = data.external.told[0].result.build_plan_filename
  }
  depends_on = [local_file.plan]
}
resource "aws_lambda_function" "f" {
  function_name = var.handler
  role          = "arn:aws:iam::000000000000:role/r"
  handler       = var.handler
  runtime       = var.runtime
  filename      = try(data.external.told[0].result.filename, null)
  depends_on    = [null_resource.build]
}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in {
        "main.tf": ROOT,
        "mod/main.tf": MODULE,
        "mod/package.py": "import os",
        "code/app.py": "def handle(event, context): return 1",
        "code/lib/one.py": "ONE = 1",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def packed(made: TerraformIntake) -> dict[str, bytes]:
    (name,) = [name for name in made.files if name.endswith(".zip")]
    with zipfile.ZipFile(io.BytesIO(made.files[name])) as archive:
        return {entry: archive.read(entry) for entry in archive.namelist()}


def test_the_program_goes_and_a_package_fits_every_function(tree: Path) -> None:
    made = intake(tree, ".")
    assert made.skip is None, made.details
    assert sorted(packed(made)) == ["app.py", "index.js", "lib/one.py"]
    assert packed(made)["app.py"] == b"def handle(event, context): return 1"
    assert b"exports.handler" in packed(made)["index.js"]
    module = made.files["mod/main.tf"].decode()
    for gone in ('"external"', "local-exec", "package.py", "null_resource", "local_file"):
        assert gone not in module
    assert "local.lsqm_external_told[0].result.filename" in module
    assert any("packs code" in change for change in made.changes)
    assert any("Took the program" in change for change in made.changes)


@pytest.mark.parametrize(
    "program",
    [
        'data "external" "e" {\n  program = ["python3", "./package.py"]\n}\n',
        'data "external" "e" {\n  program = ["id"]\n}\n',
        'check "c" {\n  data "external" "e" {\n    program = ["python3", "${path.module}/package.py"]\n  }\n}\n',
        'resource "null_resource" "n" {\n  provisioner "local-exec" {\n    command = "id"\n  }\n}\n',
        (
            'resource "null_resource" "n" {\n  provisioner "local-exec" {\n    command = "${path.module}/package.py"\n  }\n'
            '  provisioner "local-exec" {\n    command = "curl example.org"\n  }\n}\n'
        ),
        'resource "aws_sqs_queue" "n" {\n  provisioner "local-exec" {\n    command = "${path.module}/package.py"\n  }\n}\n',
    ],
)
def test_every_other_program_is_refused(tree: Path, program: str) -> None:
    (tree / "more.tf").write_text(program)
    made = intake(tree, ".")
    assert made.skip is SkipReason.UNSAFE


def test_sources_outside_the_tree_are_not_packed(tree: Path) -> None:
    (tree / "main.tf").write_text(ROOT.replace("${path.module}/code", "/etc").replace("nowhere", "../../../etc"))
    assert sorted(packed(intake(tree, "."))) == ["app.py", "index.js"]
