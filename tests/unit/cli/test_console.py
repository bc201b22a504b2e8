"""What a terminal shows of names from outside."""

from hypothesis import given
from hypothesis import strategies as st

from lsqm.cli.console import named


@given(st.text(), st.integers(min_value=8, max_value=90))
def test_a_name_never_exceeds_its_room(name: str, limit: int) -> None:
    shown = named(name, limit)
    assert len(shown) <= limit
    assert shown.isprintable()


def test_a_long_path_keeps_the_part_in_which_it_differs() -> None:
    shown = named("/home/somebody/checkouts/examples/openwhisk-python-simple/serverless.yml", 40)
    assert shown.startswith("/home/some…")
    assert shown.endswith("python-simple/serverless.yml")
