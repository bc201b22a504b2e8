"""Services that few templates use."""

from collections.abc import Mapping
from typing import Any

from lsqm.model.terraform import Call, Value
from lsqm.normalize.cloudformation.context import Context
from lsqm.normalize.cloudformation.hooks.functions import stub
from lsqm.normalize.cloudformation.hooks.values import as_list
from lsqm.normalize.cloudformation.names import snake
from lsqm.normalize.cloudformation.parameters import text


def eks_cluster(r: Context) -> None:
    """Log types are a flat list; a provider is a block inside the encryption block."""
    logging = r.take("Logging")
    inner = logging.get("ClusterLogging") if isinstance(logging, Mapping) else None
    types = as_list(inner.get("EnabledTypes")) if isinstance(inner, Mapping) else []
    names = [item.get("Type") for item in types if isinstance(item, Mapping)]
    if names:
        r.body.attributes["enabled_cluster_log_types"] = names


def endpoint_principals(r: Context) -> None:
    """One resource for each principal."""
    principals = as_list(r.take("AllowedPrincipals"))
    for position, principal in enumerate(principals):
        made = r.made if position == 0 else r.another(r.made.type, f"{r.item.logical_id}_{position + 1}")
        made.body.attributes |= {
            "vpc_endpoint_service_id": r.properties.get("ServiceId"),
            "principal_arn": principal,
        }


_FSX = {
    "LUSTRE": ("aws_fsx_lustre_file_system", "LustreConfiguration"),
    "WINDOWS": ("aws_fsx_windows_file_system", "WindowsConfiguration"),
    "ONTAP": ("aws_fsx_ontap_file_system", "OntapConfiguration"),
    "OPENZFS": ("aws_fsx_openzfs_file_system", "OpenZFSConfiguration"),
}


def fsx(r: Context) -> None:
    """Each kind of file system is a type of its own, and its configuration is flat."""
    kind = text(r.take("FileSystemType"))
    type_, configuration = _FSX.get(kind, _FSX["LUSTRE"])
    if type_ != r.made.type:
        r.rename(type_)
    inner = r.take(configuration)
    if isinstance(inner, Mapping):
        r.properties = {**r.properties, **inner}


_ACTIONS = {
    "S3Action": "s3_action",
    "SNSAction": "sns_action",
    "LambdaAction": "lambda_action",
    "AddHeaderAction": "add_header_action",
    "BounceAction": "bounce_action",
    "StopAction": "stop_action",
    "WorkmailAction": "workmail_action",
}


def receipt_rule(r: Context) -> None:
    """Actions are blocks that know their position."""
    rule = r.properties.get("Rule")
    if not isinstance(rule, Mapping):
        return
    actions = [item for item in as_list(rule.get("Actions")) if isinstance(item, Mapping)]
    r.properties["Rule"] = {key: value for key, value in rule.items() if key != "Actions"}
    for position, action in enumerate(actions, 1):
        for key, value in action.items():
            if key in _ACTIONS and isinstance(value, Mapping):
                attributes: dict[str, Value] = {snake(name): each for name, each in value.items()}
                r.body.add(_ACTIONS[key]).attributes.update({"position": position, **attributes})


def ram_share(r: Context) -> None:
    """Principals and resources are associations."""
    for key, type_, argument in (
        ("ResourceArns", "aws_ram_resource_association", "resource_arn"),
        ("Principals", "aws_ram_principal_association", "principal"),
    ):
        for position, value in enumerate(as_list(r.take(key))):
            made = r.another(type_, f"{r.item.logical_id}_{position + 1}")
            made.body.attributes |= {"resource_share_arn": r.own("arn"), argument: value}


def canary(r: Context) -> None:
    """Code is a zip in the folder."""
    code = r.take("Code")
    code = code if isinstance(code, Mapping) else {}
    handler = text(code.get("Handler", "index.handler"))
    r.body.attributes["handler"] = handler
    script = code.get("Script")
    if isinstance(script, str):
        python = "python" in text(r.properties.get("RuntimeVersion", ""))
        module = handler.rsplit(".", 1)[0]
        inside = f"python/{module}.py" if python else f"nodejs/node_modules/{module}.js"
        content = {inside: (script, 0o644)}
    else:
        content = stub("nodejs", handler)
        r.compiler.diagnostics.stand_in((*r.path, "Code"), f"The code of canary {r.item.logical_id} is a stub.")
    r.body.attributes["zip_file"] = r.compiler.package(f"canary/{r.made.name}.zip", content)


def resource_group(r: Context) -> None:
    """A group of a stack's resources is a group by the tag that CloudFormation would have set."""
    query = r.properties.get("ResourceQuery")
    if not isinstance(query, Mapping) or query.get("Type") == "CLOUDFORMATION_STACK_1_0":
        r.take("ResourceQuery")
        tag: dict[Any, Value] = {"Key": "aws:cloudformation:stack-name", "Values": [r.compiler.stack]}
        wanted: dict[Any, Value] = {"ResourceTypeFilters": ["AWS::AllSupported"], "TagFilters": [tag]}
        r.body.add("resource_query", query=Call("jsonencode", (wanted,)))
        r.compiler.diagnostics.stand_in(
            (*r.path, "ResourceQuery"), f"{r.item.logical_id} groups by a tag, because there is no stack."
        )


HOOKS = {
    "resource_group": resource_group,
    "eks_cluster": eks_cluster,
    "endpoint_principals": endpoint_principals,
    "fsx": fsx,
    "receipt_rule": receipt_rule,
    "ram_share": ram_share,
    "canary": canary,
}
