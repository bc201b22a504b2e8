"""One machine's share of a run."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lsqm.model.ids import ArchitectureHash, RunId

_TEXT = re.compile(r"([0-9]{1,4})/([0-9]{1,4})")
MOST_SHARDS = 256
"""Jobs of one GitHub Actions matrix."""


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """Share `index` of `of`, counted from 1; as text `2/3`."""

    index: int
    of: int

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"


def parse_shard(text: str) -> Shard:
    """Read `2/3`. Raises ValueError."""
    found = _TEXT.fullmatch(text)
    if found and 1 <= int(found[1]) <= int(found[2]) <= MOST_SHARDS:
        return Shard(int(found[1]), int(found[2]))
    msg = f"not a shard (like 2/3, from 1/1 to {MOST_SHARDS}/{MOST_SHARDS}): {text!r}"
    raise ValueError(msg)


@dataclass(frozen=True, kw_only=True, slots=True)
class ShardRecord:
    """`shard.json`, at the top of a shard's folder."""

    run: RunId
    index: int
    of: int
    only: tuple[str, ...] = ()
    """What the run was restricted to; equal in all shards of a run."""
    selected: tuple[ArchitectureHash, ...] = ()
    """This shard's share; empty until it was computed."""
    finished: bool = False
    """Written last: False means killed."""
    stopped_by: str = ""
    """What ended a finished shard early, a sentence."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Of a finished shard: path below the run's folder → SHA-256."""

    @property
    def shard(self) -> Shard:
        return Shard(self.index, self.of)
