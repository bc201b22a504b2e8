"""`lsqm demo`."""

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command


@lsqm_command("demo", epilog="Example: lsqm demo --workspace /tmp/lsqm-demo")
def command(invocation: Invocation) -> int:
    """Run the whole pipeline on a corpus that comes with lsqm: no key, no Docker, no network.

    Fourteen architectures in four dialects are normalized, given test apps, applied with the real Terraform to a real
    emulator (MiniStack), tested, compared and reported. One is broken on purpose and one is skipped for a reason.
    Without --workspace a fresh temporary folder is used and kept.
    """
    import tempfile
    from pathlib import Path

    from lsqm.cli.commands.run import planned
    from lsqm.cli.run import full_run

    # The demo is the same everywhere: it neither reads nor writes what the user configured for real runs.
    invocation.override(sources=("starter",), artifact_repo="", generator="builtin")
    invocation.suggest(emulator="embedded")
    if invocation.dry_run:
        from lsqm.cli.workspace import temporary

        invocation.suggest(workspace=temporary() / "lsqm-demo")
        return invocation.would(planned(invocation))
    if not invocation.gives("workspace"):
        invocation.override(workspace=Path(tempfile.mkdtemp(prefix="lsqm-demo-")))
    invocation.without_secrets()
    return full_run(invocation, demo=True)
