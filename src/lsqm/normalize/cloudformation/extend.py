"""The language extensions that act on the text of a template, before anything else: `Fn::ForEach`.

`Fn::ForEach::Name: [Word, Collection, {Key: Value}]` repeats its third part once for each item of the collection, with
`${Word}`, `&{Word}` and `Ref: Word` replaced. It may stand in Resources, Conditions, Outputs and any properties, and
inside itself.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lsqm.normalize.cloudformation.diagnose import Diagnostics
from lsqm.normalize.cloudformation.load import MAX_NODES, Path, TemplateError
from lsqm.normalize.cloudformation.parameters import text
from lsqm.normalize.cloudformation.shape import refuse

_LOOP = "Fn::ForEach::"


def uses_loops(template: Mapping[str, Any]) -> bool:
    """Whether `Fn::ForEach` stands anywhere; cheap."""
    stack: list[Any] = [template]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            if any(isinstance(key, str) and key.startswith(_LOOP) for key in node):
                return True
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)
    return False


def unrolled(template: dict[str, Any], parameters: Mapping[str, Any], diagnostics: Diagnostics) -> dict[str, Any]:
    """The template with every loop written out; one that cannot be is dropped and said."""
    return dict(_Unroller(template, parameters, diagnostics).walk(template, ()))


class _Unroller:
    def __init__(self, template: Mapping[str, Any], parameters: Mapping[str, Any], diagnostics: Diagnostics) -> None:
        self._parameters = parameters
        self._mappings = template.get("Mappings")
        self._diagnostics = diagnostics
        self._nodes = 0

    def walk(self, node: Any, path: Path) -> Any:
        """The value without loops."""
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise TemplateError(
                f"{self._diagnostics.source.file}: its loops grow to more than {MAX_NODES} values",
                hint="No real template is like this; it was not read further.",
            )
        if isinstance(node, list):
            return [self.walk(item, (*path, position)) for position, item in enumerate(node)]
        if not isinstance(node, dict):
            return node
        out: dict[Any, Any] = {}
        for key, value in node.items():
            if isinstance(key, str) and key.startswith(_LOOP):
                out.update(self._loop(value, (*path, key)))
            else:
                out[key] = self.walk(value, (*path, key))
        return out

    def _loop(self, argument: Any, path: Path) -> Iterator[tuple[Any, Any]]:
        if not (isinstance(argument, list) and len(argument) == 3 and isinstance(argument[0], str)):
            said = "Fn::ForEach takes a name, a collection and what to repeat"
            refuse(self._diagnostics.source, path, said, "Mend its arguments; CloudFormation refuses them too.")
        word, collection, body = argument
        items = self._items(collection)
        if items is None or not isinstance(body, dict):
            self._refuse(path, "its collection is known only after creation" if items is None else "nothing to repeat")
            return
        for item in items:
            filled = self.walk(_fill(body, word, item), path)
            yield from filled.items()

    def _items(self, collection: Any) -> list[str] | None:
        if isinstance(collection, dict) and len(collection) == 1:
            name, argument = next(iter(collection.items()))
            if name == "Ref":
                collection = self._parameter(collection)
            elif name == "Fn::FindInMap" and isinstance(argument, list) and len(argument) >= 3:
                collection = self._mappings
                for key in argument[:3]:
                    step = self._parameter(key) if isinstance(key, dict) else key
                    collection = collection.get(text(step)) if isinstance(collection, dict) else None
            elif name == "Fn::Split" and isinstance(argument, list) and len(argument) == 2:
                whole = argument[1]
                whole = self._parameter(whole) if isinstance(whole, dict) else whole
                collection = whole.split(text(argument[0])) if isinstance(whole, str) else whole
        if isinstance(collection, str):
            collection = collection.split(",")
        if not isinstance(collection, list):
            return None
        out: list[str] = []
        for item in collection:
            inner = self._parameter(item) if isinstance(item, dict) else item
            if isinstance(inner, dict) or inner is None:
                return None
            out.extend(text(each).strip() for each in (inner if isinstance(inner, list) else [inner]))
        return out

    def _parameter(self, node: Mapping[str, Any]) -> Any:
        """The value of the parameter that a `Ref` names, else None."""
        name = node.get("Ref")
        return self._parameters.get(name) if isinstance(name, str) else None

    def _refuse(self, path: Path, why: str) -> None:
        self._diagnostics.add(
            "bad-function",
            path,
            f"{path[-1]}: {why}",
            effect="What it would repeat is left out.",
            subject=str(path[-1]),
        )


def _fill(node: Any, word: str, item: str) -> Any:
    if isinstance(node, dict):
        if node == {"Ref": word}:
            return item
        return {_text(key, word, item): _fill(value, word, item) for key, value in node.items()}
    if isinstance(node, list):
        return [_fill(value, word, item) for value in node]
    return _text(node, word, item)


def _text(value: Any, word: str, item: str) -> Any:
    if not isinstance(value, str) or word not in value:
        return value
    value = value.replace(f"${{{word}}}", item)
    return value.replace(f"&{{{word}}}", re.sub(r"[^A-Za-z0-9]", "", item))
