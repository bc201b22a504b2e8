"""The version of policies that say none.

A policy without `Version` is read as 2008-10-17, whose only difference is that `${…}` in it is plain text. Where a
policy has no such text, 2012-10-17 means the same, and it is what LocalStack's CloudFormation puts in as well
(`localstack/services/iam/resource_providers/aws_iam_role.py`), while its IAM refuses a policy without one: without
the version, Terraform would break on an architecture that deploys.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lsqm.model.diagnostic import Severity
from lsqm.model.terraform import Call, Conditional, Template, Value

if TYPE_CHECKING:
    from lsqm.normalize.cloudformation.diagnose import Diagnostics
    from lsqm.normalize.cloudformation.ir import Body, Made

VERSION = "2012-10-17"
_DOCUMENTS = ("policy", "assume_role_policy")


def date_policies(made: Iterable["Made"], diagnostics: "Diagnostics") -> None:
    """Give IAM's policies the version that they do not say, where that changes nothing."""
    for each in made:
        if each.type.startswith("aws_iam_") and _date_body(each.body):
            diagnostics.add(
                "policy-version",
                each.item.path,
                f"A policy of {each.item.logical_id} says no version; {VERSION} means the same here.",
                severity=Severity.NOTE,
            )


def _date_body(body: "Body") -> bool:
    dated = False
    for name in _DOCUMENTS:
        value = body.attributes.get(name)
        if value is not None and (new := _dated(value)) != value:
            body.attributes[name], dated = new, True
    inner = [each for blocks in body.blocks.values() for each in blocks]
    return any([dated, *(_date_body(each) for each in inner)])


def _dated(value: Value) -> Value:
    match value:
        case Call(name="jsonencode", arguments=(dict() as document,)):
            if "Statement" in document and "Version" not in document and not _has_variables(document):
                return Call("jsonencode", ({"Version": VERSION, **document},))
        case Conditional():
            return Conditional(value.condition, _dated(value.yes), _dated(value.no))
        case _:
            pass
    return value


def _has_variables(value: Value) -> bool:
    match value:
        case str():
            return "${" in value
        case dict():
            return any(_has_variables(item) for pair in value.items() for item in pair)
        case list():
            return any(map(_has_variables, value))
        case Template(parts=items) | Call(arguments=items):
            return any(map(_has_variables, items))
        case Conditional():
            return _has_variables(value.yes) or _has_variables(value.no)
        case _:
            return False
