"""Each stage with its adapters: what `lsqm mine` and `lsqm run` have in common, and so on for every stage."""

import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lsqm.artifacts.store import ArtifactStore
from lsqm.cli import wiring
from lsqm.cli.workspace import Workspace
from lsqm.errors import UsageError
from lsqm.model.event import Notice
from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.pipeline.session import Session
from lsqm.pipeline.stage import StageRecorder, iso

if TYPE_CHECKING:
    from lsqm.cli.invocation import Invocation
    from lsqm.cli.synthesizing import CdkSynthesizer
    from lsqm.cli.trials import Bench
    from lsqm.config import Settings
    from lsqm.generate import GenerateOutcome
    from lsqm.mine.run import SourceSummary
    from lsqm.model.app import AppRecord
    from lsqm.model.architecture import Architecture, Candidate, Skip
    from lsqm.model.comparison import Repeat
    from lsqm.normalize.terraform.modules import Vendor


CDK_EXAMPLES = "cdk-examples"


def normalizer(
    invocation: "Invocation", vendor: "Vendor", synthesize: "CdkSynthesizer | None"
) -> "Callable[[Candidate], Architecture | Skip]":
    """The normalize stage with the settings of this invocation; `vendor` fetches remote Terraform modules."""
    from lsqm.normalize.accept import normalize

    settings = invocation.settings
    now = iso(wiring.clock().now())

    def run(candidate: "Candidate") -> "Architecture | Skip":
        return normalize(
            candidate,
            plan=settings.localstack_plan,
            min_fidelity=settings.min_fidelity,
            discovered_at=now,
            synthesize=synthesize,
            vendor=vendor,
        )

    return run


def chosen_sources(settings: "Settings", cdk: str) -> tuple[str, ...]:
    """The configured sources with, without, or only the one that is all CDK; that one alone needs no GitHub token."""
    if cdk == "with":
        return settings.sources
    if cdk == "without":
        return tuple(source for source in settings.sources if source != CDK_EXAMPLES)
    if CDK_EXAMPLES not in settings.sources:
        return ()
    return (f"git:{settings.github_server_url.rstrip('/')}/aws-samples/aws-cdk-examples.git",)


def mine_stage(
    invocation: "Invocation",
    store: ArtifactStore,
    recorder: StageRecorder,
    *,
    sources: "tuple[str, ...] | None" = None,
    synthesize: bool = True,
) -> "tuple[SourceSummary, ...]":
    """Mine the configured or given sources into the store."""
    from lsqm.adapters.terraform_provider import PROVIDER_VERSION
    from lsqm.cli.mining import mining_tools, traffic
    from lsqm.cli.synthesizing import CdkSynthesizer, can_synthesize
    from lsqm.mine.build import build_sources
    from lsqm.normalize.accept import CDK
    from lsqm.normalize.detect import detect_entries
    from lsqm.pipeline.mining import Miner

    settings = invocation.settings
    workspace = Workspace(settings.workspace)
    workspace.cache.mkdir(parents=True, exist_ok=True)
    http = wiring.http_client(settings)
    apps = CdkSynthesizer(settings, invocation.events, parallel=min(settings.parallel, os.cpu_count() or 1))
    with tempfile.TemporaryDirectory(prefix="mine-", dir=workspace.cache) as work, apps:
        tools, packages = mining_tools(
            settings,
            work=Path(work),
            git=wiring.git_for(settings),
            http=http,
            detect=detect_entries,
            provider_version=PROVIDER_VERSION,
        )
        built = build_sources(settings.sources if sources is None else sources, tools)
        with recorder.stage("mine", message=f"{len(built)} source{'' if len(built) == 1 else 's'}") as outcome:
            miner = Miner(
                store=store,
                normalize=normalizer(invocation, packages.vendor, apps if synthesize else None),
                observer=invocation.events,
                quota=settings.quota,
                rules=mining_rules(settings),
                has=lambda what: what == CDK and synthesize and can_synthesize(settings),
                traffic=lambda: traffic(http),
                ahead=apps.ahead if synthesize else None,
                outages=packages.outages,
            )
            summaries = miner.mine(built)
            new = sum(summary.new for summary in summaries)
            failed = [summary for summary in summaries if summary.failed]
            outcome.summary = f"{new} new architectures from {len(built)} sources"
            if failed:
                outcome.outcome = "partial"
                outcome.summary += f"; {len(failed)} sources failed"
    return summaries


def mining_rules(settings: "Settings") -> str:
    """The version of everything that decides on skips: what was skipped under other rules is looked at again."""
    from lsqm.adapters.cdk_tools import locks_digest
    from lsqm.normalize.accept import RULES

    return f"{RULES} {settings.localstack_plan} {settings.min_fidelity} cdk:{locks_digest()[:12]}"


@dataclass(frozen=True, kw_only=True, slots=True)
class GenerateFlags:
    """What narrows the generate stage."""

    only: tuple[str, ...] = ()
    max_apps: int | None = None
    regenerate: bool = False


def wanted_hashes(store: ArtifactStore, only: Sequence[str]) -> list[ArchitectureHash]:
    """Current architectures, all or those named by hash prefix or name. Raises UsageError for an unknown name."""
    current = {key: entry for key, entry in store.load_index().architectures.items() if entry.superseded_by is None}
    for text in only:
        if not any(key.startswith(text) or entry.name == text for key, entry in current.items()):
            raise UsageError(
                f"no architecture has the hash or name {text!r}", hint="`lsqm status` shows how many there are."
            )
    return [
        key
        for key, entry in sorted(current.items())
        if not only or any(key.startswith(text) or entry.name == text for text in only)
    ]


def generate_stage(
    invocation: "Invocation", store: ArtifactStore, recorder: StageRecorder, flags: GenerateFlags
) -> "GenerateOutcome":
    """Write the missing and stale apps (FR-016..022). Raises UsageError, Unavailable when Claude was demanded."""
    from lsqm.cli.rehearsing import rehearsals
    from lsqm.generate import GenerateOptions, GeneratePorts, GeneratorChoice, generate

    settings = invocation.settings
    architectures = [store.load_architecture(key) for key in wanted_hashes(store, flags.only)]
    known = {one.hash: record for one in architectures if (record := store.load_app_record(one.hash)) is not None}
    model = wiring.text_model(settings)
    wanted = settings.prove == "all" or (settings.prove == "claude" and model is not None)
    with recorder.silent_stage("generate") as stage:
        with rehearsals(invocation) if wanted else nullcontext((None, lambda: None)) as (trials, stop):
            outcome = generate(
                architectures,
                known=known,
                options=GenerateOptions(
                    generator=GeneratorChoice(settings.generator),
                    model=settings.model,
                    token_budget=settings.anthropic_token_budget,
                    max_apps=flags.max_apps,
                    regenerate=flags.regenerate,
                    prove_builtin=settings.prove == "all",
                    parallel=settings.parallel,
                ),
                ports=GeneratePorts(
                    clock=wiring.clock(),
                    observer=invocation.events,
                    keep=store.save_app,
                    model=model,
                    trials=trials,
                    stop=stop,
                ),
            )
        stage.summary = f"{outcome.written} apps written"
        if outcome.usage.total:
            stage.summary += f", {outcome.usage.total} of {outcome.token_budget} tokens, {outcome.cost_usd:.2f} dollars"
        if outcome.budget_exhausted:
            stage.summary += ", token budget exhausted"
        if outcome.stopped:
            stage.summary += f"; Claude was given up: {outcome.stopped}"
        if not is_whole(outcome):
            stage.outcome = "partial"
    return outcome


def waiting_apps(invocation: "Invocation", store: ArtifactStore, only: Sequence[str]) -> list[ArchitectureHash]:
    """Whose apps still have to be proven, of those that the setting `prove` names."""
    from lsqm.generate import is_waiting

    prove = invocation.settings.prove
    return [
        key
        for key in (wanted_hashes(store, only) if prove != "none" else ())
        if (record := store.load_app_record(key)) is not None and is_waiting(record, builtin=prove == "all")
    ]


def prove_stage(
    invocation: "Invocation", store: ArtifactStore, only: Sequence[str], *, until: float
) -> "tuple[AppRecord, ...]":
    """Prove the apps that `lsqm generate` kept where there was no emulator, before they judge one.

    Args:
        invocation: settings.
        store: architectures and apps.
        only: hash prefixes or names to restrict to.
        until: monotonic seconds; what is not begun by then waits for the next validation.

    Returns:
        The records of those that were tried.
    """
    from lsqm.cli.rehearsing import rehearsals
    from lsqm.generate import GeneratePorts, prove_waiting

    waiting = waiting_apps(invocation, store, only)
    if not waiting:
        return ()
    with rehearsals(invocation) as (trials, stop):
        if trials is None:
            return ()
        ports = GeneratePorts(
            clock=wiring.clock(), observer=invocation.events, keep=store.save_app, trials=trials, stop=stop
        )
        return prove_waiting(
            waiting, lambda key: (store.load_architecture(key), store.load_app(key)), ports, until=until
        )


def is_whole(outcome: "GenerateOutcome") -> bool:
    """Whether no app is missing that could have been written."""
    return all(item.outcome in {"written", "current"} for item in outcome.items) and not outcome.stopped


@dataclass(frozen=True, kw_only=True, slots=True)
class ValidateOutcome:
    """What the validate stage leaves for the next."""

    complete: bool
    stopped_by: Exception | None


def validate_stage(
    invocation: "Invocation",
    session: Session,
    bench: "Bench",
    *,
    only: Sequence[str],
    deadline_monotonic: float,
    share: Callable[[Sequence[ArchitectureHash]], Sequence[ArchitectureHash]] = tuple,
) -> ValidateOutcome:
    """Trials of everything selected, into the session's run.

    Args:
        invocation: settings.
        session: the run; one that is resumed lacks only what has no result.
        bench: makes the trials.
        only: hash prefixes or names to restrict to.
        deadline_monotonic: no trial begins later.
        share: takes from the selection what this machine is to do.
    """
    from lsqm.pipeline.judging import history_before
    from lsqm.pipeline.selection import history, select
    from lsqm.pipeline.validating import ValidateOptions, Validating

    corpus = session.corpus
    wanted = wanted_hashes(corpus, only)
    index = corpus.load_index()
    known = history((view.run, view.results) for view in history_before(corpus, session.run))
    with_app = frozenset(key for key in index.architectures if corpus.has_app(key))
    selected = share(select(index, known, only=only, with_app=with_app))
    identity = bench.identity
    if session.is_resumed:
        session.must_use(identity)
        selected = [key for key in selected if key in session.not_run]
    session.uses(identity, bench.versions)
    session.expects(selected)
    if only:  # what somebody named and nobody can try is no quiet success
        session.lacks({key: "it has no test app; `lsqm generate` writes one" for key in wanted if key not in with_app})
    session.save(complete=False)
    about = f"{identity.product} {identity.version}, {bench.slots} at once {bench.where}, cage: {bench.cage_name}"
    with session.recorder.stage("validate", total=len(selected), message=about) as outcome:
        validating = Validating(
            session=session,
            store=session.store,
            index=index,
            trial=bench.trial,
            redact=invocation.redactor.data,
            emulator=identity,
            clock=bench.clock,
            observer=invocation.events,
            cancel=bench.cancel,
        )
        pooled = validating.run(
            selected,
            known,
            ValidateOptions(parallel=bench.slots, ahead=bench.ahead, deadline_monotonic=deadline_monotonic),
        )
        counts = session.save(complete=False).counts
        outcome.summary = (
            f"{counts.passed} passed, {counts.partial} partial, {counts.failed} failed, {counts.timeout} timeout, "
            f"{counts.error} error, {counts.not_run} not run"
        )
        if pooled.stopped_by is not None:
            outcome.outcome = "partial"
            invocation.events.on(Notice(stage="validate", message=str(pooled.stopped_by), level="warning"))
    return ValidateOutcome(complete=pooled.stopped_by is None, stopped_by=pooled.stopped_by)


def confirm_stage(
    invocation: "Invocation",
    store: ArtifactStore,
    run: RunId,
    recorder: StageRecorder,
    bench: "Bench",
    *,
    deadline_monotonic: float,
    against_itself: RunId | None = None,
) -> "dict[ArchitectureHash, Sequence[Repeat]]":
    """Repeat what looks like a regression on both emulators (DESIGN section 7). Returns the evidence.

    Args:
        against_itself: an earlier run on the same build, which then plays both sides, to measure false alarms.
    """
    from lsqm.compare.baseline import against
    from lsqm.compare.comparing import suspects
    from lsqm.model.quarantine import Quarantine
    from lsqm.pipeline import judging
    from lsqm.pipeline.confirm import ConfirmLimits, confirm

    candidate = judging.view(store, run)
    if against_itself is None:
        baselines, quarantine = judging.baselines_of(store, run), judging.load_quarantine(store)
    else:
        baselines, quarantine = against(judging.view(store, against_itself)), Quarantine()
    itself = against_itself is not None
    todo = suspects(candidate, baselines, quarantine=quarantine, pretend_different=itself)
    if not todo:
        return {}
    with recorder.stage("confirm", total=len(todo)) as stage:
        confirmation = confirm(
            candidate,
            baselines,
            run_again=lambda architecture, identity: bench.repeat(store, architecture, identity),
            clock=bench.clock,
            observer=invocation.events,
            limits=ConfirmLimits(deadline=deadline_monotonic, parallel=bench.slots, cancel=bench.cancel),
            quarantine=quarantine,
            earlier=judging.known_evidence(store, run),
            self_check=itself,
        )
        repeats = sum(len(items) for items in confirmation.evidence.values())
        stage.summary = f"{len(todo)} suspects, {repeats} repeats"
        if confirmation.stopped_by is not None:
            stage.outcome = "partial"
    return dict(confirmation.evidence)
