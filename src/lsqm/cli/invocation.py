"""One invocation of one command: its settings, its output, its logs. Made lazily, so that usage errors cost nothing."""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lsqm.cli.exits import exit_codes

if TYPE_CHECKING:
    from lsqm.cli.logs import Redactor
    from lsqm.config import Configuration, Settings
    from lsqm.ports.observer import Observer


def _here() -> Path:
    """The current folder. Raises UsageError when somebody removed it."""
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        from lsqm.errors import UsageError

        raise UsageError("the current folder does not exist any more", hint="Change to one that does.") from error


class Invocation:
    """What a command needs to know about how it was called.

    Args:
        flags: the global flags that were given, by parameter name.
    """

    def __init__(self, flags: Mapping[str, Any]) -> None:
        self._flags = dict(flags)
        self.dry_run = bool(flags.get("dry_run"))
        self.as_json = bool(flags.get("as_json"))
        self.verbose = bool(flags.get("verbose"))
        self._forget_secrets = False

    @contextmanager
    def running(self, command: str, *, logs: bool = True) -> Iterator[None]:
        """The body of a command: log set-up before, exit codes and terminal clean-up after."""
        with exit_codes(lambda: self.crash_folder, self._redacted):
            try:
                if logs:
                    self._configure_logs()
                    import structlog

                    structlog.contextvars.clear_contextvars()
                    structlog.contextvars.bind_contextvars(command=command)
                yield
            finally:
                if "observer" in self.__dict__:
                    self.observer.close()
                if logs:
                    from lsqm.cli.logs import log_files

                    log_files.close()

    def override(self, **flags: Any) -> None:
        """Settings that a command's own flags give, as if they were global flags; only before settings were read."""
        assert "configuration" not in self.__dict__, "settings were read already"
        self._flags.update({key: value for key, value in flags.items() if value is not None})

    def suggest(self, **flags: Any) -> None:
        """The same, for values that a command implies and a given global flag overrides."""
        self.override(**{key: value for key, value in flags.items() if self._flags.get(key) is None})

    def gives(self, flag: str) -> bool:
        """Whether a global flag was given on the command line."""
        return self._flags.get(flag) is not None

    def without_secrets(self) -> None:
        """Forget tokens and webhooks for this invocation: nothing is asked of, or told to, the outside."""
        self._forget_secrets = True

    @cached_property
    def configuration(self) -> "Configuration":
        from lsqm import config

        own = {"config_file", "dry_run", "as_json", "verbose"}
        secret = {config.environment_variable(name) for name in config.SECRETS}
        environment = {
            name: value for name, value in os.environ.items() if not (self._forget_secrets and name in secret)
        }
        return config.load(
            file=self._flags.get("config_file"),
            directory=_here(),
            environment=environment,
            flags={key: value for key, value in self._flags.items() if key not in own},
        )

    @property
    def settings(self) -> "Settings":
        return self.configuration.settings

    @cached_property
    def redactor(self) -> "Redactor":
        from lsqm.cli.logs import Redactor
        from lsqm.config import SECRETS, environment_variable

        # Read from the environment itself, so that redaction works even when the configuration is broken.
        return Redactor(os.environ.get(environment_variable(name), "") for name in SECRETS)

    def _redacted(self, text: str) -> str:
        return self.redactor.text(text)

    @cached_property
    def observer(self) -> "Any":
        from lsqm.cli.console import make_observer

        return make_observer(quiet_results=self.as_json, verbose=self.verbose)

    @property
    def events(self) -> "Observer":
        """The observer as the core knows it."""
        observer: Observer = self.observer
        return observer

    @property
    def crash_folder(self) -> Path:
        if "configuration" in self.__dict__:
            return self.settings.workspace / "logs"
        return Path(os.environ.get("LSQM_WORKSPACE") or "~/.local/share/lsqm").expanduser() / "logs"

    def _configure_logs(self) -> None:
        from lsqm.cli import logs

        choice = self._flags.get("log_format") or os.environ.get("LSQM_LOG_FORMAT") or self._log_format_of_the_file()
        logs.configure(
            redactor=self.redactor,
            as_json=choice == "json" or (choice != "console" and not sys.stderr.isatty()),
            verbose=self.verbose,
            traceback_folder=lambda: self.crash_folder,
        )

    def _log_format_of_the_file(self) -> object:
        """What the configuration file says of it, read beforehand: logs begin before settings are complete."""
        import tomllib

        from lsqm.config import CONFIG_FILE

        path = self._flags.get("config_file") or Path(CONFIG_FILE)
        try:
            return tomllib.loads(path.read_text(encoding="utf-8")).get("log_format")
        except (OSError, ValueError):  # there is none, or reading the settings will say what is wrong with it
            return None

    # -- output

    def result(self, value: Mapping[str, Any], text: str | None = None) -> None:
        """Print a command's result to stdout: `value` as JSON with --json, else `text`."""
        if "observer" in self.__dict__:
            self.observer.pause()
        if self.as_json:
            click.echo(json.dumps(self.redactor.value(value), indent=2, sort_keys=True, default=str))
        elif text is not None:
            click.echo(text)

    def would(self, actions: Sequence[str], *, more: Mapping[str, Any] | None = None, texts: Sequence[str] = ()) -> int:
        """Print what a dry run would do. Returns exit code 0.

        Args:
            actions: a phrase each.
            more: what --json adds.
            texts: what would be published, as it stands.
        """
        lines = ["Dry run, nothing is touched. This would:", *(f"  - {action}" for action in actions)]
        text = self.redactor.text("\n".join([*lines, *(f"\n{each}" for each in texts)]))
        self.result({"dry_run": True, "actions": list(actions), **(more or {})}, text)
        return 0
