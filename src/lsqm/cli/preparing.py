"""Fetching what validations need before the first of them: tools and emulator images."""

import os
import shutil
import subprocess
from collections.abc import Iterable

from lsqm.cli import wiring
from lsqm.cli.workspace import Workspace
from lsqm.config import Settings
from lsqm.errors import Unavailable
from lsqm.model.event import Notice
from lsqm.ports.observer import Observer

_PULL_SECONDS = 1800


def prepare_tools(settings: Settings) -> dict[str, str]:
    """Terraform, tflocal and the provider, found or fetched. Name → version. Raises Unavailable."""
    Workspace(settings.workspace).make()
    tools = wiring.terraform_tools(Workspace(settings.workspace).tools, settings.terraform_mirror)
    return {
        "terraform": tools.terraform_version,
        "tflocal": tools.tflocal_version,
        "aws_provider": tools.provider_version or "as the CLI configuration says",
    }


class Images:
    """Images of the Docker engine, by digest."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def pin(self, image: str, tag: str, digest: str) -> str:
        """Have `image:tag`; with a digest, exactly that one under this tag. Returns its digest, empty for own builds.

        Raises:
            Unavailable: it is not here and cannot be pulled.
        """
        name = f"{image}@{tag}" if tag.startswith("sha256:") else f"{image}:{tag}"
        if digest:
            exact = f"{image}@{digest}"
            if not self._is_here(exact):
                self._pull(exact)
            if name != exact and not tag.startswith("sha256:"):
                _docker("tag", exact, name)
        else:
            try:
                self._pull(name)
            except Unavailable:
                # Images that were built here, and machines without a network, go on with what there is.
                if not self._is_here(name):
                    raise
        shown = _docker("image", "inspect", "--format", '{{join .RepoDigests " "}}', name).stdout.split()
        return next((text.partition("@")[2] for text in shown), "")

    def fetch(self, wanted: Iterable[tuple[str, str]]) -> list[str]:
        """Have the images of earlier runs, given as image and digest. Returns those that cannot be had any more."""
        missing = []
        for image, digest in wanted:
            exact = f"{image.partition('@')[0].rsplit(':', 1)[0]}@{digest}"
            if not digest.startswith("sha256:") or self._is_here(exact) or self._is_here(digest):
                continue
            try:
                self._pull(exact)
            except Unavailable as error:
                missing.append(exact)
                message = f"what was measured on {exact} cannot be confirmed: {error}"
                self._observer.on(Notice(stage="prepare", message=message, level="warning"))
        return missing

    def _pull(self, name: str) -> None:
        self._observer.on(Notice(stage="prepare", message=f"pulling {name}"))
        done = _docker("pull", "--quiet", name)
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise Unavailable(
                f"the image {name} cannot be pulled: {said}",
                hint="Check its name and the network, or use `--emulator embedded`.",
            )

    def _is_here(self, name: str) -> bool:
        return _docker("image", "inspect", name).returncode == 0


def _docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("docker")
    if program is None:
        raise Unavailable("there is no docker command", hint="Install Docker, or use `--emulator embedded`.")
    return subprocess.run(
        [program, *arguments],
        capture_output=True,
        text=True,
        timeout=_PULL_SECONDS,
        check=False,
        # Pulling needs the engine and its credentials, none of ours.
        env={name: value for name, value in os.environ.items() if not name.endswith(("_TOKEN", "_API_KEY", "_URL"))},
    )
