"""The `lsqm` command: a group that imports a command's module only when it is asked for."""

import importlib
import signal
from typing import TYPE_CHECKING, Any

import click

from lsqm.cli import streams
from lsqm.cli.options import GLOBAL_OPTIONS

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = {
    "demo": "the whole pipeline on a shipped corpus: no key, no Docker",
    "run": "sync, mine, generate, validate, confirm, report, push, notify",
    "sync": "bring the artifact repository up to date",
    "mine": "discover architectures and normalize them to Terraform",
    "generate": "write a test app for each architecture that has none",
    "prove": "let apps that were kept without an emulator show what they can do",
    "validate": "run each architecture on its own fresh emulator",
    "merge": "make one run of the shards of several machines",
    "plan": "how long the next run takes and costs, and how to spread it over machines",
    "compare": "what changed between two runs",
    "report": "write the dashboard of a run",
    "push": "publish results, open issues for confirmed regressions",
    "notify": "tell Slack about a run",
    "confirm": "repeat what looks like a regression on both emulators",
    "replay": "one verdict of a stored run again",
    "status": "what there is: architectures, apps, runs, last results",
    "clean": "remove containers, processes and caches that lsqm left",
    "convert": "turn one template of any dialect into Terraform",
    "hub": "serve a folder of git repositories as GitHub and Terraform Registry",
    "init": "write lsqm.toml and the weekly GitHub workflow",
    "doctor": "check every prerequisite and say what is missing",
    "prepare": "fetch Terraform, the provider and the emulator's image ahead of a run",
    "watch": "speak up when a run is missing",
    "pack": "put the artifact repository's documents into one file for another CI job",
    "unpack": "take over what another job packed",
    "completion": "print shell completion for bash, zsh or fish",
    "config": "show the configuration and where each value comes from",
    "services": "show the supported services, or compare them with a running emulator",
}
"""Name → one line of help. Module `lsqm.cli.commands.NAME` holds `command`."""


class LazyGroup(click.Group):
    """A group whose commands are imported on use, so that `--help` stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"lsqm.cli.commands.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """Commands by name, without importing any of them."""
        from click.shell_completion import CompletionItem

        named = [CompletionItem(name, help=text) for name, text in COMMANDS.items() if name.startswith(incomplete)]
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"lsqm {version('lsqm')}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Begin with `lsqm demo`, then `lsqm doctor`. Exit codes: 0 fine, 1 confirmed regressions, 2 usage or "
    "configuration, 3 something needed is unavailable, 4 finished in part, 70 bug in lsqm, 130 interrupted.",
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
@click.pass_context
def cli(ctx: click.Context, /, **flags: Any) -> None:
    """LocalStack Quality Monitor.

    Does LocalStack get better or worse, week by week, on the infrastructure people really write?
    """
    ctx.obj = flags


for option in GLOBAL_OPTIONS:
    cli = option(cli)


def main() -> None:
    """Run the command line. SIGTERM ends a run like Ctrl-C does: everything is torn down, what was done is kept."""

    def terminate(*_: object) -> None:
        raise KeyboardInterrupt

    streams.prepare()
    signal.signal(signal.SIGTERM, terminate)
    cli(prog_name="lsqm")
