"""Annotations: the worst first, no more than GitHub shows, and nothing foreign becomes a command."""

import re

from lsqm.model.comparison import Change
from lsqm.model.result import Status
from lsqm.report import build_annotations
from tests.unit.report.make import comparison, error, given, record, result

LINE = re.compile(r"::(error|warning|notice) title=[^:,\r\n]*::[^\r\n]*")


def lines(text: str) -> list[str]:
    return text.splitlines()


def failed(name: str, **more):
    return result(name, Status.FAILED, **more)


def test_levels_come_worst_first_and_say_what_and_why():
    text = build_annotations(
        given(
            failed("a", signature="s3.PutObject 501"),
            failed("b"),
            result("c"),
            error("d"),
            comparison=comparison(
                record("a", Change.REGRESSED), record("b", Change.UNCONFIRMED), record("c", Change.FIXED)
            ),
        )
    )
    found = lines(text)
    assert [line.split(" ")[0] for line in found] == ["::error", "::warning", "::warning", "::notice"]
    assert "s3.PutObject 501" in found[0]


def test_no_more_than_ten_of_a_level_and_the_rest_is_counted():
    names = [f"n{number}" for number in range(25)]
    text = build_annotations(
        given(*(failed(name) for name in names), comparison=comparison(*(record(n, Change.REGRESSED) for n in names)))
    )
    assert len(lines(text)) == 10
    assert lines(text)[-1].startswith("::error title=16 more confirmed regression")


def test_ten_fit_as_they_are():
    names = [f"n{number}" for number in range(10)]
    text = build_annotations(
        given(*(failed(name) for name in names), comparison=comparison(*(record(n, Change.REGRESSED) for n in names)))
    )
    assert "more" not in text
    assert len(lines(text)) == 10


def test_a_hostile_message_stays_inside_its_annotation():
    hostile = "x\n::error title=a,b=c::forged\r\n::set-env name=PATH::/evil %0A,:"
    text = build_annotations(
        given(failed("a", signature=hostile, message=hostile), comparison=comparison(record("a", Change.REGRESSED)))
    )
    assert len(lines(text)) == 1
    assert LINE.fullmatch(lines(text)[0])
    assert "%250A" in text
