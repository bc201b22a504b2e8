"""A design that a converter could read but will not convert."""

from dataclasses import dataclass

from lsqm.model.architecture import SkipReason


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """Why a design was not converted; the pipeline makes a `Skip` of it."""

    reason: SkipReason
    detail: str
    """One sentence that names the plugin, provider, package or file."""
    lacks: str = ""
    """What of lsqm's own was missing, as in `Skip.lacks`."""


class Postponed(Exception):
    """A design that could not be judged this time; another run may well be able to. The message says why."""
