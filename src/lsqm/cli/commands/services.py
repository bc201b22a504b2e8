"""`lsqm services`: the supported-services table, and what a newer source of it says."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command

if TYPE_CHECKING:
    from lsqm.config import Settings


@lsqm_command(
    "services",
    epilog="Examples: lsqm services show --plan base; lsqm services refresh --emulator http://localhost:4566; "
    "lsqm services refresh --toml > plans.toml",
)
@click.argument("what", type=click.Choice(["show", "refresh"]), default="show")
@click.option("--plan", default=None, metavar="PLAN", help="The LocalStack plan; else the configured one.")
@click.option("--coverage", default=None, metavar="URL|FILE", help="refresh: LocalStack's published coverage.")
@click.option("--toml", is_flag=True, help="refresh: print the new table as plans.toml has it.")
def command(invocation: Invocation, what: str, plan: str | None, coverage: str | None, toml: bool) -> int:
    """Show which services count as supported, or compare that table with where the truth is.

    refresh asks the running emulator that --emulator names for its health page, else it reads LocalStack's published
    coverage. It changes nothing: the table comes with lsqm.
    """
    from lsqm.normalize.services import supported
    from lsqm.normalize.services.plans import provenance
    from lsqm.normalize.services.refresh import change, plan_toml

    settings = invocation.settings
    chosen = plan or settings.localstack_plan
    if what == "show":
        services = sorted(supported(chosen))
        invocation.result(
            {"plan": chosen, "services": services, "provenance": provenance(chosen)},
            f"{chosen}: {len(services)} services\n{provenance(chosen)}\n{', '.join(services)}",
        )
        return 0
    place = _place(settings, coverage)
    if invocation.dry_run:
        return invocation.would([f"read {place} and compare it with the shipped table"])
    found = _read(settings, place, chosen, from_emulator=_is_emulator(settings) and coverage is None)
    changes = {name: change(supported(name), services) for name, services in found.items()}
    lines = [
        f"{name}: {len(services)} services in {place}; "
        f"added: {', '.join(changes[name].added) or 'none'}; removed: {', '.join(changes[name].removed) or 'none'}"
        for name, services in found.items()
    ]
    if toml:
        lines = [
            plan_toml(name, services, title=f"LocalStack {name}", provenance=f"Read from {place}.")
            for name, services in found.items()
        ]
    invocation.result(
        {
            "read_from": place,
            "plans": {
                name: {
                    "services": sorted(services),
                    "added": list(changes[name].added),
                    "removed": list(changes[name].removed),
                }
                for name, services in found.items()
            },
        },
        "\n".join(lines),
    )
    return 0


def _is_emulator(settings: "Settings") -> bool:
    return settings.emulator.startswith(("http://", "https://"))


def _place(settings: "Settings", coverage: str | None) -> str:
    from lsqm.normalize.services.refresh import COVERAGE_URL

    if coverage is None and _is_emulator(settings):
        return settings.emulator.rstrip("/") + "/_localstack/health"
    return coverage or COVERAGE_URL


def _read(settings: "Settings", place: str, plan: str, *, from_emulator: bool) -> Mapping[str, frozenset[str]]:
    """Plan → services. Raises DataError, Unavailable, UsageError."""
    from lsqm.normalize.services.refresh import from_coverage, from_health

    text = _text(settings, place)
    return {plan: from_health(text)} if from_emulator else from_coverage(text)


def _text(settings: "Settings", place: str) -> Any:
    from pathlib import Path

    from lsqm.adapters.http import HttpError
    from lsqm.cli.wiring import http_client
    from lsqm.errors import Unavailable, UsageError

    if not place.startswith(("http://", "https://")):
        try:
            return Path(place).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{place} cannot be read: {error}", hint="name a URL or a text file") from error
    try:
        return http_client(settings, brief=True).get(place).body.decode(errors="replace")
    except HttpError as error:
        raise Unavailable(str(error), hint="check the address, or name a saved copy with --coverage FILE") from error
