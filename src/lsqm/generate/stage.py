"""The generate stage: which architectures need an app, who writes it, in what order, and what it cost."""

import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from enum import StrEnum

from lsqm.errors import LsqmError, UsageError
from lsqm.generate.budget import Budget
from lsqm.generate.builtin import generate_builtin
from lsqm.generate.claude import Asked, AskOptions, Conversation, Verdict, value_order
from lsqm.generate.ladder import climb
from lsqm.generate.stale import is_current
from lsqm.model.app import App, AppRecord, Generator, Usage
from lsqm.model.architecture import Architecture
from lsqm.model.event import ItemFinished, ItemStarted, Notice, StageFinished, StageStarted
from lsqm.model.ids import ArchitectureHash
from lsqm.ports.app_trial import AppTrial, AppTrials, TrialImpossible
from lsqm.ports.clock import Clock
from lsqm.ports.observer import Observer
from lsqm.ports.text_model import TextModel, TextModelClosed, TextModelFailed

STAGE = "generate"


class GeneratorChoice(StrEnum):
    """`--generator`."""

    AUTO = "auto"
    """Claude while there is a key and budget, else builtin."""
    CLAUDE = "claude"
    BUILTIN = "builtin"


@dataclass(frozen=True, kw_only=True, slots=True)
class GenerateOptions:
    """What the flags say."""

    generator: GeneratorChoice = GeneratorChoice.AUTO
    model: str = "claude-sonnet-5-5"
    token_budget: int = 500_000
    max_apps: int | None = None
    """Most apps to write in this run; None for no limit."""
    only: tuple[str, ...] = ()
    """Hashes, or beginnings of them, to look at; empty for all."""
    regenerate: bool = False
    """Write anew what is current."""
    repairs: int = 2
    max_output_tokens: int = 16_000
    parallel: int = 4
    prove_builtin: bool = False
    """Try builtin apps too before they are kept; else their first validation proves them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AppOutcome:
    """What became of one architecture in this stage."""

    architecture: ArchitectureHash
    name: str
    outcome: str
    """`written`, `current`, `not-done`, `failed`, or a `Verdict` of Claude."""
    generator: Generator | None = None
    usage: Usage = field(default_factory=Usage)
    cost_usd: float = 0.0
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class GenerateOutcome:
    """What the stage did; `items` in order of value."""

    items: tuple[AppOutcome, ...]
    usage: Usage
    cost_usd: float
    token_budget: int
    budget_exhausted: bool
    stopped: str = ""
    """Why Claude was given up for the whole stage; empty if it was not."""

    @property
    def written(self) -> int:
        return sum(item.outcome == "written" for item in self.items)

    @property
    def not_done(self) -> tuple[AppOutcome, ...]:
        """Left for the next run, most valuable first."""
        return tuple(item for item in self.items if item.outcome == "not-done")


@dataclass(frozen=True, kw_only=True, slots=True)
class GeneratePorts:
    """The world as this stage sees it."""

    clock: Clock
    observer: Observer
    keep: Callable[[App], None]
    """Stores an app at once, so that a killed run keeps what was paid for."""
    model: TextModel | None = None
    trials: AppTrials | None = None
    """None: apps are proven by their first validation."""
    stop: Callable[[], None] = lambda: None
    """Ends what runs in trials, when a person presses Ctrl-C."""


def generate(
    architectures: Sequence[Architecture],
    *,
    known: Mapping[ArchitectureHash, AppRecord],
    options: GenerateOptions,
    ports: GeneratePorts,
) -> GenerateOutcome:
    """Write the apps that are missing or stale. One bad architecture never stops the others.

    Raises:
        UsageError: `--generator claude` without a key, or `--only` that names nothing.
        TextModelClosed: `--generator claude` and the service refuses the key, the payment or the model.
    """
    started = ports.clock.monotonic()
    chosen = _chosen(architectures, options.only)
    writer = _Claude(options, ports) if options.generator is not GeneratorChoice.BUILTIN and ports.model else None
    if options.generator is GeneratorChoice.CLAUDE and writer is None:
        raise UsageError("--generator claude needs a key", hint="set ANTHROPIC_API_KEY, or use --generator builtin")
    target = Generator.BUILTIN if writer is None else Generator.CLAUDE
    stale = [
        one for one in chosen if options.regenerate or not is_current(known.get(one.hash), one.hash, generator=target)
    ]
    new = value_order([one for one in stale if one.hash not in known], _covered(architectures, known))
    order = new + value_order([one for one in stale if one.hash in known], set())
    limit = len(order) if options.max_apps is None else max(0, options.max_apps)
    todo, left = order[:limit], order[limit:]
    ports.observer.on(StageStarted(stage=STAGE, total=len(todo), message=f"{target} writes {len(todo)} apps"))
    outcomes = writer.write(todo) if writer else {}
    if options.generator is not GeneratorChoice.CLAUDE:
        outcomes |= _fill_in(todo, outcomes, known, options, ports)
    for one in (*todo, *left):
        reason = "more than --max-apps" if one in left else (writer.stopped if writer else "")
        outcomes.setdefault(one.hash, _outcome(one, "not-done", reason=reason or "the token budget is used up"))
    ordered = [outcomes[one.hash] for one in order]
    stale_hashes = {one.hash for one in stale}
    current = [_outcome(one, "current") for one in chosen if one.hash not in stale_hashes]
    outcome = GenerateOutcome(
        items=(*ordered, *current),
        usage=writer.budget.spent if writer else Usage(),
        cost_usd=round(sum(item.cost_usd for item in ordered), 6),
        token_budget=options.token_budget if writer else 0,
        budget_exhausted=bool(writer and writer.budget.exhausted),
        stopped=writer.stopped if writer else "",
    )
    _finish(outcome, ports, ports.clock.monotonic() - started)
    return outcome


def _chosen(architectures: Sequence[Architecture], only: tuple[str, ...]) -> list[Architecture]:
    for prefix in only:
        if not any(one.hash.startswith(prefix) for one in architectures):
            raise UsageError(f"--only {prefix}: no architecture has a hash that begins so", hint="see `lsqm status`")
    return [one for one in architectures if not only or one.hash.startswith(only)]


def _covered(architectures: Sequence[Architecture], known: Mapping[ArchitectureHash, AppRecord]) -> set[str]:
    return {service for one in architectures if one.hash in known for service in one.metadata.services}


def _outcome(
    architecture: Architecture,
    outcome: str,
    *,
    generator: Generator | None = None,
    asked: Asked | None = None,
    reason: str = "",
) -> AppOutcome:
    return AppOutcome(
        architecture=architecture.hash,
        name=architecture.metadata.name,
        outcome=outcome,
        generator=generator,
        usage=asked.usage if asked else Usage(),
        cost_usd=round(asked.cost_usd, 6) if asked else 0.0,
        reason=reason or (asked.reason if asked else ""),
    )


def _fill_in(
    todo: Sequence[Architecture],
    outcomes: Mapping[ArchitectureHash, AppOutcome],
    known: Mapping[ArchitectureHash, AppRecord],
    options: GenerateOptions,
    ports: GeneratePorts,
) -> dict[ArchitectureHash, AppOutcome]:
    """Builtin apps where Claude wrote none and nothing usable is stored."""
    filled = {}
    for one in todo:
        asked = outcomes.get(one.hash)
        if asked is not None and asked.outcome == "written":
            continue
        if (record := known.get(one.hash)) and is_current(record, one.hash, generator=record.generator) and asked:
            continue
        ports.observer.on(ItemStarted(stage=STAGE, item=one.metadata.name))
        try:
            ports.keep(_builtin(one, options, ports))
        except (LsqmError, ValueError, RecursionError) as error:
            filled[one.hash] = _outcome(one, "failed", generator=Generator.BUILTIN, reason=str(error))
        else:
            reason = f"claude: {asked.reason or asked.outcome}" if asked else ""
            filled[one.hash] = AppOutcome(
                architecture=one.hash,
                name=one.metadata.name,
                outcome="written",
                generator=Generator.BUILTIN,
                usage=asked.usage if asked else Usage(),
                cost_usd=asked.cost_usd if asked else 0.0,
                reason=reason,
            )
        _tell(ports, filled[one.hash])
    return filled


def _builtin(one: Architecture, options: GenerateOptions, ports: GeneratePorts) -> App:
    app = generate_builtin(one, now=_now(ports.clock))
    if not options.prove_builtin or ports.trials is None:
        return app
    with Rehearsal(ports.trials, one) as rehearsal:
        proof = climb(app, one.metadata.services, rehearsal.opened()).proof()
    proof = replace(proof, notes=(*app.record.proof.notes, *proof.notes))
    return replace(app, record=replace(app.record, proof=proof))


class _Claude:
    """Asks for many apps at once; reserves budget strictly in order of value."""

    def __init__(self, options: GenerateOptions, ports: GeneratePorts) -> None:
        assert ports.model is not None
        self._model = ports.model
        self._options = options
        self._ports = ports
        self.budget = Budget(options.token_budget)
        self.stopped = ""

    def write(self, todo: Sequence[Architecture]) -> dict[ArchitectureHash, AppOutcome]:
        """Ask for one app after the other, some at a time, until the budget ends or the service closes."""
        outcomes: dict[ArchitectureHash, AppOutcome] = {}
        waiting = deque(todo)
        running: dict[Future[Asked], Architecture] = {}
        try:
            self._check()
            with ThreadPoolExecutor(max(1, self._options.parallel)) as pool, self._stopped_by_hand():
                while running or (waiting and not self.stopped):
                    while waiting and not self.stopped and len(running) < max(1, self._options.parallel):
                        one = waiting.popleft()
                        if conversation := self._start(one, outcomes):
                            running[pool.submit(copy_context().run, self._run, conversation, one)] = one
                    if running:
                        for future in wait(running, return_when=FIRST_COMPLETED).done:
                            self._take(future, running.pop(future), outcomes)
        except TextModelClosed as error:
            self._close(error)
        return outcomes

    @contextlib.contextmanager
    def _stopped_by_hand(self) -> Iterator[None]:
        """Ctrl-C ends the questions and the trials; the pool then has nothing to wait for but their clearing up."""
        try:
            yield
        except KeyboardInterrupt:
            self._model.stop()
            self._ports.stop()
            raise

    def _check(self) -> None:
        status = self._model.check(self._options.model)
        if status.advice:
            self._ports.observer.on(Notice(stage=STAGE, message=status.advice, level="warning"))

    def _start(self, one: Architecture, outcomes: dict[ArchitectureHash, AppOutcome]) -> Conversation | None:
        self._ports.observer.on(ItemStarted(stage=STAGE, item=one.metadata.name))
        options = AskOptions(
            model=self._options.model,
            max_output_tokens=self._options.max_output_tokens,
            repairs=self._options.repairs,
        )
        conversation = Conversation(one, model=self._model, budget=self.budget, options=options)
        try:
            if conversation.start():
                return conversation
            self.stopped = self.stopped or "the token budget is used up"
        except TextModelClosed as error:
            self._close(error)
        except (LsqmError, TextModelFailed, ValueError, RecursionError) as error:
            outcomes[one.hash] = _outcome(one, "failed", generator=Generator.CLAUDE, reason=str(error))
            _tell(self._ports, outcomes[one.hash])
        return None

    def _run(self, conversation: Conversation, one: Architecture) -> Asked:
        if self.stopped and self.stopped != "the token budget is used up":
            conversation.abandon()
        with Rehearsal(self._ports.trials, one) as rehearsal:
            asked = conversation.run(rehearsal.opened, now=_now(self._ports.clock))
        if asked.app is not None:
            self._ports.keep(asked.app)
        return asked

    def _take(self, future: Future[Asked], one: Architecture, outcomes: dict[ArchitectureHash, AppOutcome]) -> None:
        try:
            asked = future.result()
        except TextModelClosed as error:
            self._close(error)
            return
        except Exception as error:  # noqa: BLE001  the one place per item: a bug with one architecture stops no other
            outcomes[one.hash] = _outcome(
                one, "failed", generator=Generator.CLAUDE, reason=f"{type(error).__name__}: {error}"
            )
        else:
            if asked.verdict is Verdict.NO_BUDGET:
                outcomes[one.hash] = _outcome(one, "not-done", asked=asked)
            else:
                outcomes[one.hash] = _outcome(one, asked.verdict.value, generator=Generator.CLAUDE, asked=asked)
            if asked.closed is not None:
                self._close(asked.closed)
        _tell(self._ports, outcomes[one.hash])

    def _close(self, error: TextModelClosed) -> None:
        if self._options.generator is GeneratorChoice.CLAUDE:
            raise error
        if not self.stopped:
            self._ports.observer.on(Notice(stage=STAGE, message=f"{error} {error.hint}", level="warning"))
        self.stopped = str(error)


class Rehearsal(contextlib.ExitStack):
    """The trial of one architecture: opened when it is first asked for, closed with the block."""

    def __init__(self, trials: AppTrials | None, architecture: Architecture) -> None:
        super().__init__()
        self._trials = trials
        self._architecture = architecture
        self._trial: AppTrial | str | None = None

    def opened(self) -> AppTrial | str:
        """The trial, or why there is none."""
        if self._trial is None:
            if self._trials is None:
                self._trial = "no reference emulator was asked for"
            else:
                try:
                    self._trial = self.enter_context(self._trials.open(self._architecture))
                except TrialImpossible as error:
                    self._trial = str(error)
        return self._trial


def _now(clock: Clock) -> str:
    return clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")


def _tell(ports: GeneratePorts, item: AppOutcome) -> None:
    spent = f"{item.usage.total:,} tokens, ${item.cost_usd:.4f}" if item.usage.total else ""
    message = "; ".join(part for part in (spent, item.reason) if part)
    ports.observer.on(ItemFinished(stage=STAGE, item=item.name, outcome=item.outcome, message=message))


def _finish(outcome: GenerateOutcome, ports: GeneratePorts, seconds: float) -> None:
    if outcome.not_done:
        names = ", ".join(item.name for item in outcome.not_done[:5])
        more = f" and {len(outcome.not_done) - 5} more" if len(outcome.not_done) > 5 else ""
        ports.observer.on(Notice(stage=STAGE, message=f"left for the next run, most valuable first: {names}{more}"))
    failed = sum(item.outcome not in ("written", "current", "not-done") for item in outcome.items)
    spent = (
        f", {outcome.usage.total:,} of {outcome.token_budget:,} tokens, ${outcome.cost_usd:.2f}"
        if outcome.token_budget
        else ""
    )
    summary = f"{outcome.written} written, {failed} failed, {len(outcome.not_done)} left{spent}"
    word = "partial" if failed or outcome.not_done else "ok"
    ports.observer.on(StageFinished(stage=STAGE, seconds=seconds, summary=summary, outcome=word))
