"""Values for template parameters: the default, else a typed, valid and recorded stand-in."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from lsqm.normalize.cloudformation.diagnose import Diagnostics
from lsqm.normalize.cloudformation.names import snake
from lsqm.normalize.cloudformation.patterns import MAX_TEXT, Pattern
from lsqm.normalize.cloudformation.standins import (
    ACCOUNT,
    BUCKET,
    BUCKETS,
    GROUP,
    IMAGE,
    MEANINGS,
    REGION,
    SUBNET,
    SUBNETS,
    VPC,
    ZONE,
    ZONES,
    for_arn,
    stand_in_for,
)

_BY_TYPE = {
    "AWS::EC2::AvailabilityZone::Name": ZONES[0],
    "AWS::EC2::Image::Id": IMAGE,
    "AWS::EC2::Instance::Id": "i-0123456789abcdef0",
    "AWS::EC2::KeyPair::KeyName": "key",
    "AWS::EC2::SecurityGroup::GroupName": "default",
    "AWS::EC2::SecurityGroup::Id": GROUP,
    "AWS::EC2::Subnet::Id": SUBNET,
    "AWS::EC2::Volume::Id": "vol-0123456789abcdef0",
    "AWS::EC2::VPC::Id": VPC,
    "AWS::Route53::HostedZone::Id": ZONE,
    "AWS::SSM::Parameter::Name": "/stand-in/parameter",
}
_CANDIDATES = (
    "stand-in",
    "standin",
    "StandIn",
    "standin1",
    "StandIn1",
    "Stand-in-1",
    "dev",
    "test",
    "main",
    "a",
    "A",
    "1",
    "10",
    "100",
    "true",
    "someone@example.com",
    "example.com",
    "www.example.com",
    "10.0.0.0/16",
    "10.0.0.0/24",
    "10.0.0.1",
    "0.0.0.0/0",
    "https://example.com/",
    "s3://stand-in-bucket/key",
    "/stand-in",
    "stand-in/",
    "stand-in/key",
    "us-east-1",
    "us-east-1a",
    IMAGE,
    VPC,
    SUBNET,
    GROUP,
    ACCOUNT,
    f"arn:aws:iam::{ACCOUNT}:role/stand-in",
    "arn:aws:s3:::stand-in-bucket",
    f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/01234567-89ab-cdef-0123-456789abcdef",
    f"arn:aws:sns:{REGION}:{ACCOUNT}:stand-in",
    f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:stand-in",
    "Stand-in-Passw0rd",
    "StandInPassw0rd",
    "t3.micro",
    "1.0",
    "1.0.0",
    "00:00",
    "mon:03:00-mon:04:00",
    "03:00-04:00",
    "rate(1 day)",
    "cron(0 12 * * ? *)",
    "Z0123456789ABCDEFGHIJ",
    "01234567-89ab-cdef-0123-456789abcdef",
    "2030-01-01",
    "22",
)


def parameter_values(template: Mapping[str, Any], diagnostics: Diagnostics) -> dict[str, Any]:
    """Parameter → its value: text, number or list of text. Stand-ins are recorded."""
    values: dict[str, Any] = {}
    uses = _uses(template)
    taken: Counter[str] = Counter()
    sections = template.get("Parameters")
    for name, spec in sections.items() if isinstance(sections, dict) else ():
        if not isinstance(spec, dict):
            continue
        values[name] = _value(str(name), spec, uses.get(name, ()), diagnostics, taken)
    return values


def _uses(template: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Parameter → names of the properties that take its value as a whole."""
    found: dict[str, list[str]] = {}
    telling: dict[str, list[str]] = {}
    resources = template.get("Resources")
    stack: list[tuple[Any, str]] = [(resources, "")]
    for body in resources.values() if isinstance(resources, dict) else ():
        if not isinstance(body, dict) or not isinstance(properties := body.get("Properties"), dict):
            continue
        for name, use in _TELLING.get(str(body.get("Type")), {}).items():
            telling.setdefault(_whole(properties.get(name)), []).append(use)
        if body.get("Type") == "AWS::Lambda::EventSourceMapping":
            source = next((use for name, use in _SOURCES.items() if name in properties), "queue_arn")
            telling.setdefault(_whole(properties.get("EventSourceArn")), []).append(source)
    while stack:
        node, key = stack.pop()
        if isinstance(node, dict):
            target = _whole(node)
            if isinstance(protocol := node.get("Protocol"), str) and protocol in _ENDPOINTS:
                telling.setdefault(_whole(node.get("Endpoint")), []).append(_ENDPOINTS[protocol])
            if target:
                found.setdefault(target, []).append(snake(key))
            stack.extend((item, key if str(name).startswith("Fn::") else str(name)) for name, item in node.items())
        elif isinstance(node, list):
            stack.extend((item, key) for item in node)
    return {name: tuple(dict.fromkeys([*telling.get(name, ()), *reversed(keys)])) for name, keys in found.items()}


_TELLING = {
    "AWS::ApiGateway::ApiKey": {"Value": "api_key_value"},
    "AWS::Elasticsearch::Domain": {"DomainName": "search_domain"},
    "AWS::OpenSearchService::Domain": {"DomainName": "search_domain"},
    "AWS::Pipes::Pipe": {"Source": "queue_arn", "Target": "queue_arn", "Enrichment": "lambda_arn"},
    "AWS::Serverless::Function": {"Role": "role_arn"},
}
"""Resource type → property whose own name does not tell what it is → a name that does."""
_SOURCES = {"Topics": "kafka_arn", "Queues": "broker_arn", "StartingPosition": "stream_arn"}
"""Property of an event source mapping → what its source must be."""
_ENDPOINTS = {
    "email": "email",
    "email-json": "email",
    "http": "url",
    "https": "url",
    "lambda": "lambda_arn",
    "sms": "phone",
    "sqs": "queue_arn",
}
"""Protocol of a subscription → what its endpoint is."""
_SAYS_ALL = re.compile(r"e[-_]?mail")
"""Names of parameters that tell more than any property that takes them."""


def _whole(node: Any) -> str:
    """The parameter that a `Ref`, or an `Fn::Sub` of nothing else, stands for; empty for anything else."""
    if not isinstance(node, dict) or len(node) != 1:
        return ""
    target = node.get("Ref")
    if target is None and isinstance(node.get("Fn::Sub"), str):
        match = re.fullmatch(r"\$\{(\w+)\}", node["Fn::Sub"])
        target = match.group(1) if match else None
    return target if isinstance(target, str) else ""


def _value(
    name: str,
    spec: dict[str, Any],
    uses: tuple[str, ...],
    diagnostics: Diagnostics,
    taken: Counter[str],
) -> Any:
    path = ("Parameters", name)
    kind = str(spec.get("Type", "String"))
    inner = re.sub(r"^AWS::SSM::Parameter::Value<(.*)>$", r"\1", kind)
    listed = inner == "CommaDelimitedList" or inner.startswith("List<")
    default: Any = spec.get("Default")
    if default is None or inner != kind:
        value = _stand_in(name, inner.removeprefix("List<").removesuffix(">"), spec, uses)
        why = "its value lives in the parameter store" if inner != kind else "it has no default"
        values = [value, value] if listed else [value]
        if value in _ROWS and not spec.get("AllowedValues"):
            values = [_next(value, taken) for _ in values]
        shown = repr("********") if text(spec.get("NoEcho")) == "true" else _shown(values)
        diagnostics.stand_in(path, f"Parameter {name} is set to {shown}: {why}.")
        return values if listed else values[0]
    if listed:
        items = default if isinstance(default, list) else str(default).split(",")
        return [text(item).strip() for item in items] if items != [""] else []
    if isinstance(default, (dict, list)):
        return default
    return default if kind == "Number" and isinstance(default, (int, float)) else text(default)


def _shown(values: list[str]) -> str:
    return " and ".join(MEANINGS.get(value, repr(value)) for value in dict.fromkeys(values))


_ROWS = {SUBNET: SUBNETS, ZONES[0]: ZONES[: len(SUBNETS)], BUCKET: BUCKETS}
"""A stand-in of which a template may want several that differ → all there are, subnets and their zones in step."""


def _next(stand_in: str, taken: Counter[str]) -> str:
    row = _ROWS[stand_in]
    taken[stand_in] += 1
    return row[(taken[stand_in] - 1) % len(row)]


def text(value: Any) -> str:
    """A scalar the way CloudFormation turns it into text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _stand_in(name: str, kind: str, spec: dict[str, Any], uses: tuple[str, ...]) -> str:
    allowed = spec.get("AllowedValues")
    if isinstance(allowed, list) and allowed:
        return text(allowed[0])
    if kind in _BY_TYPE:
        return _BY_TYPE[kind]
    if kind == "Number":
        return text(spec.get("MinValue", spec.get("MaxValue", 1)))
    return _fitting(name, spec, uses)


def _fitting(name: str, spec: dict[str, Any], uses: tuple[str, ...]) -> str:
    pattern = Pattern(given if isinstance(given := spec.get("AllowedPattern"), str) else ".*")
    low, high = _length(spec.get("MinLength"), 0), _length(spec.get("MaxLength"), MAX_TEXT)
    own = snake(name)
    names = [*(use for use in uses if not use.startswith(("value", "key"))), own]
    if own.endswith(("arn", "arns")):
        by_name = for_arn(*names)
    else:
        by_name = stand_in_for(own) if _SAYS_ALL.search(own) else stand_in_for(*names)
    for candidate in (by_name, *_CANDIDATES):
        for fitted in (candidate, (candidate * (low // max(len(candidate), 1) + 1))[: max(low, 1)]):
            if low <= len(fitted) <= high and pattern.accepts(fitted):
                return fitted
    made = pattern.example()
    return made if made and pattern.accepts(made) else by_name[:high]


def _length(raw: Any, fallback: int) -> int:
    try:
        return max(0, min(int(raw), MAX_TEXT))
    except (TypeError, ValueError, OverflowError):
        return fallback
