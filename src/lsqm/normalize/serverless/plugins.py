"""What is known about plugins (`plugins.toml`). None of them is ever loaded; a few are imitated."""

import tomllib
from enum import StrEnum
from functools import cache
from importlib import resources


class Effect(StrEnum):
    """What leaving a plugin out does to the architecture; the values are the tables of `plugins.toml`."""

    INERT = "inert"
    TREATED = "treated"
    LATER = "later"
    CODE = "code"
    RESOURCES = "resources"
    UNKNOWN = "unknown"


@cache
def _table() -> dict[str, Effect]:
    text = resources.files(__package__).joinpath("plugins.toml").read_text("utf-8")
    return {name: Effect(effect) for effect, names in tomllib.loads(text).items() for name in names}


def effect(plugin: str) -> Effect:
    """What is known about the plugin of this name; a local one (`./my-plugin`) is unknown."""
    return _table().get(plugin, Effect.UNKNOWN)
