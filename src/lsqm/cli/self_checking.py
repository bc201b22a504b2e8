"""`lsqm validate --self-check`: the corpus twice on one emulator build, and what that says about our own alarms."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from lsqm.artifacts.store import ArtifactStore
from lsqm.cli import stages, wiring
from lsqm.cli.run import change_counts, conclude, exit_code, table
from lsqm.cli.sessions import begin_session
from lsqm.cli.trials import trial_bench
from lsqm.compare.baseline import against
from lsqm.compare.self_check import self_check
from lsqm.errors import Unavailable
from lsqm.pipeline import judging
from lsqm.pipeline.counting import counts_by_status
from lsqm.pipeline.telling import issue_links
from lsqm.report.summary import self_check_summary

if TYPE_CHECKING:
    from lsqm.cli.invocation import Invocation


def check_ourselves(invocation: "Invocation", store: ArtifactStore, only: Sequence[str]) -> int:
    """Two runs, the alarms of the second repeated, the rates stored with it and shown.

    Raises:
        Unavailable: the second run would be on another build.
    """
    first = begin_session(invocation, store, wiring.recorder_for(invocation))
    deadline = first.began + invocation.settings.run_deadline
    with trial_bench(invocation, store, first.run) as bench:
        once = stages.validate_stage(invocation, first, bench, only=only, deadline_monotonic=deadline)
        identity = bench.identity
    before = conclude(invocation, first, complete=once.complete)
    if once.stopped_by is not None:
        return exit_code(store.load_manifest(first.run), before, once.stopped_by)

    second = begin_session(invocation, store, wiring.recorder_for(invocation))
    with trial_bench(invocation, store, second.run) as bench:
        if bench.identity != identity:
            raise Unavailable(
                f"the emulator is another one now: {bench.identity.version} {bench.identity.digest[:19]}",
                hint="Measure with an image that nobody replaces meanwhile.",
            )
        tried = sorted(store.load_results(first.run)) or only
        twice = stages.validate_stage(invocation, second, bench, only=tried, deadline_monotonic=deadline)
        evidence = stages.confirm_stage(
            invocation,
            store,
            second.run,
            second.recorder,
            bench,
            deadline_monotonic=deadline,
            against_itself=first.run,
        )
    measured = self_check(judging.view(store, second.run), against(judging.view(store, first.run)), evidence=evidence)
    measured = replace(measured, first=first.run)
    second.manifest = replace(second.manifest, self_check=measured)
    comparison = conclude(invocation, second, complete=twice.complete, evidence=evidence)
    links = wiring.links_for(invocation.settings, second.run, issue_links(store))
    report = judging.make_report(store, second.run, links=links)

    manifest = store.load_manifest(second.run)
    shown = self_check_summary(measured)
    invocation.result(
        {
            "run_id": second.run,
            "first_run_id": first.run,
            "counts": counts_by_status(manifest.counts),
            "changes": change_counts(comparison),
            "report": str(report),
            "self_check": asdict(shown) if shown else None,
        },
        "\n".join([table(store, manifest, comparison), "", f"self-check: {measured.sentence}", f"report  {report}"]),
    )
    return exit_code(manifest, comparison, twice.stopped_by)
