"""Whatever values the emitter is given, the text parses, says the same, and is the same the second time."""

import hcl2
from hypothesis import given, settings
from hypothesis import strategies as st

from lsqm.model.terraform import Block, Call, Conditional, Reference, Template
from lsqm.normalize.hcl.emit import emit

TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
PLAIN = st.text("abcXYZ019 .:/-_", min_size=1, max_size=20)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True).filter(lambda name: name not in {"count", "for_each"})
REFERENCES = st.builds(Reference, st.just("aws_sqs_queue.jobs"), st.sampled_from([".arn", "[0].id", ".name"]))
SCALARS = st.one_of(TEXT, st.integers(-(10**9), 10**9), st.booleans(), st.none(), REFERENCES)
VALUES = st.recursive(
    st.one_of(SCALARS, st.builds(Template, st.tuples(TEXT, REFERENCES, TEXT))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(PLAIN, inner, max_size=4),
        st.builds(lambda value: Call("jsonencode", (value,)), st.dictionaries(PLAIN, inner, max_size=3)),
        st.builds(lambda value: Conditional(Reference("local.on"), value, None), SCALARS),
    ),
    max_leaves=12,
)
BLOCKS = st.builds(
    lambda name, attributes, inner: Block(
        type="resource", labels=("aws_x", name), attributes=attributes, blocks=[Block(type="inner", attributes=inner)]
    ),
    NAMES,
    st.dictionaries(NAMES, VALUES, max_size=4),
    st.dictionaries(NAMES, SCALARS, max_size=2),
)


@given(st.lists(BLOCKS, max_size=3, unique_by=lambda block: block.labels))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_the_text_parses_and_is_stable(blocks):
    text = emit(blocks)
    assert text == emit(blocks)
    parsed = hcl2.loads(text)
    assert len(parsed.get("resource", [])) == len(blocks)


def test_a_dollar_before_an_interpolation_is_no_escape():
    block = Block(type="locals", attributes={"a": Template(("cost: $", Reference("local.x"))), "b": "${x} %{y}"})
    text = emit([block])
    assert '"cost: ${"$"}${local.x}"' in text
    assert '"$${x} %%{y}"' in text


def test_scripts_become_heredocs_and_equal_signs_line_up():
    block = Block(
        type="resource",
        labels=("aws_instance", "web"),
        attributes={"ami": "ami-1", "instance_type": "t3.micro", "user_data": "#!/bin/sh\necho hi\n\necho ${X}\n"},
    )
    assert emit([block]) == (
        'resource "aws_instance" "web" {\n'
        '  ami           = "ami-1"\n'
        '  instance_type = "t3.micro"\n'
        "  user_data     = <<-EOT\n"
        "    #!/bin/sh\n"
        "    echo hi\n"
        "\n"
        "    echo $${X}\n"
        "  EOT\n"
        "}\n"
    )
