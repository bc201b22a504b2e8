import pytest

from lsqm.normalize.cloudformation import TemplateError
from lsqm.normalize.cloudformation.load import load

BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 9)) for i in range(9)
)


def test_short_forms_become_functions_with_their_arguments():
    source = load(b"A: !Sub '${X}'\nB: !GetAtt Q.Arn.Part\nC: !If [x, !Ref A, !Ref B]\n", file="t.yaml")
    assert source.template == {
        "A": {"Fn::Sub": "${X}"},
        "B": {"Fn::GetAtt": ["Q", "Arn.Part"]},
        "C": {"Fn::If": ["x", {"Ref": "A"}, {"Ref": "B"}]},
    }


def test_scalars_keep_what_cloudformation_reads_as_text():
    source = load(b"a: 2012-10-17\nb: 0123\nc: yes\nd: 12\ne: 1.5\nf: true\ng: '12'\nh: 22:22\n", file="t")
    assert source.template == {
        "a": "2012-10-17", "b": "0123", "c": "yes", "d": 12, "e": 1.5, "f": True, "g": "12", "h": "22:22",
    }  # fmt: skip


def test_positions_name_line_and_column_of_keys_and_items():
    source = load(b"Resources:\n  Q:\n    Type: X\n    L:\n      - a\n      - b\n", file="t.yaml")
    assert str(source.locate(("Resources", "Q", "Type"))) == "t.yaml:3:5"
    assert str(source.locate(("Resources", "Q", "L", 1))) == "t.yaml:6:9"
    assert str(source.locate(("Resources", "Q", "Gone", "Deep"))) == "t.yaml:2:3"


def test_json_with_tabs_and_byte_order_mark_is_read():
    assert load(b'\xef\xbb\xbf{\n\t"a": [1, {"b": null}]\n}', file="t.json").template == {"a": [1, {"b": None}]}


def test_a_duplicate_key_is_said_and_the_last_one_counts():
    source = load(b"a: 1\na: 2\n", file="t")
    assert source.template == {"a": 2}
    assert [(d.code, d.location.line) for d in source.diagnostics] == [("duplicate-key", 2)]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (BOMB, "more than"),
        (b"[" * 100_000, "levels deep"),
        (b'{"a":' * 5000, "levels deep"),
        (b"a: *nowhere", "undefined alias"),
        (b"a: &x [*x]", "undefined alias"),
        (b"- 1\n- 2\n", "a list"),
        (b"a: b: c", "not valid YAML"),
        (b'{"a": [}', "not valid JSON"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"", "empty"),
        (b"\x00\x01", "not valid YAML"),
        (b"? {a: b}\n: c\n", "a mapping cannot be a key"),
        (b"x" * 4_000_001, "more than a template"),
    ],
)
def test_hostile_input_costs_one_sentence(data, words):
    with pytest.raises(TemplateError) as caught:
        load(data, file="t")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.hint
