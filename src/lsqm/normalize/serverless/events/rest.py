"""`http` events as settled facts: path, method, CORS, authorizer and integration with all defaults filled in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lsqm.normalize.serverless.cfn import Json
from lsqm.normalize.serverless.stack import Event, Function, Stack

_HEADERS = [
    "Content-Type",
    "X-Amz-Date",
    "Authorization",
    "X-Api-Key",
    "X-Amz-Security-Token",
    "X-Amz-User-Agent",
    "X-Amzn-Trace-Id",
]
_COGNITO = re.compile(r"arn:[a-zA-Z-]*:cognito-idp")
_PROXY_REQUEST_KEYS = {"parameters", "schema", "schemas", "uri"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Authorizer:
    """Who decides about a call."""

    type: str | None
    name: str
    arn: Any
    settings: Json
    """The event's own `authorizer` mapping, empty for the short form."""
    function: Function | None
    external_id: Any

    @property
    def is_cognito(self) -> bool:
        if (self.type or "").upper() == "COGNITO_USER_POOLS":
            return True
        return isinstance(self.arn, str) and bool(_COGNITO.match(self.arn))

    @property
    def ttl(self) -> int | None:
        value = self.settings.get("resultTtlInSeconds")
        try:
            return int(str(value)) if value is not None else 300 if self.settings else None
        except ValueError:
            return 300

    @property
    def identity_source(self) -> Any:
        if own := self.settings.get("identitySource"):
            return own
        unneeded = (self.type or "").upper() == "REQUEST" and self.ttl == 0
        return None if unneeded else "method.request.header.Authorization"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cors:
    """What the preflight answer for one path allows."""

    origin: str | None
    origins: list[str]
    methods: list[str]
    headers: list[str]
    credentials: bool
    max_age: Any
    cache_control: Any

    def merged(self, other: "Cors") -> "Cors":
        """This event's CORS after `other`, which came before it for the same path."""
        return Cors(
            origin=self.origin,
            origins=_union(self.origins, other.origins),
            methods=_union(self.methods, other.methods),
            headers=_union(self.headers, other.headers),
            credentials=other.credentials or self.credentials,
            max_age=self.max_age or other.max_age,
            cache_control=self.cache_control or other.cache_control,
        )

    @property
    def allowed_origins(self) -> list[str]:
        if self.origins:
            return self.origins
        return [part.strip() for part in self.origin.split(",")] if self.origin and "," in self.origin else []


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """One `http` event."""

    event: Event
    path: str
    """Without slashes at its ends; empty for the root."""
    method: str
    """Lower case."""
    options: Json
    integration: str
    cors: Cors | None
    authorizer: Authorizer | None

    @property
    def function(self) -> Function:
        return self.event.function

    @property
    def parameters(self) -> Json:
        """Request parameters by their full name, `method.request.path.id`, with the settings of each."""
        found: Json = {}
        given = self.request.get("parameters")
        for place, singular in (("querystrings", "querystring"), ("paths", "path"), ("headers", "header")):
            values = given.get(place) if isinstance(given, dict) else None
            for key, value in (values or {}).items() if isinstance(values, dict) else ():
                found[f"method.request.{singular}.{key}"] = value
        return found

    @property
    def request(self) -> Json:
        """The event's `request`, without what a proxy integration ignores."""
        given = self.options.get("request")
        if not isinstance(given, dict):
            return {}
        if self.integration in {"AWS_PROXY", "HTTP_PROXY"}:
            return {key: value for key, value in given.items() if key in _PROXY_REQUEST_KEYS}
        return given

    @property
    def response(self) -> Json:
        given = self.options.get("response")
        return given if isinstance(given, dict) else {}


def is_required(parameter: Any) -> Any:
    """Whether a request parameter must be there."""
    if not isinstance(parameter, dict):
        return parameter
    return parameter["required"] if parameter.get("required") is not None else True


def endpoints(stack: Stack) -> Iterator[Endpoint]:
    """The `http` events of all functions; one that names no method or path is left out with a warning."""
    for event in stack.events("http"):
        options = event.options
        if not options:
            words = str(event.value).split(" ")
            options = {"method": words[0], "path": words[1] if len(words) > 1 else None}
        if not isinstance(options.get("path"), str) or not isinstance(options.get("method"), str):
            message = f"the http event of {event.function.key} has no method and path"
            stack.report.warn("malformed-event", message, at=event.at, effect="left out")
            continue
        verb = options["method"].lower()
        yield Endpoint(
            event=event,
            path=options["path"].removeprefix("/").removesuffix("/"),
            method=verb,
            options=options,
            integration=_integration(options),
            cors=_cors(options["cors"], verb) if options.get("cors") else None,
            authorizer=_authorizer(stack, options["authorizer"]) if options.get("authorizer") else None,
        )


def _integration(options: Json) -> str:
    if named := options.get("integration"):
        name = str(named).upper().replace("-", "_", 1)
        return {"LAMBDA": "AWS", "LAMBDA_PROXY": "AWS_PROXY"}.get(name, name)
    return "AWS" if options.get("async") else "AWS_PROXY"


def _cors(value: Any, verb: str) -> Cors:
    own: Json = value if isinstance(value, dict) else {}
    methods = list(own.get("methods") or ([] if "methods" in own else ["OPTIONS"]))
    for needed in ("OPTIONS", verb.upper()):
        if needed not in methods:
            methods.append(needed)
    headers = own.get("headers") or _HEADERS
    origin = own.get("origin", None if own.get("origins") else "*")
    origins = own.get("origins") or []
    return Cors(
        origin=None if origin is None else str(origin),
        origins=[origins] if isinstance(origins, str) else list(origins),
        methods=methods,
        headers=[headers] if isinstance(headers, str) else list(headers),
        credentials=bool(own.get("allowCredentials")),
        max_age=own.get("maxAge"),
        cache_control=own.get("cacheControl"),
    )


def _authorizer(stack: Stack, value: Any) -> Authorizer:
    settings: Json = value if isinstance(value, dict) else {}
    kind: str | None = settings.get("type")
    arn: Any = None
    name = called = ""
    if isinstance(value, str):
        if value.upper() == "AWS_IAM":
            kind = "AWS_IAM"
        elif ":" in value:
            arn, name = value, _name_in_arn(value)
        else:
            called = name = value
    elif kind and settings.get("authorizerId"):
        pass
    elif (kind or "").upper() == "AWS_IAM":
        kind = "AWS_IAM"
    elif settings.get("arn"):
        arn = settings["arn"]
        name = settings["name"] if isinstance(settings.get("name"), str) else _name_in_arn(str(arn))
    else:
        called = name = str(settings.get("name", ""))
    function = stack.service.functions.get(called)
    if function is not None:
        arn = function.target
    return Authorizer(
        type=kind,
        name=name,
        arn=arn,
        settings=settings,
        function=function,
        external_id=settings.get("authorizerId") if kind else None,
    )


def _name_in_arn(arn: str) -> str:
    return arn.rsplit(":", maxsplit=1)[-1].rsplit("-", maxsplit=1)[-1]


def _union(first: list[str], second: list[str]) -> list[str]:
    return list(dict.fromkeys([*first, *second]))
