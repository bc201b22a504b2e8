"""What a call cost, in dollars."""

import functools
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from lsqm.model.app import Usage

_MILLION = 1_000_000


@functools.cache
def _prices() -> tuple[Mapping[str, Any], ...]:
    text = (files("lsqm.generate") / "prices.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["price"])


def cost_usd(model: str, usage: Usage) -> float | None:
    """Dollars for one call; None for a model that the table does not know."""
    prompt = usage.input + usage.cache_creation + usage.cache_read
    rows = [row for row in _prices() if model.startswith(row["model"]) and prompt > row.get("above_prompt_tokens", -1)]
    if not rows:
        return None
    row = max(rows, key=lambda row: (len(row["model"]), row.get("above_prompt_tokens", -1)))
    dollars = (
        usage.input * row["input"]
        + usage.output * row["output"]
        + usage.cache_creation * row["cache_write"]
        + usage.cache_read * row["cache_read"]
    )
    return float(dollars) / _MILLION
