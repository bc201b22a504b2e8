"""What the resolver asks of the module that it resolves for."""

from contextlib import AbstractContextManager
from typing import Any, Protocol

from lsqm.model.terraform import Value
from lsqm.normalize.cloudformation.load import Path
from lsqm.normalize.cloudformation.names import snake


class NoValue:
    """What `AWS::NoValue` evaluates to: the property is not there."""


NO_VALUE = NoValue()

Resolved = Any
"""A `Value`, or `NO_VALUE` where a property disappears."""


class References(Protocol):
    """What a reference to another resource becomes."""

    def ref(self, logical_id: str, path: Path) -> Value:
        """`Ref`."""

    def attribute(self, logical_id: str, attribute: str, path: Path) -> Value:
        """`Fn::GetAtt`."""

    def constant(self, logical_id: str, attribute: str) -> Value:
        """The attribute's value where the template itself says it, else None."""

    def is_list(self, value: Value) -> bool:
        """Whether an expression yields a list."""

    def granting(self, condition: str) -> AbstractContextManager[None]:
        """Inside, resources that exist only under this condition are taken to exist."""

    def element(self, value: Value, index: int) -> Value:
        """One element of an expression that should be a list."""


def use_of(path: Path) -> str:
    """The property that a value is for: the last name in its path that is no function."""
    for step in reversed(path):
        if isinstance(step, str) and not step.startswith("Fn::") and step not in {"Ref", "Properties"}:
            return snake(step)
    return ""
