"""Templates nobody would write: one sentence or a result, in bounded time, never a traceback."""

import copy
from collections.abc import Callable
from typing import Any

import hcl2
from hypothesis import given, settings
from hypothesis import strategies as st

from lsqm.errors import LsqmError
from lsqm.normalize.cloudformation import Conversion, convert_document, convert_template
from lsqm.normalize.cloudformation.load import load

FUNCTIONS = st.sampled_from(
    ["Ref", "Fn::GetAtt", "Fn::Sub", "Fn::Join", "Fn::Select", "Fn::Split", "Fn::If", "Fn::FindInMap", "Fn::Cidr",
     "Fn::Base64", "Fn::ImportValue", "Fn::GetAZs", "Fn::Transform", "Fn::Length", "Fn::ToJsonString", "Fn::Nonsense"]
)  # fmt: skip
WORDS = st.sampled_from(
    ["A", "B", "P", "AWS::Region", "AWS::NoValue", "Arn", "${A.Arn}-${P}", "IsOn", "M", "", "10.0.0.0/16"]
)
NODES = st.recursive(
    st.one_of(WORDS, st.integers(-5, 300), st.booleans(), st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(WORDS, inner, max_size=3),
        st.builds(lambda name, value: {name: value}, FUNCTIONS, inner),
    ),
    max_leaves=10,
)
PROPERTIES = st.sampled_from(
    ["QueueName", "Tags", "RedrivePolicy", "Policies", "Targets", "Code", "Environment", "AttributeDefinitions", "KeySchema",
     "NotificationConfiguration", "LifecycleConfiguration", "Definition", "Body", "Integration", "SecurityGroupIngress",
     "Subscription", "PolicyDocument", "VpcConfig", "ContainerDefinitions", "DefaultActions", "Stages", "Roles"]
)  # fmt: skip
TYPES = st.sampled_from(
    ["SQS::Queue", "S3::Bucket", "IAM::Role", "IAM::Policy", "Lambda::Function", "Events::Rule", "DynamoDB::Table",
     "EC2::SecurityGroup", "ApiGateway::Method", "StepFunctions::StateMachine", "SNS::Topic", "ECS::TaskDefinition",
     "ElasticLoadBalancingV2::Listener", "CodePipeline::Pipeline", "Lambda::Version", "Made::Up"]
)  # fmt: skip


def outcome(work: Callable[[], Conversion]) -> tuple[Conversion | None, str]:
    """The result, or the sentence of the error; anything but an LsqmError escapes and fails the test."""
    try:
        return work(), ""
    except LsqmError as error:
        return None, str(error)


@given(
    st.lists(st.tuples(TYPES, st.dictionaries(PROPERTIES, NODES, max_size=4)), min_size=1, max_size=3),
    NODES,
)
@settings(max_examples=120, deadline=None, derandomize=True)
def test_any_properties_give_terraform_that_parses_or_one_sentence(resources, condition):
    template = {
        "Parameters": {"P": {"Type": "String"}},
        "Mappings": {"M": {"A": {"B": "x"}}},
        "Conditions": {"IsOn": condition},
        "Resources": {
            name: {"Type": f"AWS::{kind}", "Properties": properties, "Condition": "IsOn"}
            for name, (kind, properties) in zip("ABC", resources, strict=False)
        },
    }
    result, sentence = outcome(lambda: convert_document(template, file="t"))
    if result is None:
        assert sentence
        assert "\n" not in sentence
        return
    assert b"resource" in result.files["main.tf"] or result.diagnostics
    for name, content in result.files.items():
        if name.endswith(".tf") and len(content) < 1500:
            hcl2.loads(content.decode())


@given(st.binary(max_size=200))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_bytes_cost_at_most_one_sentence(data):
    _, sentence = outcome(lambda: convert_template(b"Resources:\n  A:\n" + data, file="t.yaml"))
    assert "\n" not in sentence


def test_a_condition_that_needs_itself_is_refused():
    template = {
        "Conditions": {"A": {"Fn::Not": [{"Condition": "B"}]}, "B": {"Fn::Not": [{"Condition": "A"}]}},
        "Resources": {"Q": {"Type": "AWS::SQS::Queue", "Condition": "A"}},
    }
    result, sentence = outcome(lambda: convert_document(template, file="t"))
    assert (result, sentence) == (None, "t: circular dependency between conditions: A, B")


SEED = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Names: {Type: CommaDelimitedList, Default: "a,b"}
  Secret: {Type: String, NoEcho: true}
Mappings: {Sizes: {small: {memory: 128}}}
Conditions: {IsOn: !Equals [!Select [0, !Ref Names], a]}
Globals: {Function: {Timeout: 5}}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Condition: IsOn
    Properties: {DelaySeconds: !If [IsOn, 1, !Ref AWS::NoValue], Tags: [{Key: a, Value: !Sub "${Secret}-x"}]}
  Handler:
    Type: AWS::Serverless::Function
    DependsOn: Queue
    Properties:
      Handler: index.handler
      Runtime: python3.12
      MemorySize: !FindInMap [Sizes, small, memory]
      InlineCode: "def handler(event, context): return 1"
      Events: {Items: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn}}}
  Child: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml, Parameters: {A: !Ref Names}}}
Outputs: {Url: {Value: !Ref Queue, Export: {Name: !Sub "${AWS::StackName}-url"}}}
"""
CHILD = b"Parameters: {A: {Type: CommaDelimitedList}}\nResources: {T: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Select [0, !Ref A]}}}"
WEIRD: list[Any] = [
    None, [], {}, "", 0, -1, True, 1e308, "${", "${A.B.C}", [[]], [None], "a" * 5000, "\x00\u2028", {1: 2}, {"Ref": None},
    {"Fn::Sub": []}, {"Fn::If": ["X", 1]}, {"Fn::If": ["IsOn", {"Ref": "AWS::NoValue"}, []]}, {"Fn::GetAtt": "x"},
    {"Fn::GetAtt": ["a"]}, {"Ref": "Nope"}, {"Ref": "Queue"}, {"Fn::Select": ["x", []]}, {"Fn::Cidr": ["x", 1, 1]},
    {"Fn::Join": [",", {"Ref": "AWS::NoValue"}]}, {"Fn::FindInMap": ["a", "b", "c"]}, {"Condition": "Q"},
    {"Fn::Transform": {"Name": "AWS::Include"}}, {"Fn::ForEach::X": ["a", ["b"], {}]}, {"Fn::ForEach::X": 3},
]  # fmt: skip


def places(node: Any) -> list[tuple[Any, Any]]:
    """Every place in a template where a value can be exchanged."""
    found = []
    stack = [node]
    while stack:
        item = stack.pop()
        keys = list(item) if isinstance(item, dict) else range(len(item)) if isinstance(item, list) else ()
        for key in keys:
            found.append((item, key))
            stack.append(item[key])
    return found


@given(st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from(WEIRD)), min_size=1, max_size=4))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_a_template_with_anything_in_any_place_gives_a_result_or_one_sentence(exchanges):
    template = copy.deepcopy(load(SEED.encode(), file="t.yaml").template)
    for position, weird in exchanges:
        found = places(template)
        if found:
            holder, key = found[position % len(found)]
            holder[key] = copy.deepcopy(weird)
    result, sentence = outcome(lambda: convert_document(template, file="t", siblings={"child.yaml": CHILD}))
    assert result is not None or (sentence and "\n" not in sentence)


@given(
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 12), st.binary(max_size=3)), min_size=1, max_size=6),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_template_with_bytes_lost_gives_a_result_or_one_sentence(cuts):
    data = bytearray(SEED.encode())
    for start, length, new in cuts:
        place = start % max(len(data), 1)
        data[place : place + length] = new
    result, sentence = outcome(lambda: convert_template(bytes(data), file="t.yaml"))
    assert result is not None or (sentence and "\n" not in sentence)
