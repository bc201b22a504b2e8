"""Which operations of which services were called, and what the emulator answered.

Three witnesses: the emulator's own log (LocalStack prints a line per request), the AWS provider's structured log, and
botocore inside the tests. The emulator's log wins where it has anything, because it sees every client.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

ApiCalls = Mapping[str, Mapping[str, int]]

_LOCALSTACK = re.compile(r"localstack\.request\.aws\s*: AWS ([a-z0-9-]+)\.(\w+) => (\d{3})(?: \(([^)]*)\))?")
_RECORD = re.compile(r"^\d{4}-\d\d-\d\dT\S+ \[")
_FIELD = re.compile(r'(?:^|\s)(rpc\.service|rpc\.method|http\.status_code)=("(?:[^"\\]|\\.)*"|\S+)')


@dataclass(frozen=True, slots=True)
class Call:
    """One answered request."""

    operation: str
    """`service.Operation`, the service as boto3 and LocalStack spell it."""
    status: str
    code: str = ""
    """AWS error code where the witness tells."""

    @property
    def failed(self) -> bool:
        return not self.status.startswith(("1", "2", "3"))


def from_emulator_log(text: str) -> Iterator[Call]:
    """The request lines of LocalStack's log."""
    for found in _LOCALSTACK.finditer(text):
        yield Call(f"{found[1]}.{found[2]}", found[3], found[4] or "")


def from_provider_log(text: str) -> Iterator[Call]:
    """`HTTP Response Received` records of the AWS provider's debug log (TF_LOG_PROVIDER=DEBUG)."""
    fields: dict[str, str] | None = None
    for line in text.splitlines():
        if _RECORD.match(line):
            yield from _call(fields)
            fields = {} if ": HTTP Response Received:" in line else None
        if fields is not None and not line.lstrip().startswith("|"):  # "| " begins a line of a quoted body
            for name, value in _FIELD.findall(line):
                fields.setdefault(name, value.strip('"'))
    yield from _call(fields)


def _call(fields: dict[str, str] | None) -> Iterator[Call]:
    if fields and fields.keys() >= {"rpc.service", "rpc.method", "http.status_code"}:
        yield Call(f"{service_name(fields['rpc.service'])}.{fields['rpc.method']}", fields["http.status_code"])


@cache
def _names() -> Mapping[str, str]:
    table = tomllib.loads((files(__package__) / "service_names.toml").read_text(encoding="utf-8"))
    names: Mapping[str, str] = table["service_id"]
    return names


def service_name(service_id: str) -> str:
    """boto3's name of a service given the SDK's service id, such as `SFN` or `CloudWatch Logs`."""
    plain = service_id.lower().replace(" ", "-")
    return _names().get(plain, plain)


def count(calls: Iterable[Call]) -> dict[str, dict[str, int]]:
    """service.Operation → status → how often, sorted."""
    totals: dict[str, dict[str, int]] = {}
    for call in calls:
        statuses = totals.setdefault(call.operation, {})
        statuses[call.status] = statuses.get(call.status, 0) + 1
    return {name: dict(sorted(totals[name].items())) for name in sorted(totals)}


def merge(*parts: ApiCalls) -> dict[str, dict[str, int]]:
    """The sum of several counts."""
    totals: dict[str, dict[str, int]] = {}
    for part in parts:
        for name, statuses in part.items():
            mine = totals.setdefault(name, {})
            for status, number in statuses.items():
                mine[status] = mine.get(status, 0) + number
    return {name: dict(sorted(totals[name].items())) for name in sorted(totals)}
