"""`lsqm generate`."""

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command, sync_option


@lsqm_command("generate", epilog="Example: lsqm generate --generator claude --max-apps 10")
@click.option(
    "--generator", type=click.Choice(["auto", "claude", "builtin"]), default=None, help="Who writes the apps."
)
@click.option("--model", default=None, metavar="MODEL", help="Claude model.")
@click.option("--max-apps", type=int, default=None, metavar="N", help="Apps at most in this run.")
@click.option("--only", multiple=True, metavar="HASH|NAME", help="Only this architecture; may be given several times.")
@click.option("--regenerate", is_flag=True, help="Also replace apps that are current.")
@sync_option
def command(
    invocation: Invocation,
    generator: str | None,
    model: str | None,
    max_apps: int | None,
    only: tuple[str, ...],
    regenerate: bool,
    no_sync: bool,
) -> int:
    """Write a pytest app for each architecture that has none, or none that is current.

    Claude writes them within the token budget; the builtin generator needs no key and takes over when there is none.
    """
    from lsqm.cli.stages import GenerateFlags, generate_stage, is_whole, wanted_hashes
    from lsqm.cli.wiring import open_store, recorder_for
    from lsqm.errors import ExitCode

    invocation.override(generator=generator, model=model)
    flags = GenerateFlags(only=only, max_apps=max_apps, regenerate=regenerate)
    if invocation.dry_run:
        from lsqm.artifacts.store import ArtifactStore
        from lsqm.cli.workspace import Workspace

        store = ArtifactStore(Workspace(invocation.settings.workspace).artifacts)
        names = {key: entry.name for key, entry in store.load_index().architectures.items()}
        wanted = [key for key in wanted_hashes(store, only) if regenerate or not store.has_app(key)][:max_apps]
        return invocation.would(
            [f"generate an app for {names[key]} ({key[:12]})" for key in wanted] or ["generate nothing: all have one"]
        )
    store = open_store(invocation, sync=not no_sync)
    outcome = generate_stage(invocation, store, recorder_for(invocation), flags)
    counts: dict[str, int] = {}
    for item in outcome.items:
        counts[item.outcome] = counts.get(item.outcome, 0) + 1
    lines = [", ".join(f"{number} {word}" for word, number in sorted(counts.items())) or "there are no architectures"]
    lines += [
        f"{item.outcome}: {item.name} ({item.architecture[:12]}) {item.reason}"
        for item in outcome.items
        if item.outcome not in {"written", "current"}
    ]
    if outcome.usage.total:
        lines.append(f"{outcome.usage.total} of {outcome.token_budget} tokens, {outcome.cost_usd:.4f} dollars")
    invocation.result(
        {
            "counts": counts,
            "tokens": outcome.usage.total,
            "token_budget": outcome.token_budget,
            "cost_usd": outcome.cost_usd,
            "budget_exhausted": outcome.budget_exhausted,
            "stopped": outcome.stopped,
            "apps": [
                {
                    "architecture": item.architecture,
                    "name": item.name,
                    "outcome": item.outcome,
                    "generator": item.generator.value if item.generator else None,
                    "tokens": item.usage.total,
                    "cost_usd": item.cost_usd,
                    "reason": item.reason,
                }
                for item in outcome.items
            ],
        },
        "\n".join(lines),
    )
    return ExitCode.OK if is_whole(outcome) else ExitCode.PARTIAL
