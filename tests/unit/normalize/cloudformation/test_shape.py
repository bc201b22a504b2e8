"""What CloudFormation refuses for its shape is refused: one sentence with the place, and what to do."""

import json

import pytest

from lsqm.normalize.cloudformation import TemplateError, convert_document, convert_template
from lsqm.normalize.cloudformation.patterns import Pattern

QUEUE = "Resources:\n  Q: {Type: AWS::SQS::Queue}\n"
PROPERTY = "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: "

REFUSED = {
    "Resources: []\n": "the template has no Resources",
    "Resources: {'Fn::ForEach::A': [X, [], {'T${X}': {Type: AWS::SNS::Topic}}]}\n": ":1:1: the template has no Resources",
    "Resources: !Sub x\n": "Resources is the function 'Fn::Sub'",
    "Resources: {'Fn::ForEach::A': 3}\n": ":1:13: Fn::ForEach takes a name, a collection and what to repeat",
    "Parameters: [1]\n" + QUEUE: ":1:1: Parameters is a list",
    "Outputs: x\n" + QUEUE: ":1:1: Outputs is text",
    "Mappings: {M: 3}\n" + QUEUE: ":1:12: 'M' of Mappings is a number",
    "Parameters: {P: {Type: [String]}}\n" + QUEUE: ":1:18: Type of parameter P is a list",
    "Parameters: {P: {Type: String, AllowedValues: x}}\n" + QUEUE: ":1:32: AllowedValues of parameter P is text",
    QUEUE + "  A: []\n": ":3:3: resource A is a list",
    QUEUE + "  A: {Properties: {}}\n": ":3:3: A has no Type",
    QUEUE + "  A: {Type: {a: b}}\n": ":3:7: the Type of resource A is a mapping",
    QUEUE + "  A: {Type: AWS::SQS::Queue, Properties: abc}\n": ":3:30: the Properties of resource A are text",
    QUEUE + "  A: {Type: AWS::SQS::Queue, DependsOn: A}\n": ":3:30: circular dependency between resources: A depends on itself",
    QUEUE + "  A: {Type: AWS::SQS::Queue, DependsOn: [Q, A]}\n": "A depends on itself",
    QUEUE + "  A: {Type: AWS::SQS::Queue, DependsOn: [{a: b}]}\n": "the DependsOn of resource A is neither a name nor a list of names",
    QUEUE + "  A: {Type: AWS::SQS::Queue, Condition: Nope}\n": ":3:30: there is no condition 'Nope'",
    QUEUE + "  A: {Type: AWS::SQS::Queue, Condition: [a]}\n": ":3:30: the Condition of A is a list",
    QUEUE + "  ../../x: {Type: AWS::SQS::Queue}\n": ":3:3: '../../x' is no name for one of the Resources",
    QUEUE + "  'a\" {}': {Type: AWS::SQS::Queue}\n": "is no name for one of the Resources",
    QUEUE + "Outputs: {O: {Description: x}}\n": ":3:11: output O has no Value",
    "Conditions: {A: {Condition: A}}\n" + QUEUE: ":1:14: circular dependency between conditions: A",
    "Conditions: {A: {Condition: B}}\n" + QUEUE: ":1:14: there is no condition 'B'",
    "Conditions: {A: yes please}\n" + QUEUE: ":1:14: 'A' of Conditions is text",
    "Conditions: {A: !Equals [a]}\n" + QUEUE: ":1:14: Fn::Equals of condition A takes a list of two values",
    "Conditions: {A: !And []}\n" + QUEUE: ":1:14: Fn::And of condition A takes a list of one value or more",
    PROPERTY + "{Ref: [a]}\n": ":5:19: Ref names a list",
    PROPERTY + "!GetAtt Q\n": "Fn::GetAtt takes a resource and an attribute of it",
    PROPERTY + "{Fn::Sub: [a, [b]]}\n": "Fn::Sub takes text, or a list of text and a mapping",
    PROPERTY + "!Join abc\n": "Fn::Join takes a delimiter and a list",
    PROPERTY + "!Select [-1, [a, b]]\n": "Fn::Select takes an index from 0 upwards, not '-1'",
    PROPERTY + "!Select [0, !Split ['', abc]]\n": "Fn::Split splits by something, not by nothing",
    PROPERTY + "!Select [0, !Cidr [10.0.0.0/8, 1073741824, 8]]\n": "Fn::Cidr gives 1 to 256 blocks, not '1073741824'",
    PROPERTY + "!If [a, b]\n": "Fn::If takes a condition and two values",
    PROPERTY + "!If [Nope, a, b]\n": "there is no condition 'Nope'",
    PROPERTY + "!FindInMap [Nope, a, b]\n": "Fn::FindInMap names 'Nope', which is none of the Mappings",
}  # fmt: skip


@pytest.mark.parametrize(("template", "sentence"), REFUSED.items(), ids=range(len(REFUSED)))
def test_a_shape_that_cloudformation_refuses_costs_one_sentence(template: str, sentence: str) -> None:
    with pytest.raises(TemplateError) as error:
        convert_template(template.encode(), file="t.yaml")
    assert sentence in str(error.value)
    assert str(error.value).startswith("t.yaml")
    assert "\n" not in str(error.value)
    assert error.value.hint


@pytest.mark.parametrize(
    "template",
    [
        "Outputs:\nParameters:\n" + QUEUE,
        QUEUE + "  A: {Type: AWS::SNS::Topic, Properties: }\n",
        "Conditions: {'Fn::Transform': {Name: Mine}}\n" + QUEUE + "  A: {Type: AWS::SNS::Topic, Condition: Theirs}\n",
        PROPERTY + "!Sub '${AWS::Region}-${!Literal}-${'\n",
    ],
    ids=["empty-sections", "empty-properties", "conditions-by-a-macro", "open-placeholder"],
)
def test_a_shape_that_is_merely_odd_converts(template: str) -> None:
    assert b"aws_sqs_queue" in convert_template(template.encode(), file="t.yaml").files["main.tf"]


def test_placeholders_without_an_end_take_linear_time() -> None:
    for text in ("${" * 200_000, "{{resolve:ssm:" * 100_000):
        template = {"Resources": {"A": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::Sub": text}}}}}
        assert len(convert_document(template, file="t").files["main.tf"]) > len(text)


def test_half_a_surrogate_pair_is_refused_and_a_whole_one_is_a_character() -> None:
    template = '{"Description": "%s", "Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}'
    with pytest.raises(TemplateError, match="half of a surrogate pair"):
        convert_template((template % "\\ud83d").encode(), file="t.json")
    assert "😀".encode() in convert_template((template % "\\ud83d\\ude00").encode(), file="t.json").files["main.tf"]


def test_nested_stacks_that_multiply_are_refused() -> None:
    def level(inner: str) -> bytes:
        stack = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": inner}}
        resources = {"Q": {"Type": "AWS::SQS::Queue"}} | ({f"C{n}": stack for n in range(20)} if inner else {})
        return json.dumps({"Resources": resources}).encode()

    siblings = {"b.json": level("c.json"), "c.json": level("d.json"), "d.json": level("")}
    with pytest.raises(TemplateError, match=r"nested stacks grow to more than 200"):
        convert_template(level("b.json"), file="a.json", siblings=siblings)


def test_a_long_circle_is_refused_with_its_first_names() -> None:
    lines = [f"  A{n}: {{Type: AWS::SNS::Topic, DependsOn: A{(n + 1) % 300}}}\n" for n in range(300)]
    with pytest.raises(TemplateError, match=r"resources: A0, A1, A2, A3, A4, A5, A6, A7, A8, A9 and 290 more$"):
        convert_template(("Resources:\n" + "".join(lines)).encode(), file="t.yaml")


@pytest.mark.parametrize(
    ("pattern", "text", "accepted"),
    [
        ("^[a-z][a-z0-9-]*$", "stand-in", True),
        ("^[a-z]+$", "stand-in", False),
        (r"^(?=.*[A-Z])(?=.*\d)\S{8,}$", "StandInPassw0rd", True),
        (r"^(?=.*[A-Z])(?=.*\d)\S{8,}$", "standinpassw0rd", False),
        (r"\d{1,3}(\.\d{1,3}){3}/\d+", "10.0.0.0/16", True),
        ("(?i)STAND-IN|", "stand-in", True),
        ("^((?!in).)*$", "stand-in", False),
        (r"\bdev\b|[^a-z]", "dev", True),
        ("(a|ab)(c|bcd)d*", "abcd", True),
        ("(a?){5}a{5}", "aaaa", False),
        ("^(a+)+$", "a" * 4095 + "!", False),
        ("(a|a|d|e|v)*!b", "dev" * 1300, False),
        ("[a-z]*[a-z]*[a-z]*[a-z]*[a-z]*[a-z]*!b", "a" * 4000, False),
        ("((((a{1,900}){1,900}){1,900}){1,900}){1,900}!", "a" * 500, False),
        (r"(a)\1", "ab", True),  # not followed, so not told
        ("[a-", "anything", True),
    ],
)
def test_patterns_are_followed_in_bounded_time(pattern: str, text: str, accepted: bool) -> None:
    assert Pattern(pattern).accepts(text) is accepted


def test_an_example_stays_short() -> None:
    assert Pattern("[A-Z]{2}-(x|y)[0-9]+").example() == "AA-x0"
    assert len(Pattern("((((a{60}){60}){60}){60}){60}").example()) <= 4096


def test_lengths_without_measure_are_taken_for_the_longest() -> None:
    parameter = "Parameters: {P: {Type: String, MinLength: %s}}\n" + PROPERTY + "!Sub 'x${P}'\n"
    for length in ("99999999999", "1e300", ".inf", "-5", "[1]"):
        assert convert_template((parameter % length).encode(), file="t.yaml").stand_ins
