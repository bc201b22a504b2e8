"""`lsqm mine`."""

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command, sync_option


@lsqm_command(
    "mine",
    epilog="Sources: path:DIR, git:URL[@REF], github:OWNER/REPO, github-org:NAME, registry:NAMESPACE/NAME/PROVIDER, "
    "registry-family:FAMILY, starter, serverless-examples, cdk-examples. "
    "Example: lsqm mine --source path:./infrastructure",
)
@click.option("--source", "source", multiple=True, metavar="SOURCE", help="Mine this, not what is configured.")
@click.option("--quota", type=int, default=None, metavar="N", help="New architectures at most from each source.")
@click.option(
    "--cdk",
    type=click.Choice(["with", "without", "only"]),
    default="with",
    show_default=True,
    help="Synthesizing CDK apps runs foreign code (in the cage): `without` leaves them and cdk-examples out, `only` "
    "mines cdk-examples, with git and without a token.",
)
@sync_option
def command(invocation: Invocation, source: tuple[str, ...], quota: int | None, cdk: str, no_sync: bool) -> int:
    """Discover architectures, normalize them to Terraform and add the new ones to the index.

    What is there already is not fetched again. Every candidate that is left out is recorded with its reason.
    """
    from lsqm.cli.stages import chosen_sources, mine_stage
    from lsqm.cli.wiring import open_store, recorder_for
    from lsqm.errors import ExitCode

    invocation.override(sources=source or None, quota=quota)
    if cdk == "only":
        invocation.without_secrets()
    settings = invocation.settings
    sources = chosen_sources(settings, cdk)
    if invocation.dry_run:
        from lsqm.mine.spec import parse_source

        return invocation.would([f"mine {parse_source(text).name}" for text in sources])
    store = open_store(invocation, sync=not no_sync)
    summaries = mine_stage(invocation, store, recorder_for(invocation), sources=sources, synthesize=cdk != "without")
    index = store.load_index()
    invocation.result(
        {
            "sources": [
                {
                    "source": item.source,
                    "seen": item.seen,
                    "new": item.new,
                    "known": item.known,
                    "skipped": item.skipped,
                    "postponed": item.postponed,
                    "outcomes": dict(item.outcomes),
                    "left_out": dict(item.left_out),
                    "failed": list(item.failed),
                    "requests": item.requests,
                    "downloads": item.downloads,
                    "quota_reached": item.quota_reached,
                }
                for item in summaries
            ],
            "new": sum(item.new for item in summaries),
            "architectures": len(index.architectures),
            "skipped": len(index.skipped),
        },
        "\n".join(item.sentence() for item in summaries)
        + f"\n{len(index.architectures)} architectures, {len(index.skipped)} skipped",
    )
    return ExitCode.PARTIAL if any(item.failed for item in summaries) else ExitCode.OK
