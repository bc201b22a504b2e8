"""Taking the framework's own deployment machinery out of a template, so that only the architecture is left."""

import copy
import re
from typing import Any

from lsqm.normalize.serverless import naming
from lsqm.normalize.serverless.cfn import Json, get_att, ref, resource
from lsqm.normalize.serverless.custom_resources import HELPERS, ROLE, helper_id
from lsqm.normalize.serverless.naming import normal

ARTIFACT_BUCKET = "lsqm-artifacts"
"""Stands in for the bucket of uploaded packages; no such bucket is created, the code behind it is a stub."""

_VERSION = re.compile(r"LambdaVersion[0-9A-Za-z]{30,}$")


def without_plumbing(template: Json) -> Json:
    """A copy of `template` without what only serves to deploy it.

    That is the deployment bucket with its policy, the version made for each deployment unless an alias points to it,
    and the helper functions that wire existing buckets, pools and buses. What a helper would have done to a bucket of
    this same template is written out; what it would have done elsewhere cannot be. Code that lay in the deployment
    bucket keeps its file name, in `ARTIFACT_BUCKET`.
    """
    made = copy.deepcopy(template)
    resources: Json = made.get("Resources") or {}
    outputs: Json = made.get("Outputs") or {}
    for logical_id in (naming.BUCKET, naming.BUCKET_POLICY):
        if logical_id in resources:
            del resources[logical_id]
    outputs.pop("ServerlessDeploymentBucketName", None)
    for one in resources.values():
        for key in ("Code", "Content"):
            _redirect(_properties(one).get(key))
    _drop_helpers(resources)
    _drop_versions(resources, outputs)
    return made


def _drop_helpers(resources: Json) -> None:
    helpers = {helper_id(name) for name in HELPERS} & set(resources)
    for logical_id, one in list(resources.items()):
        if _properties(one).get("ServiceToken") in [get_att(helper) for helper in helpers]:
            del resources[logical_id]
            if one.get("Type") == "Custom::S3":
                _notify(resources, logical_id, _properties(one))
    for logical_id in (*helpers, *(f"{normal(name)}LogGroup" for name in HELPERS), ROLE):
        resources.pop(logical_id, None)


def _notify(resources: Json, logical_id: str, custom: Json) -> None:
    """Let a bucket of this template notify the function that its helper would have added."""
    wanted = custom["BucketName"]
    bucket_id = next(
        (
            key
            for key, one in resources.items()
            if isinstance(one, dict)
            and one.get("Type") == "AWS::S3::Bucket"
            and (wanted == {"Ref": key} or _properties(one).get("BucketName") == wanted)
        ),
        None,
    )
    function_id = logical_id.removesuffix("CustomS31") + "LambdaFunction"
    if bucket_id is None or function_id not in resources:
        return
    permission_id = f"{logical_id.removesuffix('CustomS31')}LambdaPermission{bucket_id}S3"
    target = get_att(function_id)
    grant = {"FunctionName": target, "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
    resources[permission_id] = resource("AWS::Lambda::Permission", grant | {"SourceAccount": ref("AWS::AccountId")})
    bucket = resources[bucket_id]
    held = bucket.setdefault("Properties", {}).setdefault("NotificationConfiguration", {})
    held.setdefault("LambdaConfigurations", []).extend(_notification(one, target) for one in custom["BucketConfigs"])
    depends = bucket.get("DependsOn") or []
    bucket["DependsOn"] = [*([depends] if isinstance(depends, str) else depends), permission_id]


def _notification(given: Json, target: Json) -> Json:
    rules = [{"Name": name.lower(), "Value": value} for rule in given["Rules"] for name, value in rule.items()]
    made: Json = {"Event": given["Event"], "Function": target}
    return made | ({"Filter": {"S3Key": {"Rules": rules}}} if rules else {})


def _properties(given: Any) -> Json:
    properties = given.get("Properties") if isinstance(given, dict) else None
    return properties if isinstance(properties, dict) else {}


def _redirect(code: Any) -> None:
    if isinstance(code, dict) and code.get("S3Bucket") == {"Ref": naming.BUCKET}:
        code["S3Bucket"] = ARTIFACT_BUCKET
        code["S3Key"] = str(code.get("S3Key")).rsplit("/", maxsplit=1)[-1]


def _drop_versions(resources: Json, outputs: Json) -> None:
    for key in [key for key in outputs if key.endswith("LambdaFunctionQualifiedArn")]:
        del outputs[key]
    versions = {
        logical_id
        for logical_id, one in resources.items()
        if isinstance(one, dict) and one.get("Type") == "AWS::Lambda::Version" and _VERSION.search(logical_id)
    }
    rest = {key: value for key, value in resources.items() if key not in versions}
    for logical_id in versions - _mentioned([rest, outputs]):
        del resources[logical_id]


def _mentioned(value: Any) -> set[str]:
    """Every string in a value: more than the references, never less."""
    if isinstance(value, dict):
        return set().union(*(_mentioned(item) for item in value.values())) if value else set()
    if isinstance(value, list):
        return set().union(*(_mentioned(item) for item in value)) if value else set()
    return {value} if isinstance(value, str) else set()
