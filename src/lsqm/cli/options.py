"""The global flags, which work before and after the command, and the decorator that every command wears."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

GLOBAL_OPTIONS = (
    click.option(
        "--config",
        "config_file",
        type=click.Path(path_type=Path),
        default=None,
        metavar="PATH",
        help="Configuration file; default lsqm.toml in this folder when there is one.",
    ),
    click.option("--workspace", type=click.Path(path_type=Path), default=None, metavar="DIR", help="Work here."),
    click.option(
        "--emulator", default=None, metavar="docker|embedded|URL", help="What to validate on.", show_default=False
    ),
    click.option("--localstack-version", default=None, metavar="VERSION", help="LocalStack image tag."),
    click.option("--parallel", type=int, default=None, metavar="N", help="Architectures validated at once."),
    click.option("--dry-run", is_flag=True, default=None, help="Show what would be done and touch nothing."),
    click.option("--json", "as_json", is_flag=True, default=None, help="Print the result as one JSON object."),
    click.option("--log-format", type=click.Choice(["json", "console"]), default=None, help="Log format on stderr."),
    click.option("-v", "--verbose", is_flag=True, default=None, help="Log every step."),
)

_NAMES = (
    "config_file",
    "workspace",
    "emulator",
    "localstack_version",
    "parallel",
    "dry_run",
    "as_json",
    "log_format",
    "verbose",
)


class Command(click.Command):
    """A command whose examples (`Examples: one; another`) stand on lines of their own, to be copied whole."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        heading, _, examples = (self.epilog or "").partition(": ")
        if examples:
            formatter.write(f"\n{heading}:\n")
            formatter.write("".join(f"  {example}\n" for example in examples.split("; ")))


def lsqm_command(
    name: str, *, epilog: str | None = None, logs: bool = True
) -> Callable[[Callable[..., int | None]], click.Command]:
    """Make a click command of `function(invocation, **own_flags) -> exit code`; its docstring is the help text.

    A command without `logs` starts in half the time: it may use nothing that logs.
    """

    def wrap(function: Callable[..., int | None]) -> click.Command:
        def run(**arguments: Any) -> None:
            context = click.get_current_context()
            flags = dict(context.obj or {})
            flags.update({key: value for key in _NAMES if (value := arguments.pop(key)) is not None})
            from lsqm.cli.invocation import Invocation

            invocation = Invocation(flags)
            with invocation.running(name, logs=logs):
                code = function(invocation, **arguments)
            context.exit(int(code or 0))

        run.__doc__ = function.__doc__
        run.__click_params__ = list(getattr(function, "__click_params__", []))  # type: ignore[attr-defined]
        command: Any = run
        for option in reversed(GLOBAL_OPTIONS):
            command = option(command)
        made: click.Command = click.command(
            name,
            cls=Command,
            epilog=epilog,
            context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
        )(command)
        # click collects parameters in reverse; own flags first, global ones after, reads best.
        own = {parameter.name for parameter in made.params} - set(_NAMES)
        made.params.sort(key=lambda parameter: parameter.name not in own)
        return made

    return wrap


def sync_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--no-sync` for commands that work on the artifact repository."""
    return click.option(
        "--no-sync", is_flag=True, help="Work on the artifact repository as it is, without updating it first."
    )(function)


def executor_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--executor` for commands that make trials."""
    return click.option(
        "--executor", default=None, metavar="local|dask://HOST:PORT", help="Make trials here or on a Dask cluster."
    )(function)


class RunIdType(click.ParamType[Any]):
    """A full run id."""

    name = "RUN_ID"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from lsqm.model.ids import run_id

        try:
            return run_id(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class ShardType(click.ParamType[Any]):
    """`2/3`."""

    name = "I/N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from lsqm.model.shard import parse_shard

        try:
            return parse_shard(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


__all__ = ["GLOBAL_OPTIONS", "RunIdType", "ShardType", "executor_option", "lsqm_command", "sync_option"]
