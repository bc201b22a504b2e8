"""Finding Terraform and tflocal on this machine, or getting Terraform once.

Order: PATH, then lsqm's own tools folder, then the pinned official release, checked against the release's published
checksums. The provider has a file of its own, `terraform_provider.py`.
"""

import hashlib
import io
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version as distribution_version
from pathlib import Path

from lsqm.adapters.terraform_provider import machine, provider_config
from lsqm.errors import Unavailable

TERRAFORM_VERSION = "1.11.4"
"""The release that is downloaded when there is no Terraform on PATH."""
RELEASES_URL = "https://releases.hashicorp.com/terraform"


@dataclass(frozen=True, kw_only=True, slots=True)
class TerraformTools:
    """What a trial needs to run Terraform."""

    terraform: Path
    terraform_version: str
    tflocal: Path
    tflocal_version: str
    cli_config: Path
    """A Terraform CLI configuration file; set as `TF_CLI_CONFIG_FILE` for every Terraform process."""
    provider_version: str
    """Of hashicorp/aws; empty when a user's own CLI configuration decides."""
    provider_source: str
    """Where the provider comes from, for people."""
    mirror: Path | None = None
    """The filesystem mirror in use, None when a user's own CLI configuration decides."""


def find_tools(
    *, folder: Path, environment: Mapping[str, str], mirror: str = "", note: Callable[[str], None] = lambda _: None
) -> TerraformTools:
    """Find or get everything.

    Args:
        folder: where lsqm keeps downloaded tools and the CLI configuration it writes.
        environment: for PATH, HOME and TF_CLI_CONFIG_FILE.
        mirror: a configured filesystem mirror that goes before all others.
        note: told one sentence about each download before it begins.

    Raises:
        Unavailable: Terraform or tflocal cannot be had.
    """
    terraform = find_terraform(environment, folder) or install_terraform(folder, note=note)
    tflocal = find_tflocal(environment)
    config, version, source, path = provider_config(
        folder=folder, environment=environment, mirror=mirror, terraform=terraform, note=note
    )
    return TerraformTools(
        terraform=terraform,
        terraform_version=terraform_version(terraform),
        tflocal=tflocal,
        tflocal_version=distribution_version("terraform-local"),
        cli_config=config,
        provider_version=version,
        provider_source=source,
        mirror=path,
    )


# -- Terraform itself


def find_terraform(environment: Mapping[str, str], folder: Path) -> Path | None:
    """`terraform` on PATH, else the one lsqm downloaded before, else None."""
    found = shutil.which("terraform", path=environment.get("PATH", ""))
    own = folder / f"terraform-{TERRAFORM_VERSION}" / "terraform"
    if found:
        return Path(found)
    return own if own.is_file() else None


def terraform_version(terraform: Path) -> str:
    """The version a Terraform binary reports. Raises Unavailable when it does not run."""
    try:
        done = subprocess.run(
            [str(terraform), "version", "-json"],
            capture_output=True,
            timeout=60,
            check=True,
            env={"CHECKPOINT_DISABLE": "1", "PATH": os.defpath},
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Unavailable(f"{terraform} does not run: {error}", hint="Install Terraform 1.5 or newer.") from error
    return str(json.loads(done.stdout)["terraform_version"])


def install_terraform(
    folder: Path, *, releases: str = RELEASES_URL, note: Callable[[str], None] = lambda _: None
) -> Path:
    """Download the pinned release and check it against the release's published SHA256SUMS.

    Raises:
        Unavailable: the release cannot be reached, or its content does not match its checksum.
    """
    system, processor = machine()
    archive = f"terraform_{TERRAFORM_VERSION}_{system}_{processor}.zip"
    base = f"{releases}/{TERRAFORM_VERSION}"
    note(f"Terraform is not on PATH; downloading {TERRAFORM_VERSION} from {releases}")
    sums = _download(f"{base}/terraform_{TERRAFORM_VERSION}_SHA256SUMS").decode("ascii", "replace")
    expected = {parts[1]: parts[0] for line in sums.splitlines() if len(parts := line.split()) == 2}.get(archive)
    if expected is None:
        raise Unavailable(
            f"the release Terraform {TERRAFORM_VERSION} has no build for {system}/{processor}",
            hint="Install Terraform by hand and put it on PATH.",
        )
    data = _download(f"{base}/{archive}")
    if hashlib.sha256(data).hexdigest() != expected:
        raise Unavailable(
            f"{archive} does not match the checksum its release publishes",
            hint="Try again; if it stays so, something between here and the release changes downloads.",
        )
    target = folder / f"terraform-{TERRAFORM_VERSION}" / "terraform"
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_suffix(f".{os.getpid()}.tmp")
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        temporary.write_bytes(package.read("terraform"))
    temporary.chmod(temporary.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    temporary.replace(target)
    return target


def _download(url: str) -> bytes:
    import httpx2

    try:
        answer = httpx2.get(url, follow_redirects=True, timeout=60)
        answer.raise_for_status()
    except httpx2.HTTPError as error:
        raise Unavailable(
            f"Terraform is not on PATH and cannot be downloaded from {url}: {error}",
            hint="Install Terraform 1.5 or newer and put it on PATH.",
        ) from error
    return bytes(answer.content)


def find_tflocal(environment: Mapping[str, str]) -> Path:
    """Tflocal from lsqm's own environment, else from PATH. Raises Unavailable."""
    own = Path(sys.executable).parent / "tflocal"
    found = str(own) if own.is_file() else shutil.which("tflocal", path=environment.get("PATH", ""))
    if not found:
        raise Unavailable("tflocal was not found", hint="Install it: pip install terraform-local")
    return Path(found)
