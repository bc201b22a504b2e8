"""Mappings that remember what was read of them, so that nothing a hook takes and forgets is lost in silence.

A hook takes a property out of what the generic part sees. What it then never looks at has no place in the result, and
`unread` names it. Looking at all members at once, or handing the mapping on as a value, counts as reading it whole.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from lsqm.normalize.cloudformation.load import Path


class Watched(dict[Any, Any]):
    """A mapping that knows which of its members were read."""

    __slots__ = ("_all", "_read")

    def __init__(self, plain: dict[Any, Any]) -> None:
        super().__init__((key, watched(value)) for key, value in plain.items())
        self._read: set[Any] = set()
        self._all = False

    def __getitem__(self, key: Any) -> Any:
        self._read.add(key)
        return super().__getitem__(key)

    def get(self, key: Any, default: Any = None, /) -> Any:
        self._read.add(key)
        return super().get(key, default)

    def __iter__(self) -> Iterator[Any]:
        self.read_whole()
        return super().__iter__()

    def keys(self) -> Any:
        self.read_whole()
        return super().keys()

    def values(self) -> Any:
        self.read_whole()
        return super().values()

    def items(self) -> Any:
        self.read_whole()
        return super().items()

    def read_whole(self) -> None:
        """Everything in it is taken care of, however deep."""
        self._all = True

    def unread(self) -> Iterator[Path]:
        """Paths of the members that nobody looked at; the uppermost of each."""
        if self._all:
            return
        for key, value in dict.items(self):
            if key not in self._read:
                yield (key,)
            else:
                yield from ((key, *path) for path in unread(value))


def watched(value: Any) -> Any:
    """The same value, watched."""
    if isinstance(value, dict):
        return value if isinstance(value, Watched) else Watched(value)
    return [watched(item) for item in value] if isinstance(value, list) else value


def unread(value: Any) -> Iterator[Path]:
    """What was not read of a watched value."""
    if isinstance(value, Watched):
        yield from value.unread()
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from ((position, *path) for path in unread(item))


def handed_on(values: Iterable[Any]) -> None:
    """Mark what became part of the result as it is."""
    for value in values:
        if isinstance(value, Watched):
            value.read_whole()
        elif isinstance(value, (list, dict)):
            handed_on(value.values() if isinstance(value, dict) else value)
