import io
import random
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsqm.errors import DataError
from lsqm.normalize.fingerprint import fingerprint

BLOCKS = [
    'resource "aws_s3_bucket" "logs" {\n  bucket = "logs"\n  tags   = { Team = "a", Cost = "b" }\n}\n',
    'resource "aws_sqs_queue" "jobs" {\n  name                       = "jobs"\n  visibility_timeout_seconds = 30\n}\n',
    'variable "region" {\n  default = "eu-west-1"\n}\n',
    'locals {\n  name = "${var.region}-x"\n}\n',
    "locals {\n  list = [1, 2]\n}\n",
    'output "arn" {\n  value = aws_s3_bucket.logs.arn\n}\n',
]
COMMENTS = ["", "# a\n", '// b { " \n', "/* c\n } */\n", "\n\n"]


def tf(text: str) -> str:
    return fingerprint({"main.tf": text.encode()})


@given(
    st.permutations(BLOCKS),
    st.lists(st.sampled_from(COMMENTS), min_size=6, max_size=6),
    st.integers(0, 6),
    st.randoms(),
)
@settings(max_examples=60, deadline=None)
def test_layout_means_nothing(order: list[str], comments: list[str], cut: int, chance: random.Random) -> None:
    pieces = []
    for comment, block in zip(comments, order, strict=True):
        lines = block.splitlines()
        inner = lines[1:-1]
        chance.shuffle(inner)
        spaced = [line.replace(" = ", "  =\t", 1) if chance.random() < 0.5 else line + " # why" for line in inner]
        pieces.append(comment + "\n".join([lines[0], *spaced, lines[-1]]) + "\n")
    files = {"one.tf": "".join(pieces[:cut]).encode(), "two.tf": "".join(pieces[cut:]).replace("\n", "\r\n").encode()}
    assert fingerprint(files) == tf("".join(BLOCKS))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a = 1", "a = 2"),
        ('a = "x"', 'a = "y"'),
        ("a = var.x", "a = var.y"),
        ("a = [1, 2]", "a = [2, 1]"),
        ("a = x ? 1 : 2", "a = x ? 2 : 1"),
        ("a = 1 + 2 * 3", "a = (1 + 2) * 3"),
        ("a = b.c[*].d", "a = b.c.*.d"),
        ('a = "$${x}"', 'a = "${x}"'),
        ("a = f(x)", "a = f(x...)"),
        ("a = { (k) = 1 }", "a = { k = 1 }"),
        ("a = [for x in y : x]", "a = [for x in y : x if x]"),
        ("r {\n v = 1\n}\nr {\n v = 2\n}", "r {\n v = 2\n}\nr {\n v = 1\n}"),
        ("a = true", 'a = "true"'),
        ("a = null", ""),
    ],
)
def test_a_changed_value_changes_it(one: str, other: str) -> None:
    assert tf(f'resource "t" "n" {{\n{one}\n}}\n') != tf(f'resource "t" "n" {{\n{other}\n}}\n')


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('a = "x\\ny\\n"', "a = <<E\nx\ny\nE"),
        ('a = "x\\n y\\n"', "a = <<-E\n    x\n     y\n    E"),
        ('a = "${var.x}"', "a = var.x"),
        ("a = 1.0", "a = 1"),
        ("a = (1)", "a = 1"),
        ("a = { x = 1, y = 2 }", 'a = {\n y : 2\n "x" = 1\n}'),
        ("a = f(1, 2)", "a = f(\n  1, # one\n  2,\n)"),
        ("r {\n v = 1\n}\ns {\n v = 2\n}", "s {\n v = 2\n}\nr {\n v = 1\n}"),
    ],
)
def test_the_same_meaning_hashes_the_same(one: str, other: str) -> None:
    assert tf(f'resource "t" "n" {{\n{one}\n}}\n') == tf(f'resource "t" "n" {{\n{other}\n}}\n')


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("list", "list(any)"),
        ("map", "map(any)"),
        ('"list"', "list(string)"),
        ('"string"', "string"),
        ('"map"', "map(string)"),
    ],
)
def test_old_spellings_of_types_mean_what_fmt_makes_of_them(old: str, new: str) -> None:
    assert tf(f'variable "v" {{\n type = {old}\n}}\n') == tf(f'variable "v" {{\n type = {new}\n}}\n')
    assert tf(f'variable "v" {{\n type = {old}\n}}\n') != tf('variable "v" {\n type = list(number)\n}\n')


def test_labels_kinds_and_added_blocks_count() -> None:
    base = 'resource "aws_s3_bucket" "a" {}\n'
    assert tf(base) != tf(base.replace('"a"', '"b"'))
    assert tf(base) != tf(base.replace("resource", "data"))
    assert tf(base) != tf(base + 'resource "aws_s3_bucket" "b" {}\n')


def test_two_terraform_blocks_mean_the_same_as_one() -> None:
    aws, time = 'aws = { source = "hashicorp/aws" }', 'time = { source = "hashicorp/time" }'
    joined = f"terraform {{\n required_providers {{\n {aws}\n {time}\n }}\n}}\n"
    split = "".join(f"terraform {{\n required_providers {{\n {one}\n }}\n}}\n" for one in (time, aws))
    assert tf(joined) == tf(split)


def test_modules_stay_apart_and_carried_files_count() -> None:
    root, module = b'module "m" {\n source = "./m"\n}\n', b'resource "t" "n" {}\n'
    base = fingerprint({"main.tf": root, "m/main.tf": module, "m/x.json": b"{}"})
    assert base == fingerprint({"m/x.json": b"{}", "m/other.tf": module, "all.tf": root})
    assert base != fingerprint({"main.tf": root + module, "m/x.json": b"{}"})
    assert base != fingerprint({"main.tf": root, "m/main.tf": module, "m/x.json": b"{ }"})
    assert base != fingerprint({"main.tf": root, "m/main.tf": module, "m/y.json": b"{}"})
    assert base == fingerprint({"main.tf": root, "m/main.tf": module, "m/x.json": b"{}", "metadata.json": b"{}"})


def test_override_files_are_not_ordinary_files() -> None:
    block = b'resource "t" "n" {\n a = 1\n}\n'
    assert fingerprint({"main.tf": block, "override.tf": block}) != fingerprint({"main.tf": block, "b.tf": block})


def packed(date: tuple[int, int, int, int, int, int], method: int, text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr(zipfile.ZipInfo("index.py", date), text * 50, method)
    return buffer.getvalue()


def test_a_zip_counts_by_its_entries() -> None:
    early = packed((1980, 1, 1, 0, 0, 0), zipfile.ZIP_STORED, "x")
    late = packed((2026, 5, 5, 1, 2, 4), zipfile.ZIP_DEFLATED, "x")
    assert early != late
    assert fingerprint({"f.zip": early}) == fingerprint({"f.zip": late})
    assert fingerprint({"f.zip": early}) != fingerprint(
        {"f.zip": packed((1980, 1, 1, 0, 0, 0), zipfile.ZIP_STORED, "y")}
    )
    assert fingerprint({"f.zip": b"PK\x03\x04 broken"}) != fingerprint({"f.zip": b"PK\x03\x04 other"})


@pytest.mark.parametrize(
    "text",
    [
        'resource "a" {',
        "a = ",
        'a = "x',
        "a = 1 2",
        "a = <<E\nx",
        "a = [1,",
        "a = 1\na = 2",
        "}",
        "a = " + "[" * 5000,
        'a "${b}" {}',
    ],
)
def test_what_is_not_hcl_is_a_data_error_with_its_place(text: str) -> None:
    with pytest.raises(DataError, match=r"main\.tf:\d+:\d+: "):
        tf(text)


def test_not_utf8_is_a_data_error() -> None:
    with pytest.raises(DataError, match="UTF-8"):
        fingerprint({"main.tf": b"\xff\xfe\x00"})


def test_a_byte_order_mark_means_nothing() -> None:
    assert fingerprint({"main.tf": b"\xef\xbb\xbfa = 1\n"}) == tf("a = 1")
