"""SAM to CloudFormation through `aws-sam-translator`, offline: fixed region, fixed managed policies, no packaging.

Code that `sam package` would upload is named by a placeholder in S3, so that the transform accepts it; the lowering of
Lambda functions then makes a zip in the folder.
"""

import copy
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

from lsqm.normalize.sam_order import in_order
from lsqm.normalize.sam_start import frugally

REGION = "us-east-1"
PLACEHOLDER_BUCKET = "lsqm-packaged-code"
_ATTEMPTS = 12
_SERVICE_ROLE_POLICIES = frozenset(
    {
        "AWSLambdaBasicExecutionRole", "AWSLambdaDynamoDBExecutionRole", "AWSLambdaENIManagementAccess",
        "AWSLambdaKinesisExecutionRole", "AWSLambdaMSKExecutionRole", "AWSLambdaRole", "AWSLambdaSQSQueueExecutionRole",
        "AWSLambdaVPCAccessExecutionRole", "AmazonAPIGatewayPushToCloudWatchLogs", "AWSGlueServiceRole",
        "AmazonECSTaskExecutionRolePolicy", "AWSIoTThingsRegistration", "AWSStepFunctionsRole", "AWSConfigRole",
        "AmazonEC2RoleforSSM", "AmazonEC2RoleforAWSCodeDeploy", "AWSCodeDeployRole", "AWSBatchServiceRole",
    }
)  # fmt: skip
_LOCAL_CODE = {
    "AWS::Serverless::Function": ("CodeUri",),
    "AWS::Serverless::LayerVersion": ("ContentUri",),
    "AWS::Serverless::Application": ("Location",),
}
_DEFINITIONS = {
    "AWS::Serverless::Api": ("DefinitionUri", "DefinitionBody"),
    "AWS::Serverless::HttpApi": ("DefinitionUri", "DefinitionBody"),
    "AWS::Serverless::StateMachine": ("DefinitionUri", "Definition"),
    "AWS::Serverless::GraphQLApi": ("SchemaUri", "SchemaInline"),
}

Complain = Callable[[str, str, str], None]
"""Called with logical id (or empty), what is wrong, and what it means for the result."""


def is_sam(template: Mapping[str, Any]) -> bool:
    """Whether the SAM transform applies to a template."""
    resources = template.get("Resources")
    return isinstance(resources, dict) and any(
        isinstance(body, dict) and str(body.get("Type", "")).startswith("AWS::Serverless::")
        for body in resources.values()
    )


def transform(
    template: Mapping[str, Any],
    parameters: Mapping[str, Any],
    *,
    complain: Complain,
    definition: Callable[[str], Any] = lambda _: None,
) -> dict[str, Any]:
    """The template as CloudFormation would see it after the transform.

    Resources that the transform refuses are reported through `complain` and left out. `definition` reads a local
    definition file (OpenAPI, state machine) as a value, or gives None.
    """
    prepared = copy.deepcopy(dict(template))
    _prepare(prepared, complain, definition)
    for _ in range(_ATTEMPTS):
        try:
            return in_order(template, _translate(prepared, parameters))
        except _Refused as refused:
            if not _leave_out(prepared, refused.causes, complain):
                break
    resources = prepared["Resources"]
    for name in [n for n, body in resources.items() if str(_of(body, "Type")).startswith("AWS::Serverless::")]:
        complain(name, "the SAM transform refuses the template", "The resource is left out.")
        del resources[name]
    return prepared


class _Refused(Exception):
    def __init__(self, causes: list[tuple[str, str]]) -> None:
        super().__init__(causes)
        self.causes = causes


def _translate(template: dict[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    with frugally():
        from samtranslator.model.exceptions import InvalidDocumentException  # noqa: PLC0415 - heavy
        from samtranslator.parser.parser import Parser  # noqa: PLC0415 - heavy
        from samtranslator.translator.arn_generator import ArnGenerator  # noqa: PLC0415 - heavy
        from samtranslator.translator.translator import Translator  # noqa: PLC0415 - heavy
        from samtranslator.utils import py27hash_fix as keys  # noqa: PLC0415 - heavy

    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)
    ArnGenerator.BOTO_SESSION_REGION_NAME = REGION
    work = copy.deepcopy(template)
    values = {name: value for name, value in parameters.items() if isinstance(value, (str, int, float))}
    values |= {name: ",".join(value) for name, value in parameters.items() if isinstance(value, list)}
    values |= {"AWS::Region": REGION, "AWS::Partition": "aws"}
    try:
        keys.to_py27_compatible_template(work, values)
        translator = Translator(_managed_policies(template), Parser(), boto_session=_Session())
        return dict(keys.undo_mark_unicode_str_in_template(translator.translate(work, parameter_values=values)))
    except InvalidDocumentException as error:
        raise _Refused([_cause(cause) for cause in error.causes]) from None
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        raise _Refused([("", f"{type(error).__name__}: {error}")]) from None


class _Session:
    """What the translator asks of a boto session: its region."""

    region_name = REGION


def _cause(cause: Any) -> tuple[str, str]:
    name = getattr(cause, "_logical_id", "") or ""
    return str(name), str(getattr(cause, "message", cause)).splitlines()[0]


def _managed_policies(template: Mapping[str, Any]) -> dict[str, str]:
    """Managed policy names that the template uses → ARN."""
    found: dict[str, str] = {}
    stack: list[Any] = [template]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, str) and re.fullmatch(r"[A-Z][A-Za-z0-9_-]{4,80}", item):
            role = "service-role/" if item in _SERVICE_ROLE_POLICIES else ""
            found[item] = f"arn:aws:iam::aws:policy/{role}{item}"
    return found


def _leave_out(template: dict[str, Any], causes: list[tuple[str, str]], complain: Complain) -> bool:
    """Take the refused resources out; False when the refusal names none."""
    resources = template["Resources"]
    removed = False
    for name, message in causes:
        if name in resources:
            complain(name, f"the SAM transform refuses it: {message}", "The resource is left out.")
            del resources[name]
            removed = True
    return removed


def _prepare(template: dict[str, Any], complain: Complain, definition: Callable[[str], Any]) -> None:
    template.setdefault("Transform", "AWS::Serverless-2016-10-31")
    resources = template.get("Resources")
    if not isinstance(resources, dict):
        return
    shared = _of(template.get("Globals"), "Function")
    _forget_deploy_always(_of(template.get("Globals"), "Api"))
    if isinstance(shared, dict) and _is_local(shared.get("CodeUri")):
        shared["CodeUri"] = _placeholder(shared["CodeUri"])
    for name, body in resources.items():
        if not isinstance(body, dict):
            continue
        properties = body.setdefault("Properties", {})
        if not isinstance(properties, dict):
            continue
        kind = str(body.get("Type", ""))
        if kind == "AWS::Serverless::Api":
            _forget_deploy_always(properties)
        if kind == "AWS::Serverless::Application" and isinstance(properties.get("Location"), dict):
            _forget_repository(str(name), properties, complain)
        for key in _LOCAL_CODE.get(kind, ()):
            if properties.get("ImageUri") == "":
                del properties["ImageUri"]
            if key == "CodeUri" and "Image" in (properties.get("PackageType"), _of(shared, "PackageType")):
                if "ImageUri" not in properties and _of(shared, "ImageUri") is None:
                    properties["ImageUri"] = _image(str(name))
            elif key == "CodeUri" and key not in properties and not _has_code(properties, shared):
                properties[key] = _placeholder(str(name))
            elif _is_local(properties.get(key)):
                properties[key] = _placeholder(properties[key])
        if kind in _DEFINITIONS:
            _inline(str(name), kind, properties, complain, definition)


def _forget_deploy_always(properties: Any) -> None:
    """With `AlwaysDeploy` the transform asks the clock for a name, and two conversions would differ."""
    if isinstance(properties, dict):
        properties.pop("AlwaysDeploy", None)


def _forget_repository(name: str, properties: dict[str, Any], complain: Complain) -> None:
    """The transform would ask AWS for an application of its Serverless Application Repository."""
    where = properties["Location"].get("ApplicationId")
    if where is None:
        return
    said = where if isinstance(where, str) else "an application"
    complain(name, f"{said} lies in the Serverless Application Repository", "What it would add is missing.")
    properties["Location"] = _placeholder(name)


def _of(shared: Any, key: str) -> Any:
    return shared.get(key) if isinstance(shared, dict) else None


def _image(name: str) -> str:
    """Where an image that `sam build` would push might lie."""
    word = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "image"
    return f"000000000000.dkr.ecr.{REGION}.amazonaws.com/{word}:latest"


def _has_code(properties: Mapping[str, Any], shared: Any) -> bool:
    keys = ("CodeUri", "InlineCode", "ImageUri")
    return any(key in properties for key in keys) or (isinstance(shared, dict) and any(key in shared for key in keys))


def _is_local(value: Any) -> bool:
    return (isinstance(value, str) and not value.startswith(("s3://", "arn:"))) or (
        isinstance(value, dict) and len(value) == 1 and next(iter(value)) in {"Ref", "Fn::Sub", "Fn::Join", "Fn::If"}
    )


def _placeholder(value: Any) -> str:
    word = re.sub(r"[^A-Za-z0-9._/-]+", "-", value if isinstance(value, str) else "code").lstrip("./-")
    return f"s3://{PLACEHOLDER_BUCKET}/{word or 'code'}"


def _inline(
    name: str, kind: str, properties: dict[str, Any], complain: Complain, definition: Callable[[str], Any]
) -> None:
    """Put a local definition file into the template; without the file, say so and use the smallest definition."""
    uri, body = _DEFINITIONS[kind]
    if kind == "AWS::Serverless::StateMachine" and "Role" not in properties and "Policies" not in properties:
        properties["Policies"] = []
    where, said = properties.get(uri), uri
    if where is None and (included := _included(properties.get(body))):
        where, said = included, body
    if not isinstance(where, str):
        return
    found = None if where.startswith("s3://") else definition(where)
    if found is None:
        complain(name, f"{said} {where} is not at hand", "A smallest possible definition stands in.")
        found = {
            "AWS::Serverless::StateMachine": {
                "Comment": f"Stands in for {where}",
                "StartAt": "Done",
                "States": {"Done": {"Type": "Succeed"}},
            },
            "AWS::Serverless::GraphQLApi": "type Query { ok: Boolean }",
        }.get(kind, {"openapi": "3.0.1", "info": {"title": name, "version": "1.0"}, "paths": {}})
    properties.pop(uri, None)
    properties[body] = found


def _included(body: Any) -> str:
    """The place of a definition that is nothing but an `AWS::Include`; empty for anything else."""
    include = body.get("Fn::Transform") if isinstance(body, dict) and len(body) == 1 else None
    if not isinstance(include, dict) or include.get("Name") != "AWS::Include":
        return ""
    where = _of(include.get("Parameters"), "Location")
    return where if isinstance(where, str) else "of an include"
