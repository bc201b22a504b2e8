"""What an app would do while it is only imported: make constants, functions and classes, and nothing else."""

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence

_STATEMENTS = (
    ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign, ast.Expr, ast.Pass,
)  # fmt: skip


def at_import_time(
    tree: ast.Module, allowed: Collection[str], *, plain_bases: Collection[str], most: int
) -> Iterator[tuple[int, str]]:
    """Statements and calls that would run at import: (line, what).

    Args:
        tree: one file.
        allowed: last parts of names that may be called or decorate, unless the file itself defines them.
        plain_bases: classes whose subclasses run none of their own methods while they are made.
        most: what may be counted to, or repeated.
    """
    yield from _body(tree.body, frozenset(allowed), frozenset(), "at module level")
    yield from _enumerations(tree, plain_bases)
    yield from _too_much(tree, most)


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
    return (node for node in _evaluated(expression) if isinstance(node, ast.Call))


def _evaluated(expression: ast.AST) -> Iterator[ast.AST]:
    """The expression and its parts, without the bodies of lambdas."""
    waiting = [expression]
    while waiting:
        node = waiting.pop()
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


def _enumerations(tree: ast.Module, plain: Collection[str]) -> Iterator[tuple[int, str]]:
    """A class that makes members while it is made runs its own `__init__` and `_generate_next_value_` at import."""
    plain = {*plain}
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        if all(_last(base.value if isinstance(base, ast.Subscript) else base) in plain for base in node.bases):
            plain.add(node.name)
            continue
        plain.discard(node.name)
        for item in ast.walk(node):
            match item:
                case ast.FunctionDef(name="__init__" | "_generate_next_value_" as name):
                    yield item.lineno, f"{name} of class {node.name[:60]} would run while the class is made"
                case ast.Name(id="_generate_next_value_" as name):
                    yield item.lineno, f"{name} of class {node.name[:60]} would run while the class is made"
                case _:
                    pass


def _too_much(tree: ast.Module, most: int) -> Iterator[tuple[int, str]]:
    """Constants that take for ever, or all memory, to make."""
    known: dict[str, int] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and (value := _number(statement.value, known)) is not None:
            known |= {target.id: value for target in statement.targets if isinstance(target, ast.Name)}
    waiting = [
        expression for node in tree.body for expression in (node.body if isinstance(node, ast.ClassDef) else [node])
    ]
    nodes = [part for node in waiting for expression in _expressions(node) for part in _evaluated(expression)]
    for node in nodes:
        match node:
            case ast.BinOp(op=ast.Pow() | ast.LShift()) if _number(node, known) is None:
                yield node.lineno, "a number at module level that may be too large"
            case ast.BinOp(op=ast.Mult(), left=left, right=right):
                numbers = [_number(left, known), _number(right, known)]
                if None in numbers and any(number is not None and number > most for number in numbers):
                    yield node.lineno, f"more than {most} times at module level"
            case ast.Call(func=function, args=arguments) if _last(function) == "range":
                if any((_number(one, known) or 0) > most for one in arguments):
                    yield node.lineno, f"a range of more than {most} at module level"
            case _:
                pass


def _number(node: ast.expr, known: Mapping[str, int]) -> int | None:
    """The whole number that an expression is, if that can be told and is not huge."""
    match node:
        case ast.Constant(value=int() as value):
            return value
        case ast.Name(id=name):
            return known.get(name)
        case ast.BinOp(left=left, op=operator, right=right):
            first, second = _number(left, known), _number(right, known)
            if first is None or second is None or abs(first) > 1 << 64 or abs(second) > 1 << 64:
                return None
            match operator:
                case ast.Add():
                    return first + second
                case ast.Sub():
                    return first - second
                case ast.Mult():
                    return first * second
                case ast.Pow() if 0 <= second <= 64:
                    return int(first**second)
                case ast.LShift() if 0 <= second <= 64:
                    return first << second
                case _:
                    return None
        case _:
            return None
