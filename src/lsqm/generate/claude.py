"""One app from a model: ask, extract, climb, repair at most N times. In the budget, and what is refused is not kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from lsqm.generate.budget import Budget, Reservation
from lsqm.generate.configuration import read_configuration
from lsqm.generate.extract import SCHEMA, Malformed, extract
from lsqm.generate.files import app_digest, conftest, requirements
from lsqm.generate.ladder import Climb, climb, climb_static
from lsqm.generate.prices import cost_usd
from lsqm.generate.prompt import CLAUDE_RULES, prompt_digest, question, repair, system_prompt
from lsqm.model.app import App, AppRecord, Generator, Proof, Rung, Usage
from lsqm.model.architecture import Architecture
from lsqm.ports.app_trial import AppTrial
from lsqm.ports.text_model import (
    Role,
    StopReason,
    TextModel,
    TextModelClosed,
    TextModelFailed,
    TextReply,
    TextRequest,
    Turn,
)

LEAST_OUTPUT = 6_000
"""Below this an app would be cut short: it is not asked for."""
_MOST_REPEATED = 300_000
"""Characters of a reply that are sent back for its repair."""


class Verdict(StrEnum):
    """How asking for one app ended."""

    WRITTEN = "written"
    NO_BUDGET = "no-budget"
    TRUNCATED = "truncated"
    REFUSED = "refused"
    MALFORMED = "malformed"
    AGAINST_POLICY = "against-policy"
    NO_ANSWER = "no-answer"


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What came of it."""

    verdict: Verdict
    app: App | None = None
    usage: Usage = field(default_factory=Usage)
    cost_usd: float = 0.0
    rounds: int = 0
    reason: str = ""
    """One sentence when there is no app."""
    closed: TextModelClosed | None = None
    """The service closed while a repair was asked for; the app before it is kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AskOptions:
    """How to ask."""

    model: str
    max_output_tokens: int = 16_000
    repairs: int = 2
    effort: str = "medium"


class Conversation:
    """The attempts at one app. `start` reserves the budget of the first call, so that a caller can keep its order."""

    def __init__(self, architecture: Architecture, *, model: TextModel, budget: Budget, options: AskOptions) -> None:
        self._architecture = architecture
        self._model = model
        self._budget = budget
        self._options = options
        self._turns: tuple[Turn, ...] = ()
        self._usage = Usage()
        self._cost = 0.0
        self._rounds = 0
        self._shown: frozenset[str] = frozenset()
        """Tests whose failure the model has been shown: what it keeps of them, it stands by."""
        self._reservation: Reservation | None = None

    def start(self) -> bool:
        """Reserve the first call; False when the budget does not hold it.

        Raises:
            DataError: the architecture cannot be read or is too long.
            TextModelClosed, TextModelFailed: the tokens could not be counted.
        """
        blocks = read_configuration(self._architecture.files)
        self._turns = (question(self._architecture, blocks),)
        self._reservation = self._reserve()
        return self._reservation is not None

    def abandon(self) -> None:
        """Give back what `start` reserved, when nothing will be asked after all."""
        if self._reservation is not None:
            self._budget.settle(self._reservation, Usage())
            self._reservation = None

    def run(self, open_trial: Callable[[], AppTrial | str], *, now: str) -> Asked:
        """Ask, and repair while there is something to repair, rounds and budget left.

        Args:
            open_trial: called once a reply is worth a trial; a string says why there is none.
            now: for `app.json`.
        """
        best: tuple[Climb, dict[str, str]] | None = None
        failed = Asked(verdict=Verdict.NO_BUDGET, reason="the token budget does not hold this app")
        closed: TextModelClosed | None = None
        while self._reservation is not None:
            try:
                reply = self._ask(self._reservation)
            except TextModelClosed as error:
                if best is None:
                    raise
                closed = error
                break
            except TextModelFailed as error:
                failed = Asked(verdict=Verdict.NO_ANSWER, reason=str(error))
                break
            attempt = self._judge(reply, open_trial, now)
            if isinstance(attempt, Asked):
                failed, errors, outputs = attempt, [attempt.reason], ""
                if attempt.verdict is not Verdict.MALFORMED:
                    break
            else:
                found, files = attempt
                if found.may_be_saved and (best is None or found.height > best[0].height):
                    best = found, files
                elif not found.may_be_saved:
                    failed = Asked(verdict=_refusal(found), reason="; ".join(found.errors[:3]))
                errors, outputs, self._shown = list(found.errors), found.outputs, self._shown | found.failed
            if not errors or self._rounds > self._options.repairs:
                break
            said = reply.text if 0 < len(reply.text) <= _MOST_REPEATED else "{}"
            self._turns = (*self._turns, Turn(role=Role.ASSISTANT, text=said), repair(errors, outputs))
            try:
                self._reservation = self._reserve()
            except TextModelFailed:
                break
            except TextModelClosed as error:
                if best is None:
                    raise
                closed = error
                break
        if best is None:
            return Asked(
                verdict=failed.verdict,
                usage=self._usage,
                cost_usd=self._cost,
                rounds=self._rounds,
                reason=failed.reason,
            )
        return Asked(
            verdict=Verdict.WRITTEN,
            app=self._app(best[1], best[0].proof(), now),
            usage=self._usage,
            cost_usd=self._cost,
            rounds=self._rounds,
            closed=closed,
        )

    def _request(self, max_tokens: int) -> TextRequest:
        return TextRequest(
            model=self._options.model,
            system=system_prompt(),
            turns=self._turns,
            max_tokens=max_tokens,
            schema=SCHEMA,
            effort=self._options.effort,
        )

    def _reserve(self) -> Reservation | None:
        counted = self._model.count(self._request(self._options.max_output_tokens))
        return self._budget.reserve(
            counted_input=counted,
            wanted_output=self._options.max_output_tokens,
            least_output=min(LEAST_OUTPUT, self._options.max_output_tokens),
        )

    def _ask(self, reservation: Reservation) -> TextReply:
        """One call; its tokens are accounted whatever becomes of it."""
        used = Usage()
        self._reservation = None
        try:
            reply = self._model.ask(self._request(reservation.max_output))
            used = reply.usage
        except TextModelFailed as error:
            used = error.usage
            raise
        finally:
            self._budget.settle(reservation, used)
            self._usage += used
            self._cost += cost_usd(self._options.model, used) or 0.0
            self._rounds += 1
        return reply

    def _judge(
        self, reply: TextReply, open_trial: Callable[[], AppTrial | str], now: str
    ) -> "Asked | tuple[Climb, dict[str, str]]":
        match reply.stop:
            case StopReason.END:
                pass
            case StopReason.REFUSAL:
                return Asked(verdict=Verdict.REFUSED, reason="the model refused to answer")
            case StopReason.MAX_TOKENS | StopReason.CONTEXT:
                return Asked(verdict=Verdict.TRUNCATED, reason=f"the reply was cut short ({reply.stop})")
            case StopReason.OTHER:
                return Asked(verdict=Verdict.MALFORMED, reason="the model stopped for a reason that ends no answer")
        try:
            raw = extract(reply.text)
        except Malformed as error:
            return Asked(verdict=Verdict.MALFORMED, reason=str(error))
        files = {
            "conftest.py": conftest(raw["conftest.py"]),
            "app.py": _with_newline(raw["app.py"]),
            "test_app.py": _with_newline(raw["test_app.py"]),
            "requirements.txt": raw["requirements.txt"],
        }
        services = self._architecture.metadata.services
        static = climb_static(files, services)
        files["requirements.txt"] = requirements()
        if not static.may_be_saved or static.errors:
            return static, files
        app = self._app(files, Proof(rung=Rung.POLICY), now)
        return climb(app, services, open_trial(), disputed=self._shown), files

    def _app(self, files: dict[str, str], proof: Proof, now: str) -> App:
        record = AppRecord(
            architecture=self._architecture.hash,
            generator=Generator.CLAUDE,
            rules=CLAUDE_RULES,
            digest=app_digest(files),
            proof=proof,
            model=self._options.model,
            prompt_digest=prompt_digest(),
            usage=self._usage,
            cost_usd=round(self._cost, 6),
            generated_at=now,
        )
        return App(record=record, files=files)


def _refusal(found: Climb) -> Verdict:
    return Verdict.MALFORMED if found.rung is None else Verdict.AGAINST_POLICY


def _with_newline(text: str) -> str:
    return text.rstrip("\n") + "\n"


def value_order(architectures: Sequence[Architecture], covered: set[str]) -> list[Architecture]:
    """Most valuable first: the one that adds most services not covered by the apps before it; then the smallest."""
    left = sorted(architectures, key=lambda one: (one.metadata.resource_count, one.hash))
    seen = set(covered)
    ordered: list[Architecture] = []
    while left:
        best = max(left, key=lambda one: len(set(one.metadata.services) - seen))
        if not set(best.metadata.services) - seen:
            return ordered + left
        left.remove(best)
        ordered.append(best)
        seen.update(best.metadata.services)
    return ordered
