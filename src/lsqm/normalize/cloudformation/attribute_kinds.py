"""What an argument wants of the resource that it names: `Ref` yields one name, and some arguments take only the ARN.

CloudFormation takes a key by its id and a role by its name where the provider insists on the ARN, or reads the ARN back
and plans a change for ever. The ARN is right everywhere that the id is, so it takes the id's place.
"""

import re
from collections.abc import Iterable

from lsqm.model.terraform import Conditional, Reference, Value
from lsqm.normalize.cloudformation.ir import Body, Made
from lsqm.normalize.provider_schema import resource_schema

_KEY_ARGUMENT = re.compile(r"kms\w*_key|encryption_key$")
_ARN_ARGUMENT = re.compile(r"_arns?$")
_ROLES_BY_ARN = frozenset(
    {
        ("aws_batch_compute_environment", "service_role"),
        ("aws_codebuild_project", "service_role"),
        ("aws_emr_cluster", "autoscaling_role"),
        ("aws_lambda_function", "role"),
    }
)
"""Arguments that take a role's ARN and nothing else, though their names do not say so."""
_OTHER_NAME = re.compile(r"(\[0\])?\.(id|key_id|name)")


def by_arn(made: Iterable[Made]) -> None:
    """Let every argument that wants an ARN have it."""
    for each in made:
        _settle(each.type, each.body)


def _settle(type_: str, body: Body) -> None:
    for name, value in body.attributes.items():
        if _ARN_ARGUMENT.search(name) or (type_, name) in _ROLES_BY_ARN:
            body.attributes[name] = _with_arn(value)
        elif _KEY_ARGUMENT.search(name):
            body.attributes[name] = _with_arn(value, "aws_kms_key")
    for inner in body.blocks.values():
        for each in inner:
            _settle(type_, each)


def _with_arn(value: Value, only: str = "") -> Value:
    match value:
        case Reference(address=address, path=path) if not address.startswith(("data.", "local.")):
            type_, found = address.split(".")[0], _OTHER_NAME.fullmatch(path)
            schema = resource_schema(type_)
            if found and only in {"", type_} and schema is not None and "arn" in schema.arguments:
                return Reference(address, f"{found[1] or ''}.arn")
            return value
        case list():
            return [_with_arn(item, only) for item in value]
        case Conditional():
            return Conditional(value.condition, _with_arn(value.yes, only), _with_arn(value.no, only))
        case _:
            return value
