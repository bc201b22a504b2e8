"""`lsqm completion`."""

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command


@lsqm_command(
    "completion",
    epilog="Examples: lsqm completion bash > ~/.local/share/bash-completion/completions/lsqm; "
    "lsqm completion zsh > ~/.zfunc/_lsqm; lsqm completion fish > ~/.config/fish/completions/lsqm.fish",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(invocation: Invocation, shell: str) -> int:
    """Print what makes the shell complete commands and flags of lsqm."""
    from click.shell_completion import get_completion_class

    from lsqm.cli.main import cli

    kind = get_completion_class(shell)
    assert kind is not None, "click knows these three"
    made = kind(cli, {}, "lsqm", "_LSQM_COMPLETE")
    # Not made.source(): for bash that starts a bash to ask its version, which is the user's business.
    script = made.source_template % made.source_vars()
    invocation.result({"shell": shell, "script": script}, script)
    return 0
