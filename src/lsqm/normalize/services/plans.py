"""The supported-services table (FR-068), keyed by LocalStack plan."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from lsqm.errors import UsageError


def plan_names() -> tuple[str, ...]:
    """The plans there are, smallest first."""
    return tuple(_plans())


def supported(plan: str) -> frozenset[str]:
    """Every service that `plan` offers. Raises UsageError for a plan there is not."""
    plans = _plans()
    if plan not in plans:
        raise UsageError(f"unknown LocalStack plan {plan!r}", hint=f"Use one of: {', '.join(plans)}.")
    entry = plans[plan]
    inherited = supported(str(entry["extends"])) if "extends" in entry else frozenset()
    return inherited | frozenset(entry["services"])


def unsupported(services: Iterable[str], plan: str) -> tuple[str, ...]:
    """Those of `services` that `plan` does not offer, sorted."""
    return tuple(sorted(frozenset(services) - supported(plan)))


def lowest_plan(service: str) -> str | None:
    """The smallest LocalStack plan that offers `service`: what a skipped design would need."""
    return next((plan for plan in ("community", "hobby", "base", "ultimate") if service in supported(plan)), None)


def provenance(plan: str) -> str:
    """Where the plan's list comes from."""
    return str(_plans()[plan]["provenance"])


@cache
def _plans() -> Mapping[str, dict[str, Any]]:
    return tomllib.loads(files("lsqm.normalize.services").joinpath("plans.toml").read_text(encoding="utf-8"))
