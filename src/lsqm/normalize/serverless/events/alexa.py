"""`alexaSkill` and `alexaSmartHome`: permissions only, the skill itself lives elsewhere."""

from lsqm.normalize.serverless.cfn import permission
from lsqm.normalize.serverless.stack import Event, Stack


def add_skill(stack: Stack) -> None:
    for event in stack.events("alexaSkill"):
        _add(stack, event, "alexa-appkit.amazon.com", "AlexaSkill")


def add_smart_home(stack: Stack) -> None:
    for event in stack.events("alexaSmartHome"):
        _add(stack, event, "alexa-connectedhome.amazon.com", "AlexaSmartHome")


def _add(stack: Stack, event: Event, principal: str, name: str) -> None:
    token = event.options.get("appId") if event.options else event.value
    granted = permission(event.function, principal)
    if event.options.get("enabled") is False:
        granted["Properties"]["Action"] = "lambda:DisableInvokeFunction"
    if token:
        granted["Properties"]["EventSourceToken"] = token
    stack.resources[f"{event.function.prefix}LambdaPermission{name}{event.number}"] = granted
