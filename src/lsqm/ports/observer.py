"""Whoever listens to what the core announces: a live table, CI log groups, plain lines, or a list in a test."""

from typing import Protocol

from lsqm.model.event import Event


class Observer(Protocol):
    """Receives events, from any thread."""

    def on(self, event: Event) -> None:
        """Take note of one event; never raises."""
        ...
