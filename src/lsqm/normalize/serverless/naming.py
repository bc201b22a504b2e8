"""Logical ids and names, exactly as the framework makes them, so that hand-written references resolve."""

import re

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")

ROLE = "IamRoleLambdaExecution"
BUCKET = "ServerlessDeploymentBucket"
BUCKET_POLICY = "ServerlessDeploymentBucketPolicy"
REST_API = "ApiGatewayRestApi"
HTTP_API = "HttpApi"
WEBSOCKETS_API = "WebsocketsApi"


def capital(text: str) -> str:
    """First letter in upper case, the rest as it is."""
    return text[:1].upper() + text[1:]


def normal(name: str) -> str:
    """A function's or other thing's name as the beginning of logical ids."""
    return capital(name.replace("-", "Dash").replace("_", "Underscore"))


def alphanumeric(name: str) -> str:
    """Letters and digits of a name, capitalised."""
    return capital(re.sub(r"[^0-9A-Za-z]", "", name))


def start_case(text: str) -> str:
    """`application/json` → `ApplicationJson`."""
    return "".join(capital(word) for word in _WORD.findall(text))


def camel(text: str) -> str:
    """`my-schema` → `MySchema`."""
    return "".join(capital(word.lower()) for word in _WORD.findall(text))


def path_part(part: str) -> str:
    """`{id}` → `IdVar`, `my-path` → `MyDashpath`."""
    text = re.sub(r"\{(.*)\}", r"\1Var", part.lower().replace("-", "Dash"))
    return capital(re.sub(r"[^0-9A-Za-z]", "", text))


def path(whole: str) -> str:
    """`users/{id}` → `UsersIdVar`."""
    return "".join(path_part(part) for part in whole.split("/"))


def method(resource: str, verb: str) -> str:
    """Logical id of a REST method."""
    return f"ApiGatewayMethod{resource}{capital(verb.lower())}"


def route_key(route: str) -> str:
    """A WebSocket route as the beginning of logical ids."""
    for sign, word in (("$", "S"), ("/", "Slash"), ("-", "Dash"), ("_", "Underscore"), (".", "Period")):
        route = route.replace(sign, word)
    return route
