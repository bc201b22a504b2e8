"""What an app would do while it is only imported: make constants, functions and classes, and nothing else."""

import ast
from collections.abc import Collection, Iterator, Sequence

_STATEMENTS = (
    ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign, ast.Expr, ast.Pass,
)  # fmt: skip


def at_import_time(tree: ast.Module, allowed: Collection[str]) -> Iterator[tuple[int, str]]:
    """Statements and calls that would run at import: (line, what).

    Args:
        tree: one file.
        allowed: last parts of names that may be called or decorate, unless the file itself defines them.
    """
    yield from _body(tree.body, frozenset(allowed), frozenset(), "at module level")


def _body(
    body: Sequence[ast.stmt], allowed: frozenset[str], outer: frozenset[str], where: str
) -> Iterator[tuple[int, str]]:
    own = outer | _own(body)

    def makes_a_value(function: ast.AST) -> bool:
        return _last(function) in allowed and _first(function) not in own

    for node in body:
        if not isinstance(node, _STATEMENTS):
            yield node.lineno, f"{type(node).__name__.lower()} statement {where}"
            continue
        if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant):
            yield node.lineno, f"a call {where}"
            continue
        for decorator in getattr(node, "decorator_list", ()):
            if not isinstance(decorator, ast.Call) and not makes_a_value(decorator):
                yield decorator.lineno, f"{ast.unparse(decorator)[:60]} may not decorate {where}"
        for expression in _expressions(node):
            for call in _calls(expression):
                if not makes_a_value(call.func):
                    yield call.lineno, f"a call of {ast.unparse(call.func)[:60]} {where}"
        if isinstance(node, ast.ClassDef):
            yield from _body(node.body, allowed, own, f"in the body of class {node.name[:60]}")


def _own(body: Sequence[ast.stmt]) -> set[str]:
    """Names that stand for code of the app's own, and what is made of such names or of a lambda."""
    own: set[str] = set()
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                own.add(name)
            case ast.ImportFrom(module="app", names=aliases):
                own.update(alias.asname or alias.name for alias in aliases)
            case ast.Import(names=aliases):
                own.update(alias.asname or alias.name for alias in aliases if alias.name == "app")
            case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                parts = list(ast.walk(value))
                if any(
                    isinstance(part, ast.Lambda) or (isinstance(part, ast.Name) and part.id in own) for part in parts
                ):
                    own.update(part.id for part in ast.walk(node) if isinstance(part, ast.Name))
            case _:
                pass
    return own


def _expressions(node: ast.stmt) -> Iterator[ast.AST]:
    """What of a statement is evaluated when it runs: not the bodies of functions."""
    match node:
        case ast.FunctionDef():
            yield from node.decorator_list
            yield node.args
            if node.returns:
                yield node.returns
        case ast.ClassDef():
            yield from node.decorator_list
            yield from node.bases
            yield from node.keywords
        case _:
            yield node


def _calls(expression: ast.AST) -> Iterator[ast.Call]:
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call):
            yield node
        waiting += [
            child
            for field, value in ast.iter_fields(node)
            if not (isinstance(node, ast.Lambda) and field == "body")
            for child in (value if isinstance(value, list) else [value])
            if isinstance(child, ast.AST)
        ]


def _last(node: ast.AST) -> str:
    """`parametrize` of `pytest.mark.parametrize`; empty for what has no name."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _first(node: ast.AST) -> str:
    """`pytest` of `pytest.mark.parametrize`; empty for what has no name, such as a literal."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
