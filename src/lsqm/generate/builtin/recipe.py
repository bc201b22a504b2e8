"""What a table row for one resource type says: how to look at it, what of it can be asked for, how to use it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from lsqm.generate.configuration import ResourceBlock


class Kind(StrEnum):
    """How a value written in a configuration becomes the Python literal that a test expects."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    SET = "set"
    """A list whose order means nothing: compared sorted."""
    MAPPING = "mapping"


@dataclass(frozen=True, slots=True)
class Setting:
    """One argument of the resource and where AWS shows it: asserted only if the configuration gives a plain value."""

    path: str
    """Dotted path in the block."""
    shown: str
    """Python expression over the variables of the recipe's `look`."""
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One use of the resource, a test of its own."""

    name: str
    """Ends the test's name: `delivers_what_is_sent`."""
    doc: str
    body: str
    """Statements for one instance; they contain the assertions."""
    fixtures: tuple[str, ...] = ()
    """Fixtures besides `client` and `resources`."""
    services: tuple[str, ...] = ()
    """Further boto3 services whose clients the body uses."""
    when: Callable[[ResourceBlock, "Design"], bool] = lambda _block, _design: True


@dataclass(frozen=True, slots=True)
class Recipe:
    """The tests of one resource type."""

    type: str
    each: str
    """Variable that holds the attributes of one instance, such as `queue`."""
    service: str
    """boto3 service; its client is a variable of that name, with underscores."""
    look: str
    """Statements that ask AWS for the instance and assert that it is the one."""
    settings: tuple[Setting, ...] = ()
    behaviours: tuple[Behaviour, ...] = ()


@dataclass(frozen=True, slots=True)
class Design:
    """The whole configuration, for behaviours that depend on what else is there."""

    blocks: tuple[ResourceBlock, ...]
    types: frozenset[str] = field(default_factory=frozenset)

    def has(self, *kinds: str) -> bool:
        """Whether any resource of these types is configured."""
        return any(kind in self.types for kind in kinds)
