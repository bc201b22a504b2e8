"""The programs of a trial: Terraform, its provider, tflocal; Node.js for CDK apps."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from lsqm.cli.checks.check import VALIDATING, Check, attempt, output_of
from lsqm.cli.workspace import Workspace
from lsqm.config import Settings
from lsqm.errors import LsqmError

_NOTHING = "nothing can be validated"
_OLDEST = (1, 5)


def checks(settings: Settings, environment: Mapping[str, str]) -> Iterator[Check]:
    """All of them; none asks the network."""
    from lsqm.adapters import terraform_tools

    folder = Workspace(settings.workspace).tools
    yield terraform(terraform_tools.find_terraform(environment, folder))
    yield attempt(
        "tflocal",
        lambda: str(terraform_tools.find_tflocal(environment)),
        consequence=_NOTHING,
        stops=VALIDATING,
    )
    yield provider(settings, environment, folder)
    yield node()


def terraform(found: Path | None) -> Check:
    """Terraform and its version."""
    from lsqm.adapters import terraform_tools

    if found is None:
        return Check(
            name="terraform",
            found="not on PATH",
            consequence=f"the first run downloads {terraform_tools.TERRAFORM_VERSION}; offline, {_NOTHING}",
            remedy="Install Terraform 1.5 or newer and put it on PATH, or run `lsqm prepare` once while online.",
        )
    try:
        version = terraform_tools.terraform_version(found)
    except LsqmError as error:
        return Check(name="terraform", found=str(error), consequence=_NOTHING, remedy=error.hint, stops=VALIDATING)
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:2])
    if numbers < _OLDEST:
        return Check(
            name="terraform",
            found=f"{version} at {found}",
            consequence=_NOTHING,
            remedy="Install Terraform 1.5 or newer.",
            stops=VALIDATING,
        )
    return Check(name="terraform", found=f"{version} at {found}")


def provider(settings: Settings, environment: Mapping[str, str], folder: Path) -> Check:
    """Where the AWS provider comes from."""
    from lsqm.adapters import terraform_provider

    home = Path(environment.get("HOME") or "/nonexistent")
    given = environment.get("TF_CLI_CONFIG_FILE", "")
    if given and Path(given).is_file():
        return Check(name="aws provider", found=f"as TF_CLI_CONFIG_FILE {given} says")
    candidates = [*terraform_provider.plugin_directories(home), folder / "provider-mirror"]
    if settings.terraform_mirror:
        candidates.insert(0, Path(settings.terraform_mirror))
    mirror = terraform_provider.find_mirror(candidates, terraform_provider.usual_prefixes(home))
    if mirror:
        return Check(name="aws provider", found=f"{mirror[1]} in {mirror[0]}")
    return Check(
        name="aws provider",
        found="no mirror on this machine",
        consequence=f"the first run downloads it from the registry; offline, {_NOTHING}",
        remedy="Run `lsqm prepare` once while online, or put a filesystem mirror under ~/.terraform.d/plugins.",
    )


def node() -> Check:
    """Node.js and npm, which only CDK apps need."""
    consequence = "CDK apps are left out as needs-tool; everything else works"
    remedy = "Install Node.js 18 or newer with npm."
    try:
        version, npm = output_of(["node", "--version"]), output_of(["npm", "--version"])
    except LsqmError as error:
        return Check(name="node, npm (CDK)", found=str(error), consequence=consequence, remedy=remedy)
    found = f"node {version}, npm {npm}"
    major = re.match(r"v(\d+)", version)
    if major and int(major[1]) < 18:
        return Check(name="node, npm (CDK)", found=found, consequence=consequence, remedy=remedy)
    return Check(name="node, npm (CDK)", found=found)
