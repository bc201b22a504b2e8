"""The first sentence of the page: did it get worse? Good news never stands without the number of undecided results."""

from dataclasses import dataclass
from enum import StrEnum

from lsqm.model.comparison import Change, Comparison
from lsqm.model.run import Counts, RunManifest
from lsqm.model.trend import RunPoint
from lsqm.report.counting import Undecided
from lsqm.report.text import day, plural


class Mood(StrEnum):
    """What colour, sign and tone the banner has."""

    REGRESSED = "regressed"
    SUSPECTED = "suspected"
    CALM = "calm"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Headline:
    """Title, the sentence below it, and what is still open."""

    mood: Mood
    title: str
    text: str
    undecided: str
    caution: str = ""
    """Said when the run did not finish."""


def headline(
    run: RunManifest,
    counts: Counts,
    comparison: Comparison | None,
    previous: RunPoint | None,
    now: RunPoint,
    open_: Undecided,
) -> Headline:
    """The truth about this run in two sentences."""
    mood, title, text = _judge(run, counts, comparison, previous, now)
    return Headline(
        mood=mood,
        title=title,
        text=text.strip(),
        undecided=_undecided(counts, open_),
        caution=_caution(run, counts),
    )


def _judge(
    run: RunManifest,
    counts: Counts,
    comparison: Comparison | None,
    previous: RunPoint | None,
    now: RunPoint,
) -> tuple[Mood, str, str]:
    name = now.emulator or "the emulator"
    tested = counts.total - counts.not_run
    if not tested:
        return (
            Mood.UNKNOWN,
            "No architecture was tested",
            "This run has no results: it says nothing about the emulator.",
        )
    if counts.pass_rate is None:
        text = f"Each of {plural(tested, 'trial')} ended in an error that is not {name}'s. The causes are below."
        return Mood.UNKNOWN, "No verdict: not one fair trial", text
    if comparison is None:
        text = "The numbers below stand on their own; lsqm compare judges them."
        return Mood.UNKNOWN, "Not compared with an earlier run", text
    changed = {change: len(comparison.with_change(change)) for change in Change}
    since = _since(previous, now)
    fixed = _fixed(changed[Change.FIXED])
    if regressed := changed[Change.REGRESSED]:
        text = f"{'It' if regressed == 1 else 'Each'} failed again on {name} and still passes on the baseline. {fixed}"
        return Mood.REGRESSED, f"{plural(regressed, 'confirmed regression')} {since}", text
    if comparison.baseline is None and previous is None:
        text = "There is nothing to compare with yet; the next run will be measured against this one."
        return Mood.UNKNOWN, "First run: the baseline is laid", text
    if suspected := changed[Change.UNCONFIRMED]:
        fail = "architecture that passed before fails" if suspected == 1 else "architectures that passed before fail"
        text = f"{suspected:,} {fail} now; not yet repeated on both versions, so nothing is accused. {fixed}"
        return Mood.SUSPECTED, f"No confirmed regression {since}, {suspected:,} suspected", text
    if not sum(changed[change] for change in _COMPARED):
        text = "No architecture has a result that can be compared with one from before; the reasons are in the table."
        return Mood.UNKNOWN, "No verdict: nothing was comparable", text
    same = previous is not None and bool(now.digest) and previous.digest == now.digest
    text = (
        "The same build was tested before: whatever differs is noise."
        if same
        else f"Nothing that passed before was confirmed to fail on {name}."
    )
    return Mood.CALM, f"No regression {since}{'' if run.complete else ' so far'}", f"{fixed}{text}"


_COMPARED = (Change.UNCHANGED, Change.FIXED, Change.FLAKY)
"""Words that say something was looked at and found no worse; regressed and unconfirmed were handled before."""


def _fixed(count: int) -> str:
    return f"{plural(count, 'architecture was', 'architectures were')} fixed. " if count else ""


def _since(previous: RunPoint | None, now: RunPoint) -> str:
    if previous is None:
        return "since the baseline"
    if previous.emulator and previous.emulator != now.emulator:
        return f"since {previous.emulator}"
    return f"since {day(previous.started_at)}"


def _undecided(counts: Counts, open_: Undecided) -> str:
    if not open_.total:
        return f"All {counts.total:,} results are decided." if counts.total else "0 undecided."
    return f"{open_.total:,} of {counts.total:,} undecided: {open_.sentence()}."


def _caution(run: RunManifest, counts: Counts) -> str:
    if run.complete:
        return " ".join(gap.sentence() for gap in run.gaps)
    tested = counts.total - counts.not_run
    planned = f" of {counts.total:,}" if counts.not_run else ""
    return (
        f"This run did not finish: {tested:,}{planned} selected architectures have a result. "
        "What is shown is true for those and says nothing about the rest."
    )
