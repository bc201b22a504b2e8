"""serverless.yml → CloudFormation, statically: nothing is executed, installed or fetched."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lsqm.model.architecture import SkipReason
from lsqm.model.diagnostic import Diagnostic
from lsqm.normalize.left_out import LeftOut
from lsqm.normalize.serverless import naming
from lsqm.normalize.serverless.cfn import Json, join, ref, resource, tags
from lsqm.normalize.serverless.document import ServerlessFileError, load_json, load_yaml_with_lines
from lsqm.normalize.serverless.events import COMPILERS, KINDS
from lsqm.normalize.serverless.functions import add_functions
from lsqm.normalize.serverless.iam import add_log_groups, add_role
from lsqm.normalize.serverless.layers import add_layers
from lsqm.normalize.serverless.merge import add_export_names, hashes_substituted, merge, merge_resources, without_nulls
from lsqm.normalize.serverless.plugins import Effect, effect
from lsqm.normalize.serverless.report import Path, Report
from lsqm.normalize.serverless.stack import Function, Service, Stack
from lsqm.normalize.serverless.variables import NeedsScript, Resolver

_HINT = "only services for AWS written in YAML or JSON can be converted"


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerlessConversion:
    """What became of one configuration."""

    template: dict[str, Any]
    """CloudFormation with the framework's logical ids, references and names; empty when it was left out."""
    diagnostics: tuple[Diagnostic, ...]
    """Plugins passed over, stand-ins for files, environment and AWS look-ups, events not understood."""
    skip: LeftOut | None = None


def convert_serverless(
    text: bytes,
    *,
    file: str,
    read: Callable[[str], bytes | None],
    stage: str = "dev",
    region: str = "us-east-1",
) -> ServerlessConversion:
    """Make the template that the framework's `package --stage STAGE --region REGION` would make.

    Args:
        text: the configuration, YAML (or JSON when `file` ends in `.json`).
        file: its path, for messages; programs (`serverless.js`, `.ts`) are left out with a reason.
        read: gives a file by its path relative to the configuration (POSIX, may begin with `../`), None if there is
            none or it may not be read.
        stage: replaces `provider.stage`, as the framework's option does.
        region: replaces `provider.region`.

    Raises:
        ServerlessFileError: the configuration or a file it includes is not valid YAML or JSON, or it is no Serverless
            configuration at all.
    """
    if file.lower().endswith((".js", ".ts", ".cjs", ".mjs", ".mts", ".cts")):
        return _left_out(SkipReason.NEEDS_TOOL, f"{file} is a program, which lsqm does not run")
    config, lines = (
        (load_json(text, file=file), {}) if file.endswith(".json") else load_yaml_with_lines(text, file=file)
    )
    if not isinstance(config, dict) or "provider" not in config or "service" not in config:
        raise ServerlessFileError(f"{file} is no Serverless service: it needs `service` and `provider`", hint=_HINT)
    report = Report(file=file, lines=lines)
    resolver = Resolver(root=_plain(config), read=read, stage=stage, region=region, report=report)
    try:
        skip = _unsuitable(config, resolver)
        if skip is None:
            service = _service(resolver, stage=stage, region=region)
            stack = Stack(service=service, report=report, substitutes=_has_treated_plugin(config, resolver))
            template = _template(stack)
            return ServerlessConversion(template=template, diagnostics=tuple(report.found))
    except NeedsScript as found:
        skip = LeftOut(reason=SkipReason.NEEDS_TOOL, detail=str(found))
    return ServerlessConversion(template={}, diagnostics=tuple(report.found), skip=skip)


def _left_out(reason: SkipReason, detail: str) -> ServerlessConversion:
    return ServerlessConversion(template={}, diagnostics=(), skip=LeftOut(reason=reason, detail=detail))


def _plain(config: Json) -> Json:
    """The old forms `service: {name: x}` and `provider: aws`, written out."""
    made = dict(config)
    if isinstance(made.get("provider"), str):
        made["provider"] = {"name": made["provider"]}
    if isinstance(made.get("service"), dict):
        made["service"] = made["service"].get("name", "service")
    return made


def _unsuitable(config: Json, resolver: Resolver) -> LeftOut | None:
    provider = resolver.resolve(resolver.root["provider"], ("provider",))
    name = provider.get("name") if isinstance(provider, dict) else None
    if name != "aws":
        return LeftOut(reason=SkipReason.FOREIGN_PROVIDER, detail=f"the provider is {name!r}, not aws")
    for plugin_name in _plugin_names(resolver.resolve(config.get("plugins"), ("plugins",))):
        if effect(plugin_name) is Effect.RESOURCES:
            detail = f"the plugin {plugin_name} creates or rewrites resources"
            return LeftOut(reason=SkipReason.NEEDS_PLUGIN, detail=detail)
        _remark(resolver.report, plugin_name)
    return None


def _has_treated_plugin(config: Json, resolver: Resolver) -> bool:
    names = _plugin_names(resolver.resolve(config.get("plugins"), ("plugins",)))
    return any(effect(name) is Effect.TREATED for name in names)


def _plugin_names(value: Any) -> list[str]:
    modules = value.get("modules") if isinstance(value, dict) else value
    return [name for name in modules if isinstance(name, str)] if isinstance(modules, list) else []


def _remark(report: Report, name: str) -> None:
    at: Path = ("plugins",)
    match effect(name):
        case Effect.CODE:
            message = f"the plugin {name} changes the code or handler that is deployed"
            report.warn("plugin-ignored", message, at=at, effect="the resources are the same, their code is not")
        case Effect.LATER:
            message = f"the plugin {name} changes settings after the deployment"
            report.warn("plugin-ignored", message, at=at, effect="the settings are not changed")
        case Effect.UNKNOWN:
            message = f"the plugin {name} is not known"
            report.warn("plugin-unknown", message, at=at, effect="resources that it adds are missing")
        case Effect.INERT:
            report.note("plugin-ignored", f"the plugin {name} changes no resources", at=at)
        case Effect.TREATED | Effect.RESOURCES:
            pass


def _service(resolver: Resolver, *, stage: str, region: str) -> Service:
    wanted = {key: value for key, value in resolver.root.items() if key not in {"plugins", "frameworkVersion"}}
    resolved: Json = {key: resolver.resolve(value, (key,)) for key, value in wanted.items()}
    provider = resolved["provider"]
    name = str(resolved.get("service") or "service")
    functions: dict[str, Function] = {}
    for key, value in _together(resolved.get("functions")).items():
        if not isinstance(value, dict):
            if value is not None:
                message = f"the function {key} is no mapping"
                resolver.report.warn("malformed-function", message, at=("functions", key), effect="left out")
            continue
        events = _events(value.get("events"), resolver.report, ("functions", key, "events"))
        full = str(value.get("name") or f"{name}-{stage}-{key}")
        functions[key] = Function(key=key, name=full, config=value | {"events": events})
    return Service(name=name, stage=stage, region=region, config=resolved, provider=provider, functions=functions)


def _together(value: Any) -> Json:
    """A mapping, or a list of mappings merged into one."""
    made: Json = {}
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, dict):
            merge(made, part)
    return made


def _events(value: Any, report: Report, at: Path) -> list[Json]:
    found: list[Json] = []
    for number, entry in enumerate(value if isinstance(value, list) else ()):
        kinds = [key for key in entry if key not in KINDS] if isinstance(entry, dict) else [str(entry)]
        unknown = [kind for kind in kinds if isinstance(entry, dict) and entry[kind] is not None]
        if isinstance(entry, str) and entry not in {"alexaSkill", "sns"}:
            unknown = [entry]
        for kind in unknown:
            message = f"the event {kind} is not one that lsqm knows"
            report.warn("unsupported-event", message, at=(*at, number), effect="left out")
        found.append(entry if isinstance(entry, dict) else {})
    return found


def _template(stack: Stack) -> Json:
    _add_core(stack)
    add_log_groups(stack)
    add_role(stack)
    add_layers(stack)
    add_functions(stack)
    for _, compile_events in COMPILERS:
        compile_events(stack)
    add_export_names(stack)
    template: Json = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The AWS CloudFormation template for this Serverless application",
        "Resources": stack.resources,
        "Outputs": stack.outputs,
    }
    merge_resources(stack, template)
    return hashes_substituted(without_nulls(template)) if stack.substitutes else without_nulls(template)


def _add_core(stack: Stack) -> None:
    """The deployment bucket, unless the service has one of its own."""
    own = stack.service.provider.get("deploymentBucket")
    options: Json = own if isinstance(own, dict) else {}
    name = options.get("name") if options else own
    stack.outputs["ServerlessDeploymentBucketName"] = {"Value": name or ref(naming.BUCKET)}
    if name:
        return
    encryption: Json = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    properties: Json = {"BucketEncryption": {"ServerSideEncryptionConfiguration": [encryption]}}
    if options.get("tags"):
        properties["Tags"] = tags(options["tags"])
    if options.get("blockPublicAccess"):
        sides = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
        properties["PublicAccessBlockConfiguration"] = dict.fromkeys(sides, True)
    if options.get("versioning"):
        properties["VersioningConfiguration"] = {"Status": "Enabled"}
    stack.resources[naming.BUCKET] = resource("AWS::S3::Bucket", properties)
    if options.get("skipPolicySetup"):
        return
    parts = ("arn:", ref("AWS::Partition"), ":s3:::", ref(naming.BUCKET))
    statement: Json = {
        "Action": "s3:*",
        "Effect": "Deny",
        "Principal": "*",
        "Resource": [join(*parts, "/*"), join(*parts)],
        "Condition": {"Bool": {"aws:SecureTransport": False}},
    }
    policy: Json = {"Bucket": ref(naming.BUCKET), "PolicyDocument": {"Statement": [statement]}}
    stack.resources[naming.BUCKET_POLICY] = resource("AWS::S3::BucketPolicy", policy)
