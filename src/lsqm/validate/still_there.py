"""After destroy: is what Terraform says it destroyed gone from the emulator? Asked without an SDK, by a table."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlencode

from lsqm.ports.emulator import Answer, Question, RunningEmulator

_MOST_QUESTIONS = 200
_REGION = re.compile(r"^arn:[\w-]+:[\w-]+:([a-z]{2}(?:-[a-z]+)+-\d)")
_KEPT_ON_PURPOSE = ("skip_destroy", "retain_on_delete", "prevent_destroy")
_JSON_VERSIONS = {"sqs": "1.0", "dynamodb": "1.0", "states": "1.0"}
_OK = 200
_REDIRECT = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """One row of still_there.toml."""

    type: str
    service: str
    protocol: str
    ask: str
    attribute: str
    parameter: str = ""
    present: str = ""
    gone: str = ""

    @property
    def operation(self) -> str:
        """For people."""
        return self.ask.split()[0] if self.protocol == "query" else self.ask.rpartition(".")[2]


@cache
def looks() -> Mapping[str, Look]:
    """The table by resource type."""
    rows = tomllib.loads((files(__package__) / "still_there.toml").read_text(encoding="utf-8"))["look"]
    return {row["type"]: Look(**row) for row in rows}


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """One resource that was applied and can be asked for."""

    address: str
    name: str
    region: str
    look: Look


def askable(state: Mapping[str, Any]) -> tuple[Known, ...]:
    """Those resources of a state that the table knows and that nobody wants to keep."""
    found = []
    for resource, instance in _managed(state):
        look = looks().get(str(resource.get("type")))
        attributes = instance.get("attributes")
        if look is None or not isinstance(attributes, dict) or any(attributes.get(flag) for flag in _KEPT_ON_PURPOSE):
            continue
        name = attributes.get(look.attribute)
        if isinstance(name, str) and name:
            region = _REGION.match(str(attributes.get("arn", "")))
            address = ".".join(filter(None, (resource.get("module", ""), look.type, str(resource.get("name", "")))))
            key = instance.get("index_key")
            address += "" if key is None else f"[{json.dumps(key)}]"
            found.append(Known(address=address, name=name, region=region[1] if region else "us-east-1", look=look))
    return tuple(found[:_MOST_QUESTIONS])


def _managed(state: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    resources = state.get("resources")
    for resource in resources if isinstance(resources, list) else []:
        if isinstance(resource, dict) and resource.get("mode") == "managed":
            instances = resource.get("instances")
            yield from ((resource, one) for one in (instances if isinstance(instances, list) else []) if one)


def still_there(known: tuple[Known, ...], running: RunningEmulator) -> tuple[str, ...]:
    """One sentence per resource that the emulator still has. An emulator that does not answer has said nothing."""
    left = []
    for one in known:
        answer = running.ask(question(one))
        if answer is None:
            break
        if is_there(one, answer):
            left.append(f"{one.address} is still there: {one.look.service}.{one.look.operation} finds {one.name}")
    return tuple(left)


def question(known: Known) -> Question:
    """The request; its signature names the service and is not otherwise right, which no emulator minds."""
    look = known.look
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential=test/20260101/{known.region}/{look.service}/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature=0",
        "X-Amz-Date": "20260101T000000Z",
    }
    match look.protocol:
        case "rest":
            method, path = look.ask.split()
            return Question(method=method, path=path.format(id=quote(known.name, safe="")), headers=headers)
        case "json":
            headers |= {
                "X-Amz-Target": look.ask,
                "Content-Type": f"application/x-amz-json-{_JSON_VERSIONS.get(look.service, '1.1')}",
            }
            return Question(method="POST", headers=headers, body=json.dumps({look.parameter: known.name}).encode())
        case _:
            operation, version = look.ask.split()
            form = {"Action": operation, "Version": version, look.parameter: known.name}
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
            return Question(method="POST", headers=headers, body=urlencode(form).encode())


def is_there(known: Known, answer: Answer) -> bool:
    """Whether that answer shows the resource. What is not a success shows nothing."""
    if not _OK <= answer.status < _REDIRECT:
        return False
    text = re.sub(r"\s+", "", answer.body.decode(errors="replace"))
    if known.look.gone and known.look.gone in text:
        return False
    return not known.look.present or known.look.present.format(id=known.name) in text
