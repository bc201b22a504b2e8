"""Ordinary Python that becomes a way around the policy: it reads or sets an attribute by its text, or runs text.

Each rule here closes a way that needs none of the names that policy.toml refuses: `wraps(g, updated=("__globals__",))`,
a class pattern with `__match_args__`, a dataclass whose fields were renamed (it is made by running text), a fixture's
scope that is handed pytest's configuration, a module that is changed for everybody.
"""

import ast
from collections.abc import Collection, Iterator

_OWN_MODULE = "app"
_IN_PLACE = frozenset({"dataclass", "wraps"})


def gadgets(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """What of one file is refused, with its line."""
    yield from _out_of_place(tree)
    yield from _changed_modules(tree)
    for node in ast.walk(tree):
        match node:
            case ast.MatchClass(patterns=[_, *_]):
                yield node.lineno, "a class pattern names what it takes: no positions"
            case ast.Call(func=ast.Name(id="fixture") | ast.Attribute(attr="fixture"), keywords=keywords):
                for keyword in keywords:
                    if keyword.arg == "scope" and not isinstance(keyword.value, ast.Constant):
                        yield node.lineno, "the scope of a fixture is written there"
            case ast.ImportFrom(names=aliases):
                for alias in aliases:
                    if alias.name in _IN_PLACE and alias.asname:
                        yield node.lineno, f"{alias.name} is imported by its own name"
            case _:
                pass


def rebound(tree: ast.Module, inherited: Collection[str]) -> Iterator[tuple[int, str]]:
    """Names of lsqm's own part of conftest.py that the rest of it binds again, and so would take away from it."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                names = [name]
            case ast.Import(names=aliases):
                names = [alias.asname or "" for alias in aliases]
            case ast.ImportFrom(module=module, names=aliases):
                names = [alias.asname or alias.name for alias in aliases if module == _OWN_MODULE or alias.asname]
            case _:
                continue
        for name in names:
            if name in inherited:
                yield node.lineno, f"{name} is lsqm's own"


def outside_functions(tree: ast.Module) -> Iterator[ast.AST]:
    """All nodes but those in functions and lambdas: what becomes a name of the module or of a class."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def _out_of_place(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """`type`, `wraps` and `dataclass` do more than they seem to when they are values, or get more arguments."""
    in_place: set[ast.AST] = set()
    called = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=function, args=[argument], keywords=[]) if not isinstance(argument, ast.Starred):
                if _last(function) == "wraps" or (_last(function) == "type" and node not in called):
                    in_place.add(function)
            case ast.ClassDef(bases=[], keywords=[], decorator_list=decorators):
                in_place |= {_decorator(one) for one in decorators}
            case _:
                pass
    for node in ast.walk(tree):
        if node in in_place:
            continue
        match node:
            case ast.Name(id="type", ctx=ast.Load()):
                yield node.lineno, "type is only for asking what a value is: type(value)"
            case ast.Name(id="wraps") | ast.Attribute(attr="wraps"):
                yield node.lineno, "wraps takes one function and nothing else"
            case ast.Name(id="dataclass") | ast.Attribute(attr="dataclass"):
                yield node.lineno, "dataclass only decorates a class without bases"
            case _:
                pass


def _changed_modules(tree: ast.Module) -> Iterator[tuple[int, str]]:
    modules: set[str] = set()
    imported: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                modules |= {alias.asname or alias.name.split(".")[0] for alias in aliases} - {_OWN_MODULE}
            case ast.ImportFrom(module=module, names=aliases) if module != _OWN_MODULE:
                imported |= {alias.asname or alias.name for alias in aliases}
                if module == "urllib":
                    modules |= {alias.asname or alias.name for alias in aliases}
            case _:
                pass
    fine = {node.value for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()) if name in modules and node not in fine:
                yield node.lineno, f"{name} is a module, not a value"
            case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                if (root := _root(node)) in modules | imported:
                    yield node.lineno, f"{root} is imported: nothing in it may be changed"
            case _:
                pass


def _decorator(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) and not node.args else node


def _last(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
