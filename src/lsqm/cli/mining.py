"""What `lsqm mine` and `lsqm run` need to reach the sources: code host, module registry, packages."""

from importlib.resources import files
from pathlib import Path

from lsqm.adapters.github import GitHub
from lsqm.adapters.http import HttpClient, HttpError
from lsqm.adapters.terraform_registry import TerraformRegistry
from lsqm.config import Settings
from lsqm.mine.build import Tools
from lsqm.mine.packages import Packages
from lsqm.mine.run import Traffic
from lsqm.mine.source import Detect
from lsqm.ports.code_host import CodeHostError
from lsqm.ports.git import Git


def mining_tools(
    settings: Settings, *, work: Path, git: Git, http: HttpClient, detect: Detect, provider_version: str
) -> tuple[Tools, Packages]:
    """Make what `build_sources` takes; the packages' `vendor` is the hook that `normalize` takes.

    Args:
        settings: where GitHub and the registry are.
        work: a folder for what is fetched; remove it after the run.
        git: with the tokens it may need.
        http: with the tokens it may need.
        detect: which designs a tree holds.
        provider_version: the AWS provider that will validate: module versions that fit it are preferred.
    """
    host = GitHub(http=http, api_url=settings.github_api_url, server_url=settings.github_server_url)

    def download(url: str, into: Path, limit_bytes: int) -> None:
        try:
            http.download(url, into, limit_bytes=limit_bytes)
        except HttpError as error:
            raise CodeHostError(str(error), missing=error.status == 404) from error

    packages = Packages(
        work=work / "packages",
        git=git,
        host=host,
        registry=TerraformRegistry(http=http, url=settings.terraform_registry_url),
        download=download,
        trusted=(settings.github_server_url, settings.terraform_registry_url),
        provider_version=provider_version,
    )
    tools = Tools(
        base=Path.cwd(),
        starter=Path(str(files("lsqm") / "starter")),
        work=work,
        git=git,
        detect=detect,
        host=host,
        packages=packages,
    )
    return tools, packages


def traffic(http: HttpClient) -> Traffic:
    """How much was asked of the network so far, for `MiningRun`."""
    return Traffic(requests=http.requests, downloads=http.downloads)
