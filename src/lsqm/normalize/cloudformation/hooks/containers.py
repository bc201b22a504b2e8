"""Containers: clusters, task definitions, batch jobs, image repositories."""

from collections.abc import Mapping
from typing import Any

from lsqm.model.terraform import EXPRESSIONS, Call
from lsqm.normalize.cloudformation.context import Context
from lsqm.normalize.cloudformation.hooks.values import as_list, plain
from lsqm.normalize.cloudformation.names import snake
from lsqm.normalize.cloudformation.parameters import text


def ecs_cluster(r: Context) -> None:
    """Capacity providers are a resource of their own."""
    providers, strategy = r.take("CapacityProviders"), r.take("DefaultCapacityProviderStrategy")
    if providers is not None or strategy is not None:
        made = r.another("aws_ecs_cluster_capacity_providers")
        made.body.attributes["cluster_name"] = r.own("name")
        if providers is not None:
            made.body.attributes["capacity_providers"] = as_list(providers)
        for item in as_list(strategy):
            if isinstance(item, Mapping):
                made.body.add("default_capacity_provider_strategy", **{snake(k): plain(v) for k, v in item.items()})


def ecs_task_definition(r: Context) -> None:
    """Container definitions are JSON with lower camel case keys."""
    containers = [_container(item) for item in as_list(r.take("ContainerDefinitions"))]
    family = r.properties.pop("Family", None)
    if family is not None:
        r.body.attributes["family"] = family
    r.body.attributes["container_definitions"] = Call("jsonencode", (containers,))


_NUMBERS = frozenset(
    {"cpu", "memory", "memoryReservation", "containerPort", "hostPort", "interval", "timeout", "retries", "startPeriod",
     "startTimeout", "stopTimeout", "softLimit", "hardLimit", "sharedMemorySize", "maxSwap", "swappiness", "size"}
)  # fmt: skip


_FLAGS = frozenset(
    {
        "essential",
        "privileged",
        "readonlyRootFilesystem",
        "readOnly",
        "disableNetworking",
        "interactive",
        "pseudoTerminal",
        "initProcessEnabled",
    }
)


_OPAQUE = frozenset({"options", "dockerLabels"})


def _container(node: Any) -> Any:
    if isinstance(node, list):
        return [_container(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    out: dict[str, Any] = {}
    for key, value in node.items():
        name = key[:1].lower() + key[1:]
        if name in _OPAQUE:
            out[name] = value
        elif name in _NUMBERS or name in _FLAGS:
            out[name] = plain(value)
        elif name == "value" and not isinstance(value, (Mapping, list, *EXPRESSIONS)):
            out[name] = text(value)
        else:
            out[name] = _container(value)
    return out


def batch_job_definition(r: Context) -> None:
    """Container properties are JSON with lower camel case keys."""
    properties = r.take("ContainerProperties")
    if properties is not None:
        r.body.attributes["container_properties"] = Call("jsonencode", (_container(properties),))
    r.body.attributes["type"] = r.take("Type") or "container"
    timeout = r.properties.get("Timeout")
    if isinstance(timeout, Mapping) and "AttemptDurationSeconds" not in timeout:
        r.properties.pop("Timeout")


def ecr_repository(r: Context) -> None:
    """Names are lower case."""
    if "RepositoryName" not in r.properties:
        r.body.attributes["name"] = r.physical().lower()


HOOKS = {
    "ecs_cluster": ecs_cluster,
    "ecs_task_definition": ecs_task_definition,
    "batch_job_definition": batch_job_definition,
    "ecr_repository": ecr_repository,
}
