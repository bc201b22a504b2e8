"""Taking the framework's own deployment machinery out of a template, so that only the architecture is left."""

import copy
import re
from typing import Any

from lsqm.normalize.serverless import naming
from lsqm.normalize.serverless.cfn import Json

ARTIFACT_BUCKET = "lsqm-artifacts"
"""Stands in for the bucket of uploaded packages; no such bucket is created, the code behind it is a stub."""

_VERSION = re.compile(r"LambdaVersion[0-9A-Za-z]{40,}$")


def without_plumbing(template: Json) -> Json:
    """A copy of `template` without deployment bucket, its policy, and the version made for each deployment.

    Versions that an alias points to are kept. Code that lay in the deployment bucket keeps its file name, in
    `ARTIFACT_BUCKET`.
    """
    made = copy.deepcopy(template)
    resources: Json = made.get("Resources") or {}
    outputs: Json = made.get("Outputs") or {}
    for logical_id in (naming.BUCKET, naming.BUCKET_POLICY):
        if logical_id in resources:
            del resources[logical_id]
    outputs.pop("ServerlessDeploymentBucketName", None)
    for resource in resources.values():
        properties = resource.get("Properties") if isinstance(resource, dict) else None
        for key in ("Code", "Content"):
            _redirect(properties.get(key) if isinstance(properties, dict) else None)
    _drop_versions(resources, outputs)
    return made


def _redirect(code: Any) -> None:
    if isinstance(code, dict) and code.get("S3Bucket") == {"Ref": naming.BUCKET}:
        code["S3Bucket"] = ARTIFACT_BUCKET
        code["S3Key"] = str(code.get("S3Key")).rsplit("/", maxsplit=1)[-1]


def _drop_versions(resources: Json, outputs: Json) -> None:
    for key in [key for key in outputs if key.endswith("LambdaFunctionQualifiedArn")]:
        del outputs[key]
    versions = {
        logical_id
        for logical_id, resource in resources.items()
        if isinstance(resource, dict) and resource.get("Type") == "AWS::Lambda::Version" and _VERSION.search(logical_id)
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
