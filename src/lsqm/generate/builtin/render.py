"""From recipes to the text of test_app.py and app.py: code that a person would be glad to own."""

import ast
import re
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from lsqm.generate.builtin.recipe import Behaviour, Design, Kind, Recipe, Setting
from lsqm.generate.configuration import ResourceBlock, is_plain
from lsqm.generate.template import template
from lsqm.model.python_source import parse_python

LINE = 120
_IMPORTS = {
    "json": "import json",
    "time": "import time",
    "uuid": "import uuid",
    "unquote": "from urllib.parse import unquote",
}
_THIRD_PARTY = {"pytest": "import pytest"}


def render_tests(name: str, tests: Iterable[str]) -> str:
    """The whole of test_app.py for the given test functions."""
    body = "\n\n".join(tests)
    used = _names(body)
    title = f'"""What {name} promises to its users, resource by resource. Written by lsqm\'s builtin generator."""'
    helpers = sorted(used & set(_helpers()))
    groups = [
        [_IMPORTS[word] for word in sorted(used & set(_IMPORTS))],
        [_THIRD_PARTY[word] for word in sorted(used & set(_THIRD_PARTY))],
        [_import_of(helpers)] if helpers else [],
    ]
    return "\n\n".join([title, *("\n".join(group) for group in groups if group)]) + "\n\n\n" + body


def render_client(tests: str) -> str:
    """The whole of app.py: the client functions that the tests in `tests` use, and those they use in turn."""
    sources = _helpers()
    wanted = _names(tests) & set(sources)
    while more := {name for found in wanted for name in _names(sources[found]) & set(sources)} - wanted:
        wanted |= more
    body = "\n\n".join(source for name, source in sources.items() if name in wanted)
    used = _names(body) if body else set()
    groups = [
        [_IMPORTS[word] for word in sorted(used & set(_IMPORTS))],
        [_THIRD_PARTY[word] for word in sorted(used & set(_THIRD_PARTY))],
    ]
    title = '"""Client code that the tests use. Written by lsqm\'s builtin generator."""'
    head = "\n\n".join([title, *("\n".join(group) for group in groups if group)])
    return f"{head}\n\n\n{body}" if body else f"{head}\n"


def render_look(recipe: Recipe, block: ResourceBlock, slug: str) -> str:
    """The test that asks AWS for the resource and compares it with what was asked for."""
    lines = _statements(recipe.look)
    for setting in recipe.settings:
        if (literal := _literal(setting, block.get(setting.path))) is not None:
            lines += _assertion(setting, literal)
    doc = f"{block.address}: AWS shows it as it was asked for."
    return _function(f"test_{slug}_is_as_asked_for", doc, recipe, block, lines, services=(recipe.service,), fixtures=())


def render_behaviour(recipe: Recipe, behaviour: Behaviour, block: ResourceBlock, slug: str) -> str:
    """The test that uses the resource."""
    lines = _statements(behaviour.body)
    return _function(
        f"test_{slug}_{behaviour.name}",
        f"{block.address}: {behaviour.doc}",
        recipe,
        block,
        lines,
        services=(recipe.service, *behaviour.services),
        fixtures=behaviour.fixtures,
    )


def behaviours(recipe: Recipe, block: ResourceBlock, design: Design) -> Iterable[Behaviour]:
    """Those that make sense for this block."""
    return (behaviour for behaviour in recipe.behaviours if behaviour.when(block, design))


def _function(
    name: str,
    doc: str,
    recipe: Recipe,
    block: ResourceBlock,
    lines: list[str],
    *,
    services: tuple[str, ...],
    fixtures: tuple[str, ...],
) -> str:
    used = _names("\n".join(lines))
    where = f', "{block.region}"' if block.region else ""
    clients = [
        f'    {variable(service)} = client("{service}"{where})' for service in services if variable(service) in used
    ]
    arguments = ", ".join([*(["client"] if clients else []), "resources", *(f for f in fixtures if f in used)])
    return "\n".join(
        [
            f"def {name}({arguments}):",
            *_docstring(doc),
            *clients,
            f'    for {recipe.each} in resources("{block.address}"):',
            *(f"        {line}" if line else "" for line in lines),
            "",
        ]
    )


def variable(service: str) -> str:
    """The name of the variable that holds the client of a boto3 service."""
    return {"lambda": "lambda_"}.get(service, service.replace("-", "_"))


def _docstring(doc: str) -> list[str]:
    if len(doc) + 10 <= LINE:
        return [f'    """{doc}"""']
    first, *rest = textwrap.wrap(doc, LINE - 10, break_long_words=False)
    return [f'    """{first}', *(f"    {line}" for line in rest), '    """']


def _statements(text: str) -> list[str]:
    return textwrap.dedent(text).strip("\n").rstrip().splitlines()


def _literal(setting: Setting, value: Any) -> Any:
    """The value as the Python object a test expects; None when the configuration does not state it plainly."""
    if value is None or not is_plain(value):
        return None
    match setting.kind:
        case Kind.TEXT:
            return value if isinstance(value, str) and value else None
        case Kind.NUMBER:
            return _number(value)
        case Kind.FLAG:
            return {"true": True, "false": False, True: True, False: False}.get(value)
        case Kind.SET:
            return sorted(map(str, value)) if isinstance(value, list) else None
        case Kind.MAPPING:
            return {key: _as_text(item) for key, item in value.items()} if isinstance(value, Mapping) else None


def _number(value: Any) -> int | float | None:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if value == int(value) else value


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _assertion(setting: Setting, literal: Any) -> list[str]:
    shown = setting.shown
    if literal is True or literal is False:
        inner = shown[1:-1] if shown.startswith("(") and literal else shown
        if shown.startswith("("):
            return [f"assert {inner}" if literal else f"assert not {shown}"]
        return [f"assert {shown} is {literal}"]
    if setting.kind is Kind.SET:
        shown = f"sorted({shown})"
    line = f"assert {shown} == {quote(literal)}"
    if len(line) + 8 <= LINE:
        return [line]
    if isinstance(literal, Mapping):
        return [f"assert {shown} == {{", *(f"    {quote(key)}: {quote(item)}," for key, item in literal.items()), "}"]
    if isinstance(literal, list):
        return [f"assert {shown} == [", *(f"    {quote(item)}," for item in literal), "]"]
    return [line]


def quote(value: Any) -> str:
    """A Python literal in double quotes where that needs no more escapes."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{quote(key)}: {quote(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(quote, value)) + "]"
    if not isinstance(value, str):
        return repr(value)
    text = repr(value)
    if text.startswith("'") and '"' not in value:
        return '"' + text[1:-1] + '"'
    return text


def _names(code: str) -> set[str]:
    return {node.id for node in ast.walk(parse_python(code)) if isinstance(node, ast.Name)}


def _import_of(names: list[str]) -> str:
    line = f"from app import {', '.join(names)}"
    return line if len(line) <= LINE else "from app import (\n" + "".join(f"    {name},\n" for name in names) + ")"


def _helpers() -> dict[str, str]:
    """Function name → source, in the order of the template."""
    text = template("app_helpers.py")
    functions = [node for node in parse_python(text).body if isinstance(node, ast.FunctionDef)]
    return {node.name: f"{ast.get_source_segment(text, node)}\n" for node in functions}


def slug_of(address: str) -> str:
    """A part of a test's name: `module.data.aws_sqs_queue.orders` → `sqs_queue_data_orders`."""
    *modules, kind, name = address.split(".")
    words = [kind.removeprefix("aws_"), *(part for part in modules if part != "module"), name]
    return re.sub(r"\W", "_", "_".join(words)).lower()
