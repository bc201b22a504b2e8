"""Lambda: code becomes a zip in the folder; Step Functions definitions."""

import json
import re
from collections.abc import Mapping
from typing import Any

from lsqm.model.terraform import EXPRESSIONS, Call, Reference, Template, Value
from lsqm.normalize.cloudformation.archives import safe_path
from lsqm.normalize.cloudformation.coercion import document
from lsqm.normalize.cloudformation.context import Context
from lsqm.normalize.cloudformation.hooks.values import as_value, plain
from lsqm.normalize.cloudformation.parameters import text
from lsqm.normalize.sam import PLACEHOLDER_BUCKET

_PYTHON = """def {name}(event, context):
    \"\"\"Stands in for code that is not part of the template.\"\"\"
    return {{"statusCode": 200, "body": "stub"}}
"""
_NODE = """// Stands in for code that is not part of the template.
exports.{name} = async (event) => ({{ statusCode: 200, body: "stub" }});
"""
_RUBY = """# Stands in for code that is not part of the template.
def {name}(event:, context:)
  {{ statusCode: 200, body: "stub" }}
end
"""
_STUBS = {"python": (".py", _PYTHON), "nodejs": (".js", _NODE), "ruby": (".rb", _RUBY)}


_RUNTIMES = {
    "python": ("python3.13", "2.7 3.6 3.7 3.8 3.9 3.10 3.11 3.12"),
    "nodejs": ("nodejs22.x", " 4.3 4.3-edge 6.10 8.10 10.x 12.x 14.x 16.x 18.x 20.x"),
    "java": ("java21", "8 8.al2 11 17"),
    "dotnetcore": ("dotnet8", "1.0 2.0 2.1 3.1"),
    "dotnet": ("dotnet8", "6"),
    "ruby": ("ruby3.4", "2.5 2.7 3.2 3.3"),
    "go": ("provided.al2023", "1.x"),
    "provided": ("provided.al2023", " .al2"),
}
"""Runtime family → the newest that the provider knows, and the older ones' suffixes."""
_RETIRED = {
    "python": "2.7 3.6 3.7",
    "nodejs": " 4.3 4.3-edge 6.10 8.10 10.x 12.x 14.x",
    "java": "8",
    "dotnetcore": "1.0 2.0 2.1 3.1",
    "ruby": "2.5 2.7",
    "go": "1.x",
    "provided": "",
}
"""Runtime family → suffixes of those on which Lambda creates no function any more.

Source: the deprecated runtimes in Lambda's developer guide whose date "block function create" has passed.
"""


def known_runtime(runtime: str) -> str:
    """The runtime itself, or the newest of its family when the provider does not know it."""
    for family, (newest, older) in _RUNTIMES.items():
        if runtime.startswith(family):
            return runtime if runtime.removeprefix(family) in older.split(" ") else newest
    lower = runtime.lower()
    return next((newest for family, (newest, _) in _RUNTIMES.items() if family in lower), "python3.13")


def _successor(runtime: str) -> str:
    """What a retired runtime is replaced by, empty for one on which Lambda still creates functions."""
    for family, old in _RETIRED.items():
        if runtime.startswith(family) and runtime.removeprefix(family) in old.split(" "):
            return _RUNTIMES[family][0]
    return ""


def _runtime(r: Context, given: Any, name: str) -> Value:
    """The runtime as the template names it, looked up in a local where no function can be created on it."""
    if not isinstance(given, str):
        return as_value(given)
    known, why = known_runtime(given), "is none that the provider knows"
    if name == "Runtime" and (newest := _successor(given)):
        known, why = newest, "is retired, and Lambda creates no function on it"
    if known == given:
        return given
    r.compiler.diagnostics.stand_in((*r.path, name), f"Runtime {given} {why}; {known} stands in.", code="runtime")
    return r.compiler.lookup("runtimes", given, known)


def stub(runtime: str, handler: str) -> dict[str, tuple[str, int]]:
    """The files of a package: a function that answers, in the language of the runtime and under the handler's name."""
    module, _, name = handler.rpartition(".")
    module = re.sub(r"[^A-Za-z0-9_./-]", "_", module or handler).strip("/").replace("..", "_") or "index"
    name = name if re.fullmatch(r"[A-Za-z_]\w*", name) else "handler"
    for prefix, (suffix, body) in _STUBS.items():
        if runtime.startswith(prefix):
            path = module if prefix == "nodejs" or "/" in module else module.replace(".", "/")
            return {path + suffix: (body.format(name=name), 0o644)}
    script = (
        "#!/bin/sh\n# Stands in for code that is not part of the template.\n"
        'api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"\n'
        'while true; do\n  headers=$(mktemp)\n  curl -sS -D "$headers" "$api/next" >/dev/null\n'
        "  id=$(grep -i lambda-runtime-aws-request-id \"$headers\" | tr -d '[:space:]' | cut -d: -f2)\n"
        '  curl -sS -X POST "$api/$id/response" -d \'{"statusCode": 200, "body": "stub"}\' >/dev/null\ndone\n'
    )
    return {"bootstrap": (script, 0o755), "README": ("Stands in for code outside the template.\n", 0o644)}


def lambda_function(r: Context) -> None:
    """`Code` to a zip, `Environment` kept, layers and images as they are."""
    code = r.take("Code")
    code = code if isinstance(code, Mapping) else {}
    runtime = text(r.properties.get("Runtime", ""))
    if "Runtime" in r.properties:
        r.properties["Runtime"] = _runtime(r, r.properties["Runtime"], "Runtime")
    handler = text(r.properties.get("Handler", "index.handler"))
    attributes = r.body.attributes
    if "FunctionName" in r.properties:
        r.properties = {"FunctionName": r.properties.pop("FunctionName"), **r.properties}
    if "ImageUri" in code:
        attributes["package_type"] = "Image"
        r.properties.pop("PackageType", None)
        attributes["image_uri"] = (
            code["ImageUri"] if isinstance(code["ImageUri"], EXPRESSIONS) else text(code["ImageUri"])
        )
        for name in ("Runtime", "Handler"):
            r.drop(name, "a container image brings its own")
        return
    if r.properties.get("PackageType") == "Image":
        attributes["image_uri"] = f"000000000000.dkr.ecr.us-east-1.amazonaws.com/{r.made.name.replace('_', '-')}:latest"
        r.compiler.diagnostics.stand_in(
            r.path, f"{r.item.logical_id} has no image URI; {attributes['image_uri']!r} is used."
        )
        return
    inline = code.get("ZipFile")
    if inline is None or isinstance(inline, (Mapping, list)):
        content = stub(runtime, handler)
        where = code.get("S3Key")
        known = isinstance(where, str) and code.get("S3Bucket") == PLACEHOLDER_BUCKET
        r.compiler.diagnostics.stand_in(
            (*r.path, "Code"),
            f"The code of {r.item.logical_id} ({where if known else _where(code)}) is not at hand; a stub stands in.",
            code="lambda-stub",
        )
        attributes |= _archive(r, content, _code_path(r, where))
        r.properties.setdefault("Handler", handler)
        r.properties.setdefault("Runtime", "python3.12")
        return
    suffix = next((end for prefix, (end, _) in _STUBS.items() if runtime.startswith(prefix)), ".py")
    if isinstance(inline, EXPRESSIONS):
        inline = _flatten(r, inline)
    attributes |= _archive(r, {f"index{suffix}": (text(inline), 0o644)}, f"lambda/{r.made.name}.zip")


def _where(code: Mapping[str, Any]) -> str:
    bucket, key = code.get("S3Bucket"), code.get("S3Key")
    parts = [text(part) if not isinstance(part, EXPRESSIONS) else "…" for part in (bucket, key) if part is not None]
    return "s3://" + "/".join(parts) if parts else "none given"


def _flatten(r: Context, inline: Value) -> str:
    """Inline code as text; what is known only after apply is replaced by a word, and said."""
    parts = inline.parts if isinstance(inline, Template) else (inline,)
    out = ""
    for part in parts:
        if isinstance(part, str):
            out += part
            continue
        word = {"data.aws_region.current": "us-east-1", "data.aws_caller_identity.current": "000000000000"}.get(
            part.address if isinstance(part, Reference) else "", "stand-in"
        )
        if isinstance(part, Reference) and part.address == "data.aws_partition.current":
            word = "aws" if part.path == ".partition" else "amazonaws.com"
        out += word
        r.compiler.diagnostics.stand_in(
            (*r.path, "Code"), f"The inline code of {r.item.logical_id} has {word!r} where a reference stood."
        )
    return out


def _code_path(r: Context, key: Any) -> str:
    """Where the package lies in the folder: where the template says its code is, so that real code can replace it."""
    path = safe_path(key) if isinstance(key, str) else ""
    if path in {"", "code", r.item.logical_id}:
        return f"lambda/{r.made.name}.zip"
    return path if path.endswith((".zip", ".jar")) else f"{path}/package.zip"


def _archive(r: Context, entries: Mapping[str, tuple[str, int]], path: str) -> dict[str, Value]:
    where = r.compiler.package(path, entries)
    return {"filename": where, "source_code_hash": Call("filebase64sha256", (where,))}


def lambda_layer(r: Context) -> None:
    """A layer gets an empty zip."""
    place = r.take("Content")
    runtimes = r.properties.get("CompatibleRuntimes")
    if isinstance(runtimes, list):
        r.properties["CompatibleRuntimes"] = [_runtime(r, item, "CompatibleRuntimes") for item in runtimes]
    key = dict(place).get("S3Key") if isinstance(place, Mapping) else None
    path = safe_path(key) if isinstance(key, str) else ""
    path = path if path.endswith(".zip") else f"{path or 'layers/' + r.made.name}/layer.zip"
    content = {"README": ("Stands in for a layer that is not part of the template.\n", 0o644)}
    r.body.attributes |= _archive(r, content, path)
    r.compiler.diagnostics.stand_in(
        (*r.path, "Content"),
        f"The content of layer {r.item.logical_id} is not part of the template; an empty one stands in.",
    )


def lambda_layer_permission(r: Context) -> None:
    """A layer version's ARN is its name and its number."""
    arn = r.take("LayerVersionArn")
    r.body.attributes |= {"layer_name": arn, "version_number": 1, "statement_id": r.made.name.replace("_", "-")}
    if isinstance(arn, Reference):
        r.body.attributes["version_number"] = Reference(arn.address, ".version")
        r.body.attributes["layer_name"] = Reference(arn.address, ".layer_name")


def lambda_version(r: Context) -> None:
    """The provider publishes versions with the function itself."""
    r.take("FunctionName")
    r.drop("CodeSha256", "the provider computes it")
    r.drop("Description", "the version takes the function's")
    _provisioned(r, r.own("function_name"), r.own("version"))
    r.compiler.fold(r.item, {"publish": True})


def lambda_alias(r: Context) -> None:
    """Provisioned concurrency is a resource of its own."""
    _provisioned(r, r.own("function_name"), r.own("name"))


def _provisioned(r: Context, function: Value, qualifier: Value) -> None:
    wanted = r.take("ProvisionedConcurrencyConfig")
    if isinstance(wanted, Mapping):
        made = r.another("aws_lambda_provisioned_concurrency_config")
        made.body.attributes |= {
            "function_name": function,
            "qualifier": qualifier,
            "provisioned_concurrent_executions": plain(wanted.get("ProvisionedConcurrentExecutions", 1)),
        }


def state_machine(r: Context) -> None:
    """`Definition` in any of its three forms, substitutions applied."""
    definition = r.take("Definition")
    string = r.take("DefinitionString")
    place = r.take("DefinitionS3Location")
    substitutions = r.take("DefinitionSubstitutions")
    if definition is None and string is not None:
        definition = string
    if definition is None:
        where = (
            _where({"S3Bucket": place.get("Bucket"), "S3Key": place.get("Key")}) if isinstance(place, Mapping) else "?"
        )
        r.compiler.diagnostics.stand_in(
            r.path, f"The definition of {r.item.logical_id} ({where}) is not at hand; a state that succeeds stands in."
        )
        definition = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
    names = dict(substitutions) if isinstance(substitutions, Mapping) else {}
    r.properties = {k: v for k, v in r.properties.items() if k == "StateMachineName"} | r.properties
    r.body.attributes["definition"] = _definition(_substitute(definition, names))


def _definition(value: Value) -> Value:
    if isinstance(value, (dict, list)):
        return Call("jsonencode", (value,))
    return json_template(value)


def json_template(value: Value) -> Value:
    """JSON text, with or without expressions inside its strings, as `jsonencode` of an object."""
    if isinstance(value, str):
        return document(value)
    if isinstance(value, Call) and value.name == "join" and isinstance(value.arguments[1], list):
        return value
    if not isinstance(value, Template):
        return value
    marks: list[Value] = []
    line = ""
    for part in value.parts:
        if isinstance(part, str):
            if "\ue000" in part:
                return value
            line += part
        else:
            line += f"\ue000{len(marks)}\ue001"
            marks.append(part)
    try:
        parsed = json.loads(line)
    except (ValueError, RecursionError):
        return value
    return Call("jsonencode", (_restore(parsed, marks),)) if isinstance(parsed, (dict, list)) else value


def _restore(node: Any, marks: list[Value]) -> Value:
    if isinstance(node, dict):
        return {_restore(key, marks): _restore(item, marks) for key, item in node.items()}
    if isinstance(node, list):
        return [_restore(item, marks) for item in node]
    if not isinstance(node, str) or "\ue000" not in node:
        return node
    pieces = re.split(r"\ue000(\d+)\ue001", node)
    parts: list[Value] = [marks[int(piece)] if index % 2 else piece for index, piece in enumerate(pieces)]
    parts = [part for part in parts if part != ""]
    return parts[0] if len(parts) == 1 else Template(tuple(parts))


def _substitute(node: Any, names: Mapping[str, Value]) -> Value:
    if not names:
        return as_value(node)
    if isinstance(node, dict):
        return {key: _substitute(item, names) for key, item in node.items()}
    if isinstance(node, list):
        return [_substitute(item, names) for item in node]
    if isinstance(node, Template):
        parts: list[Value] = []
        for part in node.parts:
            done = _substitute(part, names) if isinstance(part, str) else part
            parts.extend(done.parts if isinstance(done, Template) else (done,))
        return Template(tuple(parts))
    if not isinstance(node, str) or "${" not in node:
        return as_value(node)
    pieces = re.split(r"\$\{([^${}]+)\}", node)
    out: list[Value] = []
    for index, piece in enumerate(pieces):
        value: Value = names.get(piece.strip(), "${" + piece + "}") if index % 2 else piece
        if not isinstance(value, EXPRESSIONS):
            value = text(value)
        if isinstance(value, str) and out and isinstance(out[-1], str):
            out[-1] += value
        elif value != "":
            out.append(value)
    return out[0] if len(out) == 1 else Template(tuple(out)) if out else ""


HOOKS = {
    "lambda_alias": lambda_alias,
    "lambda_function": lambda_function,
    "lambda_layer": lambda_layer,
    "lambda_layer_permission": lambda_layer_permission,
    "lambda_version": lambda_version,
    "state_machine": state_machine,
}
