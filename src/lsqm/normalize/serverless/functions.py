"""`functions`: the Lambda function itself with its version, alias, URL and asynchronous behaviour."""

import base64
import hashlib
import json
import re
from typing import Any

from lsqm.normalize.serverless import naming
from lsqm.normalize.serverless.cfn import Json, allow, get_att, ref, resource, sub, tags
from lsqm.normalize.serverless.stack import Function, Service, Stack, custom_role

DEFAULT_RUNTIME = "nodejs24.x"
_MANAGEMENT = {"onFunctionUpdate": "FunctionUpdate", "manual": "Manual"}
_CORS_HEADERS = [
    "Content-Type",
    "X-Amz-Date",
    "Authorization",
    "X-Api-Key",
    "X-Amz-Security-Token",
    "X-Amzn-Trace-Id",
]
_DESTINATIONS = {
    "function": "lambda:InvokeFunction",
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "eventBus": "events:PutEvents",
}


def add_functions(stack: Stack) -> None:
    for function in stack.service.functions.values():
        made = _function(stack, function)
        stack.resources[function.id] = made
        _add_version(stack, function, made["Properties"])
        _add_url(stack, function)
        _add_invoke_config(stack, function)


def bucket(service: Service) -> Any:
    """The bucket that packages are uploaded to."""
    own = service.provider.get("deploymentBucket")
    name = own.get("name") if isinstance(own, dict) else own
    return name or ref(naming.BUCKET)


def _function(stack: Stack, function: Function) -> Json:
    service, config = stack.service, function.config
    depends: list[str] = []
    properties: Json = {"Code": {}}
    if config.get("handler") or not config.get("image"):
        properties |= _code(service, function)
    else:
        properties |= _image(stack, function)
    properties["FunctionName"] = function.name
    properties["MemorySize"] = config.get("memorySize") or service.provider.get("memorySize") or 1024
    properties["Timeout"] = config.get("timeout") or service.provider.get("timeout") or 6
    _add_settings(stack, function, properties)
    role = custom_role(service, function) or naming.ROLE
    if isinstance(role, str):
        properties["Role"] = role if role.startswith("arn:") else get_att(role)
        if not role.startswith("arn:") and role != naming.ROLE:
            depends.append(role)
    else:
        properties["Role"] = role
        if isinstance(role.get("Fn::GetAtt"), list):
            depends.append(role["Fn::GetAtt"][0])
    own = config.get("dependsOn") or []
    depends = [*([own] if isinstance(own, str) else own), *depends]
    if not config.get("disableLogs"):
        depends = [f"{function.prefix}LogGroup", *depends]
    made = resource("AWS::Lambda::Function", properties, depends_on=depends or None)
    if config.get("condition"):
        made["Condition"] = config["condition"]
    return made


def _code(service: Service, function: Function) -> Json:
    config = function.config
    package = _mapping(config.get("package"))
    shared = _mapping(service.config.get("package"))
    artifact = package.get("artifact") or shared.get("artifact")
    if not isinstance(artifact, str) or not artifact:
        alone = package.get("individually") or shared.get("individually")
        artifact = f"{function.key if alone else service.name}.zip"
    properties: Json = {
        "Code": {"S3Bucket": bucket(service), "S3Key": f"{service.artifacts}/{artifact.split('/')[-1]}"},
        "Handler": config.get("handler"),
        "Runtime": config.get("runtime") or service.provider.get("runtime") or DEFAULT_RUNTIME,
    }
    management = config.get("runtimeManagement") or service.provider.get("runtimeManagement") or "auto"
    mode = management.get("mode") if isinstance(management, dict) else management
    if mode in _MANAGEMENT:
        properties["RuntimeManagementConfig"] = {"UpdateRuntimeOn": _MANAGEMENT[mode]}
        if mode == "manual" and isinstance(management, dict):
            properties["RuntimeManagementConfig"]["RuntimeVersionArn"] = management.get("arn")
    return properties


def _image(stack: Stack, function: Function) -> Json:
    image = function.config["image"]
    options: Json = image if isinstance(image, dict) else {}
    uri = options.get("uri") or (image if isinstance(image, str) and "/" in image else None)
    name = options.get("name") or image
    if uri is None:
        images = stack.service.setting("ecr", "images") or {}
        defined = images.get(name) if isinstance(images, dict) else None
        uri = defined if isinstance(defined, str) else (defined or {}).get("uri")
    if uri is None:
        repository = re.sub(r"-+", "-", f"serverless-{stack.service.prefix}".lower()).rstrip("-")
        uri = f"000000000000.dkr.ecr.{stack.service.region}.amazonaws.com/{repository}:{name}"
        stack.report.warn(
            "image-not-built",
            f"the container image {name} is built from a Dockerfile, which lsqm does not do",
            at=("functions", function.key, "image"),
            effect=f"{uri} stands in for it",
        )
    names = (("command", "Command"), ("entryPoint", "EntryPoint"), ("workingDirectory", "WorkingDirectory"))
    settings = {target: options[key] for key, target in names if options.get(key)}
    code: Json = {"Code": {"ImageUri": uri}, "PackageType": "Image"}
    return code | ({"ImageConfig": settings} if settings else {})


def _add_settings(stack: Stack, function: Function, properties: Json) -> None:
    config, provider = function.config, stack.service.provider
    if architecture := config.get("architecture") or provider.get("architecture"):
        properties["Architectures"] = [architecture]
    if config.get("description"):
        properties["Description"] = config["description"]
    if config.get("snapStart"):
        properties["SnapStart"] = {"ApplyOn": "PublishedVersions"}
    if config.get("tags") or provider.get("tags"):
        properties["Tags"] = tags((provider.get("tags") or {}) | (config.get("tags") or {}))
    if config.get("ephemeralStorageSize"):
        properties["EphemeralStorage"] = {"Size": config["ephemeralStorageSize"]}
    if config.get("recursiveLoop"):
        properties["RecursiveLoop"] = config["recursiveLoop"]
    if arn := config.get("onError"):
        properties["DeadLetterConfig"] = {"TargetArn": arn}
        if isinstance(arn, str):
            stack.allow(allow(["sns:Publish"], [arn]))
    if key := config.get("kmsKeyArn") or provider.get("kmsKeyArn"):
        properties["KmsKeyArn"] = key
        if isinstance(key, str):
            stack.allow(allow(["kms:Decrypt"], [key]), once=True)
    if tracing := config.get("tracing") or stack.service.setting("tracing", "lambda"):
        properties["TracingConfig"] = {"Mode": "Active" if tracing is True else tracing}
        stack.allow(allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"]), once=True)
    if config.get("environment") is not None or provider.get("environment") is not None:
        variables = (provider.get("environment") or {}) | (config.get("environment") or {})
        properties["Environment"] = {"Variables": {key: _env_text(value) for key, value in variables.items()}}
    _add_network(stack, function, properties)
    reserved = config.get("reservedConcurrency")
    if reserved or reserved == 0:
        properties["ReservedConcurrentExecutions"] = reserved
    if layers := config.get("layers") or provider.get("layers"):
        properties["Layers"] = layers
    if logs := config.get("logs") or stack.service.setting("logs", "lambda"):
        names = ("applicationLogLevel", "logFormat", "logGroup", "systemLogLevel")
        if settings := {
            naming.capital(name): logs[name] for name in names if isinstance(logs, dict) and logs.get(name)
        }:
            properties["LoggingConfig"] = settings


def _add_network(stack: Stack, function: Function, properties: Json) -> None:
    config = function.config
    own = config.get("vpc", {})
    if own is not None and own is not False:
        shared = stack.service.provider.get("vpc") or {}
        names = ("ipv6AllowedForDualStack", "securityGroupIds", "subnetIds")
        if isinstance(own, dict) and isinstance(shared, dict):
            network = {naming.capital(name): own.get(name) or shared.get(name) for name in names}
            if network["SecurityGroupIds"] and network["SubnetIds"]:
                properties["VpcConfig"] = network
    files = config.get("fileSystemConfig")
    if isinstance(files, dict):
        stack.allow(allow(["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"], [files.get("arn")]))
        properties["FileSystemConfigs"] = [{"Arn": files.get("arn"), "LocalMountPath": files.get("localMountPath")}]


def _add_version(stack: Stack, function: Function, properties: Json) -> None:
    """A version per deployment; the hash in its id is over the configuration, since no code is packaged here."""
    config = function.config
    wanted = config.get("versionFunction")
    wanted = stack.service.provider.get("versionFunctions", True) if wanted is None else wanted
    if not (wanted or function.alias):
        return
    digest = hashlib.sha256(json.dumps(properties, sort_keys=True, default=str).encode()).digest()
    hashed = base64.b64encode(digest).decode()
    version: Json = {"FunctionName": ref(function.id), "CodeSha256": hashed}
    if config.get("description"):
        version["Description"] = config["description"]
    logical_id = f"{function.prefix}LambdaVersion{re.sub(r'[^0-9A-Za-z]', '', hashed)}"
    stack.resources[logical_id] = resource("AWS::Lambda::Version", version)
    if wanted:
        stack.resources[logical_id]["DeletionPolicy"] = "Retain"
    stack.outputs[f"{function.id}QualifiedArn"] = {
        "Description": "Current Lambda function version",
        "Value": ref(logical_id),
    }
    if function.alias:
        name, alias_id = function.alias
        alias: Json = {
            "FunctionName": ref(function.id),
            "FunctionVersion": get_att(logical_id, "Version"),
            "Name": name,
        }
        if concurrency := config.get("provisionedConcurrency"):
            alias["ProvisionedConcurrencyConfig"] = {"ProvisionedConcurrentExecutions": concurrency}
        stack.resources[alias_id] = resource("AWS::Lambda::Alias", alias, depends_on=function.id)


def _add_url(stack: Stack, function: Function) -> None:
    url = function.config.get("url")
    if not url:
        return
    options: Json = url if isinstance(url, dict) else {}
    auth = "AWS_IAM" if options.get("authorizer") == "aws_iam" else "NONE"
    properties: Json = {"AuthType": auth, "TargetFunctionArn": function.target}
    if cors := options.get("cors"):
        own: Json = cors if isinstance(cors, dict) else {}
        defaults: Json = {"allowedOrigins": ["*"], "allowedHeaders": list(_CORS_HEADERS), "allowedMethods": ["*"]}
        chosen = {key: own.get(key, value) for key, value in defaults.items()}
        properties["Cors"] = {
            "AllowCredentials": True if own.get("allowCredentials") else None,
            "AllowHeaders": chosen["allowedHeaders"],
            "AllowMethods": chosen["allowedMethods"],
            "AllowOrigins": chosen["allowedOrigins"],
            "ExposeHeaders": own.get("exposedResponseHeaders"),
            "MaxAge": own.get("maxAge"),
        }
    if options.get("invokeMode") == "RESPONSE_STREAM":
        properties["InvokeMode"] = "RESPONSE_STREAM"
    url_id = f"{function.prefix}LambdaFunctionUrl"
    stack.resources[url_id] = resource("AWS::Lambda::Url", properties, depends_on=function.alias_id)
    stack.outputs[url_id] = {"Description": "Lambda Function URL", "Value": get_att(url_id, "FunctionUrl")}
    if auth == "NONE":
        anyone: Json = {"FunctionName": function.target, "Principal": "*"}
        stack.resources[f"{function.prefix}LambdaPermissionFnUrl"] = resource(
            "AWS::Lambda::Permission",
            anyone | {"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": auth},
            depends_on=function.alias_id,
        )
        stack.resources[f"{function.prefix}LambdaPermissionFn"] = resource(
            "AWS::Lambda::Permission",
            anyone | {"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True},
            depends_on=function.alias_id,
        )


def _add_invoke_config(stack: Stack, function: Function) -> None:
    config = function.config
    destinations = config.get("destinations")
    age, attempts = config.get("maximumEventAge"), config.get("maximumRetryAttempts")
    if not destinations and not age and attempts is None:
        return
    chosen: Json = {}
    depends = [function.alias_id]
    for key, name in (("onSuccess", "OnSuccess"), ("onFailure", "OnFailure")):
        if destination := (destinations or {}).get(key):
            arn, statement, other = _destination(stack.service, destination)
            chosen[name] = {"Destination": arn}
            depends.append(other)
            if not custom_role(stack.service, function) and statement:
                stack.allow(statement, once=True)
    properties: Json = {
        "FunctionName": ref(function.id),
        "DestinationConfig": chosen,
        "Qualifier": function.alias[0] if function.alias else "$LATEST",
    }
    if age:
        properties["MaximumEventAgeInSeconds"] = age
    if attempts is not None:
        properties["MaximumRetryAttempts"] = attempts
    known = list(dict.fromkeys(item for item in depends if item))
    depends_on = None if not known else known[0] if len(known) == 1 else known
    stack.resources[f"{function.prefix}LambdaEvConf"] = resource(
        "AWS::Lambda::EventInvokeConfig", properties, depends_on=depends_on
    )


def _destination(service: Service, destination: Any) -> tuple[Any, Json | None, str | None]:
    """ARN, the statement that sending there takes, and the alias it waits for."""
    if isinstance(destination, dict):
        arn = destination.get("arn")
        action = _DESTINATIONS.get(str(destination.get("type")))
        return arn, {"Effect": "Allow", "Action": action, "Resource": arn} if action else None, None
    text = str(destination)
    if text.startswith("arn:"):
        kinds = {":function:": "function", ":sqs:": "sqs", ":sns:": "sns", ":event-bus/": "eventBus"}
        kind = next((kind for part, kind in kinds.items() if part in text), None)
        statement = {"Effect": "Allow", "Action": _DESTINATIONS[kind], "Resource": text} if kind else None
        return text, statement, None
    other = service.functions.get(text)
    if other is None:
        return get_att(f"{naming.normal(text)}LambdaFunction"), None, None
    tail = f":{other.alias[0]}" if other.alias else ""
    where = sub(f"arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:{other.name}{tail}")
    return other.target, {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": where}, other.alias_id


def _mapping(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _env_text(value: Any) -> Any:
    """Numbers and switches become text, as the framework's schema makes them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value
