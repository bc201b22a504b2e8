"""`lsqm run`."""

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import executor_option, lsqm_command

STAGES = (
    "sync the artifact repository {repo}",
    "mine {sources}",
    "generate test apps with the {generator} generator, at most {budget} tokens",
    "validate on {emulator}, {parallel} at once",
    "compare with earlier runs",
    "write the report",
    "push to the artifact repository, open issues for confirmed regressions in {issues}",
    "notify Slack, if SLACK_WEBHOOK_URL is set",
)


@lsqm_command("run", epilog="Example: lsqm run --parallel 4 --localstack-version 4.14.0 --json")
@click.option(
    "--cage", type=click.Choice(["auto", "docker", "namespaces", "none"]), default=None, help="Jail for foreign code."
)
@executor_option
@click.option("--only", multiple=True, metavar="HASH|NAME", help="Only this architecture; may be given several times.")
@click.option("--resume", default=None, metavar="RUN", help="Go on with this run: validate only what has no result.")
@click.option("--source", "source", multiple=True, metavar="SOURCE", help="Mine this, not what is configured.")
def command(
    invocation: Invocation,
    cage: str | None,
    executor: str | None,
    only: tuple[str, ...],
    resume: str | None,
    source: tuple[str, ...],
) -> int:
    """Run the whole pipeline: sync, mine, generate, validate, confirm, report, push, notify.

    One failing architecture, source or service never stops the rest. Exits 1 when there are confirmed regressions,
    after everything was published.
    """
    from lsqm.cli.run import RunChoice, full_run
    from lsqm.mine.spec import parse_source

    invocation.override(sources=source or None, cage=cage, executor=executor)
    for text in invocation.settings.sources:
        parse_source(text)
    if invocation.dry_run:
        lines = planned(invocation)
        if resume is not None:
            lines = [f"go on with run {resume}: validate only what has no result", *lines[4:]]
        return invocation.would(lines)
    if resume is not None:
        from lsqm.cli.choosing import chosen_run
        from lsqm.cli.wiring import open_store

        return full_run(invocation, chosen_run(open_store(invocation, sync=True), only=only, resume=resume))
    return full_run(invocation, RunChoice(only=only))


def planned(invocation: Invocation) -> list[str]:
    """What the stages of a run would do with these settings."""
    settings = invocation.settings
    values = {
        "repo": settings.artifact_repo or "inside the workspace",
        "sources": ", ".join(settings.sources),
        "generator": settings.generator,
        "budget": settings.anthropic_token_budget,
        "emulator": settings.emulator,
        "parallel": settings.parallel,
        "issues": settings.issue_repo,
    }
    return [stage.format(**values) for stage in STAGES]
