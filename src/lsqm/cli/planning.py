"""`lsqm plan` in words and as JSON; `lsqm status` says the same in one line."""

from collections.abc import Mapping
from typing import Any

from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.shard import MOST_SHARDS
from lsqm.pipeline.planning import Growth, Plan, PlanOptions


def as_json(run: RunId, plan: Plan, options: PlanOptions) -> dict[str, Any]:
    """What `--json` prints. `shards` is what a build matrix needs."""
    growth = plan.growth
    return {
        "run_id": run,
        "shards": [
            {
                "index": share.index,
                "of": options.shards,
                "architectures": list(share.architectures),
                "trial_seconds": share.trial_seconds,
                "expected_seconds": share.expected_seconds,
            }
            for share in plan.shares
        ],
        "architectures": plan.architectures,
        "never_ran": plan.never_ran,
        "without_app": plan.without_app,
        "slots": options.slots,
        "expected_seconds": {
            "total": round(plan.total_seconds, 1),
            "validate": plan.validate_seconds,
            "around": plan.around_seconds,
            "trials": plan.trial_seconds,
        },
        "measured_runs": plan.measured_runs,
        "factor": plan.factor,
        "cost": {
            "machine_minutes": plan.machine_minutes,
            "machine_usd": plan.machine_cost,
            "tokens": plan.tokens,
            "apps_usd": plan.token_cost,
        },
        "deadline_seconds": options.deadline,
        "fits": plan.total_seconds <= options.deadline,
        "growth": {
            "per_week": growth.per_week,
            "seconds_each": growth.seconds_each,
            "weeks_left": growth.weeks_left,
            "shards_for_a_year": growth.shards_for_a_year,
            "advice": advice(growth, options),
        },
    }


def as_text(run: RunId, plan: Plan, options: PlanOptions, names: Mapping[ArchitectureHash, str]) -> str:
    """For a person."""
    guessed = f"{plan.never_ran} of them never ran: the median of the others is assumed"
    if plan.never_ran == plan.architectures:
        guessed = "none of them ever ran: all times are guesses"
    lines = [f"run                  {run}", f"architectures        {plan.architectures}, {guessed}"]
    for share in plan.shares:
        shown = ", ".join(names.get(key, key[:12]) for key in share.architectures[:4])
        more = f" and {len(share.architectures) - 4} more" if len(share.architectures) > 4 else ""
        lines.append(
            f"shard {f'{share.index}/{options.shards}':15}{clock(share.expected_seconds):>9}  "
            f"{counted(len(share.architectures), 'architecture')}{': ' if shown else ''}{shown}{more}"
        )
    basis = (
        f"from {plan.measured_runs} finished run{'' if plan.measured_runs == 1 else 's'}"
        if plan.measured_runs
        else "no finished run yet, so nothing is known of the time around the trials"
    )
    around = f"all else {clock(plan.around_seconds)} ({basis})"
    lines += [
        f"trials               {clock(plan.trial_seconds)} of work on {options.shards} x {options.slots} slots",
        f"the run              {clock(plan.total_seconds)}: trials {clock(plan.validate_seconds)}, {around}",
        f"cost                 {cost(plan)}",
        f"growth               {advice(plan.growth, options)}",
    ]
    return "\n".join(lines)


def cost(plan: Plan) -> str:
    """Machine time, and tokens where Claude is to write apps."""
    parts = [f"{plan.machine_minutes:.0f} machine minutes"]
    if plan.machine_cost is not None:
        parts[0] += f" ({plan.machine_cost:.2f} dollars)"
    if plan.tokens:
        parts.append(f"{plan.tokens:,} tokens ({plan.token_cost:.2f} dollars) for {plan.without_app} new apps")
    return ", ".join(parts)


def advice(growth: Growth, options: PlanOptions) -> str:
    """When the deadline is no longer enough, and what to do about it."""
    deadline, more = clock(options.deadline), f"{counted(growth.per_week, 'architecture')} more a week"
    if growth.weeks_left is None:
        return f"with {more}, {deadline} are enough for more than ten years"
    when = f"with {more}, {deadline} are enough for {counted(growth.weeks_left, 'week')}"
    if growth.weeks_left == 0:
        when = f"{deadline} are not enough now: what does not fit is recorded as not run"
    if growth.shards_for_a_year is None and growth.too_long:
        return f"{when}; no number of shards helps: one trial alone takes too long, so raise LSQM_RUN_DEADLINE"
    if growth.shards_for_a_year is None:
        return f"{when}; for a year not even {MOST_SHARDS} shards are: mine less (quota), or raise LSQM_RUN_DEADLINE"
    if growth.shards_for_a_year <= options.shards:
        return when
    return f"{when}; {growth.shards_for_a_year} shards of {options.slots} slots last a year (lsqm plan --shards)"


def counted(number: int, noun: str) -> str:
    """`1 week`, `2 weeks`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def clock(seconds: float) -> str:
    """`3 h 05 min`, `4 min 10 s` or `12 s`."""
    whole = round(seconds)
    if whole >= 3600:
        minutes = round(whole % 3600 / 60)
        hours = whole // 3600 + minutes // 60
        return f"{hours} h" if not minutes % 60 else f"{hours} h {minutes % 60:02} min"
    return f"{whole // 60} min {whole % 60:02} s" if whole >= 60 else f"{whole} s"
