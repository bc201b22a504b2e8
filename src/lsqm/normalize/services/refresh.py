"""The supported-services table again, from where the truth is: a running emulator or LocalStack's published coverage.

Only the reading of documents is here; an adapter fetches them. `health` is `GET /_localstack/health`,
`coverage` the catalogue page at `COVERAGE_URL`: a Markdown table with a minimum plan per service.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from lsqm.errors import DataError

COVERAGE_URL = "https://docs.localstack.cloud/api-coverage/v1/index.md"

_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "airflow": ("mwaa",),
    "documentdb": ("docdb",),
    "elasticfilesystem": ("efs",),
    "elasticloadbalancing": ("elb", "elbv2"),
    "elasticmapreduce": ("emr",),
    "monitoring": ("cloudwatch",),
    "opensearchserverless": ("aoss",),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
}
"""Names that other emulators' health pages use → LocalStack's."""

_OFF = frozenset({"disabled", "error"})
_ROW = re.compile(r"^\|[^|]*\|\s*([^|]+?)\s*\|[^|]*\|[^|]*?/services/([a-z0-9-]+)\.json", re.MULTILINE)
_PLANS = ("hobby", "base", "ultimate")


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What a refreshed list says that the shipped one does not."""

    added: tuple[str, ...]
    removed: tuple[str, ...]


def from_health(document: str | bytes) -> frozenset[str]:
    """The services a running emulator offers, as LocalStack spells them. Raises DataError for no health document."""
    try:
        services = json.loads(document)["services"]
        names = [str(name) for name, state in services.items() if str(state) not in _OFF]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            "the emulator's health page holds no service list",
            hint="Point --emulator at a LocalStack-compatible emulator.",
        ) from error
    return frozenset(spelled for name in names for spelled in _SPELLINGS.get(name, (name,)))


def from_coverage(page: str) -> Mapping[str, frozenset[str]]:
    """Plan → the services it offers, smaller plans included, from LocalStack's coverage catalogue.

    A service listed as `Hobby / Base` begins in the smaller plan. Raises DataError when the page holds no such table.
    """
    minimum: dict[str, str] = {}
    for plans, service in _ROW.findall(page):
        named = [plan for plan in _PLANS if plan in plans.lower()]
        if named:
            minimum[service] = named[0]
    if not minimum:
        raise DataError("the coverage page holds no table of services", hint=f"Look at {COVERAGE_URL}.")
    return {
        plan: frozenset(service for service, least in minimum.items() if _PLANS.index(least) <= rank)
        for rank, plan in enumerate(_PLANS)
    }


def change(old: frozenset[str], new: frozenset[str]) -> Change:
    """How two service lists differ."""
    return Change(added=tuple(sorted(new - old)), removed=tuple(sorted(old - new)))


def plan_toml(plan: str, services: frozenset[str], *, title: str, provenance: str) -> str:
    """One table of `plans.toml`."""
    names = json.dumps(sorted(services))
    return f"[{plan}]\ntitle = {json.dumps(title)}\nprovenance = {json.dumps(provenance)}\nservices = {names}\n"
