"""What an app must show before it may accuse an emulator (DESIGN section 6).

The first rungs only read. Those that run the app need an emulator and the cage, and are left to the first validation
when there is none.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from lsqm.generate.review import review_assertions, review_policy, review_syntax
from lsqm.model.app import App, Proof, Rung
from lsqm.model.result import TestOutcome
from lsqm.ports.app_trial import AppTrial, TrialImpossible, TrialReport

NOT_RUN = "not run yet, the first validation does the remaining rungs"
_ERROR_LINES = 30
_LONGEST = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Climb:
    """How far an app got, and what to mend for the next rung."""

    rung: Rung | None
    """None: it does not even parse and must not be saved."""
    errors: tuple[str, ...] = ()
    """For a repair; empty when it reached the highest rung that can be tried now."""
    tests: Mapping[str, bool] | None = None
    notes: tuple[str, ...] = ()
    failed: frozenset[str] = frozenset()
    """Tests that failed both times on the reference emulator."""
    outputs: str = ""
    """`terraform output -json` of the trial, for a repair."""

    @property
    def may_be_saved(self) -> bool:
        """FR-020: only code that parses and keeps the policy is ever written down."""
        return self.rung is not None and self.rung is not Rung.PARSES

    @property
    def height(self) -> tuple[int, int, int]:
        """For comparing two attempts at the same app: rung, then proven tests, then how little is left to mend."""
        rung = -1 if self.rung is None else list(Rung).index(self.rung)
        return rung, sum((self.tests or {}).values()), -len(self.errors)

    def proof(self) -> Proof:
        """What app.json says. Only for an app that may be saved."""
        assert self.rung is not None
        return Proof(rung=self.rung, tests=dict(self.tests or {}), notes=self.notes)


def climb_static(files: Mapping[str, str], services: Collection[str]) -> Climb:
    """The rungs that only read: parses, policy, asserts something.

    An app that keeps the policy but asserts too little stands on `policy` with errors.
    """
    if errors := review_syntax(files):
        return Climb(rung=None, errors=_plain(errors))
    if errors := review_policy(files):
        return Climb(rung=Rung.PARSES, errors=_plain(errors))
    return Climb(rung=Rung.POLICY, errors=_plain(review_assertions(files, services)))


def _plain(errors: Iterable[str]) -> tuple[str, ...]:
    """What was found, short and without signs that a terminal would obey: the code chose the names in it."""
    return tuple("".join(sign if sign.isprintable() else "?" for sign in error[:_LONGEST]) for error in errors)


def climb(app: App, services: Collection[str], trial: AppTrial | str, *, disputed: Collection[str] = ()) -> Climb:
    """All rungs; those that run the app only with a trial.

    Args:
        app: the app.
        services: of its architecture.
        trial: a string says why there is none.
        disputed: tests that failed here before and that their author kept when told so. The reference emulator is not
            AWS: as long as they are the smaller part, they hold the app back no more. They stay unproven.
    """
    static = climb_static(app.files, services)
    if static.errors or not static.may_be_saved:
        return static
    if isinstance(trial, str):
        return Climb(rung=Rung.POLICY, notes=(f"{NOT_RUN}: {trial}",))
    try:
        collected = trial.collect(app)
        if errors := _problems(collected) or (() if collected.tests else ("pytest collects no test",)):
            return Climb(rung=Rung.POLICY, errors=errors, outputs=trial.outputs)
        return replace(_prove(app, trial, disputed), outputs=trial.outputs)
    except TrialImpossible as error:
        return Climb(rung=Rung.POLICY, notes=(f"{NOT_RUN}: {error}",))


def _prove(app: App, trial: AppTrial, disputed: Collection[str]) -> Climb:
    empty = trial.run(app, applied=False)
    blind = sorted(name for name, outcome in empty.tests.items() if outcome is TestOutcome.PASSED)
    first, second = trial.run(app, applied=True), trial.run(app, applied=True)
    twice = {
        name
        for name, outcome in first.tests.items()
        if outcome is TestOutcome.PASSED and second.tests.get(name) is TestOutcome.PASSED
    }
    tests = {name: name in twice and name not in blind for name in first.tests}
    fails_on_empty = bool(empty.tests) and not blind
    errors = (
        *(f"{name} passes against an empty emulator: it does not look at what Terraform made" for name in blind),
        *_problems(first),
        *(_problems(second) if not _problems(first) else ()),
    )
    ran = {name for name, outcome in first.tests.items() if outcome is not TestOutcome.SKIPPED}
    failed = frozenset(
        name for name in ran if TestOutcome.PASSED not in (first.tests[name], second.tests.get(name, first.tests[name]))
    )
    if not fails_on_empty:
        return Climb(rung=Rung.ASSERTS, errors=errors, tests=tests, failed=failed)
    unsettled = ran - twice
    if ran and unsettled <= failed.intersection(disputed) and len(unsettled) < len(twice):
        notes = (f"unproven, and kept by its author: {', '.join(sorted(unsettled))}",) if unsettled else ()
        return Climb(rung=Rung.PASSES_TWICE, tests=tests, notes=notes, failed=failed)
    if not ran:
        errors = (*errors, "every test was skipped")
    return Climb(rung=Rung.FAILS_ON_EMPTY, errors=errors, tests=tests, failed=failed)


def _problems(report: TrialReport) -> tuple[str, ...]:
    """What went wrong, each trimmed to the end, where pytest says what it was."""
    return tuple(
        f"{name or 'pytest'}:\n" + "\n".join(text.splitlines()[-_ERROR_LINES:]) for name, text in report.errors.items()
    )
