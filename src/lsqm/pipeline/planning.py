"""What the next run will take, from what earlier runs took; and when it will take too long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import fmean, median

from lsqm.artifacts.store import ArtifactStore
from lsqm.model.app import AppRecord
from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.run import RunManifest
from lsqm.model.shard import MOST_SHARDS
from lsqm.pipeline.judging import history_before
from lsqm.pipeline.selection import UNKNOWN_SECONDS, History, history, select
from lsqm.pipeline.sharding import balanced, expected_seconds, makespan

_RUNS = 5
"""Newest complete runs from which the time around the trials is taken."""
_WEEKS = 520


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanOptions:
    """On what the run is to be made."""

    shards: int
    slots: int
    """Architectures at once on each shard."""
    deadline: float
    """Seconds a run may take."""
    growth: int
    """New architectures a week."""
    minute_price: float | None = None
    """Dollars for one minute of one machine."""
    generator: str = "auto"
    """`builtin` writes apps for nothing."""
    token_budget: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """What one shard does."""

    index: int
    architectures: tuple[ArchitectureHash, ...]
    trial_seconds: float
    """Of its trials, one after the other."""
    expected_seconds: float
    """By the clock, with its slots."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Growth:
    """When the corpus outgrows the deadline."""

    per_week: int
    weeks_left: int | None
    """Weekly runs that still fit; None: more than ten years."""
    shards_for_a_year: int | None
    """Shards that suffice for 52 more weeks; None: no number that a run may have does."""
    too_long: bool
    """Why not: one trial, or all else in a run, is too long whatever the number of shards."""
    seconds_each: float
    """Assumed for each new architecture."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The forecast."""

    architectures: int
    never_ran: int
    without_app: int
    shares: tuple[Share, ...]
    trial_seconds: float
    validate_seconds: float
    """By the clock: of the slowest shard."""
    around_seconds: float
    """Everything else in a run: sync, mine, generate, confirm, report, push; median of the newest runs."""
    factor: float
    """Measured over computed time of the validate stage in the newest runs; 1 when there is none."""
    measured_runs: int
    machine_minutes: float
    machine_cost: float | None
    tokens: int
    token_cost: float
    growth: Growth

    @property
    def total_seconds(self) -> float:
        return self.validate_seconds + self.around_seconds


def plan_run(store: ArtifactStore, run: RunId, options: PlanOptions, *, only: Sequence[str] = ()) -> Plan:
    """Forecast the run with that id; its shards are those that `lsqm validate --shard` will make."""
    index = store.load_index()
    views = history_before(store, run)
    known = history((view.run, view.results) for view in views)
    records = {key: record for key in index.architectures if (record := store.load_app_record(key)) is not None}
    selected = select(index, known, only=only, with_app=frozenset(records))
    seconds = expected_seconds(selected, known)
    manifests = [store.load_manifest(view.run) for view in views]
    finished = [manifest for manifest in manifests if manifest.complete and not manifest.gaps][-_RUNS:]
    around = _around(finished)
    factor = _factor(finished, {view.run: [result.seconds for result in view.results.values()] for view in views})
    shares = tuple(
        Share(
            index=number,
            architectures=keys,
            trial_seconds=round(sum(seconds[key] for key in keys), 1),
            expected_seconds=round(factor * makespan((seconds[key] for key in keys), options.slots), 1),
        )
        for number, keys in enumerate(balanced(selected, seconds, options.shards), start=1)
    )
    without_app = [key for key, entry in index.architectures.items() if not entry.superseded_by and key not in records]
    tokens, token_cost = _apps(records, len(without_app), options)
    minutes = (sum(share.expected_seconds for share in shares) + around) / 60
    return Plan(
        architectures=len(selected),
        never_ran=sum(1 for key in selected if key not in known),
        without_app=len(without_app),
        shares=shares,
        trial_seconds=round(sum(seconds.values()), 1),
        validate_seconds=max(share.expected_seconds for share in shares),
        around_seconds=round(around, 1),
        factor=round(factor, 3),
        measured_runs=len(finished),
        machine_minutes=round(minutes, 1),
        machine_cost=None if options.minute_price is None else round(minutes * options.minute_price, 2),
        tokens=tokens,
        token_cost=token_cost,
        growth=_growth(seconds, known, around, factor, options),
    )


def _around(finished: Sequence[RunManifest]) -> float:
    """Time of a run that is not the trials."""
    return median(
        [manifest.seconds - _stage(manifest, "validate") for manifest in finished if _stage(manifest, "validate")]
        or [0.0]
    )


def _factor(finished: Sequence[RunManifest], trials: Mapping[RunId, Sequence[float]]) -> float:
    """How much longer the trials took by the clock than their own times packed into the slots."""
    factors = []
    for manifest in finished:
        slots = manifest.configuration.get("parallel", "")
        computed = makespan(trials[manifest.run], int(slots)) if slots.isdigit() and trials[manifest.run] else 0.0
        # A merged run was made on several machines: its slots are not known here.
        merged = any("shard" in stage.message for stage in manifest.stages if stage.stage == "validate")
        if computed and not merged:
            factors.append(_stage(manifest, "validate") / computed)
    return median(factors) if factors else 1.0


def _stage(manifest: RunManifest, name: str) -> float:
    return sum(stage.seconds for stage in manifest.stages if stage.stage == name)


def _apps(records: Mapping[ArchitectureHash, AppRecord], missing: int, options: PlanOptions) -> tuple[int, float]:
    """Tokens and dollars for the apps that are missing, from those that Claude wrote."""
    written = [record for record in records.values() if record.usage.total]
    if options.generator == "builtin" or not written:
        return 0, 0.0
    tokens = round(missing * fmean(record.usage.total for record in written))
    cost = missing * fmean(record.cost_usd for record in written)
    within = min(1.0, options.token_budget / tokens) if tokens else 1.0
    return round(tokens * within), round(cost * within, 2)


def _growth(
    seconds: Mapping[ArchitectureHash, float],
    known: Mapping[ArchitectureHash, History],
    around: float,
    factor: float,
    options: PlanOptions,
) -> Growth:
    measured = [known[key].seconds for key in seconds if key in known]
    each = fmean(measured) if measured else UNKNOWN_SECONDS
    work, longest = sum(seconds.values()), max(seconds.values(), default=0.0)

    def wall(weeks: int, shards: int) -> float:
        packed = (work + weeks * options.growth * each) / (shards * options.slots)
        return around + factor * max(packed, longest)

    weeks = next((week for week in range(_WEEKS) if wall(week, options.shards) > options.deadline), None)
    room = (options.deadline - around) / factor if factor else 0.0
    enough: int | None = None
    if longest <= room > 0:
        enough = max(1, ceil((work + 52 * options.growth * each) / (room * options.slots)))
    return Growth(
        per_week=options.growth,
        weeks_left=weeks,
        shards_for_a_year=enough if enough is None or enough <= MOST_SHARDS else None,
        too_long=enough is None,
        seconds_each=round(each, 1),
    )
