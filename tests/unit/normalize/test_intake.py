import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from lsqm.model.architecture import SkipReason
from lsqm.normalize.hcl.parse import parse
from lsqm.normalize.hcl.read import facts
from lsqm.normalize.terraform import TerraformIntake, intake

BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n'


def tree(root: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def take(root: Path, files: Mapping[str, str | bytes], entry: str = ".") -> TerraformIntake:
    return intake(tree(root, files), entry)


def accepted(made: TerraformIntake) -> dict[str, str]:
    assert made.skip is None, made.details
    for name, content in made.files.items():
        if name.endswith((".tf", ".tfvars")):
            parse(content.decode(), file=name)
    return {name: content.decode("utf-8", "replace") for name, content in made.files.items()}


def test_what_needs_nothing_is_left_exactly_as_it_was(tmp_path: Path) -> None:
    text = "# mine\r\n" + BUCKET.replace("\n", "\r\n")
    made = take(tmp_path, {"main.tf": text, "README.md": "no", "notes.txt": "no"})
    assert made.files == {"main.tf": text.encode()}
    assert made.changes == ()


def test_modules_elsewhere_in_the_tree_come_along_and_the_root_is_on_top(tmp_path: Path) -> None:
    files = {
        "examples/complete/main.tf": 'module "it" {\n  source  = "../../"\n  version = "1"\n  name    = "x"\n}\n'
        + BUCKET,
        "main.tf": 'module "part" {\n  source = "./modules/part"\n}\nvariable "name" {}\n',
        "modules/part/main.tf": 'resource "aws_sqs_queue" "q" {\n  policy = file("${path.module}/p.json")\n}\n',
        "modules/part/p.json": "{}",
        "modules/unused/main.tf": BUCKET,
    }
    made = take(tmp_path, files, "examples/complete")
    result = accepted(made)
    assert set(result) == {
        "main.tf",
        "lsqm_tree/main.tf",
        "lsqm_tree/modules/part/main.tf",
        "lsqm_tree/modules/part/p.json",
    }
    assert 'source  = "./lsqm_tree"' in result["main.tf"]
    assert "version" not in result["main.tf"]
    assert result["lsqm_tree/main.tf"] == files["main.tf"]
    assert facts(made.files).resource_types == {"aws_s3_bucket": 1, "aws_sqs_queue": 1}
    assert len(made.changes) == 1


def test_a_file_above_the_root_is_carried_and_its_path_rewritten(tmp_path: Path) -> None:
    text = 'resource "aws_sfn_state_machine" "s" {\n  definition = templatefile("${path.module}/../shared/d.json", { a = 1 })\n}\n'
    result = accepted(take(tmp_path, {"app/main.tf": text, "shared/d.json": "{}"}, "app"))
    assert result["lsqm_tree/shared/d.json"] == "{}"
    assert '"${path.module}/lsqm_tree/shared/d.json"' in result["main.tf"]


def test_a_path_that_is_known_in_part_carries_its_folder(tmp_path: Path) -> None:
    text = 'resource "aws_iam_policy" "p" {\n  for_each = toset(["a"])\n  policy = file("${path.module}/policies/${each.key}.json")\n}\n'
    result = accepted(
        take(tmp_path, {"main.tf": text, "policies/a.json": "1", "policies/b.json": "2", "other.json": "3"})
    )
    assert set(result) == {"main.tf", "policies/a.json", "policies/b.json"}


def test_backends_clouds_and_credentials_are_taken_out_and_said(tmp_path: Path) -> None:
    text = """terraform {
  backend "s3" {
    bucket = "theirs"
  }
  required_version = ">= 99.0"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
    random = {
      source = "hashicorp/random"
    }
  }
}
provider "aws" {
  region  = "eu-west-1"
  profile = "theirs"
  assume_role {
    role_arn = "arn:aws:iam::1:role/x"
  }
  default_tags {
    tags = { a = "b" }
  }
}
provider "random" {}
"""
    made = take(tmp_path, {"main.tf": text + BUCKET})
    result = accepted(made)["main.tf"]
    for gone in ("backend", "theirs", "profile", "assume_role", "random", "required_version"):
        assert gone not in result
    for kept in ('region  = "eu-west-1"', "default_tags", 'version = ">= 5.0"'):
        assert kept in result
    assert len(made.changes) == 4
    assert any("~> 6.0" in sentence for sentence in made.changes)


def test_a_modules_own_provider_gives_way_to_the_roots(tmp_path: Path) -> None:
    module = 'provider "aws" {\n  alias  = "west"\n  region = "us-west-2"\n}\nresource "aws_sqs_queue" "q" {\n  provider = aws.west\n}\n'
    result = accepted(take(tmp_path, {"main.tf": 'module "m" {\n  source = "./m"\n}\n', "m/main.tf": module}))
    assert "provider" not in result["m/main.tf"]


@pytest.mark.parametrize(
    ("text", "reason", "word"),
    [
        (
            'resource "aws_s3_bucket" "b" {\n  provisioner "local-exec" {\n    command = "id"\n  }\n}\n',
            SkipReason.UNSAFE,
            "local-exec",
        ),
        (BUCKET + 'data "http" "ip" {\n  url = "https://x"\n}\n', SkipReason.UNSAFE, "internet"),
        (
            BUCKET + 'check "c" {\n  data "external" "e" {\n    program = ["id"]\n  }\n}\n',
            SkipReason.UNSAFE,
            "runs a program",
        ),
        (BUCKET + 'locals {\n  x = file("/etc/passwd")\n}\n', SkipReason.UNSAFE, "/etc/passwd"),
        (BUCKET + 'locals {\n  x = file("~/.ssh/id_rsa.pub")\n}\n', SkipReason.UNSAFE, "id_rsa"),
        (BUCKET + 'locals {\n  x = file("${path.module}/../../x")\n}\n', SkipReason.UNSAFE, "outside"),
        (BUCKET + 'locals {\n  x = file("gone.json")\n}\n', SkipReason.NEEDS_INPUT, "gone.json"),
        (BUCKET + 'data "terraform_remote_state" "s" {\n  backend = "s3"\n}\n', SkipReason.NEEDS_INPUT, "state"),
        ('resource "kubernetes_pod" "p" {}\n' + BUCKET, SkipReason.FOREIGN_PROVIDER, "kubernetes"),
        ('resource "random_pet" "p" {}\n', SkipReason.NOTHING_TO_CREATE, "no AWS"),
        ('module "m" {\n  source = "./gone"\n}\n', SkipReason.NEEDS_INPUT, "gone"),
        ('module "m" {\n  source = "git::https://example.com/x.git"\n}\n', SkipReason.NEEDS_NETWORK, "example.com"),
        ("resource {{", SkipReason.UNPARSABLE, "main.tf:1"),
    ],
)
def test_what_is_refused_says_why(tmp_path: Path, text: str, reason: SkipReason, word: str) -> None:
    made = take(tmp_path, {"main.tf": text})
    assert made.skip is reason
    assert any(word in detail for detail in made.details)
    assert made.files == {}


def test_links_out_of_the_tree_are_not_there(tmp_path: Path) -> None:
    outside = tmp_path / "secret.json"
    outside.write_text("secret")
    root = tree(tmp_path / "repo", {"main.tf": BUCKET + 'locals {\n  x = file("link.json")\n}\n'})
    (root / "link.json").symlink_to(outside)
    (root / "loop").symlink_to(root)
    made = intake(root, ".")
    assert made.skip is SkipReason.NEEDS_INPUT
    (root / "module").symlink_to(tmp_path)
    (root / "main.tf").write_text('module "m" {\n  source = "./module"\n}\n')
    assert intake(root, ".").skip is SkipReason.NEEDS_INPUT


def test_devices_odd_encodings_and_huge_files(tmp_path: Path) -> None:
    root = tree(tmp_path, {"main.tf": BUCKET})
    os.mkfifo(root / "pipe.tf")
    assert accepted(intake(root, ".")) == {"main.tf": BUCKET}
    (root / "latin.tf").write_bytes("# caf\xe9\n".encode("latin-1"))
    assert intake(root, ".").skip is SkipReason.UNPARSABLE
    (root / "latin.tf").unlink()
    with (root / "big.json").open("wb") as big:
        big.truncate(9 * 1024 * 1024)
    (root / "main.tf").write_text(BUCKET + 'locals {\n  x = file("big.json")\n}\n')
    assert intake(root, ".").skip is SkipReason.TOO_LARGE


def test_a_vendored_module_becomes_a_local_one(tmp_path: Path) -> None:
    package = tree(tmp_path / "package", {"modules/q/main.tf": 'resource "aws_sqs_queue" "q" {}\n'})
    root = tree(
        tmp_path / "repo",
        {"main.tf": 'module "q" {\n  source  = "ns/queue/aws//modules/q"\n  version = "~> 1.0"\n}\n'},
    )
    asked: list[tuple[str, str]] = []

    def vendor(source: str, version: str) -> Path:
        asked.append((source, version))
        return package

    result = accepted(intake(root, ".", vendor=vendor))
    assert asked == [("ns/queue/aws", "~> 1.0")]
    assert set(result) == {"main.tf", "lsqm_vendor/ns-queue-aws-1.0/modules/q/main.tf"}
    assert '"./lsqm_vendor/ns-queue-aws-1.0/modules/q"' in result["main.tf"]


def test_open_variables_get_stand_ins_that_pass_their_validation(tmp_path: Path) -> None:
    text = (
        BUCKET
        + """
variable "given" {}
variable "offered" {}
variable "has_default" {
  default = 1
}
variable "vpc_cidr" {
  type = string
}
variable "ports" {
  type = list(number)
}
variable "rule" {
  type = object({
    name    = string
    on      = bool
    comment = optional(string)
  })
}
variable "tier" {
  type = string
  validation {
    condition     = contains(["gold", "silver"], var.tier)
    error_message = "no"
  }
}
variable "size" {
  type = number
  validation {
    condition     = var.size >= 40 && var.size % 2 == 1
    error_message = "no"
  }
}
variable "kms_key_arn" {
  type = string
  validation {
    condition     = can(regex("^arn:aws:kms:", var.kms_key_arn)) && length(var.kms_key_arn) > 10
    error_message = "no"
  }
}
variable "code" {
  type = string
  validation {
    condition     = length(var.code) == 12
    error_message = "no"
  }
}
"""
    )
    files = {
        "main.tf": text,
        "terraform.tfvars": 'given = "x"\n',
        "terraform.tfvars.example": 'offered = "theirs"\nvpc_cidr = "<yours>"\n',
    }
    made = take(tmp_path, files)
    answers = {item.name: item for item in parse(accepted(made)["lsqm.auto.tfvars"]).attributes}
    assert set(answers) == {"offered", "vpc_cidr", "ports", "rule", "tier", "size", "kms_key_arn", "code"}
    values = accepted(made)["lsqm.auto.tfvars"]
    assert 'offered = "theirs"' in values
    assert 'vpc_cidr = "10.0.0.0/16"' in values
    assert "ports = [8080]" in values
    assert "size = 41" in values
    assert 'tier = "gold"' in values
    assert '"comment"' not in values
    assert len([sentence for sentence in made.changes if sentence.startswith("Variable ")]) == 8


def test_a_validation_that_nothing_passes_needs_input(tmp_path: Path) -> None:
    text = 'variable "x" {\n  type = string\n  validation {\n    condition = can(regex("^qqq[0-9]{7}zz$", var.x))\n    error_message = "no"\n  }\n}\n'
    assert take(tmp_path, {"main.tf": BUCKET + text}).skip is SkipReason.NEEDS_INPUT


def test_random_values_become_constants_wherever_they_are_used(tmp_path: Path) -> None:
    text = """
resource "random_pet" "one" {
  length = 2
}
resource "random_id" "many" {
  count       = 2
  byte_length = 4
}
resource "random_password" "each" {
  for_each = toset(["a", "b"])
  length   = 20
}
resource "aws_s3_bucket" "b" {
  bucket     = "b-${random_pet.one.id}"
  depends_on = [random_pet.one, aws_sqs_queue.q]
}
resource "aws_sqs_queue" "q" {
  name = random_id.many[0].hex
}
output "secret" {
  value = random_password.each["a"].result
}
"""
    made = take(tmp_path, {"main.tf": text})
    result = accepted(made)
    assert "random_" not in result["main.tf"].replace("lsqm_random_", "")
    assert '"b-${local.lsqm_random_pet_one.id}"' in result["main.tf"]
    assert "local.lsqm_random_id_many[0].hex" in result["main.tf"]
    assert "depends_on = [ aws_sqs_queue.q]" in result["main.tf"]
    assert "for lsqm_i in range(2)" in result["lsqm_frozen.tf"]
    assert 'for lsqm_k, lsqm_v in toset(["a", "b"])' in result["lsqm_frozen.tf"]
    assert take(tmp_path, {}).files == made.files


def test_null_resources_keep_their_place_in_the_graph(tmp_path: Path) -> None:
    text = (
        'resource "null_resource" "n" {\n  triggers = { a = "b" }\n}\n'
        + BUCKET[:-2]
        + "  depends_on = [null_resource.n]\n}\n"
    )
    result = accepted(take(tmp_path, {"main.tf": text}))["main.tf"]
    assert 'resource "terraform_data" "n"' in result
    assert "triggers_replace = " in result
    assert "depends_on = [terraform_data.n]" in result


def entries(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_archives_are_packed_now(tmp_path: Path) -> None:
    text = """
data "archive_file" "folder" {
  type        = "zip"
  source_dir  = "${path.module}/src"
  output_path = "${path.module}/build/f.zip"
  excludes    = ["tests"]
}
data "archive_file" "inline" {
  type        = "zip"
  output_path = "/tmp/inline.zip"
  source {
    content  = "x = 1"
    filename = "x.py"
  }
}
resource "aws_lambda_function" "f" {
  filename         = data.archive_file.folder.output_path
  source_code_hash = data.archive_file.folder.output_base64sha256
}
"""
    files = {"main.tf": text, "src/a.py": "a", "src/lib/b.py": "b", "src/tests/t.py": "t"}
    made = take(tmp_path, files)
    result = accepted(made)
    assert entries(made.files["build/f.zip"]) == {"a.py": b"a", "lib/b.py": b"b"}
    assert entries(made.files["lsqm_archives/inline.zip"]) == {"x.py": b"x = 1"}
    assert "local.lsqm_archive_file_folder.output_path" in result["main.tf"]
    assert 'archive_file"' not in result["main.tf"]
    assert "src/a.py" not in result


def test_packages_that_a_build_would_make_get_a_stand_in_that_loads(tmp_path: Path) -> None:
    text = """
resource "aws_lambda_function" "f" {
  filename         = "${path.module}/dist/f.zip"
  source_code_hash = filebase64sha256("${path.module}/dist/f.zip")
  runtime          = "python3.12"
  handler          = "app.main"
}
"""
    made = take(tmp_path, {"main.tf": text})
    accepted(made)
    code = entries(made.files["dist/f.zip"])
    assert set(code) == {"app.py"}
    space: dict[str, object] = {}
    exec(code["app.py"], space)
    assert callable(space["main"])
    assert any("stand-in package" in sentence for sentence in made.changes)


HIDDEN_FROM_HCL2 = 'resource "aws_sqs_queue" "q" {\n  policy = <<POLICY\n{\n  "a": 1\n}\nPOLICY  \n}\n'


def test_aliases_that_tflocal_cannot_see_move_to_a_file_it_can_read(tmp_path: Path) -> None:
    import hcl2

    alias = 'provider "aws" {\n  alias  = "west"\n  region = "us-west-2"\n}\n'
    text = BUCKET + HIDDEN_FROM_HCL2 + alias
    with pytest.raises(Exception, match="Unexpected"):
        hcl2.loads(text)
    made = take(tmp_path, {"main.tf": text})
    result = accepted(made)
    assert "provider" not in result["main.tf"]
    assert hcl2.loads(result["lsqm_providers.tf"])
    assert "west" in result["lsqm_providers.tf"]
    assert any("tflocal" in sentence for sentence in made.changes)


def test_aliases_that_tflocal_can_see_stay(tmp_path: Path) -> None:
    text = BUCKET + 'provider "aws" {\n  alias = "west"\n}\n'
    assert accepted(take(tmp_path, {"main.tf": text})) == {"main.tf": text}
