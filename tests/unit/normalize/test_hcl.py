"""Reading HCL: places, meanings, and how much work a hostile text can make."""

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsqm.errors import DataError
from lsqm.normalize.hcl.evaluate import UNKNOWN, Scope, evaluate
from lsqm.normalize.hcl.parse import parse, parse_expression
from lsqm.normalize.hcl.read import facts
from lsqm.normalize.hcl.tree import Template, reference

SCOPE = Scope(names={"var": {"a": "x", "n": 3, "list": ["p", "q"], "map": {"k": {"v": 1}}}, "path": {"module": "./m"}})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("7 / 2", 3.5),
        ("6 / 2", 3),
        ("-var.n", -3),
        ('coalesce(null, "", ["a"])', ["a"]),
        ('try(coalesce(null, ""), "fallback")', "fallback"),
        ("!true", False),
        ('var.n > 2 && var.a == "x"', True),
        ('var.n > 2 ? "big" : "small"', "big"),
        ('"${path.module}/${var.a}.json"', "./m/x.json"),
        ('"a$${b}"', "a${b}"),
        ('"\\u00e9\\n"', "é\n"),
        ("var.list[1]", "q"),
        ("var.list.1", "q"),
        ('var.map["k"].v', 1),
        ('[for i, x in var.list : "${i}${x}" if x != "p"]', ["1q"]),
        ("{ for x in var.list : x => upper(x) }", {"p": "P", "q": "Q"}),
        ("length(concat(var.list, [1]))", 3),
        ('can(regex("^x", var.a))', True),
        ('can(regex("^y", var.a))', False),
        ("try(var.map.k.missing, 5)", 5),
        ('contains(["x"], var.a)', True),
        ('format("%s-%d", "a", 3)', "a-3"),
        ("<<E\na ${var.a}\nE\n", "a x\n"),
        ("<<-E\n    a\n      b\n    E\n", "a\n  b\n"),
        ("null", None),
    ],
)
def test_values(text: str, value: object) -> None:
    assert evaluate(parse_expression(text), SCOPE) == value


@pytest.mark.parametrize(
    "text",
    [
        "var.unknown",
        "aws_x.y.id",
        "nosuch(1)",
        '"${aws_x.y.id}-a"',
        "var.list[9]",
        "1 / 0",
        'tonumber("x")',
        "var.a + 1",
        "uuid()",
        'coalesce(null, "")',
        "element([], 0)",
        "keys([1])",
        'zipmap(["a"], [])',
        'format("%s")',
    ],
)
def test_what_cannot_be_known_is_unknown(text: str) -> None:
    assert evaluate(parse_expression(text), SCOPE) is UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        "[for a in range(9000) : [for b in range(9000) : [for c in range(9000) : a]]]",
        'regex("^(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab")',
        'join("", [for a in range(9000) : join("", [for b in range(9000) : "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"])])',
        "range(1000000000)",
    ],
)
def test_hostile_expressions_end_soon(text: str) -> None:
    started = time.monotonic()
    assert evaluate(parse_expression(text), SCOPE) is UNKNOWN
    assert time.monotonic() - started < 20


def test_spans_are_exact() -> None:
    text = 'a = (1 + 2)\nb "c" "d" {\n  e = [f.g, "h"]\n}\n'
    body = parse(text)
    block = body.blocks[0]
    inner = block.body.attributes[0]
    assert text[body.attributes[0].expr.start : body.attributes[0].expr.end] == "(1 + 2)"
    assert text[block.start : block.end] == text[12:-1]
    assert text[inner.start : inner.end] == 'e = [f.g, "h"]'
    assert text[inner.expr.start : inner.expr.end] == '[f.g, "h"]'


def test_references() -> None:
    assert reference(parse_expression("a.b[0].c")) == ("a", "b", "c")
    assert reference(parse_expression("a.b[*].c")) == ("a", "b", "c")
    assert reference(parse_expression("f(x)")) == ()


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_tree_or_a_data_error(text: str) -> None:
    for candidate in (text, f"a = {text}\n", f'a = "{text}"\n', f"b {{\n{text}\n}}\n"):
        with contextlib.suppress(DataError):
            parse(candidate)


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_a_quoted_string_means_what_was_quoted(text: str) -> None:
    quoted = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("${", "$${").replace("%{", "%%{")
    )
    expr = parse_expression(f'"{quoted}"')
    assert isinstance(expr, Template)
    assert expr.text == text


def test_facts_follow_module_calls() -> None:
    root = b'module "a" {\n  source = "./m"\n}\nmodule "b" {\n  source = "./m"\n}\nmodule "c" {\n  source = "ns/x/aws"\n}\nvariable "open" {}\noutput "o" {\n  value = 1\n}\n'
    module = b'resource "aws_s3_bucket" "b" {\n  provisioner "local-exec" {}\n}\ndata "aws_region" "r" {}\n'
    found = facts({"main.tf": root, "m/main.tf": module, "unused/main.tf": b'resource "aws_sqs_queue" "q" {}'})
    assert found.resource_types == {"aws_s3_bucket": 2}
    assert found.data_types == {"data.aws_region": 2}
    assert found.resource_count == 2
    assert found.module_sources == ("ns/x/aws",)
    assert found.open_variables == ("open",)
    assert found.outputs == ("o",)
    assert found.provisioners == ("local-exec",)


def test_modules_that_call_each_other_in_a_circle_end() -> None:
    assert facts({"main.tf": b'module "a" {\n  source = "./"\n}\n'}).resource_types == {}
