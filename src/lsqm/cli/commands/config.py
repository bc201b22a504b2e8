"""`lsqm config show`."""

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command


@lsqm_command("config", epilog="Example: lsqm config show --json | jq .settings.parallel")
@click.argument("what", type=click.Choice(["show"]), default="show")
def command(invocation: Invocation, what: str) -> int:
    """Show every setting, its value and where it came from: default, file, environment or flag."""
    del what
    from lsqm.config import SECRETS, Settings, environment_variable

    configuration = invocation.configuration
    public = configuration.settings.public()
    rows = []
    for name in Settings.model_fields:
        if name in SECRETS:
            value = "set" if getattr(configuration.settings, name).get_secret_value() else "not set"
        else:
            value = public[name]
        rows.append((name, value, configuration.provenance[name].value, environment_variable(name)))
    width = max(len(row[0]) for row in rows)
    lines = [f"file: {configuration.file or 'none'}"]
    lines += [f"{name:{width}}  {value or '-'}  ({origin}; {variable})" for name, value, origin, variable in rows]
    invocation.result(
        {
            "file": str(configuration.file) if configuration.file else None,
            "settings": {name: {"value": value, "from": origin, "env": env} for name, value, origin, env in rows},
        },
        "\n".join(lines),
    )
    return 0
