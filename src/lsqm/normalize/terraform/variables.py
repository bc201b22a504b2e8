"""Root variables that nobody answers get a stand-in: by type, name and validation, written to `lsqm.auto.tfvars`."""

import json
import re
from collections.abc import Iterator, Mapping

from lsqm.errors import DataError
from lsqm.model.architecture import SkipReason
from lsqm.normalize.hcl.evaluate import Scope, Value, evaluate
from lsqm.normalize.hcl.parse import decode, parse
from lsqm.normalize.hcl.tree import Block, Call, Expr, Literal, Name, Object, Operation, Template, walk
from lsqm.normalize.terraform.edits import Edits
from lsqm.normalize.terraform.guesses import number_for, texts_for
from lsqm.normalize.terraform.modules import Configuration, Rejected
from lsqm.normalize.terraform.source_tree import TooLarge, join

ANSWERS = "lsqm.auto.tfvars"
_EXAMPLES = re.compile(r".*(example|sample|dev|default|test).*", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"<.*>|\byour\b|your[-_]|change[-_]?me|replace|x{3,}|\.\.\.|todo", re.IGNORECASE)


def answer(configuration: Configuration, edits: Edits) -> bytes:
    """The variables file, empty when nothing is open. Raises Rejected when no stand-in passes a validation."""
    given = _given(configuration)
    examples = _examples(configuration)
    lines: list[str] = []
    for _, block in configuration.root.blocks("variable"):
        name = block.labels[0] if block.labels else ""
        if block.body.attribute("default") is not None or name in given:
            continue
        conditions = [c for v in block.body.of_type("validation") if (c := v.body.expr("condition")) is not None]
        if name in examples and _passes(name, examples[name], conditions, configuration):
            value, origin = examples[name], "from the repository's example values"
        else:
            value, origin = _stand_in(name, block, conditions, configuration), "a stand-in"
        lines.append(f"{name} = {render(value)}\n")
        edits.say(f"Variable {name} is {json.dumps(value)}, {origin}.")
    return "".join(lines).encode()


def _given(configuration: Configuration) -> frozenset[str]:
    names: set[str] = set()
    for file in configuration.tree.names(configuration.entry):
        if file == "terraform.tfvars" or file.endswith(".auto.tfvars"):
            names.update(_values(configuration, file))
    return frozenset(names)


def _examples(configuration: Configuration) -> Mapping[str, Value]:
    """Values that the authors offer in files Terraform does not read by itself, such as `terraform.tfvars.example`."""
    values: dict[str, Value] = {}
    for file in configuration.tree.names(configuration.entry):
        if ".tfvars" in file and not file.endswith(".json") and _EXAMPLES.match(file):
            offered = _values(configuration, file)
            values.update(
                {name: value for name, value in offered.items() if not _PLACEHOLDER.search(json.dumps(value))}
            )
    return values


def _values(configuration: Configuration, file: str) -> Mapping[str, Value]:
    path = join(configuration.entry, file)
    try:
        body = parse(decode(configuration.tree.read(path) or b"", file=path), file=path)
    except (DataError, TooLarge):
        return {}
    values = {attribute.name: evaluate(attribute.expr, Scope()) for attribute in body.attributes}
    return {name: value for name, value in values.items() if _is_plain(value)}


def _is_plain(value: Value) -> bool:
    if isinstance(value, list):
        return all(_is_plain(item) for item in value)
    if isinstance(value, dict):
        return all(_is_plain(item) for item in value.values())
    return value is None or isinstance(value, str | int | float)


def _stand_in(name: str, block: Block, conditions: list[Expr], configuration: Configuration) -> Value:
    kind = block.body.expr("type")
    wanted = [value for condition in conditions for value in _hints(condition)]
    for value in (*wanted, *_candidates(kind, name), *_lengths(kind, name, conditions)):
        if _fits(kind, value) and _passes(name, value, conditions, configuration):
            return value
    raise Rejected(SkipReason.NEEDS_INPUT, f"variable {name}: no stand-in passes its validation")


def _passes(name: str, value: Value, conditions: list[Expr], configuration: Configuration) -> bool:
    """Whether no condition is known to refuse `value`."""
    scope = configuration.root.scope
    variables = {**scope.names.get("var", {}), name: value}
    return all(evaluate(condition, scope.with_names({"var": variables})) is not False for condition in conditions)


def _hints(condition: Expr) -> Iterator[Value]:
    """Values that a condition itself names: allowed ones, and numbers beside a comparison."""
    for expr in walk(condition):
        if isinstance(expr, Call) and expr.name == "contains" and expr.arguments:
            allowed = evaluate(expr.arguments[0], Scope())
            if isinstance(allowed, list):
                yield from allowed
        elif isinstance(expr, Operation) and len(expr.operands) == 2:
            for operand in expr.operands:
                if isinstance(operand, Literal) and isinstance(operand.value, int):
                    yield from (operand.value, operand.value + 1, operand.value - 1)
                elif isinstance(operand, Template) and operand.text:
                    yield operand.text


def _lengths(kind: Expr | None, name: str, conditions: list[Expr]) -> Iterator[Value]:
    """Strings and lists of the sizes that conditions mention."""
    numbers = {value for condition in conditions for value in _hints(condition) if isinstance(value, int)}
    for size in sorted(number for number in numbers if 0 < number <= 512):
        if _base(kind) in {"string", "any"}:
            yield (texts_for(name)[0] * size)[:size]
            yield ("1" * size)
        else:
            one: Value = next(_candidates(kind, name), [])
            if isinstance(one, list) and one:
                yield one[:1] * size


def _base(kind: Expr | None) -> str:
    if isinstance(kind, Call | Name):
        return kind.name
    return kind.text or "any" if isinstance(kind, Template) else "any"


def _fits(kind: Expr | None, value: Value) -> bool:
    match _base(kind):
        case "string":
            return isinstance(value, str)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "bool":
            return isinstance(value, bool)
        case "list" | "set" | "tuple":
            return isinstance(value, list)
        case "map" | "object":
            return isinstance(value, dict)
        case _:
            return True


def _candidates(kind: Expr | None, name: str) -> Iterator[Value]:
    """Values of the type, the likeliest first."""
    inner = kind.arguments[0] if isinstance(kind, Call) and kind.arguments else None
    match _base(kind):
        case "number":
            yield number_for(name)
            yield from (1, 0, 2, 10, 100, 1000)
        case "bool":
            yield from (False, True)
        case "list" | "set":
            yield [next(_candidates(inner, name.removesuffix("s")))]
            yield []
        case "map":
            yield {"lsqm": next(_candidates(inner, name))}
            yield {}
        case "object":
            yield _object(inner)
        case "tuple":
            items = getattr(inner, "items", ())
            yield [next(_candidates(item, name)) for item in items]
        case _:
            yield from texts_for(name)


def _object(inner: Expr | None) -> Value:
    made: dict[str, Value] = {}
    if isinstance(inner, Object):
        for item in inner.items:
            if isinstance(item.key, str) and not (isinstance(item.value, Call) and item.value.name == "optional"):
                made[item.key] = next(_candidates(item.value, item.key))
    return made


def render(value: Value) -> str:
    """A value as HCL."""
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
        case list():
            return f"[{', '.join(render(item) for item in value)}]"
        case dict():
            return f"{{ {', '.join(f'{json.dumps(key)} = {render(item)}' for key, item in value.items())} }}"
        case _:
            return str(value)
