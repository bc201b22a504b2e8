"""`lsqm sync`."""

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command


@lsqm_command("sync", epilog="Example: ARTIFACT_REPO=acme/localstack-quality lsqm sync")
def command(invocation: Invocation) -> int:
    """Clone the artifact repository, or bring its checkout up to date, keeping what was not pushed yet.

    An empty repository is initialised. Without ARTIFACT_REPO there is one inside the workspace.
    """
    from lsqm.cli.wiring import recorder_for, remote_of, sync_repository
    from lsqm.cli.workspace import Workspace

    workspace = Workspace(invocation.settings.workspace)
    if invocation.dry_run:
        remote = remote_of(invocation.settings)
        verb = "update" if workspace.artifacts.is_dir() else "clone"
        return invocation.would([f"{verb} {remote.url} in {workspace.artifacts}"])
    with recorder_for(invocation).stage("sync") as stage:
        outcome = sync_repository(invocation)
        done = "cloned" if outcome.cloned else "updated" if outcome.updated else "already up to date"
        stage.summary = f"{outcome.checkout}: {done}"
        if outcome.offline:
            stage.outcome, stage.summary = "partial", f"offline ({outcome.offline}); working on what is here"
    lines = [stage.summary, *outcome.notes]
    if outcome.unpushed:
        lines.append(f"not pushed yet: {', '.join(outcome.unpushed)}")
    invocation.result(
        {
            "checkout": str(outcome.checkout),
            "branch": outcome.branch,
            "commit": outcome.commit,
            "cloned": outcome.cloned,
            "initialised": outcome.initialised,
            "updated": outcome.updated,
            "offline": outcome.offline,
            "unpushed": list(outcome.unpushed),
            "notes": list(outcome.notes),
        },
        "\n".join(lines),
    )
    return 0
