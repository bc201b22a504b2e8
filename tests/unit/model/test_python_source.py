"""Python is read by many workers at once."""

import sys
import threading
from collections.abc import Iterator

import pytest

from lsqm.model.python_source import parse_python

CODE = "def f(x):\n    return [(a, {b: c[d + 1]}) for a, b, c, d in x if (a or (b and not c))]\n" * 40


class Garbage:
    """A cycle whose end runs Python, so that the collector lets other threads take over in the middle of anything."""

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        sum(range(50))


@pytest.fixture
def impatient_threads() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("impatient_threads")
def test_threads_that_take_turns_in_the_middle_of_a_tree_do_not_confuse_each_other():
    errors = []

    def work() -> None:
        try:
            for _ in range(40):
                Garbage()
                assert len(parse_python(CODE).body) == 40
        except (SystemError, RecursionError) as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


@pytest.mark.parametrize("text", ["def", "x = '\0'"])
def test_what_is_not_python_is_said_to_be_none(text):
    with pytest.raises((SyntaxError, ValueError)):
        parse_python(text)
