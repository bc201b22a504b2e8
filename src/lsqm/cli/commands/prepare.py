"""`lsqm prepare`."""

import click

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command


@lsqm_command("prepare", epilog='Examples: lsqm prepare; lsqm prepare >> "$GITHUB_OUTPUT"  # in a workflow')
@click.option("--digest", default="", metavar="SHA256", help="Take exactly this image and give it the configured tag.")
@click.option("--baselines-of", default=None, metavar="RUN", help="Also the images that this run is compared with.")
def command(invocation: Invocation, digest: str, baselines_of: str | None) -> int:
    """Fetch what validating needs, ahead of it: Terraform, the AWS provider, the emulator's image.

    Prints NAME=VALUE lines; image_digest is what all machines of one run have to agree on.
    """
    from lsqm.cli.preparing import Images, prepare_tools
    from lsqm.cli.wiring import find_run, open_store
    from lsqm.errors import ExitCode
    from lsqm.pipeline import judging

    settings = invocation.settings
    docker = settings.emulator == "docker"
    if invocation.dry_run:
        return invocation.would(
            [
                f"find or fetch Terraform and the AWS provider into {settings.workspace / 'tools'}",
                *([f"pull {settings.localstack_image}:{settings.localstack_version}"] if docker else []),
            ]
        )
    found = prepare_tools(settings)
    missing: list[str] = []
    if docker:
        images = Images(invocation.events)
        found["image_digest"] = images.pin(settings.localstack_image, settings.localstack_version, digest)
        if baselines_of is not None:
            store = open_store(invocation, sync=False)
            baselines = judging.baselines_of(store, find_run(store, baselines_of)).values()
            wanted = {(one.result.emulator.image, one.result.emulator.digest) for one in baselines}
            missing = images.fetch(sorted(wanted))
    invocation.result({**found, "missing": missing}, "\n".join(f"{name}={value}" for name, value in found.items()))
    return ExitCode.PARTIAL if missing else ExitCode.OK
