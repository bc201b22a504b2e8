"""What was left out of the corpus and why (FR-070)."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from lsqm.model.architecture import Index, Skip, SkipReason

EXAMPLES = 50
"""Skipped candidates that are listed per reason; the rest is counted and is in `architectures/index.json`."""

MEANINGS: dict[SkipReason, str] = {
    SkipReason.UNSUPPORTED_SERVICES: "uses services that the emulator does not offer",
    SkipReason.LOW_FIDELITY: "too much of the original would be lost in conversion",
    SkipReason.UNSAFE: "would do something unsafe",
    SkipReason.UNPARSABLE: "cannot be read",
    SkipReason.NEEDS_NETWORK: "needs the internet while it is applied",
    SkipReason.FOREIGN_PROVIDER: "needs a Terraform provider other than AWS",
    SkipReason.NOTHING_TO_CREATE: "creates no resource",
    SkipReason.NEEDS_INPUT: "needs input that cannot be guessed",
    SkipReason.NEEDS_PLUGIN: "needs a plugin that is not run",
    SkipReason.NEEDS_TOOL: "needs a tool that is not there",
    SkipReason.TOO_LARGE: "is larger than the limit",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class SkipGroup:
    """All candidates skipped for one reason."""

    reason: SkipReason
    meaning: str
    count: int
    examples: tuple[Skip, ...]
    services: tuple[tuple[str, int], ...]
    """For unsupported services: what they lack and how many candidates wait for it, most wanted first."""


def skip_groups(index: Index) -> tuple[SkipGroup, ...]:
    """Largest group first."""
    groups: dict[SkipReason, list[Skip]] = defaultdict(list)
    for _, skip in sorted(index.skipped.items()):
        groups[skip.reason].append(skip)
    found = []
    for reason, skips in groups.items():
        wanted: Counter[str] = Counter()
        if reason is SkipReason.UNSUPPORTED_SERVICES:
            for skip in skips:
                wanted.update(set(skip.details))
        found.append(
            SkipGroup(
                reason=reason,
                meaning=MEANINGS.get(reason, ""),
                count=len(skips),
                examples=tuple(skips[:EXAMPLES]),
                services=tuple(sorted(wanted.items(), key=lambda item: (-item[1], item[0]))[:30]),
            )
        )
    found.sort(key=lambda group: (-group.count, group.reason))
    return tuple(found)
