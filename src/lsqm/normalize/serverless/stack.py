"""The service as the framework sees it, and the template that grows out of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lsqm.normalize.serverless import naming
from lsqm.normalize.serverless.report import Path, Report


@dataclass(frozen=True, kw_only=True, slots=True)
class Function:
    """One entry of `functions`."""

    key: str
    name: str
    """`FunctionName` in AWS."""
    config: dict[str, Any]

    @property
    def id(self) -> str:
        return f"{naming.normal(self.key)}LambdaFunction"

    @property
    def prefix(self) -> str:
        """What the logical ids that belong to this function begin with."""
        return naming.normal(self.key)

    @property
    def alias(self) -> tuple[str, str] | None:
        """Name and logical id of the alias that events call instead of the function itself."""
        if self.config.get("provisionedConcurrency"):
            return "provisioned", f"{self.prefix}ProvConcLambdaAlias"
        return ("snapstart", f"{self.prefix}SnapStartLambdaAlias") if self.config.get("snapStart") else None

    @property
    def alias_id(self) -> str | None:
        return self.alias[1] if self.alias else None

    @property
    def target(self) -> dict[str, Any]:
        """What events invoke."""
        arn = {"Fn::GetAtt": [self.id, "Arn"]}
        return {"Fn::Join": [":", [arn, self.alias[0]]]} if self.alias else arn


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One entry of a function's `events`, of one kind."""

    function: Function
    value: Any
    position: int
    """Index in the function's `events`."""
    number: int
    """Counts the function's events of this kind from 1."""
    at: Path

    @property
    def options(self) -> dict[str, Any]:
        """The value if it is a mapping, else nothing."""
        return self.value if isinstance(self.value, dict) else {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """The resolved configuration."""

    name: str
    stage: str
    region: str
    config: dict[str, Any]
    provider: dict[str, Any]
    functions: dict[str, Function]

    def setting(self, *keys: str) -> Any:
        """`setting("logs", "restApi")` is `provider.logs.restApi`, None when any part is absent."""
        value: Any = self.provider
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    @property
    def prefix(self) -> str:
        """`SERVICE-STAGE`."""
        return f"{self.name}-{self.stage}"

    @property
    def stack_name(self) -> str:
        return str(self.provider.get("stackName") or self.prefix)

    @property
    def artifacts(self) -> str:
        """Where the framework uploads packages; its time stamp is replaced by a constant."""
        folder = str(self.provider.get("deploymentPrefix") or "serverless")
        return f"{folder}/{self.name}/{self.stage}/0-1970-01-01T00:00:00.000Z"


@dataclass(kw_only=True, slots=True)
class Stack:
    """The CloudFormation template under construction."""

    service: Service
    report: Report
    substitutes: bool = False
    """Whether a plugin gives meaning to `#{Name}`."""
    resources: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)

    @property
    def statements(self) -> list[Any] | None:
        """Statements of the default role; None when the service brings roles of its own."""
        role = self.resources.get(naming.ROLE)
        statements: list[Any] | None = (
            role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"] if role else None
        )
        return statements

    def allow(self, *statements: dict[str, Any], once: bool = False) -> None:
        """Add statements to the default role, if there is one."""
        held = self.statements
        if held is not None:
            held.extend(statement for statement in statements if not (once and statement in held))

    def events(self, kind: str) -> Iterator[Event]:
        """All events of one kind, function by function."""
        for function in self.service.functions.values():
            number = 0
            for position, entry in enumerate(function.config["events"]):
                value = entry.get(kind) if isinstance(entry, dict) else None
                if value:
                    number += 1
                    at = ("functions", function.key, "events", position)
                    yield Event(function=function, value=value, position=position, number=number, at=at)

    def role_of(self, function: Function) -> str | None:
        """Logical id of the role that a function runs under, when it is in this template."""
        role = custom_role(self.service, function)
        if not role:
            return naming.ROLE
        if isinstance(role, str):
            return None if ":" in role else role
        return role["Fn::GetAtt"][0] if isinstance(role, dict) and isinstance(role.get("Fn::GetAtt"), list) else None


def custom_role(service: Service, function: Function | None = None) -> Any:
    """The role that the configuration names for a function, or for all of them."""
    if function is not None and function.config.get("role"):
        return function.config["role"]
    role = service.setting("iam", "role")
    if isinstance(role, str) or (isinstance(role, dict) and any("::" in key for key in role)):
        return role
    return service.provider.get("role")
