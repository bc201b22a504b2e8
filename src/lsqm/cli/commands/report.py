"""`lsqm report`."""

from pathlib import Path

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command, sync_option


@lsqm_command("report", epilog="Examples: lsqm report --open; lsqm report --run latest --output public/")
@click.option("--run", "run_text", default=None, metavar="ID", help="Run to report; default the newest.")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), default=None, help="Write the report here.")
@click.option("--open", "open_browser", is_flag=True, help="Open the report in a browser.")
@click.option("--rebuild-trends", is_flag=True, help="Derive the trends again from all runs that are kept.")
@click.option("--annotations", is_flag=True, help="Print the worst news as annotations for GitHub Actions instead.")
@sync_option
def command(
    invocation: Invocation,
    run_text: str | None,
    output: Path | None,
    open_browser: bool,
    rebuild_trends: bool,
    annotations: bool,
    no_sync: bool,
) -> int:
    """Write the dashboard of a run: one HTML file, and the same numbers as JSON, Markdown and JUnit XML."""
    from lsqm.cli.wiring import find_run, have_logs, links_for, open_store
    from lsqm.pipeline import judging
    from lsqm.pipeline.telling import issue_links
    from lsqm.report import build_annotations

    if invocation.dry_run:
        return invocation.would([f"write the report of run {run_text or 'latest'} to {output or 'reports/latest'}"])
    store = open_store(invocation, sync=not no_sync)
    run = find_run(store, run_text)
    have_logs(invocation, store, run)
    if store.load_comparison(run) is None:
        judging.settle(store, judging.compare_run(store, run))
    if rebuild_trends:
        judging.save_trends(store, judging.rebuild_trends(store))
    newest = run == store.run_ids()[-1]
    if output is None and not newest:
        # reports/latest always shows the newest run; an older one is written beside it.
        output = invocation.settings.workspace / "reports" / run
    links = links_for(invocation.settings, run, issue_links(store))
    if annotations:
        click.echo(build_annotations(judging.report_input(store, run, links=links)), nl=False)
        return 0
    path = judging.make_report(store, run, links=links, output=output)
    if open_browser:
        click.launch(str(path))
    invocation.result({"run_id": run, "report": str(path)}, f"report of {run}: {path}")
    return 0
