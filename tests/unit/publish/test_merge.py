"""Documents merge by key: no conflict markers, nothing lost, and the order of arrival does not matter for new keys."""

import json

from hypothesis import given
from hypothesis import strategies as st

from lsqm.publish.merge import merge_json, merge_lines, runs_in


def merged(base: object, ours: object, theirs: object) -> object:
    return json.loads(merge_json(json.dumps(base).encode(), json.dumps(ours).encode(), json.dumps(theirs).encode()))


def test_new_keys_of_both_sides_stay_and_removed_ones_go():
    assert merged({"a": 1, "b": 1}, {"a": 1, "b": 1, "c": 2}, {"b": 1, "d": 3}) == {"b": 1, "c": 2, "d": 3}


def test_a_value_changed_on_one_side_wins_and_on_both_ours_does():
    assert merged({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 3, "b": 4}) == {"a": 2, "b": 4}


def test_a_changed_value_is_not_lost_to_the_other_sides_removal():
    assert merged({"a": {"x": 1}}, {"a": {"x": 2}}, {}) == {"a": {"x": 2}}
    assert merged({"a": {"x": 1}}, {}, {"a": {"x": 2}}) == {"a": {"x": 2}}


def test_lists_of_objects_merge_by_their_identity_and_stay_sorted():
    point = [{"run": str(number), "rate": 1} for number in range(4)]
    assert merged([point[0]], [point[0], point[3]], [point[0], point[1]]) == [point[0], point[1], point[3]]


def test_points_of_one_run_are_told_apart_by_service():
    def points(run: str) -> list[dict[str, str]]:
        return [{"run": run, "service": service} for service in ("s3", "sqs")]

    assert merged(points("1"), points("1") + points("3"), points("1") + points("2")) == [
        *points("1"),
        *points("2"),
        *points("3"),
    ]


def test_histories_with_a_letter_per_run_stay_aligned_with_the_runs():
    def trend(runs: str, histories: dict[str, str]) -> dict:
        return {"points": [{"run": run} for run in runs], "histories": histories}

    base, ours, theirs = trend("1", {"a": "P"}), trend("13", {"a": "PF", "b": "-T"}), trend("12", {"a": "PE"})
    assert merged(base, ours, theirs) == trend("123", {"a": "PEF", "b": "--T"})


def test_lists_of_words_are_united():
    assert merged(["b"], ["a", "b"], ["b", "c"]) == ["a", "b", "c"]


def test_broken_json_loses_to_sound_json():
    assert merge_json(b"{}", b'{"a"', b'{"b": 1}') == b'{"b": 1}'
    assert merge_json(b"{}", b'{"b": 1}', b"<<<<<<<") == b'{"b": 1}'


def test_the_ledger_is_the_union_and_is_never_shortened():
    ours, theirs = b'{"run": "3"}\n{"run": "1"}\n', b'{"run": "2"}\nnot json\n'
    assert merge_lines(ours, theirs) == b'{"run": "1"}\n{"run": "2"}\n{"run": "3"}\n'
    assert runs_in(theirs) == {"2"}


def line(run: str, **more: object) -> bytes:
    return json.dumps({"run": run, **more}).encode() + b"\n"


def test_of_two_lines_of_a_run_the_one_that_changed_stays():
    old, new = line("1", regressed=[]), line("1", regressed=["a"])
    assert merge_lines(old + line("2"), new, base=old) == new + line("2"), "ours is the stale one"
    assert merge_lines(new, old + line("2"), base=old) == new + line("2")
    assert merge_lines(new, old) == new


def test_a_line_written_while_the_run_went_on_never_wins_over_the_final_one():
    going_on, done = line("1", complete=False), line("1", complete=True)
    assert merge_lines(going_on, done) == merge_lines(done, going_on) == done


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xyz", max_size=1), inner, max_size=3),
    max_leaves=6,
)


@given(VALUES, VALUES)
def test_the_side_that_changed_wins_whatever_the_document_is(base: object, changed: object):
    assert merged(base, changed, base) == changed
    assert merged(base, base, changed) == changed


@given(
    st.dictionaries(st.text("ab", min_size=1), st.integers()), st.dictionaries(st.text("xy", min_size=1), st.integers())
)
def test_disjoint_additions_commute(ours: dict, theirs: dict):
    assert merged({}, ours, theirs) == merged({}, theirs, ours) == {**ours, **theirs}
