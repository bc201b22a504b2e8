"""Templates nobody would write: one sentence or a result, in bounded time, never a traceback."""

from collections.abc import Callable

import hcl2
from hypothesis import given, settings
from hypothesis import strategies as st

from lsqm.errors import LsqmError
from lsqm.normalize.cloudformation import Conversion, convert_document, convert_template

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


def test_a_condition_that_needs_itself_ends():
    template = {
        "Conditions": {"A": {"Fn::Not": [{"Condition": "B"}]}, "B": {"Fn::Not": [{"Condition": "A"}]}},
        "Resources": {"Q": {"Type": "AWS::SQS::Queue", "Condition": "A"}},
    }
    assert "main.tf" in convert_document(template, file="t").files
