"""Which blocks of a configuration make anything: those whose `count` is 0 or whose `for_each` is empty do not.

Decided only where the value is known from defaults, from what the root is given and from what callers pass. Whatever
is not known counts as making something.
"""

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lsqm.normalize.hcl.evaluate import UNKNOWN, Scope, Unknown, Value, evaluate
from lsqm.normalize.hcl.tree import Block, Body, Call, Expr, Name, walk

_CALLS = 2000
"""Module calls followed: a configuration that calls itself in a circle ends here."""
_ROUNDS = 5
"""Locals may build on each other; deeper chains stay unknown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Instance:
    """One call of a module: what it is called with decides which of its blocks are on."""

    folder: str
    blocks: tuple[Block, ...]
    """Those that are on, or may be."""
    inputs: Mapping[str, Value]
    """What the caller passes, as far as it is known; for the root what it was given."""


def instances(
    modules: Mapping[str, Sequence[Body]],
    root: str,
    given: Mapping[str, Value],
    *,
    calls: Mapping[str, Mapping[str, str]],
    base: str = "",
) -> list[Instance]:
    """Every module call, the root's first; what a call that is off leads to is not in it.

    Args:
        modules: folder → parsed files.
        root: the root's folder.
        given: values of the root's variables.
        calls: folder → module block name → folder of what it calls; calls of other places are not followed.
        base: what `path.module` and its kin begin with.
    """
    found: list[Instance] = []
    waiting: list[tuple[str, Mapping[str, Value]]] = [(root, given)]
    while waiting and len(found) < _CALLS:
        folder, inputs = waiting.pop()
        every = [block for body in modules[folder] for block in body.blocks]
        scope = scope_of(every, inputs, {"module": base + folder, "root": base + root, "cwd": base + root})
        on = tuple(block for block in every if not is_off(block, scope))
        found.append(Instance(folder=folder, blocks=on, inputs=inputs))
        for block in on:
            called = calls.get(folder, {}).get(block.labels[0]) if block.type == "module" and block.labels else None
            if called is not None and called in modules:
                waiting.append((called, {item.name: evaluate(item.expr, scope) for item in block.body.attributes}))
    return found


def is_off(block: Block, scope: Scope) -> bool:
    """Whether a resource, data source or module call certainly makes nothing."""
    if block.type not in {"resource", "data", "module", "ephemeral"}:
        return False
    count, each = block.body.expr("count"), block.body.expr("for_each")
    if count is not None:
        number = evaluate(count, scope)
        return number == 0 and isinstance(number, int) and not isinstance(number, bool)
    if each is not None:
        items = evaluate(each, scope)
        return isinstance(items, dict | list) and not items
    return False


def scope_of(blocks: Iterable[Block], inputs: Mapping[str, Value], paths: Mapping[str, str]) -> Scope:
    """What is known inside one call of a module: its variables, and the locals that follow from them."""
    variables: dict[str, Value] = {}
    exprs: list[tuple[str, Expr]] = []
    for block in blocks:
        if block.type == "variable" and block.labels:
            variables[block.labels[0]] = _given(block, inputs.get(block.labels[0], _ABSENT))
        elif block.type == "locals":
            exprs += [(item.name, item.expr) for item in block.body.attributes]
    return with_locals({"path": paths, "var": variables, "terraform": {"workspace": "default"}}, exprs)


def with_locals(names: Mapping[str, Value], exprs: Sequence[tuple[str, Expr]]) -> Scope:
    """A scope of `names` and of the locals among `exprs` whose value follows from them."""
    known: dict[str, Value] = {}
    for _ in range(_ROUNDS):
        scope = Scope(names={**names, "local": known})
        found = {name: value for name, expr in exprs if not isinstance(value := evaluate(expr, scope), Unknown)}
        if len(found) == len(known):
            break
        known = found
    return Scope(names={**names, "local": known})


_ABSENT = Unknown()


def _given(block: Block, passed: Value) -> Value:
    """A variable's value as the module sees it."""
    default, nullable, kind = (block.body.expr(name) for name in ("default", "nullable", "type"))
    if passed is _ABSENT or (passed is None and nullable is not None and evaluate(nullable, Scope()) is False):
        value = evaluate(default, Scope()) if default is not None else UNKNOWN
    else:
        value = passed
    return UNKNOWN if kind is not None and _changed_by(kind, value) else value


def _changed_by(kind: Expr, value: Value) -> bool:
    """Whether the type makes another value of it: a number of a text, an object with more attributes."""
    if isinstance(kind, Name):
        wanted = _PLAIN.get(kind.name)
        return wanted is not None and value is not None and not isinstance(value, wanted)
    filled = any(isinstance(expr, Call) and expr.name == "optional" for expr in walk(kind))
    return filled and isinstance(value, dict | list) and bool(value)


_PLAIN: Mapping[str, type | tuple[type, ...]] = {"bool": bool, "string": str, "number": (int, float)}


def local_calls(modules: Mapping[str, Sequence[Body]]) -> dict[str, dict[str, str]]:
    """Folder → module block name → the folder that its relative source names."""
    found: dict[str, dict[str, str]] = {}
    for folder, bodies in modules.items():
        for block, source in _sources(bodies):
            if source.startswith("."):
                found.setdefault(folder, {})[block.labels[0]] = posixpath.normpath(posixpath.join(folder, source))
    return found


def _sources(bodies: Sequence[Body]) -> Iterator[tuple[Block, str]]:
    for body in bodies:
        for block in body.of_type("module"):
            expr = block.body.expr("source")
            source = evaluate(expr, Scope()) if expr is not None else None
            if block.labels and isinstance(source, str):
                yield block, source
