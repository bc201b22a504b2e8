"""Builds, delivery pipelines and deployments."""

from collections.abc import Mapping

from lsqm.model.terraform import Call
from lsqm.normalize.cloudformation.context import Context
from lsqm.normalize.cloudformation.hooks.values import as_list, as_value, plain
from lsqm.normalize.cloudformation.names import snake
from lsqm.normalize.cloudformation.parameters import text


def codebuild_project(r: Context) -> None:
    """Webhooks are resources of their own; triggers and artifacts spell differently."""
    triggers = r.take("Triggers")
    if isinstance(triggers, Mapping) and text(triggers.get("Webhook", "")).lower() == "true":
        made = r.another("aws_codebuild_webhook")
        made.body.attributes["project_name"] = r.own("name")
        for group in as_list(triggers.get("FilterGroups")):
            body = made.body.add("filter_group")
            for item in as_list(group):
                if isinstance(item, Mapping):
                    body.add("filter", **{snake(k): plain(v) if k != "Pattern" else v for k, v in item.items()})
    source = r.properties.get("Source")
    if isinstance(source, Mapping):
        out = dict(source)
        spec = out.pop("BuildSpec", None)
        if spec is not None:
            out["Buildspec"] = Call("jsonencode", (dict(spec),)) if isinstance(spec, Mapping) else spec
        auth = out.pop("Auth", None)
        if isinstance(auth, Mapping) and auth.get("Type") == "OAUTH":
            r.compiler.diagnostics.add(
                "property-dropped", (*r.path, "Source", "Auth"), "Source.Auth: credentials are a resource of their own"
            )
        r.properties["Source"] = out
    for block in ("Source", "Artifacts", "Environment", "Cache"):
        part = r.properties.get(block)
        if isinstance(part, Mapping):  # the service takes these words in any case, the provider in upper case
            r.properties[block] = {
                key: value.upper() if key in {"Type", "Packaging"} and isinstance(value, str) else value
                for key, value in part.items()
            }
    if "Artifacts" not in r.properties:
        r.properties["Artifacts"] = {"Type": "NO_ARTIFACTS"}


def codepipeline(r: Context) -> None:
    """Stages hold actions; types and owners are flat."""
    stages = []
    for stage in as_list(r.properties.pop("Stages", None)):
        if not isinstance(stage, Mapping):
            continue
        actions = []
        for action in as_list(stage.get("Actions")):
            if not isinstance(action, Mapping):
                continue
            kind = action.get("ActionTypeId")
            kind = kind if isinstance(kind, Mapping) else {}
            out = {
                "Name": action.get("Name"),
                "Category": kind.get("Category"),
                "Owner": kind.get("Owner"),
                "Provider": kind.get("Provider"),
                "Version": kind.get("Version"),
            }
            for key in ("RunOrder", "RoleArn", "Region", "Namespace", "TimeoutInMinutes"):
                if key in action:
                    out[key] = action[key]
            configuration = action.get("Configuration")
            if isinstance(configuration, Mapping):
                out["Configuration"] = {
                    key: Call("jsonencode", (as_value(value),)) if isinstance(value, (Mapping, list)) else value
                    for key, value in configuration.items()
                }
            for key in ("InputArtifacts", "OutputArtifacts"):
                names = [item.get("Name") for item in as_list(action.get(key)) if isinstance(item, Mapping)]
                if names:
                    out[key] = names
            actions.append(out)
        body = {"Name": stage.get("Name"), "Action": actions}
        stages.append(body)
        if "Blockers" in stage:
            r.compiler.diagnostics.add("property-dropped", (*r.path, "Stages"), "Stages.Blockers: they are manual here")
    stores = [store for store in as_list(r.properties.pop("ArtifactStore", None)) if isinstance(store, Mapping)]
    stores.extend(
        {**entry["ArtifactStore"], "Region": entry.get("Region")}
        for entry in as_list(r.properties.pop("ArtifactStores", None))
        if isinstance(entry, Mapping) and isinstance(entry.get("ArtifactStore"), Mapping)
    )
    if stores:
        r.properties["ArtifactStore"] = stores
    r.properties["Stage"] = stages
    r.drop("RestartExecutionOnUpdate", "Terraform does not start pipelines")
    r.drop("DisableInboundStageTransitions", "transitions are switched by hand")


def deployment_group(r: Context) -> None:
    """Tag filters and styles."""
    if "AlarmConfiguration" in r.properties:
        configuration = r.properties["AlarmConfiguration"]
        if isinstance(configuration, Mapping) and "Alarms" in configuration:
            names = [item.get("Name") for item in as_list(configuration["Alarms"]) if isinstance(item, Mapping)]
            r.properties["AlarmConfiguration"] = {**configuration, "Alarms": names}
    r.drop("Deployment", "Terraform deploys no revision")
    filters = r.take("Ec2TagFilters")
    for item in as_list(filters):
        if isinstance(item, Mapping):
            r.body.add("ec2_tag_filter", **{snake(k): v for k, v in item.items()})


HOOKS = {
    "codebuild_project": codebuild_project,
    "codepipeline": codepipeline,
    "deployment_group": deployment_group,
}
