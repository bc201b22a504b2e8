"""`terraform` and `provider` blocks: what would reach for a state store, an account or a plugin is taken out."""

import re

from lsqm.model.architecture import SkipReason
from lsqm.normalize.hcl.evaluate import Scope, evaluate
from lsqm.normalize.hcl.tree import Attribute, Block, Item, Object
from lsqm.normalize.terraform.edits import Edit, Edits, without
from lsqm.normalize.terraform.modules import Configuration, Module, Rejected, Source
from lsqm.normalize.terraform.versions import AWS_PROVIDER, TERRAFORM, admits

_CREDENTIALS = frozenset(
    {
        *("access_key", "secret_key", "token", "profile", "shared_credentials_file", "shared_credentials_files"),
        *("shared_config_files", "allowed_account_ids", "forbidden_account_ids", "sts_region", "custom_ca_bundle"),
        *("http_proxy", "https_proxy", "no_proxy", "ec2_metadata_service_endpoint", "version", "use_fips_endpoint"),
        *("use_dualstack_endpoint", "s3_us_east_1_regional_endpoint"),
    }
)
_SESSIONS = frozenset({"assume_role", "assume_role_with_web_identity", "endpoints"})
_HASHICORP_AWS = re.compile(r"(?:registry\.terraform\.io/)?hashicorp/aws", re.IGNORECASE)


def neutralise(configuration: Configuration, edits: Edits) -> None:
    """Note the edits for every module. Raises Rejected."""
    for module in configuration.modules.values():
        for source, block in module.blocks("terraform"):
            _terraform(source, block, edits)
        for source, block in module.blocks("import", "moved", "removed"):
            edits.add(source.path, without(source.text, block.start, block.end))
            edits.say(f"Took the {block.type} blocks out of {source.path}: there is no earlier state.")
        for source, block in module.blocks("provider"):
            _provider(source, block, edits, root=module is configuration.root)
        if module is not configuration.root:
            _own_aliases(module, edits)


def _terraform(source: Source, block: Block, edits: Edits) -> None:
    for inner in block.body.of_type("backend", "cloud"):
        edits.add(source.path, without(source.text, inner.start, inner.end))
        edits.say(f"Took the {inner.type} out of {source.path}: state is kept beside the run.")
    for inner in block.body.of_type("provider_meta"):
        edits.add(source.path, without(source.text, inner.start, inner.end))
    required = block.body.attribute("required_version")
    if required is not None:
        constraint = evaluate(required.expr, Scope())
        if isinstance(constraint, str) and not admits(constraint, TERRAFORM):
            edits.add(source.path, without(source.text, required.start, required.end))
            edits.say(f"Dropped required_version {constraint!r}, which excludes Terraform {TERRAFORM}.")
    for inner in block.body.of_type("required_providers"):
        for attribute in inner.body.attributes:
            _required(source, attribute, edits)


def _required(source: Source, attribute: Attribute, edits: Edits) -> None:
    described = evaluate(attribute.expr, Scope())
    address = described.get("source", f"hashicorp/{attribute.name}") if isinstance(described, dict) else None
    if address is None:
        address = f"hashicorp/{attribute.name}"
    if not _HASHICORP_AWS.fullmatch(str(address)):
        edits.add(source.path, without(source.text, attribute.start, attribute.end))
        return
    if attribute.name != "aws":
        raise Rejected(SkipReason.FOREIGN_PROVIDER, f"{source.path}: hashicorp/aws under the name {attribute.name}")
    if isinstance(attribute.expr, Object):
        for item in attribute.expr.items:
            if item.key == "version":
                _version(source, item, edits)
    elif isinstance(described, str) and not admits(described, AWS_PROVIDER):
        edits.add(source.path, Edit(start=attribute.expr.start, end=attribute.expr.end, replacement='">= 5.0"'))
        edits.say(f"Relaxed the AWS provider's version {described!r}, which excludes {AWS_PROVIDER}.")


def _version(source: Source, item: Item, edits: Edits) -> None:
    constraint = evaluate(item.value, Scope())
    if isinstance(constraint, str) and not admits(constraint, AWS_PROVIDER):
        edits.add(source.path, Edit(start=item.value.start, end=item.value.end, replacement='">= 5.0"'))
        edits.say(f"Relaxed the AWS provider's version {constraint!r}, which excludes {AWS_PROVIDER}.")


def _provider(source: Source, block: Block, edits: Edits, *, root: bool) -> None:
    name = block.labels[0] if block.labels else ""
    if name != "aws" or not root:
        edits.add(source.path, without(source.text, block.start, block.end))
        if name == "aws":
            edits.say(f"Took the provider block out of module file {source.path}: modules use the root's provider.")
        return
    taken: list[str] = []
    for attribute in block.body.attributes:
        if attribute.name in _CREDENTIALS or attribute.name.startswith(("skip_", "s3_use_path")):
            edits.add(source.path, without(source.text, attribute.start, attribute.end))
            taken.append(attribute.name)
    for inner in block.body.blocks:
        dynamic = inner.labels[:1] if inner.type == "dynamic" else ()
        if inner.type in _SESSIONS or any(label in _SESSIONS for label in dynamic):
            edits.add(source.path, without(source.text, inner.start, inner.end))
            taken.append(inner.type)
    if taken:
        edits.say(f"Took {', '.join(sorted(set(taken)))} out of the provider block in {source.path}.")


def _own_aliases(module: Module, edits: Edits) -> None:
    """A module that configured providers itself loses them; its resources then use the one it is given."""
    aliases = {
        f"{block.labels[0]}.{alias}"
        for _, block in module.blocks("provider")
        if block.labels and isinstance(alias := evaluate(block.body.expr("alias") or _NOTHING, Scope()), str)
    }
    if not aliases:
        return
    for source in module.sources:
        for block in source.body.of_type("resource", "data", "module"):
            chosen = block.body.attribute("provider")
            if chosen and source.text[chosen.expr.start : chosen.expr.end].strip('"') in aliases:
                edits.add(source.path, without(source.text, chosen.start, chosen.end))


_NOTHING = Object((), 0, 0)
