"""Somewhere to say one thing to people, such as a Slack channel."""

from collections.abc import Mapping
from typing import Any, Protocol


class NotifierError(Exception):
    """It was not said. The message carries no secret."""


class Notifier(Protocol):
    """Posts a message."""

    def post(self, message: Mapping[str, Any]) -> None:
        """Post it, retrying as the service asks. Raises NotifierError."""
        ...
