"""lsqm lives through simulated worlds with known truth; thousands of them in tests/integration/publish."""

from lsqm.compare.confirm import ConfirmOptions
from tests.simulation import Tally, Wish, simulate


def is_trustworthy(tally: Tally) -> None:
    assert tally.false == []
    assert tally.untracked == []
    assert tally.doubled == []
    assert tally.due > 0
    assert tally.found >= 0.99 * tally.due, tally.missed


def test_forty_histories_no_false_alarm_nothing_missed_nothing_lost():
    tally = simulate(range(40))
    is_trustworthy(tally)
    assert tally.words.keys() >= {"regressed", "flaky", "spurious", "not-comparable", "unconfirmed", "fixed"}


def test_the_simulator_can_find_fault():
    """With nothing but two of two, flaky tests are accused and the simulator says so."""
    tally = simulate(range(40), Wish(flaky_share=1.0, flake_rate=(0.2, 0.3)), ConfirmOptions(floor=1, total=1))
    assert tally.false
