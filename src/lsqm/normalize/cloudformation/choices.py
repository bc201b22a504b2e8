"""`Fn::If` in properties: the branch not taken is kept too, behind the condition's local value.

The resolver takes a branch and notes what it left; the lowering then asks here for `local.c ? taken : other`, and for
`dynamic` blocks where a whole block hangs on a condition.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lsqm.model.terraform import EXPRESSIONS, Conditional, Raw, Reference, Value
from lsqm.normalize.cloudformation.load import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A branch that was not taken."""

    local: str
    """Name of the local value of the condition."""
    holds: bool
    other: Any
    """What the other branch says, resolved; never `AWS::NoValue`."""

    def either(self, taken: Value, other: Value) -> Value:
        """Both branches behind the condition."""
        yes, no = (taken, other) if self.holds else (other, taken)
        if yes is True and no is False:
            return Reference(f"local.{self.local}")
        if yes is False and no is True:
            return Raw(f"!local.{self.local}", (f"local.{self.local}",))
        return Conditional(Reference(f"local.{self.local}"), yes, no)

    @property
    def blocks(self) -> Conditional:
        """`for_each` of a block that only the other branch has."""
        one: Value = [True]
        yes, no = ([], one) if self.holds else (one, [])
        return Conditional(Reference(f"local.{self.local}"), yes, no)


class Choices:
    """What was left, by the place of its property."""

    def __init__(self) -> None:
        self._found: dict[Path, dict[str, Choice]] = {}

    def add(self, path: Path, choice: Choice) -> None:
        """Note the branch not taken of the property at `path`."""
        self._found.setdefault(path[:-1], {})[str(path[-1])] = choice

    def below(self, path: Path) -> Iterator[tuple[str, Choice]]:
        """The choices of the properties right inside `path`."""
        yield from self._found.get(path, {}).items()

    def __bool__(self) -> bool:
        return bool(self._found)


def merged(choice: Choice, taken: Value, other: Value) -> Value:
    """The expression for both; what was taken where the two cannot stand in one expression."""
    if other is None or other in ("", [], {}, [""]) or taken == other:
        return taken
    if taken is not None and _shape(taken) != _shape(other):
        return taken
    if _shape(other) == "map" or isinstance(taken, Conditional):
        return taken
    return choice.either(taken, other)


def _shape(value: Value) -> str:
    if isinstance(value, list):
        return "list"
    if isinstance(value, Mapping):
        return "map"
    if isinstance(value, (str, *EXPRESSIONS)):
        return "text"
    return type(value).__name__
