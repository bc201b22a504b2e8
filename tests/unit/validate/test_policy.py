import pytest

from lsqm.validate.policy import violations


@pytest.mark.parametrize(
    "text",
    [
        'resource "aws_instance" "x" {\n  provisioner "local-exec" {\n    command = "id"\n  }\n}',
        'data "external" "x" {\n  program = ["id"]\n}',
        'data "http" "x" {\n  url = "http://x"\n}',
        'terraform {\n  backend "s3" {}\n}',
        "terraform {\n  cloud {\n  }\n}",
        'data "terraform_remote_state" "x" {}',
        'resource "null_resource" "x" {}',
        'resource "docker_container" "x" {}',
        'terraform {\n  required_providers {\n    evil = {\n      source = "evil/evil"\n    }\n  }\n}',
        'module "m" {\n  source = "git::https://example.com/x.git"\n}',
        'module "m" {\n  source = "terraform-aws-modules/vpc/aws"\n}',
        'locals {\n  x = file("/etc/passwd")\n}',
        'locals {\n  x = file("~/.aws/credentials")\n}',
        'locals {\n  x = fileset("/", "**")\n}',
    ],
)
def test_what_runs_programs_or_reaches_outside_is_refused_with_its_place(text):
    found = violations({"sub/main.tf": text.encode()})
    assert found
    assert found[0].startswith("sub/main.tf:")


@pytest.mark.parametrize(
    "text",
    [
        'resource "aws_s3_bucket" "x" {\n  bucket = "b"\n}',
        '# provisioner "local-exec" {\nlocals {}',
        '/* data "http" "x" {} */\nlocals {}',
        'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}',
        'module "m" {\n  source = "./modules/m"\n}',
        'resource "aws_s3_object" "x" {\n  source = "files/a.txt"\n}',
        'resource "terraform_data" "x" {}',
        'locals {\n  x = file("${path.module}/a.txt")\n}',
        'resource "aws_x" "y" {\n  text = "see http://example.com // not a comment"\n}',
        'resource "aws_lb_target_group" "x" {\n  backend = "x"\n}',
    ],
)
def test_ordinary_terraform_is_let_through(text):
    assert violations({"main.tf": text.encode()}) == ()


def test_files_that_configure_terraform_itself_are_refused():
    assert violations({".terraformrc": b"", "x/.terraform.lock.hcl": b"", "terraform.tfstate": b"{}"})
