"""Looks at an app before anything of it runs: does it parse, does it keep the policy, does it assert something?

The code was written by a model that has read mined Terraform, so it is treated as hostile. The rules: policy.toml.
"""

import ast
import functools
import io
import re
import tokenize
import tomllib
import warnings
from collections.abc import Collection, Iterator, Mapping
from importlib.resources import files as package_files
from typing import Any

from lsqm.generate.files import PINNED, own_conftest
from lsqm.generate.gadgets import gadgets, outside_functions, rebound
from lsqm.generate.importing import at_import_time
from lsqm.model.python_source import parse_python

_REQUIREMENT = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*((==|>=|~=|<=|<|>)\s*[\w.*]+\s*(,\s*(==|>=|~=|<=|<|>)\s*[\w.*]+\s*)*)?"
)
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://([^/\s\"'?#:@]*@)?([^/\s\"'?#:]+)", re.IGNORECASE)
_REGION = re.compile(r"[a-z]{2}(-[a-z]+){1,2}-\d")
_METADATA_ADDRESS = "169.254."
_REACHING = re.compile(r"\{[^{}:!]*[.\[]")
"""A format that walks from a value to what it holds: `"{0.__class__}".format(x)`."""


@functools.cache
def _policy() -> Mapping[str, Any]:
    return tomllib.loads((package_files("lsqm.generate") / "policy.toml").read_text(encoding="utf-8"))


def review_syntax(files: Mapping[str, str]) -> tuple[str, ...]:
    """Why the Python does not compile, one sentence per file (FR-020); empty when it does."""
    errors = []
    for name, text in files.items():
        if name.endswith(".py"):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", SyntaxWarning)
                    compile(text, name, "exec", dont_inherit=True)
                    parse_python(text)
                encoding = tokenize.detect_encoding(io.BytesIO(text.encode()).readline)[0]
                if not encoding.startswith("utf-8"):
                    errors.append(f"{name}:1: a file in {encoding}, not UTF-8, would be read as other code")
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                line = getattr(error, "lineno", None) or 1
                errors.append(f"{name}:{line}: {error}")
    return tuple(errors)


def review_policy(files: Mapping[str, str]) -> tuple[str, ...]:
    """Everything that the policy refuses, with file and line. `files` must compile.

    lsqm's own part of conftest.py is not reviewed, but it must be there unchanged.
    """
    own = own_conftest()
    if not files["conftest.py"].startswith(own):
        return ("conftest.py: its first part is not lsqm's own",)
    errors: list[str] = []
    of_own = _imported(parse_python(own))
    inherited = of_own - set(_policy()["modules"]["allowed"]) - set(_policy()["fixtures"]["own"])
    parts = {**files, "conftest.py": "\n" * own.count("\n") + files["conftest.py"].removeprefix(own)}
    for name in ("conftest.py", "app.py", "test_app.py"):
        tree = parse_python(parts[name])
        found = {*_at_import_time(tree), *_uses(tree), *_bound(tree), *_packages(tree), *_pytest(tree), *gadgets(tree)}
        if name == "conftest.py":
            found |= set(rebound(tree, of_own - {*_policy()["fixtures"]["own"]}))
            found |= {(node.lineno, f"{node.id} is lsqm's own") for node in _loads(tree) if node.id in inherited}
        errors += [f"{name}:{line}: {what}" for line, what in sorted(found)]
    errors += review_requirements(files["requirements.txt"])
    return tuple(errors)


def _at_import_time(tree: ast.Module) -> Iterator[tuple[int, str]]:
    rules = _policy()
    yield from at_import_time(
        tree,
        rules["import_time"]["allowed"],
        plain_bases=rules["definitions"]["plain_bases"],
        most=rules["limits"]["most_at_import"],
    )


def review_requirements(text: str) -> list[str]:
    """Packages that are not on the allow-list, and lines that are not packages."""
    errors = []
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.split("#")[0].strip()
        if not bare:
            continue
        found = _REQUIREMENT.fullmatch(bare)
        if not found:
            errors.append(f"requirements.txt:{number}: not a plain package name: {bare[:80]!r}")
        elif found[1].lower().replace("_", "-") not in PINNED:
            errors.append(f"requirements.txt:{number}: {found[1]} is not one of {', '.join(sorted(PINNED))}")
    return errors


def review_assertions(files: Mapping[str, str], services: Collection[str]) -> tuple[str, ...]:
    """Tests that assert nothing, and an app that never calls a service of the plan."""
    trees = {name: parse_python(files[name]) for name in ("app.py", "test_app.py")}
    tests = tuple(_tests(trees["test_app.py"]))
    errors = [f"test_app.py:{test.lineno}: {test.name} asserts nothing" for test in tests if not _asserts(test)]
    if not tests:
        errors.append("test_app.py: there is no test in it")
    called = {service for tree in trees.values() for service in _services(tree)}
    if services and not called & set(services):
        wanted = ", ".join(sorted(services))
        errors.append(f'no test uses client("…") of a service in the plan: {wanted}')
    return tuple(errors)


def test_names(files: Mapping[str, str]) -> tuple[str, ...]:
    """The names of all test functions, in order."""
    return tuple(test.name for test in _tests(parse_python(files["test_app.py"])))


def _uses(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from _imports(node.lineno, [name.name for name in names])
            case ast.ImportFrom(module=module, names=names, level=level):
                yield from _import_from(node, module or "", [name.name for name in names], level)
            case ast.Name(id=name):
                yield from _name(node.lineno, name)
            case ast.Attribute(attr=name):
                yield from _attribute(node.lineno, name)
            case ast.MatchClass(kwd_attrs=names):
                for name in names:
                    yield from _attribute(node.lineno, name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield from _definition(node.lineno, name)
            case ast.arguments():
                for argument in (*node.posonlyargs, *node.args, *node.kwonlyargs):
                    if argument.arg in _policy()["fixtures"]["refused"]:
                        yield argument.lineno, f"the fixture {argument.arg} is not allowed"
            case ast.Constant(value=str() as text):
                yield from _text(node.lineno, text)
            case ast.Call(
                func=ast.Name(id="client"), args=[ast.Constant(), ast.Constant(value=str() as region)], keywords=[]
            ):
                if not _REGION.fullmatch(region):
                    yield node.lineno, f"{region[:40]!r} is not a region"
            case ast.Call(func=ast.Name(id="client")) if not _asks_for_a_client(node):
                yield node.lineno, "client takes the name of a service, perhaps a region, and nothing else"
            case ast.Call(func=ast.Attribute(attr="sleep"), args=[ast.Constant(value=int() | float() as seconds)]):
                if seconds > _policy()["limits"]["longest_sleep_seconds"]:
                    yield node.lineno, f"sleeps {seconds} seconds; wait for a condition instead"
            case ast.Call(func=ast.Attribute(attr="usefixtures"), args=arguments):
                for value in arguments:
                    if isinstance(value, ast.Constant) and value.value in _policy()["fixtures"]["refused"]:
                        yield node.lineno, f"the fixture {value.value!r} is not allowed"
            case ast.While(test=ast.Constant(value=true)) if true and not _leaves(node):
                yield node.lineno, "a loop without an end"
            case _:
                pass


def _asks_for_a_client(call: ast.Call) -> bool:
    """Whether it names a service, and at most a region, written out or read from the state: botocore looks at that."""
    match call:
        case ast.Call(args=[ast.Starred(), *_]) | ast.Call(keywords=[_, *_]):
            return False
        case ast.Call(args=[_] | [_, ast.Constant() | ast.Name() | ast.Attribute() | ast.Subscript() | ast.Call()]):
            return True
        case _:
            return False


def _imported(tree: ast.Module) -> set[str]:
    """Names that a module binds: imports, constants, functions."""
    names = set()
    for node in tree.body:
        match node:
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {(alias.asname or alias.name).split(".")[0] for alias in aliases}
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case _:
                pass
    return names


def _loads(tree: ast.AST) -> Iterator[ast.Name]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Name))


def _packages(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """`import urllib.parse` binds all of urllib: only the part that was allowed may be touched."""
    parts = _policy()["packages"]
    fine = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.attr in parts.get(node.value.id, ())
    }
    for node in _loads(tree):
        if node.id in parts and node not in fine:
            yield node.lineno, f"only {node.id}.{parts[node.id][0]} may be used of {node.id}"


def _bound(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Names that are bound without being written as a name: by imports, arguments, handlers, patterns, `global`."""
    for node in ast.walk(tree):
        names: list[str | None] = []
        refused = {"metaclass", *_policy()["names"]["refused"]}
        match node:
            case ast.alias(name=name, asname=asname):
                names = [asname or name.split(".")[0]]
            case ast.arg(arg=name) | ast.keyword(arg=str() as name):  # boto3 has arguments named input, for one
                names, refused = [name], {"metaclass"}
            case ast.ExceptHandler(name=name) | ast.MatchAs(name=name) | ast.MatchStar(name=name):
                names = [name]
            case ast.MatchMapping(rest=name):
                names = [name]
            case ast.Global(names=several) | ast.Nonlocal(names=several):
                names = [*several]
            case _:
                continue
        for name in names:
            if name and (name.startswith("__") or _is_pytests(name) or name in refused):
                yield getattr(node, "lineno", 1), f"{name} is not allowed"
            if isinstance(node, ast.alias) and name in _policy()["fixtures"]["own"]:
                yield node.lineno, f"{name} is one of lsqm's fixtures"
    for node in outside_functions(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) if name in _policy()["fixtures"]["own"]:
                yield node.lineno, f"{name} is one of lsqm's fixtures"
            case _:
                pass


def _pytest(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Of pytest and of its marks only a part, and no name that is put together at run time; likewise in formats."""
    rules = _policy()["pytest"]
    in_place: set[ast.AST] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="pytest") as module, attr=name):
                in_place.add(module)
                if name not in rules["allowed"]:
                    yield node.lineno, f"pytest.{name} is not allowed"
            case ast.ImportFrom(module="pytest", names=aliases):
                for alias in aliases:
                    if alias.name not in rules["allowed"] or alias.name == "mark":
                        yield node.lineno, f"import of {alias.name} from pytest is not allowed"
            case ast.alias(name="pytest", asname=str()):
                yield node.lineno, "pytest is imported by its own name"
            case ast.Call(func=ast.Name(id="fixture") | ast.Attribute(attr="fixture"), keywords=keywords):
                if any(keyword.arg in {"name", None} for keyword in keywords):
                    yield node.lineno, "a fixture has the name of its function"
            case ast.Call(func=ast.Attribute(attr="parametrize"), args=[names, *_]):
                for name in sorted(_plain_names(names) & set(_policy()["fixtures"]["own"])):
                    yield node.lineno, f"{name} is one of lsqm's fixtures: give the parameter another name"
            case ast.Call(func=ast.Attribute(attr="usefixtures"), args=arguments):
                if not all(isinstance(one, ast.Constant) for one in arguments):
                    yield node.lineno, "usefixtures takes plain names"
            case ast.Call(func=ast.Attribute(attr="format", value=ast.Constant(value=str() as text)) as method):
                in_place.add(method)
                if _REACHING.search(text):
                    yield node.lineno, "a format takes whole values: nothing with a dot or a bracket"
            case _:
                pass
    marks = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "mark"
        and node.attr in rules["marks"]
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "pytest" and node not in in_place:
            yield node.lineno, "pytest is not a value"
        elif isinstance(node, ast.Attribute) and node.attr == "mark" and node not in marks:
            yield node.lineno, f"of pytest.mark only {', '.join(rules['marks'])} are allowed"
        elif isinstance(node, ast.Attribute) and node.attr == "format" and node not in in_place:
            yield node.lineno, ".format is only allowed on a string that is written there"


def _plain_names(argument: ast.expr) -> set[str]:
    """`"a, b"` or `("a", "b")` as names."""
    texts = [
        node.value for node in ast.walk(argument) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return {name.strip() for text in texts for name in text.split(",")}


def _is_pytests(name: str) -> bool:
    """Whether pytest looks for this name in a file."""
    return name.startswith("pytest_") or name in _policy()["definitions"]["refused"]


def _definition(line: int, name: str) -> Iterator[tuple[int, str]]:
    if _is_pytests(name):
        yield line, f"{name} is a hook of pytest's: not allowed"
    elif name in _policy()["fixtures"]["own"]:
        yield line, f"{name} is one of lsqm's fixtures"
    elif name.startswith("__") and name not in _policy()["definitions"]["allowed"]:
        yield line, f"a definition of {name} is not allowed"


def _imports(line: int, modules: list[str]) -> Iterator[tuple[int, str]]:
    for module in modules:
        if module not in _policy()["modules"]["allowed"]:
            yield line, f"import of {module} is not allowed"


def _import_from(node: ast.ImportFrom, module: str, names: list[str], level: int) -> Iterator[tuple[int, str]]:
    if level:
        yield node.lineno, "relative import is not allowed"
    elif (module == "io" and set(names) <= set(_policy()["io"]["allowed"])) or (
        module == "urllib" and names == ["parse"]
    ):
        return
    elif module not in _policy()["modules"]["allowed"]:
        yield node.lineno, f"import from {module} is not allowed"
    for name in names:
        if name == "*":
            yield node.lineno, "star import is not allowed"
        elif (
            name.startswith("_") or name in _policy()["attributes"]["refused"] or name in _policy()["names"]["refused"]
        ):
            yield node.lineno, f"import of {name} from {module} is not allowed"


def _name(line: int, name: str) -> Iterator[tuple[int, str]]:
    if name in _policy()["names"]["refused"] or _is_pytests(name) or (name.startswith("__") and name != "__name__"):
        yield line, f"{name} is not allowed"


def _attribute(line: int, name: str) -> Iterator[tuple[int, str]]:
    if name in _policy()["attributes"]["harmless"]:
        return
    if name.startswith("_") and name != "_":
        yield line, f"private attribute .{name} is not allowed"
    elif name in _policy()["attributes"]["refused"]:
        yield line, f".{name} is not allowed"


def _text(line: int, text: str) -> Iterator[tuple[int, str]]:
    if _METADATA_ADDRESS in text:
        yield line, "the metadata address is not the emulator"
    for path in _policy()["paths"]["refused"]:
        if path in text:
            yield line, f"{path} is a page of the emulator itself: an app uses AWS and nothing beside it"
    for found in _URL.finditer(text):
        host = found[2].lower()
        if found[0].lower().startswith(("http", "ws", "ftp")) and not any(
            host == allowed or host.endswith(f".{allowed}") for allowed in _policy()["hosts"]["allowed"]
        ):
            yield line, f"{host} is not the emulator"


def _leaves(loop: ast.While) -> bool:
    return any(isinstance(node, ast.Break | ast.Return | ast.Raise | ast.Yield) for node in ast.walk(loop))


def _tests(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            yield node
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from (
                item for item in node.body if isinstance(item, ast.FunctionDef) and item.name.startswith("test")
            )


def _asserts(test: ast.FunctionDef) -> bool:
    """Whether the test compares something: an assert of more than a constant, or an expected exception."""
    for node in ast.walk(test):
        match node:
            case ast.Assert(test=ast.Constant()):
                continue
            case ast.Assert():
                return True
            case ast.Call(func=ast.Attribute(value=ast.Name(id="pytest"), attr="raises")):
                return True
            case ast.Call(func=ast.Name(id=name)) if name.startswith("assert_"):
                return True
            case _:
                pass
    return False


def _services(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="client"), args=[ast.Constant(value=str() as service), *_]):
                yield service
            case _:
                pass
