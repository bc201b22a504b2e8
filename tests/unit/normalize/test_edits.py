"""Edits to one place: the same result in every process, whatever its hash seed."""

from lsqm.normalize.terraform.edits import Edit, apply


def test_of_two_edits_for_one_place_the_first_noted_wins() -> None:
    for number in range(64):  # a set of them would put half of these the other way round
        removal, other = Edit(start=1, end=2), Edit(start=1, end=2, replacement=f"x{number}")
        assert apply("abc", [removal, other]) == "ac"
        assert apply("abc", [other, removal]) == f"ax{number}c"


def test_what_is_put_into_one_place_stays_in_order_and_is_put_once() -> None:
    for number in range(64):
        one, two = Edit(start=1, end=1, replacement=f"1-{number}"), Edit(start=1, end=1, replacement=f"2-{number}")
        assert apply("ab", [one, two, one]) == f"a1-{number}2-{number}b"


def test_the_outermost_of_nested_edits_wins() -> None:
    assert apply("abcdef", [Edit(start=2, end=3, replacement="x"), Edit(start=1, end=5)]) == "af"
