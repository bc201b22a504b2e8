"""`layers`: Lambda layers and who may use them."""

import hashlib
import json

from lsqm.normalize.serverless.cfn import Json, ref, resource
from lsqm.normalize.serverless.functions import bucket
from lsqm.normalize.serverless.naming import normal
from lsqm.normalize.serverless.stack import Stack

_OPTIONAL = {
    "description": "Description",
    "licenseInfo": "LicenseInfo",
    "compatibleRuntimes": "CompatibleRuntimes",
    "compatibleArchitectures": "CompatibleArchitectures",
}


def add_layers(stack: Stack) -> None:
    layers = stack.service.config.get("layers")
    for name, settings in layers.items() if isinstance(layers, dict) else ():
        options: Json = settings if isinstance(settings, dict) else {}
        package = options.get("package")
        artifact = package.get("artifact") if isinstance(package, dict) else None
        key = f"{stack.service.artifacts}/{str(artifact or f'{name}.zip').split('/')[-1]}"
        properties: Json = {
            "Content": {"S3Bucket": bucket(stack.service), "S3Key": key},
            "LayerName": options.get("name") or name,
        }
        properties |= {target: options[source] for source, target in _OPTIONAL.items() if options.get(source)}
        digest = hashlib.sha256(json.dumps(properties, sort_keys=True, default=str).encode()).hexdigest()[:40]
        retained = bool(options.get("retain"))
        base = f"{normal(name)}LambdaLayer"
        logical_id = base + (digest if retained else "")
        stack.resources[logical_id] = resource("AWS::Lambda::LayerVersion", properties)
        made = [logical_id]
        for account in options.get("allowedAccounts") or ():
            permission_id = f"{normal(name)}{str(account).replace('*', 'Wild')}LambdaLayerPermission"
            permission_id += digest if retained else ""
            grant: Json = {"Action": "lambda:GetLayerVersion", "LayerVersionArn": ref(logical_id), "Principal": account}
            stack.resources[permission_id] = resource("AWS::Lambda::LayerVersionPermission", grant)
            made.append(permission_id)
        for one in made if retained else ():
            stack.resources[one]["DeletionPolicy"] = "Retain"
        stack.outputs[f"{base}QualifiedArn"] = {"Description": "Current Lambda layer version", "Value": ref(logical_id)}
        stack.outputs[f"{base}Hash"] = {"Description": "Current Lambda layer hash", "Value": digest}
        stack.outputs[f"{base}S3Key"] = {"Description": "Current Lambda layer S3Key", "Value": key}
