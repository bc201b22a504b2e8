"""How a selection is spread over machines: computed alike by everyone who sees the same artifact repository."""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from lsqm.model.ids import ArchitectureHash
from lsqm.pipeline.selection import UNKNOWN_SECONDS, History


def expected_seconds(
    selected: Sequence[ArchitectureHash], known: Mapping[ArchitectureHash, History]
) -> dict[ArchitectureHash, float]:
    """What each trial will take: what it took last, or the median of the others where it never ran."""
    measured = [known[key].seconds for key in selected if key in known]
    unknown = median(measured) if measured else UNKNOWN_SECONDS
    return {key: known[key].seconds if key in known else unknown for key in selected}


def balanced(
    selected: Sequence[ArchitectureHash], seconds: Mapping[ArchitectureHash, float], shards: int
) -> tuple[tuple[ArchitectureHash, ...], ...]:
    """Give every architecture to one of `shards` shares of about equal expected time.

    The longest goes first to the share that has least; ties go to the lower hash and the lower share, so that the
    answer depends on nothing but the arguments. Within a share the order of the selection is kept.
    """
    loads = [(0.0, 0, index) for index in range(shards)]
    owner: dict[ArchitectureHash, int] = {}
    for key in sorted(selected, key=lambda key: (-seconds[key], key)):
        # The number of items breaks ties between loads, so that items of no known cost spread too.
        load, count, index = heapq.heappop(loads)
        owner[key] = index
        heapq.heappush(loads, (load + seconds[key], count + 1, index))
    return tuple(tuple(key for key in selected if owner[key] == index) for index in range(shards))


def makespan(seconds: Iterable[float], slots: int) -> float:
    """When the last of `slots` workers is done, each taking the longest job that waits."""
    loads = [0.0] * max(1, slots)
    for each in sorted(seconds, reverse=True):
        heapq.heapreplace(loads, loads[0] + each)
    return max(loads)
