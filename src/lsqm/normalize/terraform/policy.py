"""What a design may not contain: programs to run, foreign plugins, questions to the internet or to somebody's state."""

from collections.abc import Iterable, Iterator

from lsqm.model.architecture import SkipReason
from lsqm.normalize.hcl.active import Instance, instances
from lsqm.normalize.hcl.read import count_types
from lsqm.normalize.hcl.tree import Block, blocks
from lsqm.normalize.terraform.modules import HERE, Configuration, Rejected, Source
from lsqm.normalize.terraform.packagers import is_build, is_told

FROZEN = frozenset(
    {
        *(
            "random_pet",
            "random_id",
            "random_string",
            "random_password",
            "random_integer",
            "random_uuid",
            "random_shuffle",
        ),
        *("random_bytes", "null_resource", "time_sleep", "time_static", "time_rotating", "time_offset"),
        *("local_file", "local_sensitive_file", "tls_private_key"),
        *("data.archive_file", "data.local_file", "data.local_sensitive_file", "data.template_file"),
    }
)
"""Types of helper providers that `freeze` turns into constants and files."""

_UNSAFE_DATA = {"external": "runs a program", "http": "asks the internet"}
_OTHERS_STATE = frozenset({"terraform_remote_state", "tfe_outputs"})


def check(configuration: Configuration, resource_types: Iterable[str]) -> None:
    """Raises Rejected with every reason of the gravest kind found."""
    unsafe: list[str] = []
    foreign: list[str] = []
    state: list[str] = []
    for module in configuration.modules.values():
        for source in module.sources:
            for block in _all(source):
                address = f"{source.path}: {'.'.join((block.type, *block.labels))}"
                kind = block.labels[0] if block.labels else ""
                if block.type == "provisioner":
                    unsafe.append(f"{source.path}: a {kind} provisioner runs programs")
                elif block.type == "data" and kind in _UNSAFE_DATA:
                    unsafe.append(f"{address} {_UNSAFE_DATA[kind]}")
                elif block.type == "data" and kind in _OTHERS_STATE:
                    state.append(f"{address} reads another configuration's state")
                elif block.type in {"resource", "data", "ephemeral"} and _foreign(block.type, kind):
                    foreign.append(kind)
    if unsafe:
        raise Rejected(SkipReason.UNSAFE, *dict.fromkeys(unsafe))
    if foreign:
        providers = sorted({kind.split("_")[0] for kind in foreign})
        detail = f"needs {', '.join(sorted(set(foreign)))}"
        raise Rejected(SkipReason.FOREIGN_PROVIDER, *(f"provider {name}" for name in providers), detail)
    if state:
        raise Rejected(SkipReason.NEEDS_INPUT, *state)
    if not any(kind.startswith("aws_") for kind in resource_types):
        raise Rejected(SkipReason.NOTHING_TO_CREATE, "no AWS resource in it or its modules")


def _foreign(block_type: str, kind: str) -> bool:
    address = f"data.{kind}" if block_type == "data" else kind
    return not (kind.startswith("aws_") or kind == "terraform_data" or address in FROZEN)


def _all(source: Source) -> Iterator[Block]:
    """Every block that can be a resource, data source or provisioner: `check` and resources hold nested ones."""
    # Only at the top of a file: that is where freezing takes them out.
    packing = [block for block in source.body.of_type("resource") if is_build(block, source)]
    harmless = {id(inner) for block in packing for inner in block.body.of_type("provisioner")}
    harmless |= {id(block) for block in source.body.of_type("data") if is_told(block, source)}
    for block in blocks(source.body):
        if block.type in {"resource", "data", "ephemeral", "provisioner"} and id(block) not in harmless:
            yield block


def live_calls(configuration: Configuration) -> list[Instance]:
    """Every call of a module, with the blocks that are on in it."""
    bodies = {folder: [source.body for source in module.sources] for folder, module in configuration.modules.items()}
    calls = {folder: module.calls for folder, module in configuration.modules.items()}
    return instances(bodies, configuration.entry, {}, calls=calls, base=HERE)


def count_resources(live: Iterable[Instance]) -> dict[str, int]:
    """Resource type → number of blocks that are on, a module's once for every call that leads to it."""
    return count_types([one.blocks for one in live], "resource")


def data_sources(live: Iterable[Instance]) -> tuple[str, ...]:
    """`data.…` types in use, sorted."""
    return tuple(count_types([one.blocks for one in live], "data", "data."))
