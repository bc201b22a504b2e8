"""What a template needs and does not have: hosted zones and buckets that only a parameter names, foreign log groups.

Nobody can put a record into a zone that does not exist, so the zone is made beside the template's own resources, with
a comment, and recorded like every other stand-in.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsqm.model.terraform import Block, Reference, Template, Value
from lsqm.normalize.cloudformation.standins import BUCKETS, ZONE

if TYPE_CHECKING:
    from lsqm.normalize.cloudformation.diagnose import Diagnostics
    from lsqm.normalize.cloudformation.ir import Body, Made


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kind:
    """One kind of neighbour."""

    stand_in: str
    type: str
    attribute: str
    """Of the made resource: what its users are given."""
    arguments: tuple[str, ...]
    """Names of the arguments that need it to exist."""
    words: str


_ZONE = _Kind(
    stand_in=ZONE,
    type="aws_route53_zone",
    attribute="zone_id",
    arguments=("zone_id", "hosted_zone_id"),
    words="hosted zone",
)
_KINDS = (
    _ZONE,
    *(
        _Kind(
            stand_in=bucket,
            type="aws_s3_bucket",
            attribute="bucket",
            arguments=("bucket", "target_bucket", "s3_bucket_name"),
            words="bucket",
        )
        for bucket in BUCKETS
    ),
)


def neighbours(
    made: Iterable["Made"], allocate: Callable[[str, str], str], diagnostics: "Diagnostics"
) -> Iterator[Block]:
    """Make the zone and the bucket that resources need, and point their users at them.

    Args:
        made: the resources of the template; their bodies are changed.
        allocate: type and wanted name → the label of a new block.
        diagnostics: told what is made.
    """
    everything = list(made)
    for kind in _KINDS:
        if any(each.type == kind.type and kind.stand_in in each.body.attributes.values() for each in everything):
            continue  # The template itself makes what its parameter names.
        users = [each for each in everything if each.type != kind.type and _users(each.body, kind)]
        if not users:
            continue
        label = allocate(kind.type, "StandIn")
        target = Reference(f"{kind.type}.{label}", f".{kind.attribute}")
        for user in users:
            for body, name in _users(user.body, kind):
                body.attributes[name] = target
        name = _domain(users) if kind is _ZONE else kind.stand_in
        given: dict[str, Value] = {"name": name} if kind is _ZONE else {"bucket": name}
        names = ", ".join(dict.fromkeys(user.item.logical_id for user in users))
        diagnostics.stand_in(users[0].item.path, f"The {kind.words} {name} is made for {names}.")
        yield Block(
            type="resource",
            labels=(kind.type, label),
            attributes=given,
            comment=f"Stands in for a {kind.words} that lies outside the template.",
        )


_FILTERS = frozenset({"aws_cloudwatch_log_metric_filter", "aws_cloudwatch_log_subscription_filter"})


def log_groups(
    made: Iterable["Made"], allocate: Callable[[str, str], str], diagnostics: "Diagnostics"
) -> Iterator[Block]:
    """Make the log groups that filters look into and no resource of the template is.

    Args:
        made: the resources of the template; their bodies are changed.
        allocate: type and wanted name → the label of a new block.
        diagnostics: told what is made.
    """
    everything = list(made)
    own = {each.body.attributes.get("name") for each in everything if each.type == "aws_cloudwatch_log_group"}
    labels: dict[str, str] = {}
    for each in everything:
        name = each.body.attributes.get("log_group_name")
        if each.type not in _FILTERS or not isinstance(name, str) or name in own:
            continue
        if name not in labels:
            labels[name] = allocate("aws_cloudwatch_log_group", f"StandIn {name}")
            diagnostics.stand_in(each.item.path, f"The log group {name} is made for {each.item.logical_id}.")
            yield Block(
                type="resource",
                labels=("aws_cloudwatch_log_group", labels[name]),
                attributes={"name": name},
                comment="Stands in for a log group that lies outside the template.",
            )
        each.body.attributes["log_group_name"] = Reference(f"aws_cloudwatch_log_group.{labels[name]}", ".name")


def _users(body: "Body", kind: _Kind) -> list[tuple["Body", str]]:
    found = [(body, name) for name in kind.arguments if body.attributes.get(name) == kind.stand_in]
    for inner in body.blocks.values():
        for each in inner:
            found.extend(_users(each, kind))
    return found


def _domain(users: Iterable["Made"]) -> str:
    """The longest domain that all records with a known name are in."""
    tails = [tail for user in users if (tail := _tail(user.body.attributes.get("name")))]
    if not tails:
        return "example.com"
    common: list[str] = []
    for labels in zip(*(reversed(tail) for tail in tails), strict=False):
        if len(set(labels)) > 1:
            break
        common.insert(0, labels[0])
    return ".".join(common) if len(common) > 1 else "example.com"


def _tail(name: Value) -> list[str]:
    """The labels of a name that are known, without the first: `www` of `www.example.com` is no part of a zone."""
    text = name.parts[-1] if isinstance(name, Template) else name
    if not isinstance(text, str):
        return []
    labels = text.rpartition("@")[2].strip(".").lower().split(".")
    return labels[1:] if len(labels) > 2 or isinstance(name, Template) else labels
