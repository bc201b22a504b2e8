"""What a template needs and does not have: zones, buckets, topics, queues, log groups and event buses outside it.

Nobody can put a record into a zone that does not exist, so the zone is made beside the template's own resources, with
a comment, and recorded like every other stand-in.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsqm.model.terraform import Block, Conditional, Reference, Template, Value
from lsqm.normalize.cloudformation.standins import BUCKETS, ZONE, arn

if TYPE_CHECKING:
    from lsqm.normalize.cloudformation.diagnose import Diagnostics
    from lsqm.normalize.cloudformation.ir import Body, Made


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kind:
    """One kind of neighbour that a stand-in names."""

    stand_in: str
    type: str
    attribute: str
    """Of the made resource: what its users are given."""
    arguments: tuple[str, ...]
    """Names of the arguments that need it to exist."""
    words: str
    name: str = ""
    """Of the made resource; for a zone, that of its records."""


_SUBSCRIBED = ("arn", "destination", "endpoint", "event_source_arn", "source", "target", "target_arn", "topic_arn")
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
            arguments=("bucket", "target_bucket", "s3_bucket_name", "bucket_arn", "s3_bucket_arn", "log_destination"),
            words="bucket",
            name=bucket,
        )
        for bucket in BUCKETS
    ),
    *(
        _Kind(
            stand_in=arn(service, "stand-in"),
            type=type_,
            attribute="arn",
            arguments=_SUBSCRIBED,
            words=words,
            name="stand-in",
        )
        for service, type_, words in (("sns", "aws_sns_topic", "topic"), ("sqs", "aws_sqs_queue", "queue"))
    ),
)


def neighbours(
    made: Iterable["Made"], allocate: Callable[[str, str], str], diagnostics: "Diagnostics"
) -> Iterator[Block]:
    """Make what resources need and only a parameter names, and point its users at it.

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
        for user in users:
            for body, name in _users(user.body, kind):
                body.attributes[name] = _pointed(body.attributes[name], kind, f"{kind.type}.{label}")
        name = kind.name or _domain(users)
        names = ", ".join(dict.fromkeys(user.item.logical_id for user in users))
        diagnostics.stand_in(users[0].item.path, f"The {kind.words} {name} is made for {names}.")
        yield _beside(kind.type, label, kind.words, {"bucket" if kind.type == "aws_s3_bucket" else "name": name})


def _beside(type_: str, label: str, words: str, attributes: dict[str, Value]) -> Block:
    article = "an" if words.startswith(("a", "e", "i", "o")) else "a"
    comment = f"Stands in for {article} {words} that lies outside the template."
    return Block(type="resource", labels=(type_, label), attributes=attributes, comment=comment)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Named:
    """One kind of neighbour that its users name, whatever the name."""

    type: str
    argument: str
    users: frozenset[str]
    words: str
    always: frozenset[str] = frozenset()
    """Names that every account has."""


_NAMED = (
    _Named(
        type="aws_cloudwatch_log_group",
        argument="log_group_name",
        users=frozenset({"aws_cloudwatch_log_metric_filter", "aws_cloudwatch_log_subscription_filter"}),
        words="log group",
    ),
    _Named(
        type="aws_cloudwatch_event_bus",
        argument="event_bus_name",
        users=frozenset(
            {"aws_cloudwatch_event_rule", "aws_cloudwatch_event_target", "aws_cloudwatch_event_permission"}
        ),
        words="event bus",
        always=frozenset({"default"}),
    ),
)


def named(made: Iterable["Made"], allocate: Callable[[str, str], str], diagnostics: "Diagnostics") -> Iterator[Block]:
    """Make the log groups and event buses that resources name and the template does not make.

    Args:
        made: the resources of the template; their bodies are changed.
        allocate: type and wanted name → the label of a new block.
        diagnostics: told what is made.
    """
    everything = list(made)
    for kind in _NAMED:
        own = {each.body.attributes.get("name") for each in everything if each.type == kind.type} | kind.always
        labels: dict[str, str] = {}
        for each in everything:
            if each.type not in kind.users or kind.argument not in each.body.attributes:
                continue
            name = each.body.attributes[kind.argument] = _by_name(each.body.attributes[kind.argument])
            if not isinstance(name, str) or name in own or name.startswith("arn:"):
                continue
            if name not in labels:
                labels[name] = allocate(kind.type, "StandIn" if name == "stand-in" else f"StandIn {name}")
                diagnostics.stand_in(each.item.path, f"The {kind.words} {name} is made for {each.item.logical_id}.")
                yield _beside(kind.type, labels[name], kind.words, {"name": name})
            each.body.attributes[kind.argument] = Reference(f"{kind.type}.{labels[name]}", ".name")


def _by_name(value: Value) -> Value:
    """The name of an event bus whose ARN is in this account and region: not every emulator knows it by its ARN."""
    match value:
        case Reference(path=".arn") if value.address.startswith("aws_cloudwatch_event_bus."):
            return Reference(value.address, ".name")
        case Template(parts=(str() as first, *inner, str() as last)) if first.startswith("arn:") and (
            last.startswith(":event-bus/") and all(_is_ours(part) for part in inner)
        ):
            return last.removeprefix(":event-bus/")
        case _:
            return value


def _is_ours(part: Value) -> bool:
    return part in (":", ":events:") or (isinstance(part, Reference) and part.address in _OURS)


_OURS = frozenset({"data.aws_region.current", "data.aws_caller_identity.current", "data.aws_partition.current"})


def _users(body: "Body", kind: _Kind) -> list[tuple["Body", str]]:
    found = [
        (body, name)
        for name in kind.arguments
        if (value := body.attributes.get(name)) is not None and _pointed(value, kind, kind.type) != value
    ]
    for inner in body.blocks.values():
        for each in inner:
            found.extend(_users(each, kind))
    return found


def _pointed(value: Value, kind: _Kind, address: str) -> Value:
    """The value with the neighbour's name or ARN in place of what stood in for it."""
    bucket_arn = f":s3:::{kind.stand_in}"
    match value:
        case kind.stand_in:
            return Reference(address, f".{kind.attribute}")
        case str() if value.endswith(bucket_arn):
            return Reference(address, ".arn")
        case Template(parts=(*_, str() as last)) if last.endswith(bucket_arn):
            return Reference(address, ".arn")
        case Conditional():
            return Conditional(value.condition, _pointed(value.yes, kind, address), _pointed(value.no, kind, address))
        case _:
            return value


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
